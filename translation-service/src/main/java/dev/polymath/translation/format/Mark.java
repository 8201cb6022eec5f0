package dev.polymath.translation.format;

import org.jspecify.annotations.Nullable;

/**
 * What a character of a {@link Unit} stands for that is not language.
 *
 * @param pair of an {@link Kind#OPEN} and its {@link Kind#CLOSE} the same number, else a number of its own
 * @param output what stands in the translation, of a TERM or LOOSE as plain text, of the others as the source has it; null
 *     for the source from {@code begin} to {@code end}, with what is translated inside of it
 * @param begin where it begins in the source, if there is no output
 * @param end where it ends in the source
 */
public record Mark(Kind kind, int pair, @Nullable String output, int begin, int end) {
    /** How it moves with the words around it. */
    public enum Kind {
        /** Is a word of its sentence: a term, a URL, a placeholder. */
        TERM,
        /** Stands beside the words: an emoji. At the edge of a sentence it stays there. */
        LOOSE,
        /** Begins what its {@link #CLOSE} ends. */
        OPEN,
        /** Ends what its {@link #OPEN} begins. */
        CLOSE,
        /** White space that is more than one space: a line break inside a sentence. Stays at about its place. */
        BREAK
    }

    /** A mark that stands for a text. */
    public static Mark of(Kind kind, String output) {
        return new Mark(kind, -1, output, 0, 0);
    }
}
