package dev.polymath.text;

/**
 * A part of a text.
 *
 * @param begin index of its first UTF-16 unit
 * @param end index after its last UTF-16 unit
 */
public record TextSpan(int begin, int end) {
    /** UTF-16 units in it. */
    public int length() {
        return end - begin;
    }

    /** The characters of {@code text} in it. */
    public String of(String text) {
        return text.substring(begin, end);
    }
}
