package dev.polymath.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.polymath.image.ImagePreprocessing;
import dev.polymath.image.ImagePreprocessing.Fit;
import dev.polymath.inference.InferenceException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageClassifierTest {
    private static final float[] UNIT = {1 / 255f, 1 / 255f, 1 / 255f};
    private static final ImagePreprocessing INPUT =
            new ImagePreprocessing(32, 32, Fit.STRETCH, 0, false, UNIT, new float[3]);
    private static final float[] LOGITS = {0, 1, -1};
    private static final float[] LIGHT = {4, 0, 0};

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path models;

    @Test
    void logitsBecomeProbabilitiesAndTheMostProbableLabelComesFirst() throws IOException {
        ModelDirectory model = tiny().output("logits", LOGITS, LIGHT, 3).write(models, INPUT);
        try (ImageClassifier classifier = load(model)) {
            assertThat(classifier.labels()).containsExactly("day", "night", "fog");

            ImageClassification dark = classify(classifier, 0);
            ImageClassification light = classify(classifier, 204);

            assertThat(dark.labels()).extracting(LabelProbability::label).containsExactly("night", "day", "fog");
            assertThat(dark.labels().get(0).probability()).isCloseTo(0.66524, within(1e-4));
            assertThat(light.labels().get(0).label()).isEqualTo("day");
            // e^3.2 of e^3.2 + e + 1/e
            assertThat(light.labels().get(0).probability()).isCloseTo(0.88828, within(1e-3));
            assertThat(sum(light)).isCloseTo(1, within(1e-5));
            assertThat(light.receipt().batchSize()).isEqualTo(1);
            assertThat(light.receipt().tokens()).isEqualTo(4);
            assertThat(light.receipt().generatedTokens()).isZero();
        }
    }

    @Test
    void theTemperatureFlattens() throws IOException {
        ModelDirectory model = tiny().output("logits", LOGITS, LIGHT, 3)
                .property("polymath.temperature", "2")
                .write(models, INPUT);
        try (ImageClassifier classifier = load(model)) {
            assertThat(classify(classifier, 0).labels().get(0).probability()).isCloseTo(0.50648, within(1e-4));
        }
    }

    @Test
    void probabilitiesAreRecognisedAndTakenAsTheyAre() throws IOException {
        ModelDirectory model = tiny().output("features", new float[5], new float[5], 5, 1, 1)
                .output("scores", new float[] {0.2f, 0.7f, 0.1f}, new float[] {0.1f, -0.1f, 0}, 3)
                .write(models, INPUT);
        try (ImageClassifier classifier = load(model)) {
            ImageClassification answer = classify(classifier, 51);

            assertThat(answer.labels().get(0).probability()).isCloseTo(0.68, within(1e-5));
            assertThat(sum(answer)).isCloseTo(1, within(1e-5));
        }
    }

    @Test
    void servingPropertiesSayWhatTheOutputIs() throws IOException {
        ModelDirectory model = tiny().output("scores", new float[] {0.2f, 0.7f, 0.1f}, new float[3], 3)
                .property("polymath.classification.output", "logits")
                .write(models.resolve("a"), INPUT);
        try (ImageClassifier classifier = load(model)) {
            assertThat(classify(classifier, 0).labels().get(0).probability()).isLessThan(0.5);
        }
        ModelDirectory wrong = tiny().output("scores", LOGITS, LIGHT, 3)
                .property("polymath.classification.output", "odds")
                .write(models.resolve("b"), INPUT);
        assertThatThrownBy(() -> load(wrong))
                .hasMessage("tiny/1: polymath.classification.output: odds (expected: logits, probabilities)");
    }

    @Test
    void imagesInABatchHaveTheAnswersThatTheyHaveAlone() throws IOException {
        ModelDirectory model = tiny().output("logits", LOGITS, LIGHT, 3).write(models, INPUT);
        try (ImageClassifier classifier = load(model)) {
            List<CompletableFuture<ImageClassification>> together = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                together.add(classifier.classify(TinyVision.grey(10 + i, 20, i), Call.unbounded()));
            }
            int largest = 0;
            for (int i = 0; i < 100; i++) {
                ImageClassification answer = together.get(i).join();
                double day = Math.exp(4 * i / 255.0);
                double expected = day / (day + Math.E + 1 / Math.E);
                assertThat(probability(answer, "day")).isCloseTo(expected, within(1e-4));
                largest = Math.max(largest, answer.receipt().batchSize());
            }
            assertThat(largest).isGreaterThan(1);
        }
    }

    @Test
    void outputsThatAreNotNumbersFailTheImageAlone() throws IOException {
        ModelDirectory model = tiny().output("logits", LOGITS, LIGHT, 3).write(models, INPUT);
        try (ImageClassifier classifier = load(model)) {
            CompletableFuture<ImageClassification> before =
                    classifier.classify(TinyVision.grey(8, 8, 10), Call.unbounded());
            CompletableFuture<ImageClassification> white =
                    classifier.classify(TinyVision.grey(8, 8, 255), Call.unbounded());
            CompletableFuture<ImageClassification> after =
                    classifier.classifyWhenAdmitted(TinyVision.grey(8, 8, 10), Call.unbounded());

            assertThat(TokenClassifierTest.failure(white).kind()).isEqualTo(Kind.ENGINE_FAILURE);
            assertThat(before.join().labels()).isEqualTo(after.join().labels());
        }
    }

    @Test
    void halfPrecisionAndBytesAreFoundOut() throws IOException {
        ModelDirectory halves = TinyVision.halves(INPUT)
                .labels("day", "night", "fog")
                .output("logits", LOGITS, LIGHT, 3)
                .write(models.resolve("halves"), INPUT);
        ImagePreprocessing plain =
                new ImagePreprocessing(32, 32, Fit.STRETCH, 0, false, new float[] {1, 1, 1}, new float[3]);
        ModelDirectory bytes = TinyVision.bytes(plain)
                .labels("day", "night", "fog")
                .output("logits", LOGITS, LIGHT, 3)
                .write(models.resolve("bytes"), plain);
        for (ModelDirectory model : List.of(halves, bytes)) {
            try (ImageClassifier classifier = load(model)) {
                assertThat(probability(classify(classifier, 204), "day"))
                        .as(model.path().toString())
                        .isCloseTo(0.88828, within(2e-3));
            }
        }
    }

    @Test
    void aModelThatCannotAnswerIsNotReady() throws IOException {
        ModelDirectory more =
                tiny().output("logits", new float[4], new float[4], 4).write(models.resolve("a"), INPUT);
        assertNotReady(more, "outputs: [logits [4]] (expected: one with 3 values, the number of id2label");

        ModelDirectory none =
                TinyVision.planes(INPUT).output("logits", LOGITS, LIGHT, 3).write(models.resolve("b"), INPUT);
        assertNotReady(none, "config.json: no id2label");

        ImagePreprocessing other = new ImagePreprocessing(48, 32, Fit.STRETCH, 0, false, UNIT, new float[3]);
        ModelDirectory size = tiny().output("logits", LOGITS, LIGHT, 3).write(models.resolve("c"), other);
        assertNotReady(size, "the first run on cpu with images of 48x32 failed");

        ModelDirectory broken = tiny().output("logits", LOGITS, LIGHT, 3).write(models.resolve("d"), INPUT);
        Files.writeString(broken.path().resolve("preprocessor_config.json"), "{}");
        assertNotReady(broken, "preprocessor_config.json: size: {} (expected: height and width)");

        ModelDirectory missing = tiny().output("logits", LOGITS, LIGHT, 3).write(models.resolve("e"), INPUT);
        Files.delete(missing.path().resolve("preprocessor_config.json"));
        assertThatThrownBy(() -> load(missing)).hasMessageContaining("preprocessor_config.json: missing");
    }

    private static void assertNotReady(ModelDirectory model, String message) {
        assertThatThrownBy(() -> load(model))
                .hasMessageContaining(message)
                .isInstanceOfSatisfying(
                        InferenceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MODEL_NOT_READY));
    }

    private static TinyVision tiny() {
        return TinyVision.planes(INPUT).labels("day", "night", "fog");
    }

    private static ImageClassifier load(ModelDirectory model) {
        return ImageClassifier.load(model, InferenceOptions.defaults().withDevice("cpu"), InferenceListener.NONE);
    }

    private static ImageClassification classify(ImageClassifier classifier, int grey) {
        return classifier
                .classify(TinyVision.grey(40, 30, grey), Call.unbounded())
                .join();
    }

    private static double probability(ImageClassification answer, String label) {
        return answer.labels().stream()
                .filter(each -> each.label().equals(label))
                .findFirst()
                .orElseThrow()
                .probability();
    }

    private static double sum(ImageClassification answer) {
        return answer.labels().stream()
                .mapToDouble(LabelProbability::probability)
                .sum();
    }
}
