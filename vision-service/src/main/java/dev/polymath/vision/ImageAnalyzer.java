package dev.polymath.vision;

import dev.polymath.image.DecodedImage;
import dev.polymath.image.ImageDecoder;
import dev.polymath.image.ImageException;
import dev.polymath.image.ImageHeader;
import dev.polymath.image.ImageLimits;
import dev.polymath.image.RgbImage;
import dev.polymath.inference.Box;
import dev.polymath.inference.Call;
import dev.polymath.inference.DetectedObject;
import dev.polymath.inference.GeneratedText;
import dev.polymath.inference.ImageClassification;
import dev.polymath.inference.LabelProbability;
import dev.polymath.inference.ObjectDetection;
import dev.polymath.inference.Receipt;
import dev.polymath.vision.AnalyzedImage.Receipts;
import dev.polymath.vision.AnalyzedImage.Region;
import dev.polymath.vision.drawing.ObjectPainter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Decodes an image once and does with it what is planned. Of an image whose pixels are not needed any more when the models have
 * read them, they are dropped then. Thread-safe.
 */
public final class ImageAnalyzer {
    private final ImageDecoder decoder;
    private final int minSide;
    private final ImageWorkers workers;
    private final ObjectPainter painter;
    private final Consumer<Duration> decoded;

    /**
     * An analyzer of images within limits.
     *
     * @param minSide shortest side of an image, in pixels
     * @param decoded told how long each image took to decode
     */
    public ImageAnalyzer(ImageLimits limits, int minSide, ImageWorkers workers, Consumer<Duration> decoded) {
        this.decoder = new ImageDecoder(limits);
        this.minSide = minSide;
        this.workers = workers;
        this.painter = new ObjectPainter();
        this.decoded = decoded;
    }

    /**
     * Analyzes an image; see {@link ImageWorkers} for where, and what it is refused with.
     *
     * @param file asked for when it is decoded
     * @param patient whether to wait on the calling thread for a place among the images that wait
     * @return fails with {@link UnusableImageException}, or as a model fails
     */
    public CompletableFuture<AnalyzedImage> analyze(Supplier<byte[]> file, ImagePlan plan, Call call, boolean patient) {
        return workers.submit(call, patient, () -> {
            try {
                return analyze(file.get(), plan, call);
            } catch (ImageException e) {
                UnusableImageException.Kind kind = switch (e.kind()) {
                    case UNDECODABLE -> UnusableImageException.Kind.UNDECODABLE;
                    case TOO_LARGE -> UnusableImageException.Kind.TOO_LARGE;
                };
                throw new UnusableImageException(kind, String.valueOf(e.getMessage()));
            }
        });
    }

    private CompletableFuture<AnalyzedImage> analyze(byte[] file, ImagePlan plan, Call call) {
        ImageHeader header = decoder.readHeader(file);
        if (Math.min(header.width(), header.height()) < minSide) {
            throw new UnusableImageException(
                    UnusableImageException.Kind.TOO_SMALL,
                    header.width() + "x" + header.height() + " pixels (expected: >= " + minSide + " on each side)");
        }
        ImageWorkers.Pixels pixels = workers.pixels((long) header.width() * header.height(), call);
        boolean kept = false;
        try {
            long start = System.nanoTime();
            DecodedImage image = decoder.decode(file, plan.minSide());
            Duration decode = Duration.ofNanos(System.nanoTime() - start);
            decoded.accept(decode);
            CompletableFuture<AnalyzedImage> analyzed = analyze(image, decode, plan, call);
            if (plan.keepsPixels()) {
                kept = true;
                analyzed = analyzed.whenComplete((result, failure) -> pixels.close());
            }
            return analyzed;
        } finally {
            if (!kept) {
                pixels.close();
            }
        }
    }

    private CompletableFuture<AnalyzedImage> analyze(DecodedImage whole, Duration decode, ImagePlan plan, Call call) {
        RgbImage image = whole.pixels();
        ImagePlan.Captions captions = plan.captions();
        CompletableFuture<@Nullable ObjectDetection> objects = plan.objects() == null
                ? CompletableFuture.completedFuture(null)
                : plan.objects()
                        .model()
                        .detect(image, plan.objects().options(), call)
                        .thenApply(found -> found);
        CompletableFuture<@Nullable ImageClassification> tags = plan.tags() == null
                ? CompletableFuture.completedFuture(null)
                : plan.tags().model().tag(image, call).thenApply(found -> found);
        CompletableFuture<@Nullable GeneratedText> caption = captions == null
                ? CompletableFuture.completedFuture(null)
                : captions.model().caption(image, captions.options(), call).thenApply(found -> found);
        CompletableFuture<List<CaptionedRegion>> regions = captions == null || captions.maxRegions() == 0
                ? CompletableFuture.completedFuture(List.of())
                : objects.thenComposeAsync(found -> regions(image, objects(found), captions, call), workers.later());
        CompletableFuture<byte[]> picture = plan.pictureSide() == 0
                ? CompletableFuture.completedFuture(new byte[0])
                : objects.thenApplyAsync(
                        found -> {
                            call.throwIfOver();
                            return painter.png(image, objects(found), plan.pictureSide());
                        },
                        workers.later());
        return CompletableFuture.allOf(objects, tags, caption, regions, picture).thenApply(done -> {
            ObjectDetection detection = objects.join();
            GeneratedText text = caption.join();
            ImageClassification tagging = tags.join();
            List<Receipt> captioning = Stream.concat(
                            Stream.ofNullable(text).map(GeneratedText::receipt),
                            regions.join().stream().map(region -> region.text().receipt()))
                    .toList();
            return new AnalyzedImage(
                    whole.header().width(),
                    whole.header().height(),
                    objects(detection),
                    text == null ? List.of() : text.hypotheses(),
                    regions.join().stream()
                            .map(region ->
                                    new Region(region.object(), region.text().hypotheses()))
                            .toList(),
                    tagging == null ? List.of() : chosen(tagging.labels(), plan.tags()),
                    picture.join(),
                    new Receipts(
                            decode,
                            detection == null ? List.of() : List.of(detection.receipt()),
                            captioning.isEmpty() ? List.of() : List.of(Receipt.merge(captioning)),
                            tagging == null ? List.of() : List.of(tagging.receipt())));
        });
    }

    private record CaptionedRegion(DetectedObject object, GeneratedText text) {}

    private static CompletableFuture<List<CaptionedRegion>> regions(
            RgbImage image, List<DetectedObject> objects, ImagePlan.Captions plan, Call call) {
        List<CompletableFuture<CaptionedRegion>> regions = new ArrayList<>();
        for (DetectedObject object : objects.subList(0, Math.min(objects.size(), plan.maxRegions()))) {
            regions.add(plan.model()
                    .caption(crop(image, object.box()), plan.options(), call)
                    .thenApply(text -> new CaptionedRegion(object, text)));
        }
        return CompletableFuture.allOf(regions.toArray(CompletableFuture[]::new))
                .thenApply(done -> regions.stream().map(CompletableFuture::join).toList());
    }

    /** All pixels that the box touches. */
    private static RgbImage crop(RgbImage image, Box box) {
        int left = clamp((int) Math.floor(box.xMin() * image.width()), image.width() - 1);
        int top = clamp((int) Math.floor(box.yMin() * image.height()), image.height() - 1);
        int right = clamp((int) Math.ceil(box.xMax() * image.width()), image.width());
        int bottom = clamp((int) Math.ceil(box.yMax() * image.height()), image.height());
        return image.crop(left, top, Math.max(1, right - left), Math.max(1, bottom - top));
    }

    private static int clamp(int value, int most) {
        return Math.max(0, Math.min(value, most));
    }

    private static List<DetectedObject> objects(@Nullable ObjectDetection detection) {
        return detection == null ? List.of() : detection.objects();
    }

    private static List<LabelProbability> chosen(List<LabelProbability> tags, ImagePlan.@Nullable Tags plan) {
        return plan == null
                ? tags
                : tags.stream()
                        .filter(tag -> tag.probability() >= plan.minConfidence())
                        .limit(plan.maxResults())
                        .toList();
    }
}
