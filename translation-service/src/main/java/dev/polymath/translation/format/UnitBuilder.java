package dev.polymath.translation.format;

import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Puts a {@link Unit} together in the order of the source. Not thread-safe. */
final class UnitBuilder {
    private final StringBuilder text = new StringBuilder();
    private final Marks marks = new Marks();
    private int begin = -1;
    private int end;
    private int pairs;
    private boolean hasLetters;

    boolean isEmpty() {
        return begin < 0;
    }

    /** Whether nothing after this place of the text is language. */
    boolean onlyMarksAfter(int place) {
        for (int i = place; i < text.length(); ) {
            int c = text.codePointAt(i);
            if (!Marks.isMark(c)) {
                return false;
            }
            i += Character.charCount(c);
        }
        return true;
    }

    /** Where the next character goes. */
    int place() {
        return text.length();
    }

    /** Takes back what was added after a place, and puts a term there for all of it. */
    void fold(int place, int from, int to) {
        text.setLength(place);
        mark(new Mark(Mark.Kind.TERM, -1, null, from, to));
    }

    private void range(int from, int to) {
        begin = begin < 0 ? from : begin;
        end = to;
    }

    /**
     * Adds language.
     *
     * @param decoded what the source from {@code from} to {@code to} says; its white space may be of any kind
     */
    void text(String decoded, int from, int to) {
        range(from, to);
        for (int i = 0; i < decoded.length(); ) {
            int c = decoded.codePointAt(i);
            int next = i + Character.charCount(c);
            if (isSpace(c)) {
                while (next < decoded.length() && isSpace(decoded.charAt(next))) {
                    next++;
                }
                String space = decoded.substring(i, next);
                text.append(space.equals(" ") ? " " : marks.add(Mark.of(Mark.Kind.BREAK, space)));
            } else if (Marks.isMark(c)) {
                text.append(marks.add(Mark.of(Mark.Kind.TERM, Character.toString(c))));
            } else {
                hasLetters |= Character.isLetter(c);
                text.appendCodePoint(c);
            }
            i = next;
        }
    }

    private static boolean isSpace(int c) {
        return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0x2028 || c == 0x2029;
    }

    /** Adds a mark with an output of its own in place of the source from {@code from} to {@code to}. */
    void mark(Mark.Kind kind, String output, int from, int to) {
        range(from, to);
        text.append(marks.add(Mark.of(kind, output)));
    }

    /** Adds a mark that stands for the source from {@code from} to {@code to}. */
    void term(int from, int to) {
        mark(new Mark(Mark.Kind.TERM, -1, null, from, to));
    }

    /** Begins a pair. @return its number */
    int open(int from, int to) {
        mark(new Mark(Mark.Kind.OPEN, pairs, null, from, to));
        return pairs++;
    }

    /** Ends a pair; a number below 0 for one that began elsewhere. */
    void close(int pair, int from, int to) {
        mark(new Mark(Mark.Kind.CLOSE, pair < 0 ? pairs++ : pair, null, from, to));
    }

    /** Ends a pair with another text than that of the source. */
    void close(int pair, String output, int from, int to) {
        range(from, to);
        text.append(marks.add(new Mark(Mark.Kind.CLOSE, pair, output, from, to)));
    }

    private void mark(Mark mark) {
        range(mark.begin(), mark.end());
        text.append(marks.add(mark));
    }

    /** The unit; null if there is nothing in it to translate. */
    @Nullable
    Unit build(UnaryOperator<String> place) {
        return hasLetters ? new Unit(begin, end, text.toString(), marks, place) : null;
    }
}
