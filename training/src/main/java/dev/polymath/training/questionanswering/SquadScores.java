package dev.polymath.training.questionanswering;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Exact match and F1 of an answer as SQuAD counts them (Rajpurkar et al. 2016, {@code evaluate-v1.1.py}): of lower-cased words
 * without punctuation and articles, the best over the answers that people gave.
 */
public final class SquadScores {
    private static final Pattern ARTICLES = Pattern.compile("\\b(a|an|the)\\b", Pattern.UNICODE_CHARACTER_CLASS);
    /** Python's {@code string.punctuation}: ASCII only. */
    private static final Pattern PUNCTUATION = Pattern.compile("\\p{Punct}");

    private static final Pattern SPACES = Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);

    private SquadScores() {}

    /** Whether the answer is one of the gold answers. */
    public static boolean exactMatch(String answer, List<String> gold) {
        String normalized = normalize(answer);
        return gold.stream().anyMatch(text -> normalize(text).equals(normalized));
    }

    /** F1 over the words of the answer and of the gold answer that fits it best, in [0, 1]. */
    public static double f1(String answer, List<String> gold) {
        return gold.stream().mapToDouble(text -> f1(answer, text)).max().orElse(0);
    }

    private static double f1(String answer, String gold) {
        List<String> predicted = words(answer);
        List<String> expected = words(gold);
        Map<String, Integer> left = new HashMap<>();
        expected.forEach(word -> left.merge(word, 1, Integer::sum));
        int common = 0;
        for (String word : predicted) {
            if (left.merge(word, -1, Integer::sum) >= 0) {
                common++;
            }
        }
        return common == 0 ? 0 : 2.0 * common / (predicted.size() + expected.size());
    }

    private static List<String> words(String text) {
        String normalized = normalize(text);
        return normalized.isEmpty() ? List.of() : Arrays.asList(normalized.split(" "));
    }

    static String normalize(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        String words =
                ARTICLES.matcher(PUNCTUATION.matcher(lower).replaceAll("")).replaceAll(" ");
        return SPACES.matcher(words).replaceAll(" ").strip();
    }
}
