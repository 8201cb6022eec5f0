package dev.polymath.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.polymath.image.ImageDecoder;
import dev.polymath.image.ImageLimits;
import dev.polymath.inference.Call;
import dev.polymath.inference.GeneratedText.Hypothesis;
import dev.polymath.inference.InferenceException;
import dev.polymath.inference.InferenceException.Kind;
import dev.polymath.inference.LabelProbability;
import dev.polymath.vision.AnalyzedImage.Region;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ImageAnalyzerTest {
    private static final ImageLimits LIMITS = new ImageLimits(1_000_000, 10_000_000);

    private final List<Duration> decoded = new CopyOnWriteArrayList<>();
    private final ScriptedModels models = new ScriptedModels();
    private final ExecutorService decoders = Executors.newFixedThreadPool(2);
    private final ExecutorService later = Executors.newFixedThreadPool(2);

    @AfterEach
    void stop() {
        decoders.shutdownNow();
        later.shutdownNow();
    }

    private ImageAnalyzer analyzer(int places, long pixels) {
        return new ImageAnalyzer(LIMITS, 8, new ImageWorkers(decoders, later, places, 1, pixels), decoded::add);
    }

    private AnalyzedImage analyze(byte[] file, ImagePlan plan) {
        return analyzer(8, 100_000_000)
                .analyze(() -> file, plan, Call.unbounded(), false)
                .join();
    }

    private ImagePlan.Objects objects() {
        return new ImagePlan.Objects(models.detection, models.detection.defaults());
    }

    private ImagePlan.Captions captions(int regions) {
        return new ImagePlan.Captions(models.captioning, models.captioning.options("en"), regions);
    }

    private ImagePlan.Tags tags() {
        return new ImagePlan.Tags(models.tagging, 0.1, 5);
    }

    private ImagePlan detection() {
        return new ImagePlan(objects(), null, null, 0);
    }

    private static @Nullable Throwable failure(CompletableFuture<?> future) {
        Throwable failure = catchThrowable(future::join);
        return failure instanceof CompletionException ? failure.getCause() : failure;
    }

    @Test
    void everythingIsFoundInAnImageThatIsDecodedOnce() {
        AtomicInteger read = new AtomicInteger();
        byte[] file = TestPictures.file("jpg", 640, 480);
        AnalyzedImage found = analyzer(8, 100_000_000)
                .analyze(
                        () -> {
                            read.incrementAndGet();
                            return file;
                        },
                        new ImagePlan(objects(), captions(0), tags(), 0),
                        Call.unbounded(),
                        false)
                .join();

        assertThat(read).hasValue(1);
        assertThat(found.width()).isEqualTo(640);
        assertThat(found.height()).isEqualTo(480);
        assertThat(found.objects()).containsExactly(ScriptedModels.BLOCK, ScriptedModels.SKY);
        assertThat(found.captions()).hasSize(1);
        assertThat(found.tags())
                .containsExactly(new LabelProbability("wide", 0.8), new LabelProbability("square", 0.15));
        assertThat(found.regions()).isEmpty();
        assertThat(found.picture()).isEmpty();
        assertThat(found.receipts().decode()).isPositive();
        assertThat(decoded).containsExactly(found.receipts().decode());
        assertThat(found.receipts().detection())
                .extracting(receipt -> receipt.model())
                .containsExactly("detector");
        assertThat(found.receipts().captioning())
                .extracting(receipt -> receipt.model())
                .containsExactly("captioner");
        assertThat(found.receipts().tagging())
                .extracting(receipt -> receipt.model())
                .containsExactly("tagger");
    }

    @Test
    void whatIsNotPlannedIsNotDone() {
        analyze(TestPictures.file("png", 64, 64), new ImagePlan(null, null, tags(), 0));

        assertThat(models.tagged).hasSize(1);
        assertThat(models.detected).isEmpty();
        assertThat(models.captioned).isEmpty();
    }

    @Test
    void aLargePhotoIsDecodedNoFinerThanTheModelsNeed() {
        AnalyzedImage found = analyze(TestPictures.file("jpg", 2000, 1000), detection());

        assertThat(found.width()).isEqualTo(2000);
        String[] seen = models.detected.get(0).split("x");
        assertThat(Integer.parseInt(seen[1])).isBetween(2 * 64, 500);
    }

    @Test
    void regionsAreTheBoxesOfTheBestObjectsInFullDetail() {
        AnalyzedImage found =
                analyze(TestPictures.file("jpg", 2000, 1000), new ImagePlan(objects(), captions(1), null, 0));

        assertThat(models.detected).containsExactly("2000x1000");
        assertThat(found.regions()).extracting(Region::object).containsExactly(ScriptedModels.BLOCK);
        assertThat(found.regions().get(0).captions())
                .extracting(Hypothesis::text)
                .containsExactly("a picture of 1000x500 2");
        assertThat(found.receipts().captioning()).hasSize(1);
    }

    @Test
    void thePictureIsAPng() {
        AnalyzedImage found = analyze(TestPictures.file("jpg", 640, 480), new ImagePlan(objects(), null, null, 320));

        assertThat(new ImageDecoder(LIMITS).readHeader(found.picture()).toString())
                .contains("PNG", "320", "240");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "hello, this is no image", "<svg xmlns='http://www.w3.org/2000/svg'/>", "%PDF-1.7"})
    void whatIsNoImageIsUndecodable(String text) {
        UnusableImageException failure = unusable(text.getBytes(StandardCharsets.UTF_8));

        assertThat(failure.kind()).isEqualTo(UnusableImageException.Kind.UNDECODABLE);
        assertThat(failure).hasMessageContaining("(expected: ");
    }

    @Test
    void aTruncatedPhotoIsUndecodable() {
        byte[] file = TestPictures.file("jpg", 640, 480);

        assertThat(unusable(Arrays.copyOf(file, file.length / 2)).kind())
                .isEqualTo(UnusableImageException.Kind.UNDECODABLE);
    }

    @Test
    void aBombCostsNothingAndIsTooLarge() {
        byte[] bomb = TestPictures.bomb(30_000, 30_000);
        long before = System.nanoTime();

        UnusableImageException failure = unusable(bomb);

        assertThat(failure.kind()).isEqualTo(UnusableImageException.Kind.TOO_LARGE);
        assertThat(failure).hasMessageContaining("30000x30000").hasMessageContaining("(expected: <= 10000000)");
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void aLargeFileIsTooLarge() {
        assertThat(unusable(new byte[1_000_001]).kind()).isEqualTo(UnusableImageException.Kind.TOO_LARGE);
    }

    @Test
    void onePixelIsTooSmall() {
        UnusableImageException failure = unusable(TestPictures.file("png", 1, 1));

        assertThat(failure.kind()).isEqualTo(UnusableImageException.Kind.TOO_SMALL);
        assertThat(failure).hasMessage("1x1 pixels (expected: >= 8 on each side)");
    }

    private UnusableImageException unusable(byte[] file) {
        Throwable failure = failure(analyzer(8, 100_000_000).analyze(() -> file, detection(), Call.unbounded(), false));
        assertThat(models.detected).isEmpty();
        if (failure instanceof UnusableImageException unusable) {
            return unusable;
        }
        throw new AssertionError("not an UnusableImageException", failure);
    }

    @Test
    void aFailureOfAModelIsThatOfTheImage() {
        ImagePlan plan = new ImagePlan(
                new ImagePlan.Objects(ScriptedModels.failing(Kind.ENGINE_FAILURE), models.detection.defaults()),
                captions(2),
                null,
                0);

        assertThat(failure(analyzer(8, 100_000_000)
                        .analyze(() -> TestPictures.file("png", 64, 64), plan, Call.unbounded(), false)))
                .isInstanceOfSatisfying(
                        InferenceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.ENGINE_FAILURE));
    }

    @Test
    void anImpatientImageThatFindsNoPlaceIsOverloaded() throws InterruptedException {
        ImageAnalyzer analyzer = analyzer(2, 100_000_000);
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<AnalyzedImage> first =
                analyzer.analyze(blocked(release), detection(), Call.unbounded(), false);
        CompletableFuture<AnalyzedImage> second =
                analyzer.analyze(blocked(release), detection(), Call.unbounded(), false);

        assertThat(catchThrowable(() -> analyzer.analyze(blocked(release), detection(), Call.unbounded(), false)))
                .isInstanceOfSatisfying(
                        InferenceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.OVERLOADED));

        release.countDown();
        assertThat(first.join().objects()).isEqualTo(second.join().objects());
        assertThat(analyzer.analyze(blocked(release), detection(), Call.unbounded(), false)
                        .join()
                        .objects())
                .hasSize(2);
    }

    @Test
    void aPatientImageWaitsForAPlaceUntilItsCallIsOver() {
        ImageAnalyzer analyzer = analyzer(1, 100_000_000);
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<AnalyzedImage> first =
                analyzer.analyze(blocked(release), detection(), Call.unbounded(), false);

        assertThat(catchThrowable(() ->
                        analyzer.analyze(blocked(release), detection(), Call.withTimeout(Duration.ofMillis(20)), true)))
                .isInstanceOfSatisfying(
                        InferenceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.DEADLINE_EXCEEDED));

        release.countDown();
        assertThat(analyzer.analyze(blocked(release), detection(), Call.unbounded(), true)
                        .join()
                        .objects())
                .isEqualTo(first.join().objects());
    }

    @Test
    void patientImagesLeavePlacesToOthers() {
        ImageAnalyzer analyzer = analyzer(3, 100_000_000);
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<AnalyzedImage> first =
                analyzer.analyze(blocked(release), detection(), Call.unbounded(), true);

        assertThat(catchThrowable(() ->
                        analyzer.analyze(blocked(release), detection(), Call.withTimeout(Duration.ofMillis(20)), true)))
                .isInstanceOf(InferenceException.class);
        CompletableFuture<AnalyzedImage> other =
                analyzer.analyze(blocked(release), detection(), Call.unbounded(), false);

        release.countDown();
        assertThat(first.join().objects()).isEqualTo(other.join().objects());
    }

    private static Supplier<byte[]> blocked(CountDownLatch release) {
        byte[] file = TestPictures.file("png", 64, 64);
        return () -> {
            try {
                release.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return file;
        };
    }

    @Test
    void aCancelledImageIsNotDecoded() {
        Queue<Runnable> tasks = new ArrayDeque<>();
        ImageAnalyzer analyzer =
                new ImageAnalyzer(LIMITS, 8, new ImageWorkers(tasks::add, later, 8, 1, 100_000_000), decoded::add);
        Call call = Call.unbounded();
        AtomicInteger read = new AtomicInteger();
        CompletableFuture<AnalyzedImage> cancelled = analyzer.analyze(
                () -> {
                    read.incrementAndGet();
                    return TestPictures.file("png", 64, 64);
                },
                detection(),
                call,
                false);

        call.cancel();
        tasks.remove().run();

        assertThat(failure(cancelled))
                .isInstanceOfSatisfying(
                        InferenceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CANCELLED));
        assertThat(read).hasValue(0);
    }

    @Test
    void noMorePixelsAreKeptForDrawingThanThereIsRoomFor() throws InterruptedException {
        ImageAnalyzer analyzer = analyzer(8, 2 * 640 * 480 + 10_000);
        CompletableFuture<Object> gate = new CompletableFuture<>();
        models.gate = gate;
        ImagePlan drawing = new ImagePlan(objects(), null, null, 640);
        byte[] file = TestPictures.file("png", 640, 480);
        CompletableFuture<AnalyzedImage> first = analyzer.analyze(() -> file, drawing, Call.unbounded(), false);
        CompletableFuture<AnalyzedImage> second = analyzer.analyze(() -> file, drawing, Call.unbounded(), false);
        while (models.detected.size() < 2) {
            Thread.onSpinWait();
        }
        CountDownLatch read = new CountDownLatch(1);
        Call third = Call.withTimeout(Duration.ofMillis(200));
        CompletableFuture<AnalyzedImage> tooMany = analyzer.analyze(
                () -> {
                    read.countDown();
                    return file;
                },
                drawing,
                third,
                false);

        assertThat(read.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(failure(tooMany))
                .isInstanceOfSatisfying(
                        InferenceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.DEADLINE_EXCEEDED));
        assertThat(models.detected).hasSize(2);
        gate.complete("open");
        assertThat(first.join().picture()).isNotEmpty().isEqualTo(second.join().picture());
        assertThat(analyzer.analyze(() -> file, drawing, Call.unbounded(), false)
                        .join()
                        .picture())
                .isNotEmpty();
    }

    @Test
    void pixelsThatTheModelsHaveReadAreNotKept() {
        ImageAnalyzer analyzer = analyzer(8, 640 * 480);
        CompletableFuture<Object> gate = new CompletableFuture<>();
        models.gate = gate;
        byte[] file = TestPictures.file("png", 640, 480);

        CompletableFuture<AnalyzedImage> first = analyzer.analyze(() -> file, detection(), Call.unbounded(), false);
        CompletableFuture<AnalyzedImage> second = analyzer.analyze(() -> file, detection(), Call.unbounded(), false);
        while (models.detected.size() < 2) {
            Thread.onSpinWait();
        }

        gate.complete("open");
        assertThat(first.join().objects()).isEqualTo(second.join().objects());
    }

    @Test
    void anImageWithMorePixelsThanThereIsRoomForIsDecodedAlone() {
        assertThat(analyzer(8, 1000)
                        .analyze(() -> TestPictures.file("png", 640, 480), detection(), Call.unbounded(), false)
                        .join()
                        .objects())
                .hasSize(2);
    }
}
