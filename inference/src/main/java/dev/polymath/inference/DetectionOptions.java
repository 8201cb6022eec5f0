package dev.polymath.inference;

import dev.polymath.inference.InferenceException.Kind;
import java.util.Set;

/**
 * Which objects of an image are wanted.
 *
 * @param minConfidence the least, 0 to 1
 * @param maxResults the most objects, at least 1; the most certain ones are kept
 * @param iouThreshold 0 to 1: of two objects with the same label whose boxes share more than this of the area that they cover
 *     together, the less certain one is left out. Models that give each object once do not need it, and it is not applied
 * @param labels the only ones that are wanted; empty for all
 */
public record DetectionOptions(double minConfidence, int maxResults, double iouThreshold, Set<String> labels) {
    private static final String PREFIX = "polymath.detection.";

    public DetectionOptions {
        BatchOptions.require(minConfidence >= 0 && minConfidence <= 1, "minConfidence", minConfidence, "0 to 1");
        BatchOptions.require(maxResults >= 1, "maxResults", maxResults, ">= 1");
        BatchOptions.require(iouThreshold >= 0 && iouThreshold <= 1, "iouThreshold", iouThreshold, "0 to 1");
        labels = Set.copyOf(labels);
    }

    /** What serving.properties of a model says, or 0.3, 100, 0.45 and all labels. */
    static DetectionOptions of(ModelDirectory model) {
        return new DetectionOptions(
                share(model, "min-confidence", 0.3),
                model.positive(PREFIX + "max-results", 100),
                share(model, "iou-threshold", 0.45),
                Set.of());
    }

    private static double share(ModelDirectory model, String key, double fallback) {
        String value = model.property(PREFIX + key);
        if (value == null) {
            return fallback;
        }
        try {
            double share = Double.parseDouble(value);
            if (share >= 0 && share <= 1) {
                return share;
            }
        } catch (NumberFormatException e) {
            // the same message
        }
        throw new InferenceException(
                Kind.MODEL_NOT_READY, model + ": " + PREFIX + key + ": " + value + " (expected: 0 to 1)");
    }
}
