package dev.polymath.translation;

import com.ibm.icu.text.UnicodeSet;
import com.ibm.icu.text.UnicodeSet.SpanCondition;
import dev.polymath.translation.TermFinder.Found;
import dev.polymath.translation.format.Mark;
import dev.polymath.translation.format.Marks;
import dev.polymath.translation.format.Unit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Turns what the model must not touch into marks: terms, URLs, e-mail addresses, emoji, code, placeholders, and what the model
 * could take for one of its own signs. Immutable.
 */
final class Protection {
    /** Java's own properties of emoji are of newer versions than 17. */
    private static final UnicodeSet EMOJI =
            new UnicodeSet("[[:Extended_Pictographic:][:Regional_Indicator:]-[©®™‼⁉ℹ]]").freeze();

    /** What makes another emoji of the one before. */
    private static final UnicodeSet EMOJI_PART =
            new UnicodeSet("[\\uFE0F\\u200D\\u20E3[:Emoji_Modifier:]\\U000E0020-\\U000E007F]").freeze();

    /** Longer than any word. */
    private static final int LONG_WORD = 100;

    /** What wins over a term that lies within it. */
    private static final Pattern STRONG = Pattern.compile(
            String.join(
                    "|",
                    // code
                    "(?<!`)(`{1,3}+)(?!`)[^\\n]{1,500}?(?<!`)\\1(?!`)",
                    // URLs
                    "(?<![\\p{L}\\p{N}])(?:[a-zA-Z][a-zA-Z0-9+.-]{1,15}://|www\\.|mailto:)[^\\s<>\"{}|\\\\^`\\x{F0000}-\\x{10FFFF}]+",
                    // e-mail addresses
                    "(?<![\\p{L}\\p{N}.+-])[\\p{L}\\p{N}_.+-]{1,64}+@[\\p{L}\\p{N}-]++(?:\\.[\\p{L}\\p{N}-]++){1,10}",
                    // tags, and signs of models
                    "</?[a-zA-Z][^<>\\n]{0,200}+>|>>[^<>\\s]{1,40}+<<|<\\|[^<>\\s]{1,40}?\\|>",
                    // placeholders
                    "\\$\\{[^{}\\n]{1,100}+}|#\\{[^{}\\n]{1,100}+}|\\{\\{[^{}\\n]{1,100}+}}|\\{[\\p{L}\\p{N}_.:#%$-]{0,60}+(?:,[^{}\\n]{0,60}+)?}",
                    "%\\([\\w.]{1,60}+\\)[sdifr]|%[A-Za-z_]\\w*+%|%(?:\\d{1,2}\\$)?[-+#0,]*+\\d*+(?:\\.\\d++)?(?:[sdfxXcbeEgGoin@]|l[du])(?![\\p{L}\\p{N}])",
                    // paths
                    "(?<![^\\s(\"'])(?:~|\\.{1,2})?/[\\w.~+-]++(?:/[\\w.~+-]*+){1,40}|(?<![\\p{L}\\p{N}])[A-Za-z]:\\\\[^\\s\"<>|?*]++"));

    /** What stays if no term says otherwise. */
    private static final Pattern WEAK = Pattern.compile(
            String.join(
                    "|",
                    // keys as emoji, @names and #tags
                    "[0-9#*]\\x{FE0F}?\\x{20E3}",
                    "(?<![\\p{L}\\p{N}_&/@#])[@#][\\p{L}_][\\p{L}\\p{M}\\p{N}_]*+",
                    // identifiers: snake_case, camelCase, call(), --flag, file.name
                    "(?<![\\p{L}\\p{N}_])(?:[\\p{L}\\p{N}]*_+[\\p{L}\\p{N}][\\p{L}\\p{N}_]*+(?:\\(\\))?|\\p{Ll}[\\p{Ll}\\p{N}]*+\\p{Lu}[\\p{L}\\p{N}]*+(?:\\(\\))?|[\\p{L}\\p{N}_]++(?:[.:]{1,2}[\\p{L}\\p{N}_]++){0,10}\\(\\))",
                    "(?<!\\S)--[\\p{L}][\\p{L}\\p{N}-]*+",
                    "(?<![\\p{L}\\p{N}_.@-])[\\p{Ll}\\p{N}_-]{2,}+(?:\\.[\\p{Ll}\\p{N}_-]{2,}+){0,10}\\.(?!\\d+(?![\\p{L}\\p{N}]))[\\p{Ll}\\p{N}]{2,10}(?![\\p{L}\\p{N}])"));

    private static final Pattern NUMBER = Pattern.compile("\\p{Nd}++(?:[.,:/'’\\u00A0\\u202F-]\\p{Nd}++){0,20}+");

    private static final Pattern ADDRESS = Pattern.compile("[a-zA-Z][\\w+.-]*+:|www\\.");

    private static final String TRAILING = ".,;:!?'\"”’»…*_";

    private final TermFinder terms;

    /** What terms there are beside what is always kept. */
    Protection(List<GlossaryTerm> terms) {
        this.terms = new TermFinder(terms);
    }

    /** A part of a text that becomes a mark. */
    private record Span(int begin, int end, Mark mark, String behind, int term) {}

    /** Adds the marks. {@code counts} are those of the terms, by number of the glossary entry; they go up. */
    Unit protect(Unit unit, Map<Integer, Integer> counts) {
        String text = unit.text();
        List<Found> found = terms.find(text, unit.marks());
        List<Span> strong = matches(STRONG, text);
        List<Span> spans = new ArrayList<>();
        NavigableMap<Integer, Integer> taken = new TreeMap<>();
        NavigableMap<Integer, Integer> foundEnds = new TreeMap<>();
        found.forEach(term -> foundEnds.put(term.begin(), term.end()));
        for (Span span : strong) {
            Map.Entry<Integer, Integer> term = foundEnds.floorEntry(span.begin());
            if (term == null || term.getValue() < span.end()) {
                take(span, taken, spans);
            }
        }
        for (Found term : found) {
            boolean kept = term.term().number() < 0;
            String output = kept
                    ? withoutMarks(text.substring(term.begin(), term.end()))
                    : term.term().target();
            // the line break takes the place of the space behind
            boolean space = !term.lineBreak().isEmpty() && text.startsWith(" ", term.end());
            take(
                    new Span(
                            term.begin(),
                            space ? term.end() + 1 : term.end(),
                            Mark.of(Mark.Kind.TERM, output),
                            term.lineBreak(),
                            term.term().number()),
                    taken,
                    spans);
        }
        emoji(text).forEach(span -> take(span, taken, spans));
        matches(WEAK, text).forEach(span -> take(span, taken, spans));
        longWords(text).forEach(span -> take(span, taken, spans));
        if (spans.isEmpty()) {
            return unit;
        }
        spans.sort(Comparator.comparingInt(Span::begin));
        spans.stream().filter(span -> span.term() >= 0).forEach(span -> counts.merge(span.term(), 1, Integer::sum));
        Marks marks = unit.marks().copy();
        return unit.with(replace(text, spans, marks), marks);
    }

    /** Turns the numbers of a sentence into marks. */
    static String protectNumbers(String text, Marks marks) {
        List<Span> numbers = new ArrayList<>();
        Matcher matcher = NUMBER.matcher(text);
        while (matcher.find()) {
            numbers.add(new Span(matcher.start(), matcher.end(), Mark.of(Mark.Kind.TERM, matcher.group()), "", -1));
        }
        return replace(text, numbers, marks);
    }

    private static String replace(String text, List<Span> spans, Marks marks) {
        StringBuilder replaced = new StringBuilder();
        int at = 0;
        for (Span span : spans) {
            replaced.append(text, at, span.begin())
                    .append(marks.add(span.mark()))
                    .append(span.behind());
            at = span.end();
        }
        return replaced.append(text.substring(at)).toString();
    }

    /** What is left out if it overlaps with what was taken before. */
    private static void take(Span span, NavigableMap<Integer, Integer> taken, List<Span> spans) {
        Map.Entry<Integer, Integer> before = taken.lowerEntry(span.end());
        if (before == null || before.getValue() <= span.begin()) {
            taken.put(span.begin(), span.end());
            spans.add(span);
        }
    }

    private static List<Span> matches(Pattern pattern, String text) {
        List<Span> spans = new ArrayList<>();
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            int end = matcher.end();
            boolean address = ADDRESS.matcher(text).region(matcher.start(), end).lookingAt();
            while (address && end > matcher.start() + 1 && endsSentence(text, matcher.start(), end)) {
                end--;
            }
            String output = text.substring(matcher.start(), end);
            if (output.codePoints().noneMatch(Marks::isMark)) {
                spans.add(new Span(matcher.start(), end, Mark.of(Mark.Kind.TERM, output), "", -1));
            }
        }
        return spans;
    }

    /** Emoji, those that stand next to each other together. */
    private static List<Span> emoji(String text) {
        List<Span> spans = new ArrayList<>();
        for (int i = EMOJI.span(text, 0, SpanCondition.NOT_CONTAINED); i < text.length(); ) {
            int end = i;
            while (end < text.length()
                    && (EMOJI.contains(text.codePointAt(end)) || EMOJI_PART.contains(text.codePointAt(end)))) {
                end += Character.charCount(text.codePointAt(end));
            }
            spans.add(new Span(i, end, Mark.of(Mark.Kind.LOOSE, text.substring(i, end)), "", -1));
            i = EMOJI.span(text, end, SpanCondition.NOT_CONTAINED);
        }
        return spans;
    }

    /** What is longer than any word, in scripts that put spaces between words. */
    private static List<Span> longWords(String text) {
        List<Span> spans = new ArrayList<>();
        int begin = 0;
        for (int i = 0; i <= text.length(); i++) {
            if (i < text.length() && !Character.isWhitespace(text.charAt(i)) && !isMark(text, i)) {
                continue;
            }
            String word = text.substring(begin, i);
            if (word.length() >= LONG_WORD && word.codePoints().allMatch(Protection::hasSpaces)) {
                spans.add(new Span(begin, i, Mark.of(Mark.Kind.TERM, word), "", -1));
            }
            begin = i + 1;
        }
        return spans;
    }

    private static boolean isMark(String text, int place) {
        int c = text.codePointAt(Character.isLowSurrogate(text.charAt(place)) ? Math.max(0, place - 1) : place);
        return Marks.isMark(c);
    }

    private static boolean hasSpaces(int c) {
        return switch (Character.UnicodeScript.of(c)) {
            case HAN, HIRAGANA, KATAKANA, THAI, LAO, KHMER, MYANMAR -> false;
            default -> true;
        };
    }

    /** Whether the last character of a URL belongs to the sentence around it. */
    private static boolean endsSentence(String text, int begin, int end) {
        char last = text.charAt(end - 1);
        if (TRAILING.indexOf(last) >= 0) {
            return true;
        }
        int open = "([".indexOf(last == ')' ? '(' : last == ']' ? '[' : ' ');
        return open >= 0 && text.substring(begin, end).indexOf("([".charAt(open)) < 0;
    }

    private static String withoutMarks(String text) {
        StringBuilder words = new StringBuilder();
        text.codePoints().forEach(c -> words.appendCodePoint(Marks.isMark(c) ? ' ' : c));
        return words.toString();
    }
}
