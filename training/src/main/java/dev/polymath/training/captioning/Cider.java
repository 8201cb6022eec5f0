package dev.polymath.training.captioning;

import dev.polymath.training.generation.Ngrams;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * CIDEr-D (Vedantam, Zitnick and Parikh 2015): the cosine of a caption and its references, in which a sequence of words counts the more
 * the fewer images it is said of. As pycocoevalcap counts it, with the references at hand as the corpus. Not thread-safe.
 */
final class Cider {
    private static final int ORDER = 4;
    private static final double SIGMA = 6;

    private final List<Candidate> candidates = new ArrayList<>();

    private record Candidate(List<String> words, List<List<String>> references) {}

    /** Sequences of one length with their weights. */
    private record Vector(Map<List<String>, Double> weights, double norm) {}

    /** Counts the caption of an image, in words. */
    void add(List<String> words, List<List<String>> references) {
        candidates.add(new Candidate(words, references));
    }

    /** The mean over the images, 10 for captions that are all of their references. */
    double score() {
        Map<List<String>, Integer> images = new HashMap<>();
        for (Candidate candidate : candidates) {
            Set<List<String>> said = new HashSet<>();
            for (List<String> reference : candidate.references) {
                for (int n = 1; n <= ORDER; n++) {
                    said.addAll(Ngrams.count(reference, n).keySet());
                }
            }
            said.forEach(ngram -> images.merge(ngram, 1, Integer::sum));
        }
        double all = Math.log(candidates.size());
        return candidates.stream()
                .mapToDouble(candidate -> score(candidate, images, all))
                .average()
                .orElse(0);
    }

    private static double score(Candidate candidate, Map<List<String>, Integer> images, double all) {
        double sum = 0;
        for (int n = 1; n <= ORDER; n++) {
            Vector own = vector(candidate.words, n, images, all);
            for (List<String> reference : candidate.references) {
                // the length is that in pairs of words, as the original has it
                double difference = Math.max(0, candidate.words.size() - 1) - Math.max(0, reference.size() - 1);
                sum += cosine(own, vector(reference, n, images, all))
                        * Math.exp(-difference * difference / (2 * SIGMA * SIGMA));
            }
        }
        return 10 * sum / ORDER / candidate.references.size();
    }

    private static Vector vector(List<String> words, int n, Map<List<String>, Integer> images, double all) {
        Map<List<String>, Double> weights = new HashMap<>();
        double squares = 0;
        for (Map.Entry<List<String>, Integer> ngram : Ngrams.count(words, n).entrySet()) {
            double weight = ngram.getValue() * (all - Math.log(Math.max(1, images.getOrDefault(ngram.getKey(), 0))));
            weights.put(ngram.getKey(), weight);
            squares += weight * weight;
        }
        return new Vector(weights, Math.sqrt(squares));
    }

    /** What the caption has more of than the reference does not count. */
    private static double cosine(Vector own, Vector reference) {
        if (own.norm == 0 || reference.norm == 0) {
            return 0;
        }
        double sum = 0;
        for (Map.Entry<List<String>, Double> entry : own.weights.entrySet()) {
            double weight = reference.weights.getOrDefault(entry.getKey(), 0.0);
            sum += Math.min(entry.getValue(), weight) * weight;
        }
        return sum / (own.norm * reference.norm);
    }
}
