package dev.polymath.inference;

import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Converts UTF-16 positions of one text to another unit. The text is read once; each conversion then takes constant
 * time. A lone surrogate counts as one code point and as the three bytes of U+FFFD, which replaces it in UTF-8.
 * Immutable.
 */
public final class OffsetUnitConverter {
    /** Java's {@code \X} is an extended grapheme cluster; its BreakIterator does not know emoji sequences. */
    private static final Pattern GRAPHEME = Pattern.compile("\\X");

    private final int utf16Length;
    /**
     * For each UTF-16 position from 0 to the length, the units that end at or before it; null for the identity. Within
     * a character it stays at the character's beginning.
     */
    private final int @Nullable [] complete;
    /** Units of a character that takes more than one UTF-16 unit. */
    private final int wide;

    private OffsetUnitConverter(int utf16Length, int @Nullable [] complete, int wide) {
        this.utf16Length = utf16Length;
        this.complete = complete;
        this.wide = wide;
    }

    /** A converter for positions in {@code text}. */
    public static OffsetUnitConverter of(String text, OffsetUnit unit) {
        return switch (unit) {
            case UTF16 -> new OffsetUnitConverter(text.length(), null, 1);
            case CODE_POINT -> new OffsetUnitConverter(text.length(), codePoints(text, false), 1);
            case UTF8_BYTE -> new OffsetUnitConverter(text.length(), codePoints(text, true), 4);
            case GRAPHEME -> new OffsetUnitConverter(text.length(), graphemes(text), 1);
        };
    }

    /**
     * The position in the unit; one inside a character of the unit is moved back to the character's beginning.
     *
     * @param utf16 0 to the text's length
     */
    public int convert(int utf16) {
        if (utf16 < 0 || utf16 > utf16Length) {
            throw new IndexOutOfBoundsException("utf16: " + utf16 + " (expected: 0 to " + utf16Length + ")");
        }
        return complete == null ? utf16 : complete[utf16];
    }

    /** As {@link #convert}, for the end of a span: one inside a character is moved on to the character's end. */
    public int convertEnd(int utf16) {
        int converted = convert(utf16);
        boolean inside = complete != null && utf16 > 0 && complete[utf16 - 1] == converted;
        return inside ? converted + wide : converted;
    }

    /** Length of the text in the unit. */
    public int length() {
        return convert(utf16Length);
    }

    private static int[] codePoints(String text, boolean utf8) {
        int[] complete = new int[text.length() + 1];
        int units = 0;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            int end = i + Character.charCount(c);
            Arrays.fill(complete, i, end, units);
            units += utf8 ? utf8Length(c) : 1;
            i = end;
        }
        complete[text.length()] = units;
        return complete;
    }

    private static int utf8Length(int codePoint) {
        if (codePoint < 0x80) {
            return 1;
        }
        if (codePoint < 0x800) {
            return 2;
        }
        return codePoint < 0x10000 ? 3 : 4;
    }

    private static int[] graphemes(String text) {
        int[] complete = new int[text.length() + 1];
        int units = 0;
        Matcher matcher = GRAPHEME.matcher(text);
        while (matcher.find()) {
            Arrays.fill(complete, matcher.start(), matcher.end(), units);
            units++;
        }
        complete[text.length()] = units;
        return complete;
    }
}
