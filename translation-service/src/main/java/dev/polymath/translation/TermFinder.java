package dev.polymath.translation;

import dev.polymath.translation.format.Mark;
import dev.polymath.translation.format.Marks;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds terms in texts, as whole words, in time linear in the text. Immutable. */
final class TermFinder {
    /** By the first word, or the first character if that is of no word; the longest first. */
    private final Map<String, List<GlossaryTerm>> byBeginning = new HashMap<>();

    /** A term from {@code begin} to {@code end}, and the line break in it, which is put behind it; empty if there is none. */
    record Found(int begin, int end, GlossaryTerm term, String lineBreak) {}

    TermFinder(List<GlossaryTerm> terms) {
        for (GlossaryTerm term : terms) {
            byBeginning
                    .computeIfAbsent(beginning(term.source(), 0), key -> new ArrayList<>())
                    .add(term);
        }
        Comparator<GlossaryTerm> longestFirst = Comparator.comparingInt(
                        (GlossaryTerm term) -> term.source().length())
                .reversed();
        // a term that stays as it is wins over one of the glossary
        byBeginning.values().forEach(list -> list.sort(longestFirst.thenComparingInt(GlossaryTerm::number)));
    }

    /** The terms in a text with marks, in their order; they do not overlap. */
    List<Found> find(String text, Marks marks) {
        List<Found> found = new ArrayList<>();
        if (byBeginning.isEmpty()) {
            return found;
        }
        for (int i = 0; i < text.length(); ) {
            Found term = isWithinWord(text, i) ? null : at(text, i, marks);
            if (term == null) {
                i += Character.charCount(text.codePointAt(i));
            } else {
                found.add(term);
                i = term.end();
            }
        }
        return found;
    }

    private @Nullable Found at(String text, int begin, Marks marks) {
        for (GlossaryTerm term : byBeginning.getOrDefault(beginning(text, begin), List.of())) {
            StringBuilder lineBreak = new StringBuilder();
            int end = match(text, begin, term, marks, lineBreak);
            if (end > begin && !isWithinWord(text, end)) {
                return new Found(begin, end, term, lineBreak.toString());
            }
        }
        return null;
    }

    private static int match(String text, int begin, GlossaryTerm term, Marks marks, StringBuilder lineBreak) {
        String source = term.source();
        int at = begin;
        for (int i = 0; i < source.length(); ) {
            if (at >= text.length()) {
                return -1;
            }
            int wanted = source.codePointAt(i);
            int is = text.codePointAt(at);
            boolean isBreak = Marks.isMark(is) && marks.get(is).kind() == Mark.Kind.BREAK;
            if (isBreak && wanted == ' ') {
                lineBreak.appendCodePoint(is);
            } else if (is != wanted
                    && !(term.ignoreCase()
                            && Character.toLowerCase(Character.toUpperCase(is))
                                    == Character.toLowerCase(Character.toUpperCase(wanted)))) {
                return -1;
            }
            i += Character.charCount(wanted);
            at += Character.charCount(is);
        }
        return at;
    }

    /** The word that begins at a place in lower case, or the character there. */
    private static String beginning(String text, int begin) {
        int end = begin;
        while (end < text.length() && isWordCharacter(text.codePointAt(end))) {
            end += Character.charCount(text.codePointAt(end));
        }
        if (end == begin) {
            return Character.toString(text.codePointAt(begin));
        }
        return text.substring(begin, end).toLowerCase(Locale.ROOT);
    }

    private static boolean isWithinWord(String text, int place) {
        return place > 0
                && place < text.length()
                && isWordCharacter(text.codePointBefore(place))
                && isWordCharacter(text.codePointAt(place));
    }

    /** Of a script that puts spaces between words. */
    private static boolean isWordCharacter(int c) {
        if (!Character.isLetterOrDigit(c) && Character.getType(c) != Character.NON_SPACING_MARK && c != '_') {
            return false;
        }
        return switch (Character.UnicodeScript.of(c)) {
            case HAN, HIRAGANA, KATAKANA, THAI, LAO, KHMER, MYANMAR -> false;
            default -> true;
        };
    }
}
