package dev.polymath.vision;

import dev.polymath.inference.DetectionOptions;
import dev.polymath.inference.GenerationOptions;
import org.jspecify.annotations.Nullable;

/**
 * What is done with each image of a call; nothing of what is null.
 *
 * @param pictureSide longer side of the picture that the objects are drawn into, at most; 0 for no picture
 */
public record ImagePlan(
        @Nullable Objects objects,
        @Nullable Captions captions,
        @Nullable Tags tags,
        int pictureSide) {
    /** Finding objects. */
    public record Objects(DetectionModel model, DetectionOptions options) {}

    /**
     * Describing.
     *
     * @param maxRegions how many of the objects, of which there must be a plan then, are described by themselves
     */
    public record Captions(CaptioningModel model, GenerationOptions options, int maxRegions) {}

    /**
     * Tagging.
     *
     * @param minConfidence of a tag
     * @param maxResults most tags, at least 1
     */
    public record Tags(TaggingModel model, double minConfidence, int maxResults) {}

    public ImagePlan {
        if (objects == null && (pictureSide > 0 || (captions != null && captions.maxRegions() > 0))) {
            throw new IllegalArgumentException("objects: null (expected: a plan, for the picture and the regions)");
        }
    }

    /** Whether the pixels are needed when the objects are known. */
    boolean keepsPixels() {
        return pictureSide > 0 || (captions != null && captions.maxRegions() > 0);
    }

    /** What the models want to see at least; {@link Integer#MAX_VALUE} for all pixels that there are. */
    int minSide() {
        if (captions != null && captions.maxRegions() > 0) {
            // a region is a small part of the image
            return Integer.MAX_VALUE;
        }
        int side = pictureSide;
        side = objects == null ? side : Math.max(side, objects.model().inputSide());
        side = captions == null ? side : Math.max(side, captions.model().inputSide());
        return tags == null ? side : Math.max(side, tags.model().inputSide());
    }
}
