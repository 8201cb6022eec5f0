package dev.polymath.training.generation;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Counted sequences of tokens or characters. */
public final class Ngrams {
    private Ngrams() {}

    /** How often each sequence of {@code n} parts occurs. */
    public static <T> Map<List<T>, Integer> count(List<T> parts, int n) {
        Map<List<T>, Integer> ngrams = new HashMap<>();
        for (int i = 0; i + n <= parts.size(); i++) {
            ngrams.merge(parts.subList(i, i + n), 1, Integer::sum);
        }
        return ngrams;
    }

    static long matches(Map<? extends List<?>, Integer> ngrams, Map<? extends List<?>, Integer> references) {
        return ngrams.entrySet().stream()
                .mapToLong(entry -> Math.min(entry.getValue(), references.getOrDefault(entry.getKey(), 0)))
                .sum();
    }

    static long total(Map<?, Integer> ngrams) {
        return ngrams.values().stream().mapToLong(Integer::longValue).sum();
    }
}
