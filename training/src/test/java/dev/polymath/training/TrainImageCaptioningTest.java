package dev.polymath.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polymath.image.ImageDecoder;
import dev.polymath.image.ImageLimits;
import dev.polymath.image.RgbImage;
import dev.polymath.inference.Call;
import dev.polymath.inference.GenerationOptions;
import dev.polymath.inference.ImageCaptioner;
import dev.polymath.inference.InferenceListener;
import dev.polymath.inference.InferenceOptions;
import dev.polymath.inference.ModelDirectory;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Captions from pictures to a served model: the worked example of docs/training.md. */
class TrainImageCaptioningTest {
    private static final Path EXAMPLE = Path.of("examples", "captions");
    private static final List<String> OPTIONS = List.of(
            "--data=" + EXAMPLE.resolve("captions.jsonl"),
            "--from=" + EXAMPLE.resolve("network.onnx"),
            "--vocabulary-size=340",
            "--width=64",
            "--inner-width=128",
            "--heads=4",
            "--encoder-layers=1",
            "--decoder-layers=1",
            "--max-positions=24",
            "--epochs=16",
            "--batch-tokens=256",
            "--learning-rate=3e-3",
            "--average-decay=0.95",
            "--dropout=0",
            "--beam=2");

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void exampleBecomesAModelThatServingLoadsAndThatDescribesWhatItHasNotSeen() throws IOException {
        Path model = folder.resolve("models/example/1");
        Path run = folder.resolve("run");

        assertThat(captioning(
                        "--int8",
                        "--int8-loss=1",
                        "--licence=research and non-commercial use only",
                        "--out=" + model,
                        "--run-folder=" + run))
                .as(err.toString())
                .isZero();

        ModelDirectory directory = ModelDirectory.open(model);
        assertThat(directory.property("polymath.task")).isEqualTo("image-captioning");
        assertThat(directory.property("polymath.precision")).isEqualTo("int8");
        assertThat(directory.property("polymath.captioning.languages")).isEqualTo("en,de");
        assertThat(directory.property("polymath.license")).isEqualTo("research and non-commercial use only");
        assertThat(Files.readString(model.resolve("README.md")))
                .contains(
                        "license: other\nlicense_name: research and non-commercial use only",
                        "# example 1",
                        "### int8, beam 2 (served)",
                        "| en | 36 | ",
                        "train: 96 images, 192 captions (en), 192 captions (de)",
                        "polymath.models.captioning");
        assertThat(Files.readAllLines(run.resolve("test.jsonl"))).hasSize(36);
        describesBothInTheirLanguage(directory);

        assertThat(command("evaluate", "--model=" + model, "--help")).isZero();
        assertThat(out.toString()).contains("--data=", "CIDEr-D");
        assertThat(command(
                        "evaluate",
                        "--model=" + model,
                        "--beam=1",
                        "--split=test",
                        "--data=" + EXAMPLE.resolve("captions.jsonl")))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).contains("greedy");
        assertThat(bleu(out.toString(), "en")).isGreaterThan(0.7);
        assertThat(bleu(out.toString(), "de")).isGreaterThan(0.7);

        goesOnFromTheRun(model, run);
        goesOnFromTheModel(model, best(run));
    }

    private void goesOnFromTheModel(Path model, double loss) throws IOException {
        Path run = folder.resolve("run2");
        List<String> arguments = new ArrayList<>(List.of("image-captioning"));
        OPTIONS.stream()
                .filter(option -> !option.matches("--(from|epochs|learning-rate)=.*"))
                .forEach(arguments::add);
        arguments.addAll(List.of(
                "--from=" + model,
                "--epochs=1",
                "--learning-rate=1e-6",
                "--out=" + folder.resolve("models/second/1"),
                "--run-folder=" + run));

        assertThat(command(arguments.toArray(String[]::new))).as(err.toString()).isZero();

        // what 8 bits cost, and no more
        assertThat(best(run)).isLessThan(loss + 0.1);
        assertThat(Files.readString(folder.resolve("models/second/1/README.md")))
                .contains("Began with the weights of " + model);
    }

    private static double best(Path run) throws IOException {
        return Files.readAllLines(run.resolve("evaluation.csv")).stream()
                .map(line -> List.of(line.split(",")))
                .filter(columns -> columns.get(2).equals("loss"))
                .mapToDouble(columns -> Double.parseDouble(columns.get(3)))
                .min()
                .orElseThrow();
    }

    private static void describesBothInTheirLanguage(ModelDirectory model) throws IOException {
        // the first test picture: a red circle
        RgbImage image = new ImageDecoder(ImageLimits.defaults())
                .decode(Files.readAllBytes(EXAMPLE.resolve("images/108.png")))
                .pixels();
        try (ImageCaptioner captioner =
                ImageCaptioner.load(model, InferenceOptions.defaults(), InferenceListener.NONE)) {
            assertThat(caption(captioner, image, "en")).matches("A red \\w+ on a grey wall\\.");
            assertThat(caption(captioner, image, "de")).matches("Ein roter \\w+ an einer grauen Wand\\.");
        }
    }

    private static String caption(ImageCaptioner captioner, RgbImage image, String language) {
        GenerationOptions options = captioner
                .defaults()
                .withFirstToken(captioner.firstToken(language).orElseThrow());
        return captioner
                .caption(image, options, Call.unbounded())
                .join()
                .best()
                .text()
                .strip();
    }

    private void goesOnFromTheRun(Path model, Path run) throws IOException {
        FileTime computed = Files.getLastModifiedTime(run.resolve("features.bin"));
        Path resumed = folder.resolve("models/resumed/1");
        assertThat(captioning("--int8", "--int8-loss=1", "--resume", "--out=" + resumed, "--run-folder=" + run))
                .as(err.toString())
                .isZero();
        Path exported = folder.resolve("models/exported/1");
        assertThat(captioning("--int8", "--int8-loss=1", "--export-only", "--out=" + exported, "--run-folder=" + run))
                .as(err.toString())
                .isZero();
        for (String file : List.of("encoder_model_int8.onnx", "decoder_model_int8.onnx", "tokenizer.json")) {
            assertThat(resumed.resolve(file)).hasSameBinaryContentAs(model.resolve(file));
            assertThat(exported.resolve(file)).hasSameBinaryContentAs(model.resolve(file));
        }
        assertThat(Files.getLastModifiedTime(run.resolve("features.bin")))
                .as("the features are computed once")
                .isEqualTo(computed);
        assertThat(captioning(
                        "--resume", "--label-smoothing=0", "--out=" + folder.resolve("x/1"), "--run-folder=" + run))
                .isEqualTo(1);
        assertThat(err.toString()).contains("resume from", "--label-smoothing=0.1 (expected: --label-smoothing=0.0)");
    }

    @Test
    void whatCannotWorkIsToldWithWhatIsExpected() throws IOException {
        String data = "--data=" + EXAMPLE.resolve("captions.jsonl");
        String model = "--out=" + folder.resolve("m/1");
        String run = "--run-folder=" + folder.resolve("r");

        assertThat(command("image-captioning", data, model, run)).isEqualTo(2);
        assertThat(err.toString()).contains("Missing required option: '--from=PATH'");
        assertThat(command("image-captioning", data, "--from=" + folder.resolve("none.onnx"), model, run))
                .isEqualTo(1);
        assertThat(err.toString()).contains("none.onnx: no image network (expected: an ONNX file)");
        Path broken = Files.writeString(
                folder.resolve("broken.jsonl"),
                "{\"image\": \"a.png\", \"en\": [\"A dog.\"]}\n{\"image\": \"b.png\", \"split\": \"dev\", \"en\": [\"A cat.\"]}\n");
        assertThat(command(
                        "image-captioning",
                        "--data=" + broken,
                        "--from=" + EXAMPLE.resolve("network.onnx"),
                        model,
                        run))
                .isEqualTo(1);
        assertThat(err.toString()).contains("broken.jsonl:2: split: 'dev' (expected: train, val or test)");
    }

    private int captioning(String... more) {
        List<String> arguments = new ArrayList<>(List.of("image-captioning"));
        arguments.addAll(OPTIONS);
        arguments.addAll(List.of(more));
        return command(arguments.toArray(String[]::new));
    }

    private int command(String... arguments) {
        CommandLine commandLine = Train.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(arguments);
    }

    private static double bleu(String markdown, String language) {
        String row = markdown.lines()
                .filter(line -> line.startsWith("| " + language + " "))
                .findFirst()
                .orElseThrow();
        return Double.parseDouble(List.of(row.split("\\|")).get(3).strip());
    }
}
