package dev.polymath.training.captioning;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Spells captions alike: a capital at the beginning, a full stop at the end, and every word with the capitals that most people give it in
 * the middle of a sentence. What volunteers typed is half in lower case and half without a full stop, and a model would learn both.
 */
final class CaptionSpelling {
    private static final Pattern SPACE = Pattern.compile("\\s+");
    private static final Pattern END = Pattern.compile("[\\s.,;:!?]+$");
    private static final Pattern WORD = Pattern.compile("\\p{L}[\\p{L}\\p{M}'’-]*");

    /** A spelling is taken over from so many others. */
    private static final double MAJORITY = 0.7;

    /** By language and word in lower case: how often it is spelt how. */
    private final Map<String, Map<String, Map<String, Integer>>> spellings = new HashMap<>();

    /** Learns from captions that begin with a capital: the others say nothing. */
    void learn(CaptionedImage image) {
        image.captions().forEach((language, captions) -> {
            Map<String, Map<String, Integer>> words = spellings.computeIfAbsent(language, key -> new HashMap<>());
            for (String caption : captions) {
                if (Character.isUpperCase(caption.codePointAt(0))) {
                    Matcher matcher = WORD.matcher(caption);
                    matcher.find();
                    while (matcher.find()) {
                        words.computeIfAbsent(matcher.group().toLowerCase(Locale.ROOT), key -> new HashMap<>())
                                .merge(matcher.group(), 1, Integer::sum);
                    }
                }
            }
        });
    }

    /** The caption as it is learnt; blank where nothing but punctuation is left. */
    String apply(String caption, String language) {
        Map<String, Map<String, Integer>> words = spellings.getOrDefault(language, Map.of());
        String plain =
                END.matcher(SPACE.matcher(caption.strip()).replaceAll(" ")).replaceAll("");
        if (plain.isEmpty()) {
            return "";
        }
        String spelt =
                WORD.matcher(plain).replaceAll(match -> Matcher.quoteReplacement(spelling(match.group(), words)));
        int first = spelt.offsetByCodePoints(0, 1);
        return spelt.substring(0, first).toUpperCase(Locale.ROOT) + spelt.substring(first) + ".";
    }

    private static String spelling(String word, Map<String, Map<String, Integer>> words) {
        Map<String, Integer> known = words.getOrDefault(word.toLowerCase(Locale.ROOT), Map.of());
        int all = known.values().stream().mapToInt(count -> count).sum();
        return known.entrySet().stream()
                .filter(entry -> entry.getValue() >= 2 && entry.getValue() >= MAJORITY * all)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(word);
    }

    /** Learns from all of these. */
    static CaptionSpelling of(List<CaptionedImage> images) {
        CaptionSpelling spelling = new CaptionSpelling();
        images.forEach(spelling::learn);
        return spelling;
    }
}
