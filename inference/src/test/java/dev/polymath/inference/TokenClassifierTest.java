package dev.polymath.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.polymath.inference.InferenceException.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenClassifierTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path models;

    @SuppressWarnings("NullAway.Init")
    static TokenClassifier classifier;

    static final ConcurrentLinkedQueue<String> OUTCOMES = new ConcurrentLinkedQueue<>();

    @BeforeAll
    static void load() throws IOException {
        classifier = TokenClassifier.load(
                ModelDirectory.open(TinyModel.write(models)),
                InferenceOptions.defaults().withDevice("cpu"),
                new InferenceListener() {
                    @Override
                    public void requestCompleted(String model, @Nullable Kind failure, Duration elapsed) {
                        OUTCOMES.add(model + " " + (failure == null ? "OK" : failure));
                    }
                });
    }

    @AfterAll
    static void close() {
        classifier.close();
    }

    @Test
    void wordsGetTheirLabelsAndEntitiesTheirSpans() {
        String text = "Alice Smith met Bob in New York.";

        TokenClassification answer = classify(text);

        assertThat(entities(text, answer)).containsExactly("PERSON Alice Smith", "PERSON Bob", "LOCATION New York");
        assertThat(new Iob2Decoder(answer.labels()).decode(answer))
                .allSatisfy(span -> assertThat(span.confidence()).isBetween(0.9f, 1f));
    }

    @Test
    void receiptSaysWhichModelAnsweredAndHow() {
        Receipt receipt = classify("Alice met Bob").receipt();

        assertThat(receipt.model()).isEqualTo("tiny");
        assertThat(receipt.version()).isEqualTo("1");
        assertThat(receipt.sha256()).matches("[0-9a-f]{64}");
        assertThat(receipt.device()).isEqualTo("cpu");
        assertThat(receipt.batchSize()).isEqualTo(1);
        assertThat(receipt.tokens()).isEqualTo(5);
        assertThat(receipt.tokenize()).isPositive();
        assertThat(receipt.infer()).isPositive();
    }

    @Test
    void aTextHasTheSameProbabilitiesAloneAndAmongOthers() {
        List<String> texts = new ArrayList<>();
        for (int i = 1; i <= 40; i++) {
            texts.add("Alice met Bob " + "and saw Paris ".repeat(i % 7));
        }
        List<float[]> alone =
                texts.stream().map(text -> classify(text).probabilities()).toList();

        List<CompletableFuture<TokenClassification>> together = texts.stream()
                .map(text -> classifier.classify(text, Call.unbounded()))
                .toList();

        for (int i = 0; i < texts.size(); i++) {
            assertThat(together.get(i).join().probabilities())
                    .usingComparatorWithPrecision(1e-6f)
                    .containsExactly(alone.get(i));
        }
    }

    @Test
    void aDocumentOf100000CharactersHasEntitiesFromItsLastSentence() {
        String text = "one day in the day and the day. ".repeat(3200) + "Then Alice Smith saw Paris.";

        TokenClassification answer = classify(text);

        assertThat(text.length()).isGreaterThan(100_000);
        assertThat(answer.windows()).isGreaterThan(400);
        assertThat(entities(text, answer)).containsExactly("PERSON Alice Smith", "LOCATION Paris");
        for (int token = 0; token < answer.tokens().size(); token++) {
            double sum = 0;
            for (int label = 0; label < answer.labels().size(); label++) {
                sum += answer.probability(token, label);
            }
            assertThat(sum).isCloseTo(1, within(1e-5));
        }
    }

    @Test
    void textWithoutTokensIsAnsweredWithoutTheEngine() {
        TokenClassification answer = classify(" \n\t");

        assertThat(answer.tokens().size()).isZero();
        assertThat(answer.probabilities()).isEmpty();
        assertThat(answer.windows()).isEqualTo(1);
        assertThat(answer.receipt().batchSize()).isZero();
    }

    @Test
    void aTextThatTheEngineFailsOnFailsAloneAndTheOthersAreAnswered() {
        List<CompletableFuture<TokenClassification>> answers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            answers.add(classifier.classify(i == 7 ? "Alice met poison" : "Alice met Bob", Call.unbounded()));
        }

        for (int i = 0; i < 20; i++) {
            if (i == 7) {
                assertThat(failure(answers.get(i)).kind()).isEqualTo(Kind.ENGINE_FAILURE);
                assertThat(failure(answers.get(i))).hasMessage("tiny: the engine failed on this input");
            } else {
                assertThat(answers.get(i).join().receipt().batchSize()).isPositive();
            }
        }
    }

    @Test
    void anOutputThatIsNotANumberIsAnEngineFailure() {
        assertThat(failure(classifier.classify("Alice met nan", Call.unbounded()))
                        .kind())
                .isEqualTo(Kind.ENGINE_FAILURE);
    }

    @Test
    void theListenerIsToldOfEveryOutcome() {
        OUTCOMES.clear();

        classify("Alice met Bob");
        failure(classifier.classify("Alice met poison", Call.unbounded()));

        assertThat(OUTCOMES).containsExactly("tiny OK", "tiny ENGINE_FAILURE");
    }

    @Test
    void aCancelledCallIsNotAnswered() {
        Call call = Call.unbounded();
        call.cancel();

        assertThat(failure(classifier.classify("Alice", call)).kind()).isEqualTo(Kind.CANCELLED);
        assertThat(failure(classifier.classifyWhenAdmitted("Alice", call)).kind())
                .isEqualTo(Kind.CANCELLED);
    }

    @Test
    void aCallPastItsDeadlineIsNotAnswered() {
        Call call = Call.withTimeout(Duration.ZERO);

        assertThat(failure(classifier.classify("Alice", call)).kind()).isEqualTo(Kind.DEADLINE_EXCEEDED);
    }

    @Test
    void afterCloseTextsAreRefusedAsShuttingDown(@TempDir Path directory) throws IOException {
        TokenClassifier closed = TokenClassifier.load(
                ModelDirectory.open(TinyModel.write(directory)), InferenceOptions.defaults(), InferenceListener.NONE);
        assertThat(closed.ready()).isTrue();

        closed.close();

        assertThat(closed.ready()).isFalse();
        InferenceException failure = failure(closed.classify("Alice", Call.unbounded()));
        assertThat(failure.kind()).isEqualTo(Kind.SHUTTING_DOWN);
        assertThat(failure.retryAfter()).isPositive();
    }

    @Test
    void theTemperatureFlattensTheProbabilitiesAndKeepsTheirOrder(@TempDir Path directory) throws IOException {
        String text = "Alice met Bob in Paris";
        TokenClassification sharp = classify(text);

        try (TokenClassifier flat = TokenClassifier.load(
                ModelDirectory.open(TinyModel.write(directory, Map.of("polymath.temperature", "4"))),
                InferenceOptions.defaults(),
                InferenceListener.NONE)) {
            TokenClassification answer = flat.classify(text, Call.unbounded()).join();

            assertThat(entities(text, answer)).isEqualTo(entities(text, sharp));
            assertThat(answer.probability(0, 1))
                    .isLessThan(sharp.probability(0, 1))
                    .isGreaterThan(0.2f);
        }
    }

    @Test
    void aGpuThatIsNotThereIsAClearErrorAtLoad() {
        assertThatThrownBy(() -> TokenClassifier.load(
                        classifier.model(), InferenceOptions.defaults().withDevice("gpu7"), InferenceListener.NONE))
                .isInstanceOfSatisfying(
                        InferenceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MODEL_NOT_READY))
                .hasMessage("tiny/1: device: gpu7 (expected: cpu, auto; OnnxRuntime sees 0 GPUs here)");
    }

    @Test
    void anEngineThatIsNotThereIsAClearErrorAtLoad() {
        InferenceOptions defaults = InferenceOptions.defaults();
        InferenceOptions options = new InferenceOptions("PyTorch", "cpu", null, 1, 1, false, defaults.batch());

        assertThatThrownBy(() -> TokenClassifier.load(classifier.model(), options, InferenceListener.NONE))
                .hasMessageStartingWith("tiny/1: engine: PyTorch (expected: one on the class path");
    }

    @Test
    void halfPrecisionIsAnOptionOfTheModelAndGivesTheSameEntities(@TempDir Path directory) throws IOException {
        String text = "Alice Smith met Bob in New York.";
        float[] single = classify(text).probabilities();

        try (TokenClassifier half = TokenClassifier.load(
                ModelDirectory.open(TinyModel.write(directory, Map.of("polymath.precision", "fp16"))),
                InferenceOptions.defaults(),
                InferenceListener.NONE)) {
            TokenClassification answer = half.classify(text, Call.unbounded()).join();

            assertThat(entities(text, answer)).containsExactly("PERSON Alice Smith", "PERSON Bob", "LOCATION New York");
            assertThat(answer.probabilities())
                    .isNotEqualTo(single)
                    .usingComparatorWithPrecision(1e-3f)
                    .containsExactly(single);
        }
    }

    @Test
    void aPrecisionThatTheModelHasNoFileForIsAClearErrorAtLoad(@TempDir Path directory) throws IOException {
        Path model = TinyModel.write(directory, Map.of("polymath.precision", "int4"));

        assertThatThrownBy(() -> TokenClassifier.load(
                        ModelDirectory.open(model), InferenceOptions.defaults(), InferenceListener.NONE))
                .hasMessage(model.resolve("model_int4.onnx") + ": missing");
    }

    static List<String> entities(String text, TokenClassification answer) {
        return new Iob2Decoder(answer.labels())
                .decode(answer).stream()
                        .map(span -> span.label() + " " + text.substring(span.begin(), span.end()))
                        .toList();
    }

    private static TokenClassification classify(String text) {
        return classifier.classify(text, Call.unbounded()).join();
    }

    static InferenceException failure(CompletableFuture<?> future) {
        @Nullable Throwable[] failure = new Throwable[1];
        try {
            future.join();
        } catch (CompletionException e) {
            failure[0] = e.getCause();
        }
        assertThat(failure[0]).isInstanceOf(InferenceException.class);
        return (InferenceException) failure[0];
    }
}
