package dev.polymath.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.polymath.inference.Call;
import dev.polymath.inference.InferenceListener;
import dev.polymath.inference.InferenceOptions;
import dev.polymath.inference.Iob2Decoder;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.inference.TokenClassification;
import dev.polymath.inference.TokenClassifier;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command line from data to a served model: the worked example of docs/training.md. */
class TrainTest {
    private static final Path EXAMPLE = Path.of("examples", "entities");

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void exampleBecomesAModelThatServingLoadsAndThatFindsNamesItHasNotSeen() throws IOException {
        Path model = folder.resolve("models/example/1");

        int status = run(
                "token-classification",
                "--train=" + EXAMPLE.resolve("train.conll"),
                "--dev=example-dev=" + EXAMPLE.resolve("dev.jsonl"),
                "--out=" + model,
                "--run-folder=" + folder.resolve("run"),
                "--epochs=4",
                "--batch-tokens=128",
                "--learning-rate=3e-4",
                "--tune-bias",
                "--int8",
                "--int8-loss=1");

        assertThat(status).as(err.toString()).isZero();
        ModelDirectory directory = ModelDirectory.open(model);
        assertThat(directory.labels())
                .containsExactly(
                        "O", "B-LOCATION", "I-LOCATION", "B-ORGANIZATION", "I-ORGANIZATION", "B-PERSON", "I-PERSON");
        assertThat(bestMicroF1(folder.resolve("run"), "example-dev")).isGreaterThan(0.7);
        assertThat(Files.readString(directory.path().resolve("README.md")))
                .contains(
                        "# example 1",
                        "./train token-classification --train=",
                        "**example-dev, in upper case**",
                        "| PERSON | ",
                        "all-MiniLM-L6-v2",
                        "examples/entities");
        assertThat(directory.property("polymath.precision")).isEqualTo("int8");
        assertThat(Files.size(directory.path().resolve("model_int8.onnx"))).isLessThan(30_000_000);
        try (TokenClassifier classifier =
                TokenClassifier.load(directory, InferenceOptions.defaults(), InferenceListener.NONE)) {
            assertThat(labels(classifier, "Yesterday Sunniva Ostrander arrived."))
                    .containsExactly("O", "B-PERSON", "I-PERSON", "O", "O");
        }

        assertThat(run("evaluate", "--model=" + model, "--data=example-dev=" + EXAMPLE.resolve("dev.jsonl")))
                .as(err.toString())
                .isZero();
        String table = out.toString().strip();
        assertThat(table).contains("| all | ");
        assertThat(Files.readString(directory.path().resolve("README.md"))).contains(table);
    }

    @Test
    void fineTunedModelStartsLabelsForAndIsAveragedWithTheNext() throws IOException {
        Path first = folder.resolve("models/first/1");
        Path second = folder.resolve("models/second/1");
        Path labelled = folder.resolve("labelled.jsonl");
        String data = EXAMPLE.resolve("dev.jsonl").toString();

        int firstStatus = run(
                "token-classification",
                "--train=" + data,
                "--dev=" + data,
                "--out=" + first,
                "--run-folder=" + folder.resolve("run1"),
                "--epochs=5",
                "--batch-tokens=64",
                "--learning-rate=3e-4");
        assertThat(firstStatus).as(err.toString()).isZero();
        int labelStatus = run(
                "label",
                "--model",
                first.toString(),
                first.toString(),
                "--texts=" + texts(EXAMPLE.resolve("dev.jsonl"), folder.resolve("texts.txt")),
                "--min-confidence=0.3",
                "--out=" + labelled);
        assertThat(labelStatus).as(err.toString()).isZero();
        int secondStatus = run(
                "token-classification",
                "--train",
                data,
                labelled.toString(),
                "--dev=" + data,
                "--out=" + second,
                "--run-folder=" + folder.resolve("run2"),
                "--from=" + first,
                "--epochs=1",
                "--learning-rate=1e-7",
                "--head-learning-rate=1e-7",
                "--shape-learning-rate=1e-7",
                "--average-with-start",
                "--average-with=" + first,
                "--tune-bias",
                "--int8");

        assertThat(secondStatus).as(err.toString()).isZero();
        double start = bestMicroF1(folder.resolve("run1"), "entities/dev");
        assertThat(start).isGreaterThan(0.3);
        Set<String> right = entities(EXAMPLE.resolve("dev.jsonl"));
        Set<String> found = entities(labelled);
        assertThat(found).isNotEmpty();
        found.retainAll(right);
        assertThat(found).hasSizeGreaterThan(right.size() / 3);
        assertThat(bestMicroF1(folder.resolve("run2"), "entities/dev")).isCloseTo(start, within(0.03));
    }

    @Test
    void confidenceThatIsNoProbabilityIsTold() {
        int status = run(
                "label",
                "--model=" + folder,
                "--texts=" + folder,
                "--min-confidence=60",
                "--out=" + folder.resolve("a"));

        assertThat(status).isEqualTo(1);
        assertThat(err.toString()).contains("--min-confidence: 60.0 (expected: 0 to 1)");
    }

    @Test
    void labellingWithoutTextsLeavesNothingBehindAndOverwritesNothing() throws IOException {
        Path labelled = folder.resolve("labelled.jsonl");
        String missing = folder.resolve("texts.txt").toString();

        int status = run("label", "--model=" + folder, "--texts=" + missing, "--out=" + labelled);

        assertThat(status).isEqualTo(1);
        assertThat(err.toString()).startsWith("train: " + missing + ": no such data file");
        assertThat(labelled).doesNotExist();
        Files.writeString(labelled, "mine");

        int again = run("label", "--model=" + folder, "--texts=" + missing, "--out=" + labelled);

        assertThat(again).isEqualTo(1);
        assertThat(err.toString()).contains(labelled + ": there is a file already (expected: a new one)");
        assertThat(labelled).hasContent("mine");
    }

    @Test
    void adaptersAreMergedIntoTheExportedModel() throws IOException {
        Path model = folder.resolve("models/adapted/1");

        int status = run(
                "token-classification",
                "--train=" + EXAMPLE.resolve("dev.jsonl"),
                "--dev=" + EXAMPLE.resolve("dev.jsonl"),
                "--out=" + model,
                "--run-folder=" + folder.resolve("run"),
                "--epochs=1",
                "--lora-rank=4",
                "--learning-rate=1e-3");

        assertThat(status).as(err.toString()).isZero();
        assertThat(ModelDirectory.open(model).labels()).hasSize(7);
        assertThat(folder.resolve("run/adapter/adapter_config.json")).exists();
        assertThat(folder.resolve("run/adapter/adapter_model.safetensors")).exists();
    }

    @Test
    void badDataIsToldWithFileAndLineAndWithoutAStack() throws IOException {
        Path file = Files.writeString(folder.resolve("bad.conll"), "Ada B-PERSON\nsleeps\n");

        int status = run("token-classification", "--train=" + file, "--dev=" + file, "--out=" + folder.resolve("m/1"));

        assertThat(status).isEqualTo(1);
        assertThat(err.toString())
                .startsWith("train: " + file + ":2: 1 column (expected: ")
                .doesNotContain("\tat ");
    }

    @Test
    void modelThatIsThereIsNotOverwritten() throws IOException {
        Path model = Files.createDirectories(folder.resolve("m/1"));

        int status = run(
                "token-classification",
                "--train=" + EXAMPLE.resolve("train.conll"),
                "--dev=" + EXAMPLE.resolve("dev.jsonl"),
                "--out=" + model);

        assertThat(status).isEqualTo(1);
        assertThat(err.toString()).contains("there is a model already (expected: a new folder, name/version)");
    }

    @Test
    void optionOutOfRangeIsToldWithWhatIsExpected() {
        int status = run(
                "token-classification",
                "--train=" + EXAMPLE.resolve("train.conll"),
                "--dev=" + EXAMPLE.resolve("dev.jsonl"),
                "--out=" + folder.resolve("m/1"),
                "--epochs=0");

        assertThat(status).isEqualTo(1);
        assertThat(err.toString()).contains("epochs: 0 (expected: >= 1)");
    }

    @Test
    void helpNamesTheTasksAndTheirOptions() {
        assertThat(run("--help")).isZero();
        assertThat(run("token-classification", "--help")).isZero();
        assertThat(out.toString()).contains("token-classification", "evaluate", "--lora-rank=N", "--time-limit=TIME");
    }

    private int run(String... arguments) {
        CommandLine commandLine = Train.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(arguments);
    }

    private static double bestMicroF1(Path run, String set) throws IOException {
        return Files.readAllLines(run.resolve("evaluation.csv")).stream()
                .filter(line -> line.contains("," + set + "/all/f1,"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(',') + 1)))
                .max()
                .orElseThrow();
    }

    private static Path texts(Path labelled, Path file) throws IOException {
        List<String> texts = objects(labelled).stream()
                .map(object -> object.get("text").getAsString())
                .toList();
        return Files.write(file, texts);
    }

    private static Set<String> entities(Path labelled) throws IOException {
        Set<String> entities = new HashSet<>();
        for (JsonObject object : objects(labelled)) {
            object.getAsJsonArray("entities").forEach(entity -> entities.add(object.get("text") + " " + entity));
        }
        return entities;
    }

    private static List<JsonObject> objects(Path file) throws IOException {
        return Files.readAllLines(file).stream()
                .map(line -> JsonParser.parseString(line).getAsJsonObject())
                .toList();
    }

    private static List<String> labels(TokenClassifier classifier, String text) {
        TokenClassification answer = classifier.classify(text, Call.unbounded()).join();
        List<float[]> words = new ArrayList<>();
        for (int t = 0; t < answer.tokens().size(); t++) {
            if (answer.tokens().startsWord(t)) {
                float[] row = new float[answer.labels().size()];
                for (int l = 0; l < row.length; l++) {
                    row[l] = answer.probability(t, l);
                }
                words.add(row);
            }
        }
        List<String> labels = new ArrayList<>();
        for (int id : new Iob2Decoder(answer.labels()).decode(words.toArray(float[][]::new))) {
            labels.add(answer.labels().get(id));
        }
        return labels;
    }
}
