package dev.polymath.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.polymath.inference.InferenceException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextClassifierTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path models;

    @SuppressWarnings("NullAway.Init")
    static TextClassifier one;

    @SuppressWarnings("NullAway.Init")
    static TextClassifier two;

    @BeforeAll
    static void load() throws IOException {
        one = load(models.resolve("one"), TinyModel.Task.ONE_HEAD);
        two = load(models.resolve("two"), TinyModel.Task.TWO_HEADS);
    }

    @AfterAll
    static void close() {
        one.close();
        two.close();
    }

    @Test
    void theOnlyHeadIsTheOneOfConfigJson() {
        assertThat(one.heads())
                .containsExactly(new ClassificationHead("logits", TinyModel.LABELS, false, 1, List.of()));

        TextClassification answer = classify(one, "Paris Paris Paris");

        assertThat(best(answer.probabilities("logits"))).isEqualTo(TinyModel.LABELS.indexOf("B-LOCATION"));
        assertThat(sum(answer.probabilities("logits"))).isCloseTo(1, within(1e-5));
        assertThat(answer.tokens()).isEqualTo(3);
        assertThat(answer.receipt().tokens()).isEqualTo(5);
    }

    @Test
    void eachHeadHasItsOwnLabelsThresholdsAndTemperature() {
        assertThat(two.heads()).extracting(ClassificationHead::name).containsExactlyInAnyOrder("kind", "traits");
        ClassificationHead traits = head("traits");
        assertThat(traits.multiLabel()).isTrue();
        assertThat(traits.labels()).isEqualTo(TinyModel.LABELS.subList(0, 3));
        assertThat(traits.threshold(1)).isEqualTo(0.25f);
        assertThat(head("kind").temperature()).isEqualTo(2);
        assertThat(head("kind").threshold(0)).isEqualTo(0.5f);
    }

    @Test
    void aMultiLabelHeadHasAProbabilityPerLabelAndAnotherHasOneOverAll() {
        TextClassification answer = classify(two, "Alice Smith Alice Smith");

        float[] traits = answer.probabilities("traits");
        float[] kind = answer.probabilities("kind");
        assertThat(traits[1]).isGreaterThan(0.8f);
        assertThat(traits[2]).isGreaterThan(0.8f);
        assertThat(kind).hasSize(5);
        assertThat(sum(kind)).isCloseTo(1, within(1e-5));
        assertThatThrownBy(() -> answer.probabilities("mood")).hasMessageStartingWith("head: mood (expected: of [");
    }

    @Test
    void theTemperatureFlattens() {
        float[] sharp = classify(one, "Paris Paris").probabilities().get(0);
        float[] flat = classify(two, "Paris Paris").probabilities("kind");

        assertThat(best(flat)).isEqualTo(best(sharp));
        assertThat(flat[best(flat)]).isLessThan(sharp[best(sharp)]);
    }

    @Test
    void aTextHasTheSameProbabilitiesAloneAndAmongOthers() {
        List<String> texts = new ArrayList<>();
        for (int i = 1; i <= 40; i++) {
            texts.add("Alice met Bob " + "and saw Paris ".repeat(i % 7));
        }

        List<TextClassification> together =
                two.classifyAll(texts, Call.unbounded()).join();

        for (int i = 0; i < texts.size(); i++) {
            TextClassification alone = classify(two, texts.get(i));
            for (int head = 0; head < 2; head++) {
                assertThat(together.get(i).probabilities().get(head))
                        .usingComparatorWithPrecision(1e-5f)
                        .containsExactly(alone.probabilities().get(head));
            }
        }
    }

    @Test
    void theWindowsOfALongTextCountByTheirTokens() {
        TextClassification answer = classify(one, "Paris ".repeat(300) + "Alice ".repeat(100));

        float[] probabilities = answer.probabilities("logits");
        assertThat(answer.windows()).isGreaterThan(5);
        assertThat(sum(probabilities)).isCloseTo(1, within(1e-4));
        assertThat(probabilities[3]).isBetween(0.65f, 0.8f);
        assertThat(probabilities[1]).isBetween(0.2f, 0.3f);
    }

    @Test
    void anEmptyTextIsAnsweredFromTheSpecialTokens() {
        TextClassification answer = classify(one, "");

        assertThat(answer.tokens()).isZero();
        assertThat(sum(answer.probabilities("logits"))).isCloseTo(1, within(1e-5));
    }

    @Test
    void outputsThatAreNotNumbersAreEngineFailures() {
        assertThat(TokenClassifierTest.failure(one.classify("nan", Call.unbounded()))
                        .kind())
                .isEqualTo(Kind.ENGINE_FAILURE);
        assertThat(TokenClassifierTest.failure(two.classify("nan", Call.unbounded()))
                        .kind())
                .isEqualTo(Kind.ENGINE_FAILURE);
    }

    @Test
    void aCancelledCallIsNotAnswered() {
        Call call = Call.unbounded();
        call.cancel();

        assertThat(TokenClassifierTest.failure(one.classifyAllWhenAdmitted(List.of("a", "b"), call))
                        .kind())
                .isEqualTo(Kind.CANCELLED);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | no id2label",
                "{'id2label': {'0': 'a', '1': 'b'}, 'problem_type': 'regression'} | problem_type: regression (expected: "
                        + "single_label_classification, multi_label_classification)",
                "{'heads': {'mood': {'id2label': {'0': 'a', '1': 'b'}, 'temperature': 0}}} | heads.mood: temperature: 0.0 "
                        + "(expected: a number > 0)",
                "{'heads': {'mood': {'id2label': {'0': 'a', '1': 'b'}, 'thresholds': [0.5]}}} | heads.mood: thresholds: 1 "
                        + "(expected: one per label, 2)",
                "{'heads': ['mood']} | heads are not {\"<name>\": {\"problem_type\": \"...\", \"id2label\": {...}}}"
            })
    void headsThatAreNotUnderstoodAreClearErrorsAtLoad(String config, String message, @TempDir Path directory)
            throws IOException {
        Path model = TinyModel.write(directory, TinyModel.Task.ONE_HEAD, Map.of());
        Files.writeString(model.resolve("config.json"), config.replace('\'', '"'));
        TinyModel.writeChecksums(model);

        assertThatThrownBy(() -> TextClassifier.load(
                        ModelDirectory.open(model), InferenceOptions.defaults(), InferenceListener.NONE))
                .isInstanceOfSatisfying(
                        InferenceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MODEL_NOT_READY))
                .hasMessage("tiny/1: config.json: " + message);
    }

    @Test
    void aHeadThatTheModelDoesNotHaveIsAClearErrorAtLoad(@TempDir Path directory) throws IOException {
        Path model = TinyModel.write(directory, TinyModel.Task.TWO_HEADS, Map.of());
        Path config = model.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("traits", "moods"));
        TinyModel.writeChecksums(model);

        assertThatThrownBy(() -> TextClassifier.load(
                        ModelDirectory.open(model), InferenceOptions.defaults(), InferenceListener.NONE))
                .hasMessage("tiny/1: the first run on cpu failed: output: none of the model's is named moods");
    }

    private static TextClassifier load(Path directory, TinyModel.Task task) throws IOException {
        return TextClassifier.load(
                ModelDirectory.open(TinyModel.write(directory, task, Map.of())),
                InferenceOptions.defaults().withDevice("cpu"),
                InferenceListener.NONE);
    }

    private static ClassificationHead head(String name) {
        return two.heads().stream()
                .filter(head -> head.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static TextClassification classify(TextClassifier classifier, String text) {
        return classifier.classify(text, Call.unbounded()).join();
    }

    private static int best(float[] probabilities) {
        int best = 0;
        for (int i = 1; i < probabilities.length; i++) {
            best = probabilities[i] > probabilities[best] ? i : best;
        }
        return best;
    }

    private static double sum(float[] probabilities) {
        double sum = 0;
        for (float probability : probabilities) {
            sum += probability;
        }
        return sum;
    }
}
