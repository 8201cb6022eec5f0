package dev.polymath.training.translation;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Finds sentences in the wrong language. It learns what three characters in a row say of a language from the data themselves, most of
 * which is right: nothing has to be known of the languages. Sure only where a text is long enough; names are in no language.
 */
final class LanguageCheck {
    private static final int BUCKETS = 1 << 18;

    /** Shorter texts are let through, in characters. */
    private static final int SHORTEST = 20;

    /** How much more likely another language must make the text, in nats: by its length, and at all. */
    private static final double MARGIN_PER_CHARACTER = 0.25;

    private static final double MARGIN = 10;

    private final Map<String, int[]> counts = new TreeMap<>();
    private final Map<String, Long> totals = new TreeMap<>();
    private final Map<String, float[]> logarithms = new TreeMap<>();

    /** Counts a text as one of this language. */
    void add(String language, String text) {
        int[] count = counts.computeIfAbsent(language, key -> new int[BUCKETS]);
        String padded = padded(text);
        for (int i = 0; i + 2 < padded.length(); i++) {
            count[bucket(padded, i)]++;
        }
        totals.merge(language, (long) padded.length() - 2, Long::sum);
    }

    /** Whether a text that is said to be in this language is almost certainly in another of those that were counted. */
    boolean isWrong(String language, String text) {
        if (text.length() < SHORTEST || counts.size() < 2) {
            return false;
        }
        double own = logProbability(language, text);
        double margin = Math.max(MARGIN, MARGIN_PER_CHARACTER * text.length());
        return counts.keySet().stream()
                .anyMatch(other -> !other.equals(language) && logProbability(other, text) > own + margin);
    }

    private double logProbability(String language, String text) {
        float[] table = logarithms.computeIfAbsent(language, this::table);
        String padded = padded(text);
        double sum = 0;
        for (int i = 0; i + 2 < padded.length(); i++) {
            sum += table[bucket(padded, i)];
        }
        return sum;
    }

    private float[] table(String language) {
        int[] count = counts.getOrDefault(language, new int[BUCKETS]);
        double total = totals.getOrDefault(language, 0L) + 0.5 * BUCKETS;
        float[] table = new float[BUCKETS];
        for (int i = 0; i < BUCKETS; i++) {
            table[i] = (float) Math.log((count[i] + 0.5) / total);
        }
        return table;
    }

    private static String padded(String text) {
        return " " + text.toLowerCase(Locale.ROOT) + " ";
    }

    private static int bucket(String text, int i) {
        int hash = (text.charAt(i) * 31 + text.charAt(i + 1)) * 1009 + text.charAt(i + 2);
        return (hash ^ (hash >>> 15)) & (BUCKETS - 1);
    }
}
