package dev.polymath.inference;

/** Converts UTF-16 positions of one text to another unit. Immutable. */
public final class OffsetUnitConverter {
    private OffsetUnitConverter() {}

    /** A converter for positions in {@code text}; reads the text once. */
    public static OffsetUnitConverter of(String text, OffsetUnit unit) {
        throw new UnsupportedOperationException(unit + text);
    }

    /**
     * The position in the unit. A position inside a character of the unit is rounded down to its beginning.
     *
     * @param utf16 0 to the text's length
     */
    public int convert(int utf16) {
        throw new UnsupportedOperationException();
    }

    /** The end of a span in the unit: as {@link #convert}, but a position inside a character is rounded up. */
    public int convertEnd(int utf16) {
        throw new UnsupportedOperationException();
    }

    /** Length of the text in the unit. */
    public int length() {
        throw new UnsupportedOperationException();
    }
}
