package dev.polymath.vision;

import dev.polymath.inference.DetectedObject;
import dev.polymath.inference.GeneratedText.Hypothesis;
import dev.polymath.inference.LabelProbability;
import dev.polymath.inference.Receipt;
import java.time.Duration;
import java.util.List;

/**
 * What was found in an image, as far as it was planned.
 *
 * @param width in pixels, after EXIF orientation
 * @param height in pixels, after EXIF orientation
 * @param objects the most confident first
 * @param captions the best first
 * @param regions descriptions of the first objects
 * @param tags the most probable first
 * @param picture PNG; empty if none was planned
 * @param receipts what it took
 */
public record AnalyzedImage(
        int width,
        int height,
        List<DetectedObject> objects,
        List<Hypothesis> captions,
        List<Region> regions,
        List<LabelProbability> tags,
        byte[] picture,
        Receipts receipts) {
    /** What is in the box of an object. */
    public record Region(DetectedObject object, List<Hypothesis> captions) {}

    /**
     * What it took.
     *
     * @param decode from the file to pixels
     * @param detection none or one
     * @param captioning none, or one that includes the regions
     * @param tagging none or one
     */
    public record Receipts(Duration decode, List<Receipt> detection, List<Receipt> captioning, List<Receipt> tagging) {}
}
