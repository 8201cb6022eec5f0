package dev.polymath.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import dev.polymath.inference.InferenceException.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextEncoderTest {
    private static final int WIDTH = 8;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path models;

    @SuppressWarnings("NullAway.Init")
    static TextEncoder encoder;

    @BeforeAll
    static void load() throws IOException {
        encoder = load(models, Map.of());
    }

    @AfterAll
    static void close() {
        encoder.close();
    }

    @Test
    void theVectorIsTheMeanOverAllTokensWithTheSpecialOnes() {
        TextEmbedding embedding = embed("Alice met Bob");

        float[] states = hiddenStates("Alice met Bob");
        assertThat(states).hasSize(5 * WIDTH);
        float[] mean = new float[WIDTH];
        for (int i = 0; i < states.length; i++) {
            mean[i % WIDTH] += states[i] / 5;
        }
        assertThat(encoder.width()).isEqualTo(WIDTH);
        assertThat(embedding.vector()).usingComparatorWithPrecision(1e-5f).containsExactly(mean);
        assertThat(embedding.tokens()).isEqualTo(3);
        assertThat(embedding.windows()).isEqualTo(1);
        assertThat(embedding.receipt().model()).isEqualTo("tiny");
        assertThat(embedding.receipt().tokens()).isEqualTo(5);
    }

    @Test
    void clsPoolingTakesTheFirstToken(@TempDir Path directory) throws IOException {
        try (TextEncoder cls = load(directory, Map.of("polymath.pooling", "cls"))) {
            float[] states = hiddenStates("Alice met Bob");

            assertThat(cls.embed("Alice met Bob", Call.unbounded()).join().vector())
                    .usingComparatorWithPrecision(1e-5f)
                    .containsExactly(Arrays.copyOf(states, WIDTH));
        }
    }

    @Test
    void otherPoolingIsAClearErrorAtLoad(@TempDir Path directory) {
        assertThatThrownBy(() -> load(directory, Map.of("polymath.pooling", "max")))
                .isInstanceOfSatisfying(
                        InferenceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MODEL_NOT_READY))
                .hasMessage("tiny/1: polymath.pooling: max (expected: mean, cls)");
    }

    @Test
    void normalizedVectorsHaveLengthOne() {
        float[] vector = embed("Alice met Bob").normalized();

        double squares = 0;
        for (float value : vector) {
            squares += (double) value * value;
        }
        assertThat(squares).isCloseTo(1, within(1e-6));
        assertThat(new TextEmbedding(new float[3], 0, 1, embed("a").receipt()).normalized())
                .containsOnly(0f);
    }

    @Test
    void aTextHasTheSameVectorAloneAndAmongOthers() {
        List<String> texts = texts();
        List<float[]> alone = texts.stream().map(text -> embed(text).vector()).toList();

        List<TextEmbedding> together = encoder.embedAll(texts, Call.unbounded()).join();

        assertThat(together).extracting(e -> e.receipt().batchSize()).anyMatch(size -> size > 1);
        for (int i = 0; i < texts.size(); i++) {
            assertThat(together.get(i).vector())
                    .usingComparatorWithPrecision(1e-5f)
                    .containsExactly(alone.get(i));
        }
    }

    @Test
    void theVectorOfALongTextIsNearThatOfItsParts() {
        TextEmbedding paris = embed("Paris and ".repeat(10));
        TextEmbedding longText = embed("Paris and ".repeat(500));

        assertThat(longText.windows()).isGreaterThan(10);
        assertThat(longText.tokens()).isEqualTo(1000);
        assertThat(cosine(longText, paris)).isGreaterThan(0.99);
        assertThat(cosine(longText, embed("Alice"))).isLessThan(0.9);
    }

    @Test
    void windowsCountByTheTokensThatTheyStandFor() {
        TokenizedText tokens = encoder.tokenizer().tokenize("Paris and ".repeat(100));
        int windows = tokens.windows().size();
        List<float[]> vectors =
                IntStream.range(0, windows).mapToObj(w -> new float[] {1, w}).toList();

        double expected = IntStream.range(0, windows)
                .mapToDouble(w -> (double) w * (tokens.decidesTo(w) - tokens.decidesFrom(w)) / tokens.size())
                .sum();

        assertThat(windows).isGreaterThan(2);
        assertThat(tokens.mean(vectors)[0]).isCloseTo(1, within(1e-5f));
        assertThat(tokens.mean(vectors)[1]).isCloseTo((float) expected, within(1e-4f));
    }

    @Test
    void anEmptyTextHasTheVectorOfTheSpecialTokens() {
        TextEmbedding embedding = embed("");

        assertThat(embedding.tokens()).isZero();
        assertThat(embedding.receipt().tokens()).isEqualTo(2);
        assertThat(embedding.vector()).hasSize(WIDTH);
    }

    @Test
    void tokensThatAreThereNeedNotBeMadeAgain() {
        TokenizedText tokens = encoder.tokenizer().tokenize("Alice met Bob");

        assertThat(encoder.embed(tokens, Call.unbounded()).join().vector())
                .containsExactly(embed("Alice met Bob").vector());
    }

    @Test
    void nothingToEmbedIsAnEmptyAnswer() {
        assertThat(encoder.embedAll(List.of(), Call.unbounded()).join()).isEmpty();
    }

    @Test
    void oneTextThatTheEngineFailsOnFailsItsBulkAndNoOther() {
        CompletableFuture<List<TextEmbedding>> poisoned =
                encoder.embedAll(List.of("Alice", "poison", "Bob"), Call.unbounded());
        CompletableFuture<List<TextEmbedding>> sound = encoder.embedAll(List.of("Alice", "Bob"), Call.unbounded());

        assertThat(TokenClassifierTest.failure(poisoned).kind()).isEqualTo(Kind.ENGINE_FAILURE);
        assertThat(sound.join()).hasSize(2);
    }

    @Test
    void aVectorThatIsNotANumberIsAnEngineFailure() {
        assertThat(TokenClassifierTest.failure(encoder.embed("nan", Call.unbounded()))
                        .kind())
                .isEqualTo(Kind.ENGINE_FAILURE);
    }

    @Test
    void aCancelledCallIsNotAnswered() {
        Call call = Call.unbounded();
        call.cancel();

        for (CompletableFuture<?> answer : List.of(
                encoder.embed("Alice", call),
                encoder.embedWhenAdmitted("Alice", call),
                encoder.embedAll(texts(), call),
                encoder.embedAllWhenAdmitted(texts(), call))) {
            assertThat(TokenClassifierTest.failure(answer).kind()).isEqualTo(Kind.CANCELLED);
        }
        assertThat(TokenClassifierTest.failure(encoder.embed("Alice", Call.withTimeout(Duration.ZERO)))
                        .kind())
                .isEqualTo(Kind.DEADLINE_EXCEEDED);
    }

    @Test
    void aBulkIsAdmittedAsAWholeOrNotAtAll(@TempDir Path directory) throws IOException {
        BatchOptions defaults = BatchOptions.defaults();
        BatchOptions small =
                new BatchOptions(defaults.maxBatchTokens(), 1, defaults.maxPadding(), defaults.maxDelay(), 50, 100_000);
        try (TextEncoder busy = TextEncoder.load(
                ModelDirectory.open(TinyModel.write(directory, TinyModel.Task.ENCODER, Map.of())),
                InferenceOptions.defaults().withBatch(small),
                InferenceListener.NONE)) {
            List<String> many =
                    IntStream.range(0, 5000).mapToObj(i -> "Alice met Bob").toList();
            CompletableFuture<List<TextEmbedding>> first = busy.embedAll(many, Call.unbounded());
            CompletableFuture<List<TextEmbedding>> refused = busy.embedAll(many, Call.unbounded());
            CompletableFuture<List<TextEmbedding>> waited = busy.embedAllWhenAdmitted(many, Call.unbounded());

            assertThat(first.join()).hasSize(5000);
            assertThat(TokenClassifierTest.failure(refused).kind()).isEqualTo(Kind.OVERLOADED);
            assertThat(waited.join()).hasSize(5000);
        }
    }

    @Test
    void manyThreadsGetTheAnswersOfOne() {
        List<String> texts = texts();
        List<float[]> alone = texts.stream().map(text -> embed(text).vector()).toList();

        List<float[]> answers = IntStream.range(0, 400)
                .parallel()
                .mapToObj(i -> encoder.embedWhenAdmitted(texts.get(i % texts.size()), Call.unbounded())
                        .join()
                        .vector())
                .toList();

        for (int i = 0; i < answers.size(); i++) {
            assertThat(answers.get(i)).usingComparatorWithPrecision(1e-5f).containsExactly(alone.get(i % texts.size()));
        }
    }

    @Test
    void afterCloseTextsAreRefusedAsShuttingDown(@TempDir Path directory) throws IOException {
        TextEncoder closed = load(directory, Map.of());
        closed.close();

        assertThat(closed.ready()).isFalse();
        assertThat(TokenClassifierTest.failure(closed.embedAll(List.of("a"), Call.unbounded()))
                        .kind())
                .isEqualTo(Kind.SHUTTING_DOWN);
    }

    private static TextEncoder load(Path directory, Map<String, String> properties) throws IOException {
        return TextEncoder.load(
                ModelDirectory.open(TinyModel.write(directory, TinyModel.Task.ENCODER, properties)),
                InferenceOptions.defaults().withDevice("cpu"),
                InferenceListener.NONE);
    }

    /** What the model says of each token, past batcher and pooling. */
    private static float[] hiddenStates(String text) {
        TokenizedText tokens = encoder.tokenizer().tokenize(text);
        try (LoadedModel weights = LoadedModel.load(encoder.model(), InferenceOptions.defaults(), Device.cpu())) {
            SequenceRunner runner =
                    new SequenceRunner(weights, "cpu", List.of(new ModelOutput(null, ModelOutput.Kind.TOKENS, WIDTH)));
            return runner.run(tokens.sequences()).get(0)[0];
        }
    }

    private static List<String> texts() {
        List<String> texts = new ArrayList<>();
        for (int i = 1; i <= 40; i++) {
            texts.add("Alice met Bob " + "and saw Paris ".repeat(i % 7));
        }
        return texts;
    }

    private static double cosine(TextEmbedding a, TextEmbedding b) {
        double dot = 0;
        for (int i = 0; i < WIDTH; i++) {
            dot += a.normalized()[i] * b.normalized()[i];
        }
        return dot;
    }

    private static TextEmbedding embed(String text) {
        return encoder.embed(text, Call.unbounded()).join();
    }
}
