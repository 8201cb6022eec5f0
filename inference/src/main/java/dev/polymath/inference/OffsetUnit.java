package dev.polymath.inference;

/** The unit in which a position in a text is counted. */
public enum OffsetUnit {
    /** UTF-16 code units: indices of a Java string. */
    UTF16,
    /** Unicode code points. */
    CODE_POINT,
    /** Bytes of the UTF-8 form. */
    UTF8_BYTE,
    /** Extended grapheme clusters (Unicode Standard Annex #29). */
    GRAPHEME
}
