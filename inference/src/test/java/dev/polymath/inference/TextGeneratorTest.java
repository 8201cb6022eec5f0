package dev.polymath.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.polymath.inference.GeneratedText.Hypothesis;
import dev.polymath.inference.InferenceException.Kind;
import dev.polymath.inference.TinyGenerator.Export;
import dev.polymath.inference.TinyGenerator.Family;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class TextGeneratorTest {
    private static final int MAX = 40;
    /** Of all lengths, so that a batch has padding. */
    private static final List<String> TEXTS = texts();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path models;

    @SuppressWarnings("NullAway.Init")
    static ModelDirectory marian;

    @SuppressWarnings("NullAway.Init")
    static ModelDirectory t5;

    /** What the loop without past says of {@link #TEXTS}. */
    private static final List<int[]> EXPECTED = new ArrayList<>();

    private final List<Integer> steps = Collections.synchronizedList(new ArrayList<>());

    /** What the next step does in place of being counted. */
    private volatile @Nullable Runnable hold;

    @BeforeAll
    static void write() throws IOException {
        marian = ModelDirectory.open(TinyGenerator.write(models.resolve("marian"), Family.MARIAN));
        t5 = ModelDirectory.open(TinyGenerator.write(models.resolve("t5"), Family.T5));
        try (NaiveGeneration naive = new NaiveGeneration(t5)) {
            TEXTS.forEach(text -> EXPECTED.add(naive.greedy(text, MAX)));
        }
    }

    static Stream<Arguments> exports() {
        return Stream.of(Family.MARIAN, Family.T5)
                .flatMap(family -> Stream.of(
                                Set.<Export>of(),
                                Set.of(Export.MERGED),
                                Set.of(Export.PAST_READS_STATES),
                                Set.of(Export.PAST_REPEATS_ENCODER),
                                Set.of(Export.PAST_READS_STATES, Export.PAST_REPEATS_ENCODER),
                                Set.of(Export.NO_PAST))
                        .map(exports -> Arguments.of(family, exports)));
    }

    @ParameterizedTest
    @MethodSource("exports")
    void greedySearchWritesWhatTheLoopWithoutPastWritesTokenForToken(
            Family family, Set<Export> exports, @TempDir Path directory) throws IOException {
        Path path = TinyGenerator.write(directory, family, exports.toArray(Export[]::new));
        try (TextGenerator generator = load(ModelDirectory.open(path));
                NaiveGeneration naive = new NaiveGeneration(family == Family.T5 ? t5 : marian)) {
            List<int[]> expected =
                    TEXTS.stream().map(text -> naive.greedy(text, MAX)).toList();
            GenerationOptions options = generator.defaults().withMaxTokens(MAX);

            List<GeneratedText> together =
                    generator.generateAll(TEXTS, options, Call.unbounded()).join();

            assertThat(together)
                    .allSatisfy(text -> assertThat(text.receipt().batchSize()).isEqualTo(TEXTS.size()));
            assertThat(expected)
                    .extracting(tokens -> tokens.length)
                    .contains(MAX)
                    .anyMatch(length -> length < 10);
            for (int i = 0; i < TEXTS.size(); i++) {
                GeneratedText alone = generate(generator, TEXTS.get(i), options);
                assertThat(together.get(i).best().tokens()).containsExactly(expected.get(i));
                assertThat(alone.best().tokens()).containsExactly(expected.get(i));
                assertThat(together.get(i).best().score())
                        .isCloseTo(alone.best().score(), within(1e-4));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Family.class,
            names = {"MARIAN", "T5"})
    void beamSearchFindsWhatAPlainOneWithoutPastFinds(Family family) {
        ModelDirectory model = family == Family.T5 ? t5 : marian;
        for (double lengthPenalty : new double[] {0, 1, 1.5}) {
            try (TextGenerator generator = load(model);
                    NaiveGeneration naive = new NaiveGeneration(model)) {
                GenerationOptions options = generator
                        .defaults()
                        .withAlternatives(4)
                        .withMaxTokens(MAX)
                        .withLengthPenalty(lengthPenalty);

                List<GeneratedText> together =
                        generator.generateAll(TEXTS, options, Call.unbounded()).join();

                for (int i = 0; i < TEXTS.size(); i++) {
                    List<NaiveGeneration.Hypothesis> expected = naive.beam(TEXTS.get(i), 4, MAX, lengthPenalty);
                    List<Hypothesis> found = together.get(i).hypotheses();
                    assertThat(found)
                            .extracting(hypothesis -> Arrays.toString(hypothesis.tokens()))
                            .containsExactlyElementsOf(expected.stream()
                                    .map(hypothesis -> Arrays.toString(hypothesis.generated()))
                                    .toList());
                    for (int h = 0; h < 4; h++) {
                        assertThat(found.get(h).score())
                                .isCloseTo(expected.get(h).score(), within(1e-3));
                        assertThat(found.get(h).finished())
                                .isEqualTo(expected.get(h).finished());
                    }
                    assertThat(found).extracting(Hypothesis::score).isSortedAccordingTo(Collections.reverseOrder());
                }
            }
        }
    }

    @Test
    void finishedTextsLeaveTheBatchAndTheCostIsOneRowForEachToken() {
        try (TextGenerator generator = load(t5)) {
            generator
                    .generateAll(TEXTS, generator.defaults().withMaxTokens(MAX), Call.unbounded())
                    .join();

            // The engine refuses more than one token at a step, so that rows of steps are all that there is to pay.
            List<Integer> expected = IntStream.range(0, MAX)
                    .map(step -> (int) EXPECTED.stream()
                            .filter(tokens -> tokens.length > step)
                            .count())
                    .boxed()
                    .toList();
            assertThat(steps).containsExactlyElementsOf(expected);
            assertThat(steps.get(0)).isEqualTo(TEXTS.size());
            assertThat(steps.get(MAX - 1)).isLessThan(TEXTS.size());
        }
    }

    @Test
    void anAnswerIsThereBeforeTheLastOfItsBatch() {
        int first = shortest();
        List<CompletableFuture<GeneratedText>> answers = new ArrayList<>();
        try (TextGenerator generator = load(t5, rows -> {
            if (steps.size() == EXPECTED.get(first).length + 1) {
                answers.get(first).orTimeout(20, TimeUnit.SECONDS).join();
            }
        })) {
            generateInOneBatch(generator, TEXTS, generator.defaults().withMaxTokens(MAX), answers);

            answers.forEach(CompletableFuture::join);
            assertThat(steps).hasSize(MAX);
        }
    }

    @Test
    void aCancelledCallStopsCostingAndTheOthersGetTheirAnswers() {
        int longest = longest();
        Call call = Call.unbounded();
        try (TextGenerator generator = load(t5, rows -> {
            if (steps.size() == 5) {
                call.cancel();
            }
        })) {
            expectToStop(generator, longest, call, Kind.CANCELLED);
        }
    }

    @Test
    void aCallPastItsDeadlineStopsCostingAndTheOthersGetTheirAnswers() {
        int longest = longest();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(3);
        Call call = Call.withDeadline(deadline);
        try (TextGenerator generator = load(t5, rows -> {
            while (steps.size() == 5 && System.nanoTime() - deadline < 0) {
                Thread.onSpinWait();
            }
        })) {
            expectToStop(generator, longest, call, Kind.DEADLINE_EXCEEDED);
        }
    }

    /** The one text has this call, which is over in the fifth step. */
    private void expectToStop(TextGenerator generator, int text, Call call, Kind kind) {
        List<CompletableFuture<GeneratedText>> answers = new ArrayList<>();
        List<Call> calls = new ArrayList<>(Collections.nCopies(TEXTS.size(), Call.unbounded()));
        calls.set(text, call);
        inOneBatch(generator, () -> {
            for (int i = 0; i < TEXTS.size(); i++) {
                answers.add(
                        generator.generate(TEXTS.get(i), generator.defaults().withMaxTokens(MAX), calls.get(i)));
            }
        });

        assertThat(TokenClassifierTest.failure(answers.get(text)).kind()).isEqualTo(kind);
        for (int i = 0; i < TEXTS.size(); i++) {
            if (i != text) {
                assertThat(answers.get(i).join().best().tokens()).containsExactly(EXPECTED.get(i));
            }
        }
        assertThat(steps).hasSize(MAX);
        for (int step = 0; step < MAX; step++) {
            int at = step;
            long open = EXPECTED.stream().filter(tokens -> tokens.length > at).count();
            assertThat((long) steps.get(step)).isEqualTo(step < 5 ? open : open - 1);
        }
    }

    @Test
    void aTextThatTheEngineFailsOnFailsAlone() {
        List<String> texts = new ArrayList<>(TEXTS);
        texts.add(5, "a poison b");
        List<CompletableFuture<GeneratedText>> answers = new ArrayList<>();
        try (TextGenerator generator = load(t5)) {
            generateInOneBatch(generator, texts, generator.defaults().withMaxTokens(MAX), answers);

            assertThat(TokenClassifierTest.failure(answers.remove(5)).kind()).isEqualTo(Kind.ENGINE_FAILURE);
            for (int i = 0; i < TEXTS.size(); i++) {
                assertThat(answers.get(i).join().best().tokens()).containsExactly(EXPECTED.get(i));
            }
        }
    }

    @Test
    void aTextWhoseNumbersAreNoneFailsAloneAndTheBatchGoesOn() {
        List<String> texts = new ArrayList<>(TEXTS);
        texts.add(5, "a nan b");
        List<CompletableFuture<GeneratedText>> answers = new ArrayList<>();
        try (TextGenerator generator = load(t5)) {
            generateInOneBatch(generator, texts, generator.defaults().withMaxTokens(MAX), answers);

            assertThat(TokenClassifierTest.failure(answers.remove(5)).kind()).isEqualTo(Kind.ENGINE_FAILURE);
            for (int i = 0; i < TEXTS.size(); i++) {
                assertThat(answers.get(i).join().best().tokens()).containsExactly(EXPECTED.get(i));
            }
            assertThat(steps).hasSize(MAX).startsWith(TEXTS.size() + 1, TEXTS.size());
        }
    }

    @Test
    void optionsMayDifferWithinABatch() {
        try (TextGenerator generator = load(t5)) {
            GenerationOptions greedy = generator.defaults().withMaxTokens(MAX);
            List<GenerationOptions> options = List.of(
                    greedy,
                    greedy.withAlternatives(3),
                    greedy.withBeamSize(5).withLengthPenalty(2),
                    greedy.withMaxTokens(7),
                    greedy.withRepetition(1.3, 0),
                    greedy.withRepetition(1, 2).withBeamSize(2),
                    greedy.withFirstToken(TinyGenerator.GERMAN).withAlternatives(2));
            List<CompletableFuture<GeneratedText>> together = new ArrayList<>();
            inOneBatch(
                    generator,
                    () -> IntStream.range(0, options.size())
                            .forEach(i -> together.add(
                                    generator.generate(TEXTS.get(3 + i), options.get(i), Call.unbounded()))));

            // all of them before the first of the texts alone, which would still find room in their batch
            List<GeneratedText> inBatch =
                    together.stream().map(CompletableFuture::join).toList();
            for (int i = 0; i < options.size(); i++) {
                GeneratedText alone = generate(generator, TEXTS.get(3 + i), options.get(i));
                assertThat(inBatch.get(i).receipt().batchSize()).isEqualTo(options.size());
                assertThat(tokens(inBatch.get(i))).isEqualTo(tokens(alone));
            }
        }
    }

    @Test
    void whatIsCutOffAtTheMaximumIsNotFinished() {
        String text = TEXTS.get(longest());
        try (TextGenerator generator = load(t5)) {
            for (int beam : new int[] {1, 4}) {
                GenerationOptions options = generator.defaults().withAlternatives(beam);

                GeneratedText cut = generate(generator, text, options.withMaxTokens(3));

                assertThat(cut.hypotheses()).hasSize(beam);
                assertThat(cut.best().finished()).isFalse();
                assertThat(cut.best().tokens()).hasSize(3);
                assertThat(cut.generatedTokens()).isEqualTo(cut.receipt().generatedTokens());
            }
            GeneratedText finished = generate(
                    generator, TEXTS.get(shortest()), generator.defaults().withMaxTokens(MAX));
            assertThat(finished.best().finished()).isTrue();
            assertThat(finished.best().tokens()).endsWith(TinyGenerator.END);
        }
    }

    @Test
    void withoutAMaximumTheSourcesLengthBoundsTheText(@TempDir Path directory) throws IOException {
        // a decoder that never ends
        Path path = TinyGenerator.write(
                directory, Family.T5, Map.of("bad_words_ids", List.of(), "eos_token_id", 900), Map.of());
        try (TextGenerator generator = load(ModelDirectory.open(path))) {
            GeneratedText text = generate(generator, "a b c", generator.defaults());

            assertThat(text.sourceTokens()).isEqualTo(4);
            assertThat(text.generatedTokens()).isEqualTo(3 * 4 + 16);
            assertThat(generate(generator, "a ".repeat(50), generator.defaults())
                            .generatedTokens())
                    .as("max_length of generation_config.json without the start token")
                    .isEqualTo(59);
        }
    }

    @Test
    void noSequenceOfTokensOccursTwiceIfThatIsForbidden() {
        String text = TEXTS.get(longest());
        try (TextGenerator generator = load(t5)) {
            GenerationOptions options = generator.defaults().withMaxTokens(MAX);

            assertThat(bigrams(generate(generator, text, options).best())).isLessThan(MAX - 1);
            for (int beam : new int[] {1, 3}) {
                Hypothesis best = generate(
                                generator, text, options.withRepetition(1, 2).withBeamSize(beam))
                        .best();
                assertThat(bigrams(best)).isEqualTo(best.tokens().length - 1);
            }
        }
    }

    @Test
    void theFirstTokenMayBeForced() {
        try (TextGenerator generator = load(t5)) {
            GenerationOptions options = generator.defaults().withAlternatives(3).withFirstToken(TinyGenerator.GERMAN);

            GeneratedText text = generate(generator, "a b c d", options);

            assertThat(text.hypotheses())
                    .hasSize(3)
                    .allSatisfy(hypothesis -> assertThat(hypothesis.tokens()).startsWith(TinyGenerator.GERMAN));
            assertThat(generate(generator, "a b c d", generator.defaults())
                            .best()
                            .tokens()[0])
                    .isNotEqualTo(TinyGenerator.GERMAN);
        }
    }

    @Test
    void generationConfigSaysWhatIsDoneByDefault(@TempDir Path directory) throws IOException {
        Map<String, Object> config = Map.of(
                "num_beams",
                3,
                "length_penalty",
                0.5,
                "repetition_penalty",
                1.25,
                "no_repeat_ngram_size",
                4,
                "forced_bos_token_id",
                TinyGenerator.GERMAN,
                "forced_eos_token_id",
                TinyGenerator.END,
                "max_length",
                5);
        try (TextGenerator generator =
                load(ModelDirectory.open(TinyGenerator.write(directory, Family.MARIAN, config, Map.of())))) {
            GenerationOptions options = generator.defaults();

            assertThat(options.beamSize()).isEqualTo(3);
            assertThat(options.alternatives()).isEqualTo(1);
            assertThat(options.maxTokens()).isZero();
            assertThat(options.lengthPenalty()).isEqualTo(0.5);
            assertThat(options.repetitionPenalty()).isEqualTo(1.25);
            assertThat(options.noRepeatNgramSize()).isEqualTo(4);
            assertThat(options.firstToken()).hasValue(TinyGenerator.GERMAN);
            assertThat(options).isEqualTo(GenerationOptions.defaults(generator.model()));
            Hypothesis best = generate(generator, "a b c d e f g h", options).best();
            assertThat(best.tokens())
                    .hasSize(4)
                    .startsWith(TinyGenerator.GERMAN)
                    .endsWith(TinyGenerator.END);
            assertThat(best.finished()).as("it was cut off").isFalse();
        }
    }

    @Test
    void receiptsCountWhatWasReadAndWritten() {
        try (TextGenerator generator = load(t5)) {
            GeneratedText text = generate(
                    generator,
                    ">>de<< a b c",
                    generator.defaults().withMaxTokens(MAX).withAlternatives(2));

            assertThat(text.sourceTokens()).isEqualTo(5);
            assertThat(text.generatedTokens())
                    .isEqualTo(text.hypotheses().stream()
                            .mapToInt(hypothesis -> hypothesis.tokens().length)
                            .sum());
            assertThat(text.receipt().tokens()).isEqualTo(5);
            assertThat(text.receipt().generatedTokens()).isEqualTo(text.generatedTokens());
            assertThat(text.receipt().batchSize()).isEqualTo(1);
            assertThat(text.receipt().infer()).isPositive();
            assertThat(Receipt.merge(List.of(text.receipt(), text.receipt())).generatedTokens())
                    .isEqualTo(2L * text.generatedTokens());
        }
    }

    @Test
    void textsAreDecodedWithoutSpecialTokens() {
        int text = shortest();
        try (TextGenerator generator = load(t5)) {
            Hypothesis best = generate(
                            generator, TEXTS.get(text), generator.defaults().withMaxTokens(MAX))
                    .best();

            assertThat(best.text()).isNotEmpty().doesNotContain("</s>", "<pad>");
            assertThat(best.text().split(" ")).hasSizeLessThan(best.tokens().length);
        }
    }

    @Test
    void tokensOfATextAreCountedWithSpecialOnesAndTooManyAreRefused() {
        try (TextGenerator generator = load(t5)) {
            assertThat(generator.maxSourceTokens()).isEqualTo(TinyGenerator.MAX_SOURCE);
            assertThat(generator.countTokens(">>de<< a b")).isEqualTo(4);
            assertThat(generator.tokenId(">>de<<")).hasValue(TinyGenerator.GERMAN);
            assertThat(generator.tokenId("a")).hasValue(4);
            assertThat(generator.tokenId("deu_Latn")).isEmpty();
            assertThat(generator.tokenId("a b")).isEmpty();
            String longest = "a ".repeat(TinyGenerator.MAX_SOURCE - 1);
            assertThat(generator.countTokens(longest)).isEqualTo(TinyGenerator.MAX_SOURCE);
            assertThat(generate(generator, longest, generator.defaults()).sourceTokens())
                    .isEqualTo(TinyGenerator.MAX_SOURCE);
            InferenceException tooLong = TokenClassifierTest.failure(
                    generator.generate(longest + "b", generator.defaults(), Call.unbounded()));
            assertThat(tooLong.kind()).isEqualTo(Kind.INPUT_TOO_LONG);
            assertThat(tooLong).hasMessage("text: 65 tokens (expected: <= 64)");
        }
    }

    @Test
    void admissionCountsTheTokensOfEachHypothesis() {
        BatchOptions batch = new BatchOptions(4096, 32, 1, Duration.ZERO, 100, 100);
        CountDownLatch admitted = new CountDownLatch(1);
        try (TextGenerator generator = load(t5, batch, rows -> await(admitted))) {
            GenerationOptions options = generator.defaults().withMaxTokens(2).withBeamSize(4);
            CompletableFuture<GeneratedText> first = generator.generate("a b c d", options, Call.unbounded());
            CompletableFuture<GeneratedText> fits = generator.generate("a b c d", options, Call.unbounded());

            CompletableFuture<GeneratedText> refused =
                    generator.generate("a b c d e f g h i j k l m n o", options, Call.unbounded());

            InferenceException overloaded = TokenClassifierTest.failure(refused);
            assertThat(overloaded.kind()).isEqualTo(Kind.OVERLOADED);
            assertThat(overloaded).hasMessageContaining("2 items with 40 tokens are waiting");
            admitted.countDown();
            first.join();
            fits.join();
        }
    }

    @Test
    void aBatchHasRoomForAllItsHypotheses() {
        BatchOptions batch = new BatchOptions(60, 32, 1, Duration.ZERO, 100, 10_000);
        try (TextGenerator generator = load(t5, batch, rows -> {})) {
            List<String> texts = Collections.nCopies(6, "a b c d");
            GenerationOptions greedy = generator.defaults().withMaxTokens(2);

            List<GeneratedText> six =
                    generator.generateAll(texts, greedy, Call.unbounded()).join();
            List<GeneratedText> three = generator
                    .generateAll(texts, greedy.withBeamSize(4), Call.unbounded())
                    .join();

            assertThat(six)
                    .allSatisfy(text -> assertThat(text.receipt().batchSize()).isEqualTo(6));
            assertThat(three)
                    .allSatisfy(text -> assertThat(text.receipt().batchSize()).isEqualTo(3));
        }
    }

    @Test
    void manyThreadsGetTheAnswersOfOne() {
        try (TextGenerator generator =
                TextGenerator.load(t5, InferenceOptions.defaults().withDevice("cpu"), InferenceListener.NONE)) {
            GenerationOptions options = generator.defaults().withMaxTokens(MAX);

            List<int[]> answers = IntStream.range(0, 200)
                    .parallel()
                    .mapToObj(i -> generator
                            .generateWhenAdmitted(TEXTS.get(i % TEXTS.size()), options, Call.unbounded())
                            .join()
                            .best()
                            .tokens())
                    .toList();

            for (int i = 0; i < answers.size(); i++) {
                assertThat(answers.get(i)).containsExactly(EXPECTED.get(i % TEXTS.size()));
            }
        }
    }

    @Test
    void afterCloseTextsAreRefusedAsShuttingDown() {
        TextGenerator generator = load(t5);
        GenerationOptions options = generator.defaults();
        generator.close();

        assertThat(generator.ready()).isFalse();
        assertThat(TokenClassifierTest.failure(generator.generate("a", options, Call.unbounded()))
                        .kind())
                .isEqualTo(Kind.SHUTTING_DOWN);
    }

    @Test
    void aDirectoryWithoutADecoderIsAClearError(@TempDir Path directory) throws IOException {
        Path path = TinyGenerator.write(directory, Family.T5);
        Files.delete(path.resolve("decoder_model.onnx"));
        TinyModel.writeChecksums(path);

        assertThatThrownBy(() -> load(ModelDirectory.open(path)))
                .isInstanceOfSatisfying(
                        InferenceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MODEL_NOT_FOUND))
                .hasMessageContaining("decoder_model.onnx: missing");
    }

    @Test
    void aDecoderThatDoesNotFitItsFirstStepIsAClearErrorAtLoad(@TempDir Path directory) throws IOException {
        Path path = TinyGenerator.write(directory, Family.T5);
        Files.copy(
                TinyGenerator.write(directory.resolve("other"), Family.T5, Export.NO_PAST)
                        .resolve("encoder_model.onnx"),
                path.resolve("decoder_with_past_model.onnx"),
                StandardCopyOption.REPLACE_EXISTING);
        TinyModel.writeChecksums(path);

        assertThatThrownBy(() -> load(ModelDirectory.open(path)))
                .isInstanceOfSatisfying(
                        InferenceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MODEL_NOT_READY))
                .hasMessage(
                        "tiny/1: inputs of decoder_with_past_model: [input_ids, attention_mask] (expected: past_key_values.*, ...)");
    }

    @Test
    void aDecoderThatWantsWhatNoOneHasForItIsAClearErrorAtLoad(@TempDir Path directory) throws IOException {
        Path path = TinyGenerator.write(directory, Family.T5, Export.POSITIONS);

        assertThatThrownBy(() -> load(ModelDirectory.open(path)))
                .isInstanceOfSatisfying(
                        InferenceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MODEL_NOT_READY))
                .hasMessageContaining("tiny/1: input of the decoder: position_ids (expected: one of input_ids,");
    }

    @Test
    void aGenerationConfigWithoutAnEndIsAClearErrorAtLoad(@TempDir Path directory) throws IOException {
        Path path = TinyGenerator.write(directory, Family.T5, Map.of("eos_token_id", List.of()), Map.of());

        assertThatThrownBy(() -> load(ModelDirectory.open(path)))
                .isInstanceOfSatisfying(
                        InferenceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MODEL_NOT_READY))
                .hasMessage("tiny/1: generation_config.json: eos_token_id: none (expected: a token, or several)");
    }

    private TextGenerator load(ModelDirectory model) {
        return load(model, rows -> {});
    }

    private TextGenerator load(ModelDirectory model, IntConsumer onStep) {
        return load(model, new BatchOptions(4096, 64, 1, Duration.ZERO, 4096, 131_072), onStep);
    }

    /** One worker, so that what waits is one batch. */
    private TextGenerator load(ModelDirectory model, BatchOptions batch, IntConsumer onStep) {
        return TextGenerator.load(
                model, new InferenceOptions(null, "cpu", null, 1, 1, false, batch), new InferenceListener() {
                    @Override
                    public void decoderStepped(String name, int rows) {
                        Runnable holding = hold;
                        if (holding != null) {
                            hold = null;
                            holding.run();
                            return;
                        }
                        steps.add(rows);
                        onStep.accept(rows);
                    }
                });
    }

    private void generateInOneBatch(
            TextGenerator generator,
            List<String> texts,
            GenerationOptions options,
            List<CompletableFuture<GeneratedText>> answers) {
        inOneBatch(
                generator,
                () -> texts.forEach(text -> answers.add(generator.generate(text, options, Call.unbounded()))));
    }

    /** Submits while the only worker is held by another text, which is not counted. */
    private void inOneBatch(TextGenerator generator, Runnable submissions) {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch submitted = new CountDownLatch(1);
        hold = () -> {
            started.countDown();
            await(submitted);
        };
        CompletableFuture<GeneratedText> held =
                generator.generate("a", generator.defaults().withMaxTokens(1), Call.unbounded());
        await(started);
        submissions.run();
        submitted.countDown();
        held.join();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static GeneratedText generate(TextGenerator generator, String text, GenerationOptions options) {
        return generator.generate(text, options, Call.unbounded()).join();
    }

    private static List<List<Integer>> tokens(GeneratedText text) {
        return text.hypotheses().stream()
                .map(hypothesis -> Arrays.stream(hypothesis.tokens()).boxed().toList())
                .toList();
    }

    private static int bigrams(Hypothesis hypothesis) {
        int[] tokens = hypothesis.tokens();
        Set<List<Integer>> bigrams = new HashSet<>();
        for (int i = 1; i < tokens.length; i++) {
            bigrams.add(List.of(tokens[i - 1], tokens[i]));
        }
        return bigrams.size();
    }

    private static int shortest() {
        return IntStream.range(0, TEXTS.size())
                .reduce((a, b) -> EXPECTED.get(a).length <= EXPECTED.get(b).length ? a : b)
                .orElseThrow();
    }

    private static int longest() {
        return IntStream.range(0, TEXTS.size())
                .reduce((a, b) -> EXPECTED.get(a).length >= EXPECTED.get(b).length ? a : b)
                .orElseThrow();
    }

    private static List<String> texts() {
        Random random = new Random(3);
        return IntStream.rangeClosed(1, 20)
                .mapToObj(words -> TinyGenerator.text(random, words))
                .toList();
    }
}
