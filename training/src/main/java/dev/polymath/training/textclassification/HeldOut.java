package dev.polymath.training.textclassification;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Texts that must not be trained on. A text that differs from one of them in case, spaces and punctuation only is one of them.
 * Not thread-safe.
 */
final class HeldOut {
    private static final Pattern BETWEEN_WORDS = Pattern.compile("[^\\p{L}\\p{M}\\p{N}]+");

    private final Set<List<String>> texts = new HashSet<>();
    private final Set<List<String>> runs = new HashSet<>();

    /**
     * Adds texts.
     *
     * @param runLength what shares this many words in a row with one of them can be found too; 0: nothing
     */
    void add(List<LabelledText> held, int runLength) {
        for (LabelledText text : held) {
            List<String> words = words(text.text());
            texts.add(words);
            runs.addAll(runs(words, runLength));
        }
    }

    /** @param runLength as for {@link #add}: whether a shared run of so many words counts; 0: only the same text */
    boolean contains(LabelledText text, int runLength) {
        List<String> words = words(text.text());
        return texts.contains(words) || runs(words, runLength).stream().anyMatch(runs::contains);
    }

    private static List<List<String>> runs(List<String> words, int length) {
        List<List<String>> runs = new ArrayList<>();
        for (int i = 0; length > 0 && i + length <= words.size(); i++) {
            runs.add(List.copyOf(words.subList(i, i + length)));
        }
        return runs;
    }

    private static List<String> words(String text) {
        List<String> words = Arrays.stream(BETWEEN_WORDS.split(text.toLowerCase(Locale.ROOT)))
                .filter(word -> !word.isEmpty())
                .toList();
        // of a text without a word all is kept: ":)" is not ":("
        return words.isEmpty() ? List.of(text) : words;
    }

    /**
     * A share of the texts, of each label as nearly as whole texts allow.
     *
     * @param share in (0, 1)
     * @return {@code floor(share * texts.size())} of the texts, the same for the same seed
     */
    static List<LabelledText> draw(List<LabelledText> texts, double share, long seed) {
        if (!(share > 0 && share < 1)) {
            throw new IllegalArgumentException("dev-share: " + share + " (expected: > 0 and < 1)");
        }
        List<LabelledText> ordered = new ArrayList<>(texts);
        Collections.shuffle(ordered, new Random(seed));
        ordered.sort(Comparator.comparing(text -> text.labels().toString()));
        List<LabelledText> drawn = new ArrayList<>();
        for (int i = 0; i < ordered.size(); i++) {
            if ((long) ((i + 1) * share) > (long) (i * share)) {
                drawn.add(ordered.get(i));
            }
        }
        return drawn;
    }
}
