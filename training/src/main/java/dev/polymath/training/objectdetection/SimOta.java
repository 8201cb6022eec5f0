package dev.polymath.training.objectdetection;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which predictions of a picture answer for which objects, as YOLOX assigns them in every step (Ge et al. 2021, section 2.1). The
 * candidates of an object are the cells whose middle is in its box or near the middle of it; each object takes the cheapest, as many
 * as the overlaps of its best ten add up to; a prediction that several objects want goes to the one for which it is cheapest.
 */
final class SimOta {
    /** Half of the side, in steps of the level, of the square around the middle of an object. */
    private static final float CENTER_RADIUS = 2.5f;

    private static final double OVERLAP_WEIGHT = 3;
    /** Of a cell that is not both in the box and near its middle. */
    private static final double OUTSIDE = 1e5;

    private static final int OVERLAPS = 10;
    private static final double LEAST_PROBABILITY = 1e-7;

    /** An object of a picture. */
    record Target(int label, Rectangle box) {}

    /**
     * A prediction that answers for an object.
     *
     * @param anchor its index
     * @param target index of the object
     * @param overlap of its box with the object's
     */
    record Match(int anchor, int target, float overlap) {}

    private final AnchorPoints anchors;
    private final int classes;

    SimOta(AnchorPoints anchors, int classes) {
        this.anchors = anchors;
        this.classes = classes;
    }

    /**
     * @param outputs of the graph, {@code [batch, anchors, 5 + classes]}, with logits of objectness and classes
     * @param from index of the picture's first value in them
     */
    List<Match> assign(float[] outputs, int from, List<Target> targets) {
        if (targets.isEmpty()) {
            return List.of();
        }
        int width = 5 + classes;
        int[] candidates = IntStream.range(0, anchors.count())
                .filter(anchor -> targets.stream()
                        .anyMatch(target -> inBox(anchor, target.box) || nearMiddle(anchor, target.box)))
                .toArray();
        Rectangle[] boxes = new Rectangle[candidates.length];
        double[] allWrong = new double[candidates.length];
        for (int c = 0; c < candidates.length; c++) {
            int at = from + candidates[c] * width;
            boxes[c] = anchors.decode(candidates[c], outputs[at], outputs[at + 1], outputs[at + 2], outputs[at + 3]);
            for (int label = 0; label < classes; label++) {
                allWrong[c] -= Math.log(1 - probability(outputs, at, label));
            }
        }
        int[] owner = new int[candidates.length];
        double[] ownerCost = new double[candidates.length];
        float[] ownerOverlap = new float[candidates.length];
        Arrays.fill(owner, -1);
        for (int t = 0; t < targets.size(); t++) {
            Target target = targets.get(t);
            double[] costs = new double[candidates.length];
            double[] overlaps = new double[candidates.length];
            for (int c = 0; c < candidates.length; c++) {
                double probability = probability(outputs, from + candidates[c] * width, target.label);
                overlaps[c] = boxes[c].overlap(target.box);
                boolean central = inBox(candidates[c], target.box) && nearMiddle(candidates[c], target.box);
                costs[c] = allWrong[c]
                        + Math.log(1 - probability)
                        - Math.log(probability)
                        - OVERLAP_WEIGHT * Math.log(overlaps[c] + 1e-8)
                        + (central ? 0 : OUTSIDE);
            }
            for (int c : cheapest(costs, wanted(overlaps))) {
                if (owner[c] < 0 || costs[c] < ownerCost[c]) {
                    owner[c] = t;
                    ownerCost[c] = costs[c];
                    ownerOverlap[c] = (float) overlaps[c];
                }
            }
        }
        List<Match> matches = new ArrayList<>();
        for (int c = 0; c < candidates.length; c++) {
            if (owner[c] >= 0) {
                matches.add(new Match(candidates[c], owner[c], ownerOverlap[c]));
            }
        }
        return matches;
    }

    /** Square root of objectness times class, as the cost has it; inside of (0, 1). */
    private static double probability(float[] outputs, int at, int label) {
        double probability = Math.sqrt(sigmoid(outputs[at + 4]) * sigmoid(outputs[at + 5 + label]));
        return Math.min(1 - LEAST_PROBABILITY, Math.max(LEAST_PROBABILITY, probability));
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    private static int wanted(double[] overlaps) {
        double[] sorted = overlaps.clone();
        Arrays.sort(sorted);
        double sum = 0;
        for (int i = Math.max(0, sorted.length - OVERLAPS); i < sorted.length; i++) {
            sum += sorted[i];
        }
        return Math.max(1, (int) sum);
    }

    private static int[] cheapest(double[] costs, int count) {
        return IntStream.range(0, costs.length)
                .boxed()
                .sorted((a, b) -> Double.compare(costs[a], costs[b]))
                .limit(count)
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private boolean inBox(int anchor, Rectangle box) {
        return anchors.x(anchor) > box.left()
                && anchors.x(anchor) < box.right()
                && anchors.y(anchor) > box.top()
                && anchors.y(anchor) < box.bottom();
    }

    private boolean nearMiddle(int anchor, Rectangle box) {
        float reach = CENTER_RADIUS * anchors.stride(anchor);
        return Math.abs(anchors.x(anchor) - (box.left() + box.right()) / 2) < reach
                && Math.abs(anchors.y(anchor) - (box.top() + box.bottom()) / 2) < reach;
    }
}
