package dev.polymath.vision.grpc;

import com.google.protobuf.Duration;
import com.google.protobuf.util.Durations;
import dev.polymath.common.v1.Receipt;
import dev.polymath.inference.Box;
import dev.polymath.inference.GeneratedText.Hypothesis;
import dev.polymath.inference.LabelProbability;
import dev.polymath.service.CommonMessages;
import dev.polymath.vision.AnalyzedImage;
import dev.polymath.vision.AnalyzedImage.Receipts;
import dev.polymath.vision.AnalyzedImage.Region;
import dev.polymath.vision.grpc.ImageTask.Answers;
import dev.polymath.vision.grpc.VisionPlans.Checked;
import dev.polymath.vision.v1.BoundingBox;
import dev.polymath.vision.v1.Caption;
import dev.polymath.vision.v1.CaptionResult;
import dev.polymath.vision.v1.DetectedObject;
import dev.polymath.vision.v1.DetectionResult;
import dev.polymath.vision.v1.ImageAnalysis;
import dev.polymath.vision.v1.RegionCaption;
import dev.polymath.vision.v1.Tag;
import java.util.List;
import java.util.stream.Stream;

/** What was found, in the words of the contract. */
final class VisionMessages {
    /** DetectObjects. */
    static final Answers<DetectionResult> DETECTION = new Answers<>(
            (image, found) -> DetectionResult.newBuilder()
                    .setId(image.getId())
                    .setWidth(found.width())
                    .setHeight(found.height())
                    .addAllObjects(objects(found.objects()))
                    .build(),
            (image, error) -> DetectionResult.newBuilder()
                    .setId(image.getId())
                    .setError(error)
                    .build(),
            Receipts::detection);

    /** CaptionImage. */
    static final Answers<CaptionResult> CAPTION = new Answers<>(
            (image, found) -> CaptionResult.newBuilder()
                    .setId(image.getId())
                    .setWidth(found.width())
                    .setHeight(found.height())
                    .addAllCaptions(captions(found.captions()))
                    .addAllRegions(regions(found.regions()))
                    .build(),
            (image, error) -> CaptionResult.newBuilder()
                    .setId(image.getId())
                    .setError(error)
                    .build(),
            receipts -> Stream.of(receipts.captioning(), receipts.detection())
                    .flatMap(List::stream)
                    .toList());

    private VisionMessages() {}

    /**
     * AnalyzeImage.
     *
     * @param objects whether they were asked for, and not only as regions
     */
    static Answers<ImageAnalysis> analysis(boolean objects) {
        return new Answers<>(
                (image, found) -> analysis(image.getId(), found, objects),
                (image, error) -> ImageAnalysis.newBuilder()
                        .setId(image.getId())
                        .setError(error)
                        .build(),
                receipts -> Stream.of(receipts.detection(), receipts.captioning(), receipts.tagging())
                        .flatMap(List::stream)
                        .toList());
    }

    private static ImageAnalysis analysis(String id, AnalyzedImage found, boolean objects) {
        return ImageAnalysis.newBuilder()
                .setId(id)
                .setWidth(found.width())
                .setHeight(found.height())
                .addAllObjects(objects ? objects(found.objects()) : List.of())
                .addAllCaptions(captions(found.captions()))
                .addAllRegions(regions(found.regions()))
                .addAllTags(found.tags().stream().map(VisionMessages::tag).toList())
                .build();
    }

    static List<DetectedObject> objects(List<dev.polymath.inference.DetectedObject> objects) {
        return objects.stream().map(VisionMessages::object).toList();
    }

    private static DetectedObject object(dev.polymath.inference.DetectedObject object) {
        Box box = object.box();
        return DetectedObject.newBuilder()
                .setLabel(object.label())
                .setConfidence(object.confidence())
                .setBox(BoundingBox.newBuilder()
                        .setXMin(box.xMin())
                        .setYMin(box.yMin())
                        .setXMax(box.xMax())
                        .setYMax(box.yMax()))
                .build();
    }

    private static List<Caption> captions(List<Hypothesis> hypotheses) {
        return hypotheses.stream()
                .map(hypothesis -> Caption.newBuilder()
                        .setText(hypothesis.text())
                        .setScore(hypothesis.score())
                        .build())
                .toList();
    }

    private static List<RegionCaption> regions(List<Region> regions) {
        return regions.stream()
                .map(region -> RegionCaption.newBuilder()
                        .setObject(object(region.object()))
                        .addAllCaptions(captions(region.captions()))
                        .build())
                .toList();
    }

    private static Tag tag(LabelProbability tag) {
        return Tag.newBuilder()
                .setLabel(tag.label())
                .setConfidence(tag.probability())
                .build();
    }

    /** The receipts of a call; those of models that had nothing to do if no image reached one. */
    static List<Receipt> receipts(List<dev.polymath.inference.Receipt> receipts, Checked checked) {
        return (receipts.isEmpty() ? checked.noWork() : receipts)
                .stream().map(CommonMessages::receipt).toList();
    }

    static Duration duration(java.time.Duration duration) {
        return Durations.fromNanos(duration.toNanos());
    }
}
