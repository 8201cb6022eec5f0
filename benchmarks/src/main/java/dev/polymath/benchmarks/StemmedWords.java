package dev.polymath.benchmarks;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import opennlp.tools.stemmer.PorterStemmer;

/** Words as the literature compares them: letters and digits in lower case, stemmed (Porter 1980). */
final class StemmedWords {
    private static final Pattern BETWEEN = Pattern.compile("[^\\p{L}\\p{N}]+");

    private StemmedWords() {}

    static List<String> of(String text) {
        return BETWEEN.splitAsStream(text.toLowerCase(Locale.ROOT))
                .filter(word -> !word.isEmpty())
                .map(word -> new PorterStemmer().stem(word))
                .toList();
    }

    /** The words of a phrase with spaces between them. */
    static String phrase(String text) {
        return of(text).stream().collect(Collectors.joining(" "));
    }
}
