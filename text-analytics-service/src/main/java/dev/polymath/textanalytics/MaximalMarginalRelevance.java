package dev.polymath.textanalytics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Chooses items that are relevant and unlike each other, one after the other: the next one is that with the largest
 * {@code (1 - diversity) * relevance - diversity * cosine with the most similar item that has been chosen} (Carbonell and
 * Goldstein 1998, "The Use of MMR, Diversity-Based Reranking"), where relevance is relative to the largest, so that it
 * weighs the same in every text. Takes time in proportion to items times count.
 */
final class MaximalMarginalRelevance {
    private MaximalMarginalRelevance() {}

    /**
     * @param relevance of each item, at least 0
     * @param vectors of length 1, one per item
     * @param diversity in [0, 1]
     * @param duplicate items with a cosine above this to one that has been chosen are never chosen
     * @param count at most this many
     * @return indices in the order of choice
     */
    static List<Integer> choose(
            double[] relevance, List<float[]> vectors, double diversity, double duplicate, int count) {
        double largest = Arrays.stream(relevance).max().orElse(0);
        double weight = largest > 0 ? (1 - diversity) / largest : 0;
        List<Integer> chosen = new ArrayList<>();
        boolean[] out = new boolean[relevance.length];
        double[] nearest = new double[relevance.length];
        Arrays.fill(nearest, -1);
        while (chosen.size() < count) {
            int best = -1;
            double most = Double.NEGATIVE_INFINITY;
            for (int i = 0; i < relevance.length; i++) {
                // a vector unlike all that have been chosen is as good as the first
                double marginal = weight * relevance[i] - diversity * Math.max(0, nearest[i]);
                if (!out[i] && marginal > most) {
                    best = i;
                    most = marginal;
                }
            }
            if (best < 0) {
                break;
            }
            chosen.add(best);
            float[] vector = vectors.get(best);
            for (int i = 0; i < relevance.length; i++) {
                nearest[i] = Math.max(nearest[i], Vectors.cosine(vector, vectors.get(i)));
                out[i] |= nearest[i] > duplicate || i == best;
            }
        }
        return chosen;
    }
}
