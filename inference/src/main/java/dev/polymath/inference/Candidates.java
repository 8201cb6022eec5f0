package dev.polymath.inference;

import dev.polymath.image.Placement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** Boxes that a detector gives, in pixels of what it reads, and which of them are objects. Not thread-safe. */
final class Candidates {
    private final double minConfidence;
    private final IntPredicate wanted;
    private float[] boxes = new float[4 * 64];
    private float[] scores = new float[64];
    private int[] labels = new int[64];
    private int size;

    /**
     * Takes those that are certain enough.
     *
     * @param wanted by the id of the label
     */
    Candidates(double minConfidence, IntPredicate wanted) {
        this.minConfidence = minConfidence;
        this.wanted = wanted;
    }

    /** The least score that is taken; a caller may save itself the rest. */
    double minConfidence() {
        return minConfidence;
    }

    void addCentred(double x, double y, double width, double height, float score, int label) {
        add(x - width / 2, y - height / 2, x + width / 2, y + height / 2, score, label);
    }

    void add(double xMin, double yMin, double xMax, double yMax, float score, int label) {
        if (!(score >= minConfidence) || !wanted.test(label)) {
            return;
        }
        if (size == scores.length) {
            boxes = Arrays.copyOf(boxes, 2 * boxes.length);
            scores = Arrays.copyOf(scores, 2 * size);
            labels = Arrays.copyOf(labels, 2 * size);
        }
        boxes[4 * size] = (float) xMin;
        boxes[4 * size + 1] = (float) yMin;
        boxes[4 * size + 2] = (float) xMax;
        boxes[4 * size + 3] = (float) yMax;
        scores[size] = score;
        labels[size++] = label;
    }

    /**
     * The objects, most certain first: without those that overlap a more certain one of the same label, and without those that
     * are not in the image.
     *
     * @param iouThreshold more than 1 to leave out none
     */
    List<DetectedObject> objects(
            List<String> names, double iouThreshold, int maxResults, Placement placement, int width, int height) {
        int[] order = IntStream.range(0, size)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -scores[i]))
                .mapToInt(Integer::intValue)
                .toArray();
        List<DetectedObject> objects = new ArrayList<>();
        int[] kept = new int[Math.min(size, maxResults)];
        int keptCount = 0;
        for (int n = 0; n < size && keptCount < kept.length; n++) {
            int i = order[n];
            Box box = inImage(i, placement, width, height);
            if (box.xMin() < box.xMax() && box.yMin() < box.yMax() && !overlaps(i, kept, keptCount, iouThreshold)) {
                kept[keptCount++] = i;
                objects.add(new DetectedObject(names.get(labels[i]), Math.min(1, scores[i]), box));
            }
        }
        return objects;
    }

    private boolean overlaps(int i, int[] kept, int count, double iouThreshold) {
        for (int k = 0; k < count; k++) {
            if (labels[kept[k]] == labels[i] && iou(i, kept[k]) > iouThreshold) {
                return true;
            }
        }
        return false;
    }

    private double iou(int a, int b) {
        double width = Math.min(boxes[4 * a + 2], boxes[4 * b + 2]) - Math.max(boxes[4 * a], boxes[4 * b]);
        double height = Math.min(boxes[4 * a + 3], boxes[4 * b + 3]) - Math.max(boxes[4 * a + 1], boxes[4 * b + 1]);
        if (width <= 0 || height <= 0) {
            return 0;
        }
        double both = width * height;
        return both / (area(a) + area(b) - both);
    }

    private double area(int i) {
        return ((double) boxes[4 * i + 2] - boxes[4 * i]) * ((double) boxes[4 * i + 3] - boxes[4 * i + 1]);
    }

    private Box inImage(int i, Placement placement, int width, int height) {
        return new Box(
                share(placement.imageX(boxes[4 * i]), width),
                share(placement.imageY(boxes[4 * i + 1]), height),
                share(placement.imageX(boxes[4 * i + 2]), width),
                share(placement.imageY(boxes[4 * i + 3]), height));
    }

    private static double share(double pixel, int side) {
        return Math.max(0, Math.min(1, pixel / side));
    }
}
