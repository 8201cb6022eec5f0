package dev.polymath.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polymath.inference.Call;
import dev.polymath.inference.InferenceListener;
import dev.polymath.inference.InferenceOptions;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.inference.TextGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Translation from pairs of sentences to a served model: the worked example of docs/training.md. */
class TrainTranslationTest {
    private static final Path EXAMPLE = Path.of("examples", "translation");
    private static final List<String> OPTIONS = List.of(
            "--train",
            "en-de=" + EXAMPLE.resolve("en-de.tsv"),
            "en-es=" + EXAMPLE.resolve("en-es.tsv"),
            "--dev-sentences=20",
            "--test-sentences=40",
            "--vocabulary-size=420",
            "--width=64",
            "--inner-width=128",
            "--heads=4",
            "--encoder-layers=1",
            "--decoder-layers=1",
            "--max-positions=64",
            "--max-length=40",
            "--epochs=7",
            "--batch-tokens=1024",
            "--learning-rate=4e-3",
            "--average-decay=0.98",
            "--dropout=0",
            "--placeholder-share=0.3");

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void exampleBecomesAModelThatServingLoadsThatTranslatesWhatItHasNotSeenAndThatCanBeTrainedOn() throws IOException {
        Path model = folder.resolve("models/example/1");
        Path run = folder.resolve("run");

        assertThat(translation(OPTIONS, "--int8", "--int8-loss=1", "--out=" + model, "--run-folder=" + run))
                .as(err.toString())
                .isZero();

        ModelDirectory directory = ModelDirectory.open(model);
        assertThat(directory.property("polymath.task")).isEqualTo("translation");
        assertThat(directory.property("polymath.precision")).isEqualTo("int8");
        assertThat(directory.property("polymath.translation.pairs")).isEqualTo("en-de,de-en,en-es,es-en");
        assertThat(model.resolve("decoder_with_past_model_int8.onnx")).exists();
        assertThat(model.resolve("encoder_model.onnx")).doesNotExist();
        assertThat(Files.readString(model.resolve("README.md")))
                .contains(
                        "# example 1",
                        "### int8, beam 4 (served)",
                        "| es-en | 40 | ",
                        "600 pairs",
                        "polymath.models.translation");
        double loss = best(run);
        assertThat(loss).isLessThan(0.9);
        assertThat(Files.readAllLines(run.resolve("test.en-de.tsv"))).hasSize(40);

        assertThat(command("evaluate", "--model=" + model, "--help")).isZero();
        assertThat(out.toString()).contains("--data=", "sacrebleu");
        assertThat(command(
                        "evaluate", "--model=" + model, "--beam=1", "--data", "en-de=" + run.resolve("test.en-de.tsv")))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).contains("| en-de | 40 | ", "| de-en | 40 | ", "greedy");
        assertThat(bleu(out.toString(), "en-de")).isGreaterThan(50);
        assertThat(bleu(out.toString(), "de-en")).isGreaterThan(50);

        // a word that no one has seen comes through where its placeholder stands
        try (TextGenerator generator =
                TextGenerator.load(directory, InferenceOptions.defaults(), InferenceListener.NONE)) {
            assertThat(generator
                            .generate(">>de<< <x0> sees the dog.", generator.defaults(), Call.unbounded())
                            .join()
                            .best()
                            .text())
                    .contains("<x0>");
        }

        goesOnFromTheRun(model, run);
        goesOnFromTheModel(model, loss);
    }

    private void goesOnFromTheRun(Path model, Path run) throws IOException {
        Path resumed = folder.resolve("models/resumed/1");
        assertThat(translation(
                        OPTIONS, "--int8", "--int8-loss=1", "--resume", "--out=" + resumed, "--run-folder=" + run))
                .as(err.toString())
                .isZero();
        Path exported = folder.resolve("models/exported/1");
        assertThat(translation(
                        OPTIONS,
                        "--int8",
                        "--int8-loss=1",
                        "--export-only",
                        "--out=" + exported,
                        "--run-folder=" + run))
                .as(err.toString())
                .isZero();
        for (String file : List.of("encoder_model_int8.onnx", "decoder_model_int8.onnx", "tokenizer.json")) {
            assertThat(resumed.resolve(file)).hasSameBinaryContentAs(model.resolve(file));
            assertThat(exported.resolve(file)).hasSameBinaryContentAs(model.resolve(file));
        }
        // what steers the training must be the same
        assertThat(translation(
                        OPTIONS,
                        "--resume",
                        "--label-smoothing=0",
                        "--out=" + folder.resolve("x/1"),
                        "--run-folder=" + run))
                .isEqualTo(1);
        assertThat(err.toString()).contains("resume from", "--label-smoothing=0.1 (expected: --label-smoothing=0.0)");
    }

    private void goesOnFromTheModel(Path model, double loss) throws IOException {
        List<String> options = new ArrayList<>(OPTIONS);
        options.set(options.indexOf("--epochs=7"), "--epochs=1");
        options.set(options.indexOf("--learning-rate=4e-3"), "--learning-rate=1e-6");
        Path run = folder.resolve("run2");

        assertThat(translation(
                        options,
                        "--from=" + model,
                        "--test-sentences=0",
                        "--out=" + folder.resolve("models/second/1"),
                        "--run-folder=" + run))
                .as(err.toString())
                .isZero();

        // what 8 bits cost, and no more
        assertThat(best(run)).isLessThan(loss + 0.2);
    }

    @Test
    void optionsThatCannotWorkAreToldWithWhatIsExpected() {
        String data = "en-de=" + EXAMPLE.resolve("en-de.tsv");
        String model = "--out=" + folder.resolve("m/1");
        String run = "--run-folder=" + folder.resolve("r");

        assertThat(command(
                        "translation", "--train", EXAMPLE.resolve("en-de.tsv").toString(), model, run))
                .isEqualTo(1);
        assertThat(err.toString()).contains("(expected: LANGUAGES=FILE or LANGUAGES=FILE:WEIGHT");
        assertThat(command("translation", "--train", data, model, run)).isEqualTo(1);
        assertThat(err.toString()).contains("dev and test sentences: 1300 (expected: fewer than the 600 of en-de)");
        assertThat(command(
                        "translation",
                        "--train",
                        data,
                        "--dev-sentences=9",
                        "--test-sentences=9",
                        "--width=100",
                        model,
                        run))
                .isEqualTo(1);
        assertThat(err.toString()).contains("width: 100 (expected: divisible by twice the heads, 8)");
        assertThat(command("translation", "--train", data, "--cool-down=0", model, run))
                .isEqualTo(1);
        assertThat(err.toString()).contains("cool-down: 0.0 (expected: > 0 and < 1)");
    }

    private int translation(List<String> options, String... more) {
        List<String> arguments = new ArrayList<>(List.of("translation"));
        arguments.addAll(options);
        for (String argument : more) {
            arguments.removeIf(
                    other -> argument.startsWith("--test-sentences") && other.startsWith("--test-sentences"));
            arguments.add(argument);
        }
        return command(arguments.toArray(String[]::new));
    }

    private int command(String... arguments) {
        CommandLine commandLine = Train.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(arguments);
    }

    private static double bleu(String markdown, String direction) {
        String row = markdown.lines()
                .filter(line -> line.startsWith("| " + direction + " "))
                .findFirst()
                .orElseThrow();
        return Double.parseDouble(List.of(row.split("\\|")).get(3).strip());
    }

    private static double best(Path run) throws IOException {
        return Files.readAllLines(run.resolve("evaluation.csv")).stream()
                .map(line -> List.of(line.split(",")))
                .filter(columns -> columns.get(2).equals("loss"))
                .mapToDouble(columns -> Double.parseDouble(columns.get(3)))
                .min()
                .orElseThrow();
    }
}
