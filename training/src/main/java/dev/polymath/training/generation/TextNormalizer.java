package dev.polymath.training.generation;

import java.text.Normalizer;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What happens to a text before byte pairs are merged; {@link TokenizerJson} says the same to other programs. */
public final class TextNormalizer {
    /** Any white space, that which does not break a line included. */
    static final String SPACES = "[\\s\u00A0\u2009\u200A\u202F]+";

    static final String APOSTROPHES = "[\u2018\u2019\u02BC]";

    /** Within a word that begins with the mark of a space: what stays a piece of its own, a digit or a punctuation mark. */
    static final String SINGLES = Vocabulary.SPACE + "?(?:\\p{N}|[^\\p{L}\\p{M}\\p{N}" + Vocabulary.SPACE + "])";

    private static final Pattern SPACES_PATTERN = Pattern.compile(SPACES);
    private static final Pattern APOSTROPHES_PATTERN = Pattern.compile(APOSTROPHES);
    private static final Pattern SINGLES_PATTERN = Pattern.compile(SINGLES);

    private TextNormalizer() {}

    /** Composed characters, one kind of space and of apostrophe. */
    public static String normalize(String text) {
        String composed = Normalizer.normalize(text, Normalizer.Form.NFC);
        String spaced = SPACES_PATTERN.matcher(composed).replaceAll(" ");
        return APOSTROPHES_PATTERN.matcher(spaced).replaceAll("'");
    }

    /** Adds the pieces of a word, in which no merge crosses a border; the word begins with the mark of a space or not at all with one. */
    static void pieces(String word, List<String> to) {
        Matcher matcher = SINGLES_PATTERN.matcher(word);
        int from = 0;
        while (matcher.find()) {
            if (matcher.start() > from) {
                to.add(word.substring(from, matcher.start()));
            }
            to.add(matcher.group());
            from = matcher.end();
        }
        if (from < word.length()) {
            to.add(word.substring(from));
        }
    }

    /** Adds the pieces of a normalised text without placeholders; {@code begin}: whether it begins like a word after a space. */
    public static void split(String text, boolean begin, List<String> to) {
        String marked = text.replace(' ', Vocabulary.SPACE);
        if (begin && !marked.isEmpty() && marked.charAt(0) != Vocabulary.SPACE) {
            marked = Vocabulary.SPACE + marked;
        }
        int from = 0;
        for (int i = 1; i <= marked.length(); i++) {
            if (i == marked.length() || marked.charAt(i) == Vocabulary.SPACE) {
                pieces(marked.substring(from, i), to);
                from = i;
            }
        }
    }
}
