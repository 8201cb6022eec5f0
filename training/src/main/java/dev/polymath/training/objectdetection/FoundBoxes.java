package dev.polymath.training.objectdetection;

import dev.polymath.image.Placement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What the outputs of the network mean: a box per prediction with its best label, without those that say the same again. */
final class FoundBoxes {
    /** As COCO's evaluation of YOLOX has it: low, because the order decides and not the threshold. */
    static final double LEAST_CONFIDENCE = 0.01;

    static final double MOST_OVERLAP = 0.65;

    private FoundBoxes() {}

    /**
     * @param outputs of the serving graph, {@code [batch, anchors, 5 + labels]}, with probabilities
     * @param from index of the picture's first value in them
     * @param placement of the picture
     */
    static List<DetectionScores.Found> of(
            float[] outputs, int from, AnchorPoints anchors, List<String> labels, Placement placement) {
        int width = 5 + labels.size();
        List<DetectionScores.Found> candidates = new ArrayList<>();
        for (int anchor = 0; anchor < anchors.count(); anchor++) {
            int at = from + anchor * width;
            int best = 0;
            for (int label = 1; label < labels.size(); label++) {
                best = outputs[at + 5 + label] > outputs[at + 5 + best] ? label : best;
            }
            double confidence = (double) outputs[at + 4] * outputs[at + 5 + best];
            if (confidence >= LEAST_CONFIDENCE) {
                Rectangle box = anchors.decode(anchor, outputs[at], outputs[at + 1], outputs[at + 2], outputs[at + 3]);
                candidates.add(new DetectionScores.Found(
                        labels.get(best),
                        confidence,
                        new Rectangle(
                                placement.imageX(box.left()),
                                placement.imageY(box.top()),
                                placement.imageX(box.right()),
                                placement.imageY(box.bottom()))));
            }
        }
        candidates.sort(
                Comparator.comparingDouble(DetectionScores.Found::confidence).reversed());
        List<DetectionScores.Found> kept = new ArrayList<>();
        for (DetectionScores.Found candidate : candidates) {
            if (kept.size() == DetectionScores.MOST_PER_PICTURE) {
                break;
            }
            if (kept.stream()
                    .noneMatch(other -> other.label().equals(candidate.label())
                            && other.box().overlap(candidate.box()) > MOST_OVERLAP)) {
                kept.add(candidate);
            }
        }
        return kept;
    }
}
