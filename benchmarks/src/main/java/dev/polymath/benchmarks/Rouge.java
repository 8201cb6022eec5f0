package dev.polymath.benchmarks;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How much a summary has in common with a reference (Lin 2004, "ROUGE"): F1 of words, of pairs of words and of the longest
 * common subsequence, over {@link StemmedWords}.
 */
record Rouge(double rouge1, double rouge2, double rougeL) {
    static Rouge of(String summary, String reference) {
        List<String> a = StemmedWords.of(summary);
        List<String> b = StemmedWords.of(reference);
        return new Rouge(
                f1(common(a, b), a.size(), b.size()),
                f1(common(pairs(a), pairs(b)), a.size() - 1, b.size() - 1),
                f1(longestCommonSubsequence(a, b), a.size(), b.size()));
    }

    /** The largest of each over the references, as SciTLDR is scored (Cachola et al. 2020). */
    static Rouge best(String summary, List<String> references) {
        return references.stream()
                .map(reference -> of(summary, reference))
                .reduce(
                        new Rouge(0, 0, 0),
                        (a, b) -> new Rouge(
                                Math.max(a.rouge1, b.rouge1),
                                Math.max(a.rouge2, b.rouge2),
                                Math.max(a.rougeL, b.rougeL)));
    }

    static Rouge mean(Collection<Rouge> scores) {
        return new Rouge(
                scores.stream().mapToDouble(Rouge::rouge1).average().orElse(0),
                scores.stream().mapToDouble(Rouge::rouge2).average().orElse(0),
                scores.stream().mapToDouble(Rouge::rougeL).average().orElse(0));
    }

    private static double f1(int common, int a, int b) {
        return common == 0 ? 0 : 2.0 * common / (a + b);
    }

    private static List<String> pairs(List<String> words) {
        List<String> pairs = new ArrayList<>();
        for (int i = 1; i < words.size(); i++) {
            pairs.add(words.get(i - 1) + " " + words.get(i));
        }
        return pairs;
    }

    private static int common(List<String> a, List<String> b) {
        Map<String, Integer> counts = new HashMap<>();
        a.forEach(item -> counts.merge(item, 1, Integer::sum));
        int common = 0;
        for (String item : b) {
            if (counts.merge(item, -1, Integer::sum) >= 0) {
                common++;
            }
        }
        return common;
    }

    private static int longestCommonSubsequence(List<String> a, List<String> b) {
        int[] lengths = new int[b.size() + 1];
        for (String item : a) {
            int diagonal = 0;
            for (int j = 1; j <= b.size(); j++) {
                int above = lengths[j];
                lengths[j] = item.equals(b.get(j - 1)) ? diagonal + 1 : Math.max(above, lengths[j - 1]);
                diagonal = above;
            }
        }
        return lengths[b.size()];
    }
}
