package dev.polymath.inference;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Finds the most probable valid sequence of IOB2 labels: an {@code I-X} stands only after {@code B-X} or {@code I-X}. Viterbi
 * over the product of the labels' probabilities (Viterbi 1967); transitions have no weights of their own. Immutable,
 * thread-safe. Serving and the evaluation in training use the same decoder.
 */
public final class Iob2Decoder {
    private static final double FLOOR = 1e-30;

    private final int labels;
    /** {@code previous[l]}: the labels that may stand before label {@code l}. */
    private final int[][] previous;

    private final boolean[] mayBegin;

    /**
     * @param labels in id order: {@code O}, or {@code B-} or {@code I-} and a type
     * @throws IllegalArgumentException for a label of another form
     */
    public Iob2Decoder(List<String> labels) {
        this.labels = labels.size();
        previous = new int[this.labels][];
        mayBegin = new boolean[this.labels];
        int[] all = new int[this.labels];
        for (int i = 0; i < all.length; i++) {
            all[i] = i;
        }
        for (int i = 0; i < this.labels; i++) {
            String label = labels.get(i);
            if (!label.equals("O") && !label.startsWith("B-") && !label.startsWith("I-")) {
                throw new IllegalArgumentException(
                        "labels[" + i + "]: " + label + " (expected: O, or B- or I- and an entity type)");
            }
            mayBegin[i] = !label.startsWith("I-");
            if (mayBegin[i]) {
                previous[i] = all;
            } else {
                String type = label.substring(2);
                previous[i] = IntStream.of(all)
                        .filter(j -> labels.get(j).equals("B-" + type)
                                || labels.get(j).equals("I-" + type))
                        .toArray();
            }
        }
    }

    /**
     * @param probabilities one row per word, one column per label, each in [0, 1]
     * @return one label id per word
     */
    public int[] decode(float[][] probabilities) {
        int length = probabilities.length;
        int[] path = new int[length];
        if (length == 0) {
            return path;
        }
        int[][] cameFrom = new int[length][labels];
        double[] score = new double[labels];
        for (int l = 0; l < labels; l++) {
            score[l] = mayBegin[l] ? logarithm(probabilities[0][l]) : Double.NEGATIVE_INFINITY;
        }
        for (int t = 1; t < length; t++) {
            double[] next = new double[labels];
            for (int l = 0; l < labels; l++) {
                double best = Double.NEGATIVE_INFINITY;
                for (int p : previous[l]) {
                    if (score[p] > best) {
                        best = score[p];
                        cameFrom[t][l] = p;
                    }
                }
                next[l] = best + logarithm(probabilities[t][l]);
            }
            score = next;
        }
        for (int l = 1; l < labels; l++) {
            if (score[l] > score[path[length - 1]]) {
                path[length - 1] = l;
            }
        }
        for (int t = length - 1; t > 0; t--) {
            path[t - 1] = cameFrom[t][path[t]];
        }
        return path;
    }

    private static double logarithm(float probability) {
        return Math.log(Math.max(probability, FLOOR));
    }
}
