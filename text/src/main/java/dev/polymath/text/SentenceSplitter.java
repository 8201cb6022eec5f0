package dev.polymath.text;

import com.ibm.icu.lang.UCharacter;
import com.ibm.icu.text.BreakIterator;
import com.ibm.icu.util.ULocale;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the sentences of plain text in any language. Thread-safe; time and memory are linear in the text.
 *
 * <p>Boundaries are those of Unicode Standard Annex #29 as ICU implements them for the language, with these differences:
 *
 * <ul>
 *   <li>A single line break is a space, as in wrapped paragraphs. A blank line, a paragraph separator, and the start of a
 *       list item ({@code - }, {@code * }, {@code • }, {@code a) }, and {@code 1. } {@code 2) } where the numbers count up)
 *       end a sentence with or without a full stop. The mark of a list item belongs to the item's first sentence.
 *   <li>No sentence ends after an initial ({@code J. Smith}, {@code U.S. Navy}) or an abbreviation ({@code Dr.},
 *       {@code e.g.}, {@code z.B.}) of the languages that {@code abbreviations.properties} lists, nor after the number of a
 *       German ordinal ({@code am 3. Oktober}).
 *   <li>No sentence ends after a closing quotation mark or bracket before a small letter ({@code "Really?" she asked}).
 *   <li>A full stop, question mark or exclamation mark ends a sentence only before white space, so that URLs, file names
 *       and numbers stay whole. Those of scripts without spaces need none.
 * </ul>
 *
 * <p>ICU's own abbreviations (FilteredBreakIteratorBuilder with the suppressions of CLDR) are not used: it compares the
 * ends of words, so that in German every sentence that ends in {@code s} goes on because {@code s.} is an abbreviation,
 * and the lists have ordinary words ({@code Test.}, {@code Job.}) and lack {@code Dr.} and {@code e.g.} in English.
 *
 * <p>What is ambiguous stays whole: a sentence that ends in a single capital letter or in a listed abbreviation is not
 * told from the next one. There is no limit to the length of a sentence: 100,000 characters without a boundary are one.
 */
public final class SentenceSplitter {
    /** Longest abbreviation that is looked up. */
    private static final int LONGEST_WORD = 16;

    private static final String CLOSING = "\"'”’»)]";

    private static final Pattern LIST_MARK =
            Pattern.compile("\\h*+(?:[-+*•‣◦▪●–—]|\\(?(?<number>\\d{1,3})[.)]|\\(?[a-zA-Z]\\))\\h++");
    private static final Pattern INITIALS = Pattern.compile("(?:\\p{Lu}\\.-?)*\\p{Lu}");
    private static final Pattern ORDINAL = Pattern.compile("\\d{1,2}");

    /** Never used itself, only copied: break iterators are not thread-safe. */
    private final BreakIterator prototype;

    private final Set<String> abbreviations;
    private final Set<String> beforeNumber;
    private final boolean german;

    private SentenceSplitter(String language, ULocale locale) {
        this.prototype = BreakIterator.getSentenceInstance(locale);
        this.abbreviations = Abbreviations.of(language);
        this.beforeNumber = Abbreviations.beforeNumber(language);
        this.german = language.equals("de");
    }

    /**
     * The splitter for a language; cheap, but worth keeping for many texts.
     *
     * @param languageCode BCP-47; a language without rules of its own gets the general ones, and {@code und} or the empty
     *     string those and the abbreviations of English
     */
    public static SentenceSplitter forLanguage(String languageCode) {
        ULocale locale = ULocale.forLanguageTag(languageCode);
        String language = locale.getLanguage();
        return new SentenceSplitter(language.isEmpty() || language.equals("und") ? "en" : language, locale);
    }

    /**
     * The sentences of a text in their order, without white space (Unicode property White_Space) at their ends. They do
     * not overlap, and what is between them is white space: nothing else is lost. Empty for a text of white space.
     */
    public List<TextSpan> split(String text) {
        List<TextSpan> sentences = new ArrayList<>();
        BreakIterator iterator = (BreakIterator) prototype.clone();
        Matcher mark = LIST_MARK.matcher(text);
        int number = 0;
        int blockBegin = 0;
        int blockBody = 0;
        for (int line = 0; line < text.length(); ) {
            int lineEnd = lineEnd(text, line);
            boolean item = mark.region(line, lineEnd).lookingAt();
            if (item && mark.group("number") != null) {
                int itemNumber = Integer.parseInt(mark.group("number"));
                item = itemNumber == 1 || itemNumber == number + 1;
                number = item ? itemNumber : number;
            }
            if (item || isBlank(text, line, lineEnd)) {
                splitBlock(text, blockBegin, line, blockBody, iterator, sentences);
                blockBegin = line;
                blockBody = item ? mark.end() : line;
            }
            line = afterLineBreak(text, lineEnd);
            if (lineEnd < text.length() && text.charAt(lineEnd) == '\u2029') {
                splitBlock(text, blockBegin, line, blockBody, iterator, sentences);
                blockBegin = line;
                blockBody = line;
            }
        }
        splitBlock(text, blockBegin, text.length(), blockBody, iterator, sentences);
        return sentences;
    }

    /** @param body where the block begins after the mark of a list item */
    private void splitBlock(
            String text, int begin, int end, int body, BreakIterator iterator, List<TextSpan> sentences) {
        if (isBlank(text, begin, end)) {
            return;
        }
        char[] block = text.substring(begin, end).toCharArray();
        for (int i = 0; i < block.length; i++) {
            if (isLineBreak(block[i])) {
                block[i] = ' ';
            }
        }
        String joined = new String(block);
        iterator.setText(joined);
        int start = 0;
        for (int boundary = iterator.next(); boundary != BreakIterator.DONE; boundary = iterator.next()) {
            if (boundary == joined.length() || (begin + boundary > body && endsSentence(joined, boundary))) {
                addTrimmed(text, begin + start, begin + boundary, sentences);
                start = boundary;
            }
        }
    }

    /** Whether what ICU takes for the end of a sentence is one. */
    private boolean endsSentence(String block, int boundary) {
        int last = boundary - 1;
        while (last > 0 && UCharacter.isUWhiteSpace(block.charAt(last))) {
            last--;
        }
        if (last == boundary - 1) {
            return block.charAt(last) > 0x7F;
        }
        if (block.charAt(last) != '.') {
            return CLOSING.indexOf(block.charAt(last)) < 0 || !UCharacter.isLowerCase(block.codePointAt(boundary));
        }
        int wordBegin = last;
        while (wordBegin > 0 && last - wordBegin <= LONGEST_WORD && isWordPart(block.charAt(wordBegin - 1))) {
            wordBegin--;
        }
        String word = block.substring(wordBegin, last);
        String lowerCase = word.toLowerCase(Locale.ROOT);
        return word.isEmpty()
                || !((INITIALS.matcher(word).matches() && !word.equals("I"))
                        || (german && ORDINAL.matcher(word).matches())
                        || abbreviations.contains(lowerCase)
                        || (beforeNumber.contains(lowerCase) && Character.isDigit(block.charAt(boundary))));
    }

    private static boolean isWordPart(char c) {
        return Character.isLetterOrDigit(c) || c == '.' || c == '-';
    }

    private static void addTrimmed(String text, int begin, int end, List<TextSpan> sentences) {
        int from = begin;
        int to = end;
        while (from < to && UCharacter.isUWhiteSpace(text.charAt(from))) {
            from++;
        }
        while (from < to && UCharacter.isUWhiteSpace(text.charAt(to - 1))) {
            to--;
        }
        if (from < to) {
            sentences.add(new TextSpan(from, to));
        }
    }

    private static boolean isBlank(String text, int begin, int end) {
        for (int i = begin; i < end; i++) {
            if (!UCharacter.isUWhiteSpace(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static int lineEnd(String text, int begin) {
        int end = begin;
        while (end < text.length() && !isLineBreak(text.charAt(end))) {
            end++;
        }
        return end;
    }

    private static int afterLineBreak(String text, int lineEnd) {
        return text.startsWith("\r\n", lineEnd) ? lineEnd + 2 : Math.min(lineEnd + 1, text.length());
    }

    /** What UAX #29 calls ParaSep. */
    private static boolean isLineBreak(char c) {
        return c == '\n' || c == '\r' || c == '\u0085' || c == '\u2028' || c == '\u2029';
    }
}
