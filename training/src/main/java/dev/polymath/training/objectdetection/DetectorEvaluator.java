package dev.polymath.training.objectdetection;

import dev.polymath.inference.Box;
import dev.polymath.inference.Call;
import dev.polymath.inference.DetectionOptions;
import dev.polymath.inference.InferenceListener;
import dev.polymath.inference.InferenceOptions;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.inference.ObjectDetection;
import dev.polymath.inference.ObjectDetector;
import dev.polymath.training.ModelEvaluator;
import dev.polymath.training.vision.ImageFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures detectors: average precision as COCO counts it. */
@Command(
        name = "train evaluate",
        description = "Measures a detector on pictures with boxes: average precision as COCO counts it.",
        showDefaultValues = true)
public final class DetectorEvaluator implements ModelEvaluator {
    @Option(
            names = "--data",
            required = true,
            arity = "1..*",
            paramLabel = "FILE[@FIELD=VALUE]",
            description =
                    "Pictures with boxes: JSON lines (.jsonl), COCO (.json) or a folder of Pascal VOC's .xml files.")
    List<String> data = List.of();

    @Mixin
    DetectionSets sets = new DetectionSets();

    @Option(
            names = "--min-confidence",
            paramLabel = "P",
            description = "Objects below do not count; low, because the order decides.")
    double minConfidence = FoundBoxes.LEAST_CONFIDENCE;

    @Option(names = "--iou-threshold", paramLabel = "P", description = "Of boxes that overlap more one is left.")
    double iouThreshold = FoundBoxes.MOST_OVERLAP;

    @Override
    public String evaluate(ModelDirectory model) throws IOException {
        Map<String, List<AnnotatedImage>> read = sets.read(data);
        StringBuilder report = new StringBuilder();
        try (ObjectDetector detector =
                ObjectDetector.load(model, InferenceOptions.defaults(), InferenceListener.NONE)) {
            read.forEach((name, pictures) -> {
                requireKnown(name, pictures, detector.labels());
                DetectionScores scores = DetectionScores.of(found(detector, pictures));
                report.append(String.format(
                        Locale.ROOT,
                        "**%s**: %d pictures, mAP50 %.3f, mAP50-95 %.3f%n%n%s%n",
                        name,
                        pictures.size(),
                        scores.map50(),
                        scores.map(),
                        scores.toMarkdown()));
            });
        }
        return report.toString();
    }

    private static void requireKnown(String name, List<AnnotatedImage> pictures, List<String> labels) {
        for (String label : DetectionSets.labels(List.of(pictures))) {
            if (!labels.contains(label)) {
                throw new IllegalArgumentException(name + ": label '" + label + "' (expected: one of " + labels
                        + ", or an entry in --map such as '" + label + "=')");
            }
        }
    }

    /** As many callers would ask: the batcher of serving puts the pictures together. */
    private List<DetectionScores.Picture> found(ObjectDetector detector, List<AnnotatedImage> pictures) {
        DetectionOptions options =
                new DetectionOptions(minConfidence, DetectionScores.MOST_PER_PICTURE, iouThreshold, Set.of());
        int side = detector.preprocessing().minSide();
        List<CompletableFuture<ObjectDetection>> answers = new ArrayList<>();
        for (AnnotatedImage picture : pictures) {
            answers.add(detector.detectWhenAdmitted(
                    ImageFiles.decode(picture.file(), side).pixels(), options, Call.unbounded()));
        }
        List<DetectionScores.Picture> found = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            AnnotatedImage picture = pictures.get(i);
            found.add(new DetectionScores.Picture(
                    picture.objects(),
                    answers.get(i).join().objects().stream()
                            .map(object -> new DetectionScores.Found(
                                    object.label(), object.confidence(), pixels(object.box(), picture)))
                            .toList()));
        }
        return found;
    }

    private static Rectangle pixels(Box box, AnnotatedImage picture) {
        return new Rectangle((float) box.xMin(), (float) box.yMin(), (float) box.xMax(), (float) box.yMax())
                .scale(picture.width(), picture.height());
    }
}
