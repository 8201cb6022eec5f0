package dev.polymath.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonObject;
import dev.polymath.image.ImageDecoder;
import dev.polymath.image.ImageLimits;
import dev.polymath.inference.Call;
import dev.polymath.inference.DetectedObject;
import dev.polymath.inference.InferenceListener;
import dev.polymath.inference.InferenceOptions;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.inference.ObjectDetector;
import dev.polymath.training.objectdetection.TinyDetector;
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

/** Object detection from data to a served model: the first example of docs/training.md. */
class TrainObjectDetectionTest {
    private static final Path EXAMPLE = Path.of("examples", "shapes");
    private static final Path START = Path.of("..", "models", "detector-coco", "1");
    private static final String TRAIN = EXAMPLE.resolve("shapes.jsonl") + "@split=train";
    private static final String TEST = EXAMPLE.resolve("shapes.jsonl") + "@split=test";

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void exampleBecomesADetectorOfNewThingsThatServingLoadsAndThatCanBeTrainedOn() throws IOException {
        Path model = folder.resolve("models/shapes/1");

        int status = run(
                "object-detection",
                "--train=" + TRAIN,
                "--dev=" + TEST,
                "--from=" + START,
                "--size=96",
                "--freeze=BACKBONE",
                "--epochs=10",
                "--last-epochs=3",
                "--learning-rate=2e-3",
                "--average-decay=0.9",
                "--out=" + model,
                "--run-folder=" + folder.resolve("run"));

        assertThat(status).as(err.toString()).isZero();
        assertThat(best(folder.resolve("run"), "map50")).isGreaterThan(0.7);
        ModelDirectory directory = ModelDirectory.open(model);
        assertThat(directory.labels()).containsExactly("ball", "box", "cone");
        assertThat(directory.property("polymath.task")).isEqualTo("object-detection");
        JsonObject config = directory.config();
        assertThat(config.get("model_type").getAsString()).isEqualTo("yolox");
        assertThat(Files.readString(model.resolve("README.md")))
                .contains("# shapes 1", "detector-coco/1", "| fp32 (served) | ", "| ball | ");

        assertThat(run("evaluate", "--model=" + model, "--data=" + TEST))
                .as(err.toString())
                .isZero();
        // what serving makes of the outputs is what the training measured
        assertThat(map50(out.toString())).isCloseTo(best(folder.resolve("run"), "map50"), within(0.03));

        try (ObjectDetector detector =
                ObjectDetector.load(directory, InferenceOptions.defaults(), InferenceListener.NONE)) {
            List<DetectedObject> found = detector.detect(
                            new ImageDecoder(ImageLimits.defaults())
                                    .decode(Files.readAllBytes(EXAMPLE.resolve("images/01.png")))
                                    .pixels(),
                            detector.defaults(),
                            Call.unbounded())
                    .join()
                    .objects();
            assertThat(found).extracting(DetectedObject::label).contains("ball", "cone");
        }

        int second = run(
                "object-detection",
                "--train=" + TRAIN,
                "--dev=" + TEST,
                "--from=" + model,
                "--keep-labels",
                "--freeze=BACKBONE_AND_NECK",
                "--epochs=1",
                "--learning-rate=1e-9",
                "--mosaic=0",
                "--out=" + folder.resolve("models/second/1"),
                "--run-folder=" + folder.resolve("run2"));

        // a new head would know nothing
        assertThat(second).as(err.toString()).isZero();
        assertThat(best(folder.resolve("run2"), "map50")).isGreaterThan(0.7);
    }

    @Test
    void theSameRunGivesTheSameModelAndAFinishedOneIsExportedAgain() throws IOException {
        Path start = folder.resolve("tiny.onnx");
        TinyDetector.graph(3).write(start);

        assertThat(tiny(start, "first", "first")).as(err.toString()).isZero();
        assertThat(tiny(start, "second", "second")).as(err.toString()).isZero();
        assertThat(tiny(start, "third", "first", "--resume")).as(err.toString()).isZero();

        byte[] first = Files.readAllBytes(graph("first"));
        assertThat(Files.readAllBytes(graph("second"))).isEqualTo(first);
        assertThat(Files.readAllBytes(graph("third"))).isEqualTo(first);
        // without dev sets the last weights are the ones
        assertThat(Files.readString(folder.resolve("models/first/1/README.md"))).contains("best after step 4");
    }

    private Path graph(String name) {
        Path directory = folder.resolve("models").resolve(name).resolve("1");
        Path int8 = directory.resolve("model_int8.onnx");
        return Files.exists(int8) ? int8 : directory.resolve("model.onnx");
    }

    private int tiny(Path start, String name, String run, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "object-detection",
                "--train=" + TEST,
                "--test=" + TEST,
                "--from=" + start,
                "--start-labels=ball,box,thing",
                "--size=64",
                "--optimizer=SGD",
                "--last-epochs=1",
                "--learning-rate=1e-3",
                "--workers=2",
                "--int8",
                "--out=" + folder.resolve("models/" + name + "/1"),
                "--run-folder=" + folder.resolve("run-" + run),
                "--epochs=2"));
        arguments.addAll(List.of(more));
        return run(arguments.toArray(String[]::new));
    }

    @Test
    void optionsThatCannotWorkAreToldWithWhatIsExpected() throws IOException {
        Path start = folder.resolve("tiny.onnx");
        TinyDetector.graph(3).write(start);
        String model = "--out=" + folder.resolve("m/1");
        String from = "--from=" + start;
        String train = "--train=" + TRAIN;

        assertThat(run("object-detection", train, model)).isEqualTo(1);
        assertThat(err.toString()).contains("--from: missing (expected: the ONNX file or model directory of a YOLOX)");
        assertThat(run("object-detection", train, model, from, "--keep-labels")).isEqualTo(1);
        assertThat(err.toString())
                .contains("label 'ball' (expected: one of [class 0, class 1, class 2], or an entry in --map");
        assertThat(run("object-detection", train, model, from, "--size=100")).isEqualTo(1);
        assertThat(err.toString()).contains("size: 100 (expected: a multiple of 16");
        assertThat(run("object-detection", train, model, from, "--map=*=")).isEqualTo(1);
        assertThat(err.toString()).contains("no boxes in the training data");
        assertThat(run("object-detection", train, model, from, "--mosaic=2")).isEqualTo(1);
        assertThat(err.toString()).contains("--mosaic: 2.0 (expected: 0 to 1)");
        assertThat(run("object-detection", train, model, from, "--start-labels=a,b"))
                .isEqualTo(1);
        assertThat(err.toString()).contains("2 labels of the starting model (expected: 3");
    }

    private int run(String... arguments) {
        CommandLine commandLine = Train.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(arguments);
    }

    private static double map50(String report) {
        Matcher matcher = Pattern.compile("mAP50 ([0-9.]+)").matcher(report);
        assertThat(matcher.find()).as(report).isTrue();
        return Double.parseDouble(matcher.group(1));
    }

    private static double best(Path run, String figure) throws IOException {
        double best = 0;
        for (String line : Files.readAllLines(run.resolve("evaluation.csv"))) {
            List<String> columns = List.of(line.split(","));
            if (columns.get(2).endsWith("/" + figure)) {
                best = Math.max(best, Double.parseDouble(columns.get(3)));
            }
        }
        return best;
    }
}
