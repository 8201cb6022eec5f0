package dev.polymath.textanalytics;

import com.ibm.icu.lang.UCharacter;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import opennlp.tools.stemmer.PorterStemmer;

/** What is known of English words: which say nothing by themselves, and which are forms of the same one. Thread-safe. */
public final class EnglishWords {
    private static final Set<String> STOP_WORDS = read("stop-words-en.txt");
    private static final Set<String> NO_ADVERBS = Set.of(
            "ally",
            "anomaly",
            "assembly",
            "belly",
            "bully",
            "family",
            "fly",
            "italy",
            "jelly",
            "july",
            "lily",
            "monopoly",
            "rally",
            "reply",
            "supply");

    private EnglishWords() {}

    /**
     * Whether key phrases end at the word: stop words and adverbs in {@code -ly}.
     *
     * @param folded as {@link #fold} makes it
     */
    public static boolean isStopWord(String folded) {
        return STOP_WORDS.contains(folded) || (folded.endsWith("ly") && !NO_ADVERBS.contains(folded));
    }

    /** In folded case, with straight apostrophes. */
    public static String fold(String word) {
        return UCharacter.foldCase(word, true).replace('\u2019', '\'');
    }

    /** The stem (Porter 1980), without a possessive; words with other than the 26 letters are their own. */
    public static String stem(String folded) {
        String word = folded.endsWith("'s") ? folded.substring(0, folded.length() - 2) : folded;
        boolean letters = word.chars().allMatch(c -> (c >= 'a' && c <= 'z'));
        return letters ? new PorterStemmer().stem(word) : word;
    }

    private static Set<String> read(String resource) {
        try (InputStream in = EnglishWords.class.getResourceAsStream(resource);
                BufferedReader lines = new BufferedReader(
                        new InputStreamReader(Objects.requireNonNull(in, resource), StandardCharsets.UTF_8))) {
            return lines.lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .flatMap(line -> Arrays.stream(line.split(" ")))
                    .collect(Collectors.toUnmodifiableSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
