package dev.polymath.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polymath.image.ImageDecoder;
import dev.polymath.image.ImageLimits;
import dev.polymath.inference.Call;
import dev.polymath.inference.ImageClassifier;
import dev.polymath.inference.InferenceListener;
import dev.polymath.inference.InferenceOptions;
import dev.polymath.inference.LabelProbability;
import dev.polymath.inference.ModelDirectory;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Image classification from folders of pictures to a served model: the example of docs/training.md. */
class TrainImageClassificationTest {
    private static final Path EXAMPLE = Path.of("examples", "shapes", "single");
    private static final Path START = Path.of("..", "models", "tagger-imagenet", "1");

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void exampleBecomesAClassifierOfNewThingsThatServingLoads() throws IOException {
        Path model = folder.resolve("models/shapes/1");

        int status = train(model, folder.resolve("run"), "--int8", "--int8-loss=1");

        assertThat(status).as(err.toString()).isZero();
        ModelDirectory directory = ModelDirectory.open(model);
        assertThat(directory.labels()).containsExactly("ball", "box", "cone");
        assertThat(directory.property("polymath.task")).isEqualTo("image-classification");
        assertThat(directory.property("polymath.precision")).isEqualTo("int8");
        assertThat(Files.readString(model.resolve("README.md")))
                .contains("# shapes 1", "tagger-imagenet/1", "### int8 (served)", "| ball | 3 |");

        assertThat(run("evaluate", "--model=" + model, "--data=" + EXAMPLE))
                .as(err.toString())
                .isZero();
        Matcher accuracy =
                Pattern.compile("36 pictures, top-1 accuracy ([0-9.]+)").matcher(out.toString());
        assertThat(accuracy.find()).as(out.toString()).isTrue();
        assertThat(Double.parseDouble(accuracy.group(1))).isGreaterThan(0.9);
        try (ImageClassifier classifier =
                ImageClassifier.load(directory, InferenceOptions.defaults(), InferenceListener.NONE)) {
            LabelProbability best = classifier
                    .classify(
                            new ImageDecoder(ImageLimits.defaults())
                                    .decode(Files.readAllBytes(EXAMPLE.resolve("box/03.png")))
                                    .pixels(),
                            Call.unbounded())
                    .join()
                    .labels()
                    .get(0);
            assertThat(best.label()).isEqualTo("box");
        }
    }

    @Test
    void layersBeforeTheLastOneAreTrainedAfterItWithTheFeaturesOfTheFirstRun() throws IOException {
        Path cache = folder.resolve("cache");
        assertThat(train(folder.resolve("m/1"), folder.resolve("run"), "--cache=" + cache))
                .as(err.toString())
                .isZero();
        List<Path> kept;
        try (var files = Files.list(cache)) {
            kept = files.filter(file -> file.toString().endsWith(".bin")).toList();
        }
        long time = Files.getLastModifiedTime(kept.get(0)).toMillis();

        int status = train(
                folder.resolve("m/2"),
                folder.resolve("run2"),
                "--cache=" + cache,
                "--unfreeze=1",
                "--unfreeze-epochs=1",
                "--unfreeze-batch-size=9",
                "--crop=0.2");

        assertThat(status).as(err.toString()).isZero();
        assertThat(kept).hasSize(1);
        assertThat(Files.getLastModifiedTime(kept.get(0)).toMillis()).isEqualTo(time);
        assertThat(folder.resolve("run2/layers/evaluation.csv")).exists();
        assertThat(Files.readAllBytes(folder.resolve("m/2/model.onnx")))
                .isNotEqualTo(Files.readAllBytes(folder.resolve("m/1/model.onnx")));
    }

    @Test
    void optionsThatCannotWorkAreToldWithWhatIsExpected() {
        String model = "--out=" + folder.resolve("m/1");
        String from = "--from=" + START;

        assertThat(run("image-classification", model, from)).isEqualTo(1);
        assertThat(err.toString()).contains("--train: missing");
        assertThat(run("image-classification", model, "--train=" + EXAMPLE)).isEqualTo(1);
        assertThat(err.toString()).contains("--from: missing (expected: an ONNX file or a model directory)");
        assertThat(run("image-classification", model, from, "--train=" + EXAMPLE, "--dev-share=1"))
                .isEqualTo(1);
        assertThat(err.toString()).contains("--dev-share: 1.0 (expected: > 0 and < 1)");
        assertThat(run("image-classification", model, from, "--train=" + EXAMPLE, "--map=ball=,cone="))
                .isEqualTo(1);
        assertThat(err.toString()).contains("labels: [box] (expected: at least two)");
        assertThat(run("image-classification", model, from, "--train=" + EXAMPLE, "--keep-labels"))
                .isEqualTo(1);
        assertThat(err.toString()).contains("--keep-labels with --train (expected: one of them)");
    }

    private int train(Path model, Path runFolder, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "image-classification",
                "--train=" + EXAMPLE,
                "--dev-share=0.25",
                "--from=" + START,
                "--epochs=40",
                "--batch-size=9",
                "--out=" + model,
                "--run-folder=" + runFolder));
        arguments.addAll(List.of(more));
        return run(arguments.toArray(String[]::new));
    }

    private int run(String... arguments) {
        CommandLine commandLine = Train.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(arguments);
    }
}
