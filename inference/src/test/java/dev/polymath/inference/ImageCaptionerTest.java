package dev.polymath.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.polymath.image.RgbImage;
import dev.polymath.inference.InferenceException.Kind;
import dev.polymath.inference.TinyGenerator.Export;
import dev.polymath.inference.TinyGenerator.Family;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ImageCaptionerTest {
    private static final int MAX = 40;
    private static final int PLACES = TinyGenerator.SIDE * TinyGenerator.SIDE;
    private static final List<RgbImage> IMAGES = images();
    private static final Map<String, String> TWO_LANGUAGES =
            Map.of("polymath.captioning.languages", "de, a", "polymath.captioning.forced-bos", ">>{language}<<");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    static Stream<Arguments> exports() {
        return Stream.of(
                Arguments.of(Family.GPT2, Set.of()),
                Arguments.of(Family.GPT2, Set.of(Export.MERGED)),
                Arguments.of(Family.GPT2, Set.of(Export.NO_PAST)),
                Arguments.of(Family.MARIAN, Set.of(Export.NO_MASK)),
                Arguments.of(Family.MARIAN, Set.of(Export.NO_MASK, Export.MERGED)),
                Arguments.of(Family.MARIAN, Set.of(Export.OWN_MASK)),
                Arguments.of(Family.MARIAN, Set.of(Export.OWN_MASK, Export.NO_PAST)),
                Arguments.of(Family.T5, Set.of()));
    }

    @ParameterizedTest
    @MethodSource("exports")
    void greedySearchWritesWhatTheLoopWithoutPastWritesTokenForToken(Family family, Set<Export> exports)
            throws IOException {
        Export[] plain = exports.contains(Export.NO_MASK) ? new Export[] {Export.NO_MASK} : new Export[0];
        Path reference = TinyGenerator.writeVision(folder.resolve("plain"), family, Map.of(), Map.of(), plain);
        Path path = TinyGenerator.writeVision(
                folder.resolve("model"), family, Map.of(), Map.of(), exports.toArray(Export[]::new));
        try (ImageCaptioner captioner = load(path);
                NaiveGeneration naive = new NaiveGeneration(ModelDirectory.open(reference))) {
            List<int[]> expected = IMAGES.stream()
                    .map(image -> naive.greedy(planes(image), List.of(), MAX))
                    .toList();
            GenerationOptions options = captioner.defaults().withMaxTokens(MAX);

            List<GeneratedText> together =
                    captioner.captionAll(IMAGES, options, Call.unbounded()).join();

            assertThat(together)
                    .allSatisfy(text -> assertThat(text.receipt().batchSize()).isEqualTo(IMAGES.size()));
            assertThat(expected.stream().map(Arrays::toString).distinct())
                    .as("what is written depends on the image")
                    .hasSizeGreaterThanOrEqualTo(IMAGES.size() / 2);
            assertThat(expected).anyMatch(tokens -> tokens.length < MAX);
            for (int i = 0; i < IMAGES.size(); i++) {
                GeneratedText alone = caption(captioner, IMAGES.get(i), options);
                assertThat(together.get(i).best().tokens()).containsExactly(expected.get(i));
                assertThat(alone.best().tokens()).containsExactly(expected.get(i));
                assertThat(together.get(i).best().score())
                        .isCloseTo(alone.best().score(), within(1e-4));
            }
        }
    }

    @Test
    void aBeamFindsTheSameAloneAndInABatchAndAtLeastWhatGreedySearchFinds() throws IOException {
        try (ImageCaptioner captioner =
                load(TinyGenerator.writeVision(folder, Family.GPT2, Map.of("num_beams", 4), Map.of()))) {
            GenerationOptions options = captioner.defaults().withAlternatives(3).withMaxTokens(MAX);
            assertThat(options.beamSize()).isEqualTo(4);

            List<GeneratedText> together =
                    captioner.captionAll(IMAGES, options, Call.unbounded()).join();

            for (int i = 0; i < IMAGES.size(); i++) {
                GeneratedText alone = caption(captioner, IMAGES.get(i), options);
                GeneratedText greedy = caption(captioner, IMAGES.get(i), options.withBeamSize(1));
                assertThat(alone.hypotheses()).hasSize(3);
                assertThat(together.get(i).best().tokens())
                        .containsExactly(alone.best().tokens());
                if (greedy.best().finished()) {
                    assertThat(alone.best().score())
                            .isGreaterThanOrEqualTo(greedy.best().score() - 1e-4);
                }
            }
        }
    }

    @Test
    void theFirstTokenChoosesTheLanguageAndTheFirstLanguageIsTheDefault() throws IOException {
        Map<String, String> serving =
                Map.of("polymath.captioning.languages", "de", "polymath.captioning.forced-bos", ">>{language}<<");
        Path path = TinyGenerator.writeVision(folder, Family.MARIAN, Map.of(), serving, Export.NO_MASK);
        try (ImageCaptioner captioner = load(path);
                NaiveGeneration naive = new NaiveGeneration(ModelDirectory.open(path))) {
            assertThat(captioner.languages()).containsExactly("de");
            assertThat(captioner.firstToken("de")).hasValue(TinyGenerator.GERMAN);
            assertThat(captioner.firstToken("en")).isEmpty();
            assertThat(captioner.defaults().firstToken()).hasValue(TinyGenerator.GERMAN);

            GeneratedText text =
                    caption(captioner, IMAGES.get(0), captioner.defaults().withMaxTokens(MAX));

            assertThat(text.best().tokens())
                    .containsExactly(naive.greedy(planes(IMAGES.get(0)), List.of(TinyGenerator.GERMAN), MAX));
            assertThat(text.best().text()).doesNotContain(">>");
        }
    }

    @Test
    void aModelThatDoesNotSayHasNoLanguages() throws IOException {
        try (ImageCaptioner captioner = load(TinyGenerator.writeVision(folder, Family.GPT2, Map.of(), Map.of()))) {
            assertThat(captioner.languages()).isEmpty();
            assertThat(captioner.firstToken("de")).isEmpty();
            assertThat(captioner.defaults().firstToken()).isEmpty();
        }
    }

    @Test
    void whereNothingSaysWhatTheDecoderReadsFirstItIsTheBeginningOfAText() throws IOException {
        Path path = TinyGenerator.writeVision(
                folder,
                Family.GPT2,
                Map.of("decoder_start_token_id", List.of(), "bos_token_id", TinyGenerator.PAD),
                Map.of());
        try (ImageCaptioner captioner = load(path);
                NaiveGeneration naive = new NaiveGeneration(ModelDirectory.open(path))) {
            GenerationOptions options = captioner.defaults().withMaxTokens(MAX);

            assertThat(caption(captioner, IMAGES.get(2), options).best().tokens())
                    .containsExactly(naive.greedy(planes(IMAGES.get(2)), List.of(), MAX));
        }
    }

    @Test
    void aLanguageWithoutItsTokenIsAClearErrorAtLoad() throws IOException {
        Path path = TinyGenerator.writeVision(folder, Family.MARIAN, Map.of(), TWO_LANGUAGES, Export.NO_MASK);

        assertThatThrownBy(() -> load(path))
                .isInstanceOfSatisfying(
                        InferenceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MODEL_NOT_READY))
                .hasMessage("tiny/1: polymath.captioning.forced-bos: >>a<< (expected: a token of the model)");
    }

    @Test
    void receiptsCountThePlacesOfTheImageAndWhatWasWritten() throws IOException {
        try (ImageCaptioner captioner = load(TinyGenerator.writeVision(folder, Family.GPT2, Map.of(), Map.of()))) {
            GeneratedText text = caption(
                    captioner,
                    IMAGES.get(1),
                    captioner.defaults().withMaxTokens(5).withAlternatives(2));

            assertThat(text.sourceTokens()).isEqualTo(PLACES);
            assertThat(text.receipt().tokens()).isEqualTo(PLACES);
            assertThat(text.generatedTokens())
                    .isEqualTo(text.hypotheses().stream()
                            .mapToInt(hypothesis -> hypothesis.tokens().length)
                            .sum());
            assertThat(text.receipt().generatedTokens()).isEqualTo(text.generatedTokens());
            assertThat(text.receipt().infer()).isPositive();
        }
    }

    @Test
    void imagesOfAnySizeAreResized() throws IOException {
        try (ImageCaptioner captioner = load(TinyGenerator.writeVision(folder, Family.GPT2, Map.of(), Map.of()))) {
            byte[] red = new byte[3 * 30 * 20];
            for (int i = 0; i < red.length; i += 3) {
                red[i] = (byte) 200;
            }
            RgbImage large = new RgbImage(30, 20, red);
            RgbImage small = new RgbImage(
                    TinyGenerator.SIDE,
                    TinyGenerator.SIDE,
                    Arrays.copyOf(red, 3 * TinyGenerator.SIDE * TinyGenerator.SIDE));
            GenerationOptions options = captioner.defaults().withMaxTokens(MAX);

            assertThat(caption(captioner, large, options).best().tokens())
                    .containsExactly(caption(captioner, small, options).best().tokens());
        }
    }

    @Test
    void aDirectoryThatDoesNotSayHowItWantsItsPixelsIsAClearError() throws IOException {
        Path path = TinyGenerator.writeVision(folder, Family.GPT2, Map.of(), Map.of());
        Files.writeString(path.resolve("preprocessor_config.json"), "[]");
        TinyModel.writeChecksums(path);

        assertThatThrownBy(() -> load(path))
                .isInstanceOfSatisfying(
                        InferenceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MODEL_NOT_READY))
                .hasMessageContaining("preprocessor_config.json");
        Files.delete(path.resolve("preprocessor_config.json"));
        TinyModel.writeChecksums(path);
        assertThatThrownBy(() -> load(path))
                .isInstanceOfSatisfying(
                        InferenceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MODEL_NOT_FOUND));
    }

    @Test
    void afterCloseImagesAreRefusedAsShuttingDown() throws IOException {
        ImageCaptioner captioner = load(TinyGenerator.writeVision(folder, Family.GPT2, Map.of(), Map.of()));
        GenerationOptions options = captioner.defaults();
        captioner.close();

        assertThat(captioner.ready()).isFalse();
        assertThat(TokenClassifierTest.failure(captioner.caption(IMAGES.get(0), options, Call.unbounded()))
                        .kind())
                .isEqualTo(Kind.SHUTTING_DOWN);
    }

    /** One worker, so that what waits is one batch. */
    private static ImageCaptioner load(Path path) {
        BatchOptions batch = new BatchOptions(4096, 64, 1, Duration.ZERO, 4096, 131_072);
        return ImageCaptioner.load(
                ModelDirectory.open(path),
                new InferenceOptions(null, "cpu", null, 1, 1, false, batch),
                InferenceListener.NONE);
    }

    private static GeneratedText caption(ImageCaptioner captioner, RgbImage image, GenerationOptions options) {
        return captioner.caption(image, options, Call.unbounded()).join();
    }

    /** As the model's preprocessor_config.json says. */
    private static float[] planes(RgbImage image) {
        float[] planes = new float[3 * PLACES];
        for (int place = 0; place < PLACES; place++) {
            for (int c = 0; c < 3; c++) {
                planes[c * PLACES + place] = ((image.pixels()[3 * place + c] & 0xff) / 255f - 0.5f) / 0.25f;
            }
        }
        return planes;
    }

    private static List<RgbImage> images() {
        Random random = new Random(5);
        List<RgbImage> images = new ArrayList<>();
        IntStream.range(0, 12).forEach(i -> {
            byte[] pixels = new byte[3 * PLACES];
            random.nextBytes(pixels);
            images.add(new RgbImage(TinyGenerator.SIDE, TinyGenerator.SIDE, pixels));
        });
        return images;
    }
}
