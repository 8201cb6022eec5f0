package dev.polymath.training;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.polymath.inference.Call;
import dev.polymath.inference.InferenceListener;
import dev.polymath.inference.InferenceOptions;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.inference.TextClassification;
import dev.polymath.inference.TextClassifier;
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

/** The command from data to a served model. */
class TextClassificationTest {
    private static final List<String> DISHES = List.of("soup", "bread", "fish", "cake", "rice", "tea", "pie", "salad");
    private static final List<String> GOOD = List.of("delicious", "wonderful", "great", "lovely", "excellent");
    private static final List<String> BAD = List.of("awful", "disgusting", "terrible", "horrible", "dreadful");

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void headOnAFrozenEncoderLearnsTheLabels() throws IOException {
        Path model = folder.resolve("models/taste/1");
        Path train = folder.resolve("train.csv");
        List<String> rows = new ArrayList<>(List.of("text,label"));
        taste(DISHES.subList(0, 6), (text, good) -> rows.add("\"" + text + "\"," + (good ? "GOOD" : "BAD")));
        Files.write(train, rows);

        int status = run(
                "--train=" + train,
                "--dev-share=0.2",
                "--freeze-encoder",
                "--epochs=15",
                "--head-learning-rate=1e-2",
                "--patience=0",
                "--out=" + model,
                "--run-folder=" + folder.resolve("run"));

        assertThat(status).as(err.toString()).isZero();
        ModelDirectory directory = ModelDirectory.open(model);
        assertThat(directory.labels()).containsExactly("BAD", "GOOD");
        assertThat(directory.config().get("problem_type").getAsString()).isEqualTo("single_label_classification");
        assertThat(Files.readString(directory.path().resolve("README.md")))
                .contains("# taste 1", "Only the heads were trained", "expected calibration error");
        Path test = Files.writeString(
                folder.resolve("test.tsv"), "The pie was excellent.\tGOOD\nThe salad was dreadful.\tBAD\n");
        assertThat(execute("evaluate", "--model=" + model, "--data=" + test))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).contains("accuracy 1.0000, macro-F1 1.0000", "| all | 1.000 | 1.000 | 1.000 | 2 |");
        try (TextClassifier classifier =
                TextClassifier.load(directory, InferenceOptions.defaults(), InferenceListener.NONE)) {
            assertThat(answer(classifier, "The pie was excellent.")
                            .probabilities()
                            .get(0)[1])
                    .isGreaterThan(0.8f);
            assertThat(answer(classifier, "The salad was dreadful.")
                            .probabilities()
                            .get(0)[0])
                    .isGreaterThan(0.8f);
        }
    }

    @Test
    void twoHeadsLearnTogetherFromTheirOwnTexts() throws IOException {
        Path model = folder.resolve("models/two/1");
        Path taste = folder.resolve("taste.tsv");
        Path topics = folder.resolve("topics.jsonl");
        List<String> rows = new ArrayList<>();
        taste(DISHES.subList(0, 6), (text, good) -> rows.add(text + "\t" + (good ? "1" : "0")));
        Files.write(taste, rows);
        List<String> lines = new ArrayList<>();
        for (String animal : List.of("dog", "cat", "horse", "cow")) {
            for (String place : List.of("garden", "kitchen", "street", "bridge")) {
                lines.add("{\"text\": \"A %s.\", \"labels\": [\"animal\"]}".formatted(animal));
                lines.add("{\"text\": \"A %s.\", \"labels\": [\"place\"]}".formatted(place));
                lines.add("{\"text\": \"The %s is in the %s.\", \"labels\": [\"place\", \"animal\"]}"
                        .formatted(animal, place));
            }
        }
        Files.write(topics, lines);

        int status = run(
                "--train",
                "taste=" + taste,
                "topics=" + topics + ":2",
                "--map=taste:1=GOOD,taste:0=BAD",
                "--dev-share=0.2",
                "--epochs=3",
                "--batch-tokens=128",
                "--learning-rate=3e-4",
                "--head-learning-rate=1e-2",
                "--head-weight=topics=2",
                "--group=thing=animal|place",
                "--int8",
                "--int8-loss=1",
                "--out=" + model,
                "--run-folder=" + folder.resolve("run"));

        assertThat(status).as(err.toString()).isZero();
        ModelDirectory directory = ModelDirectory.open(model);
        JsonObject heads = directory.config().getAsJsonObject("heads");
        assertThat(heads.keySet()).containsExactly("taste", "topics");
        assertThat(heads.getAsJsonObject("topics").get("problem_type").getAsString())
                .isEqualTo("multi_label_classification");
        assertThat(heads.getAsJsonObject("topics").getAsJsonArray("thresholds")).hasSize(2);
        assertThat(Files.readString(directory.path().resolve("README.md"))).contains("in groups", "| animal |");
        try (TextClassifier classifier =
                TextClassifier.load(directory, InferenceOptions.defaults(), InferenceListener.NONE)) {
            assertThat(answer(classifier, "The pie was excellent.")
                            .probabilities()
                            .get(0)[1])
                    .isGreaterThan(0.7f);
            assertThat(answer(classifier, "The pie was dreadful.")
                            .probabilities()
                            .get(0)[0])
                    .isGreaterThan(0.7f);
            float[] sheep = answer(classifier, "A sheep.").probabilities().get(1);
            assertThat(sheep[0]).isGreaterThan(sheep[1]);
        }

        int further = run(
                "--from=" + folder.resolve("run"),
                "--train",
                "taste=" + taste,
                "topics=" + topics,
                "--map=taste:1=GOOD,taste:0=BAD",
                "--dev-share=0.2",
                "--epochs=1",
                "--learning-rate=1e-9",
                "--head-learning-rate=1e-9",
                "--average-with-start",
                "--out=" + folder.resolve("models/two/2"),
                "--run-folder=" + folder.resolve("run2"));

        assertThat(further).as(err.toString()).isZero();
        try (TextClassifier classifier = TextClassifier.load(
                ModelDirectory.open(folder.resolve("models/two/2")),
                InferenceOptions.defaults(),
                InferenceListener.NONE)) {
            assertThat(answer(classifier, "The pie was excellent.")
                            .probabilities()
                            .get(0)[1])
                    .as("the heads of the run go on")
                    .isGreaterThan(0.7f);
        }
    }

    @Test
    void unknownHeadIsTold() throws IOException {
        Path file = Files.writeString(folder.resolve("a.tsv"), "x\ta\ny\tb\n");

        int status = run("--train=taste=" + file, "--dev=smell=" + file, "--out=" + folder.resolve("m/1"));

        assertThat(status).isEqualTo(1);
        assertThat(err.toString())
                .contains("head smell (expected: one of [taste], as --train names them)")
                .doesNotContain("\tat ");
    }

    @Test
    void labelWithoutATextToLearnFromIsTold() throws IOException {
        Path train = Files.writeString(folder.resolve("a.tsv"), "x\ta\ny\tb\n");
        Path dev = Files.writeString(folder.resolve("b.tsv"), "z\tc\n");

        int status = run("--train=" + train, "--dev=" + dev, "--out=" + folder.resolve("m/1"));

        assertThat(status).isEqualTo(1);
        assertThat(err.toString()).contains("labels [c]: no text to train on");
    }

    private interface Review {
        void accept(String text, boolean good);
    }

    private static void taste(List<String> dishes, Review review) {
        for (String dish : dishes) {
            for (String word : GOOD.subList(0, 4)) {
                review.accept("The " + dish + " was " + word + ".", true);
            }
            for (String word : BAD.subList(0, 4)) {
                review.accept("The " + dish + " was " + word + ".", false);
            }
        }
    }

    private static TextClassification answer(TextClassifier classifier, String text) {
        return classifier.classify(text, Call.unbounded()).join();
    }

    private int run(String... arguments) {
        List<String> all = new ArrayList<>(List.of("text-classification"));
        all.addAll(List.of(arguments));
        return execute(all.toArray(String[]::new));
    }

    private int execute(String... arguments) {
        CommandLine commandLine = Train.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(arguments);
    }
}
