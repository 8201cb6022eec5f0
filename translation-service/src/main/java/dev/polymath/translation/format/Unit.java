package dev.polymath.translation.format;

import java.util.function.UnaryOperator;

/**
 * A run of text that is translated by itself: a paragraph, a heading, a cell, an attribute.
 *
 * @param begin where it begins in the source
 * @param end where it ends in the source
 * @param text the language in it, with a character for each mark; its other white space is single spaces
 * @param marks what is between the words
 * @param place how plain text is written where this unit stands: with escapes, for example
 */
public record Unit(int begin, int end, String text, Marks marks, UnaryOperator<String> place) {
    /** The words alone, without marks. */
    public String words() {
        StringBuilder words = new StringBuilder();
        text.codePoints().forEach(c -> words.appendCodePoint(Marks.isMark(c) ? ' ' : c));
        return words.toString();
    }

    /** This unit with another text, and marks that have those of this unit among them. */
    public Unit with(String changed, Marks more) {
        return new Unit(begin, end, changed, more, place);
    }

    /** This unit of a text that is a part of another one. */
    Unit moved(int by) {
        return new Unit(begin + by, end + by, text, marks.moved(by), place);
    }
}
