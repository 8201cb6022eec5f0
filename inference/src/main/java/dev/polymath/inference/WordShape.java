package dev.polymath.inference;

/**
 * How a word is written, which an uncased encoder cannot see otherwise. The ordinal is the {@code token_type_id} of the
 * word's tokens, in serving and in training alike; special tokens and padding have {@link #LOWER}'s 0, the only type
 * of a pretrained encoder.
 */
public enum WordShape {
    /** Letters, none of them upper-case: {@code house}. */
    LOWER,
    /** The first letter upper-case (or title-case) and no other: {@code Paris}, {@code A}. */
    CAPITALIZED,
    /** Two or more letters, all upper-case: {@code NATO}. */
    UPPER,
    /** Upper- and lower-case letters in another order, or letters and digits: {@code McDonald}, {@code B2B}. */
    MIXED,
    /** Digits without letters: {@code 1984}. */
    DIGITS,
    /** Neither cased letters nor digits: punctuation, symbols, scripts without case. */
    OTHER;

    /** The shape of {@code text[begin, end)}, in UTF-16 units. */
    public static WordShape of(CharSequence text, int begin, int end) {
        int upper = 0;
        int lower = 0;
        int digits = 0;
        boolean startsUpper = false;
        for (int i = begin; i < end; ) {
            int c = Character.codePointAt(text, i);
            if (Character.isUpperCase(c) || Character.isTitleCase(c)) {
                startsUpper |= upper + lower == 0;
                upper++;
            } else if (Character.isLowerCase(c)) {
                lower++;
            } else if (Character.isDigit(c)) {
                digits++;
            }
            i += Character.charCount(c);
        }
        if (upper + lower == 0) {
            return digits > 0 ? DIGITS : OTHER;
        }
        if (digits > 0) {
            return MIXED;
        }
        if (upper == 0) {
            return LOWER;
        }
        if (upper == 1 && startsUpper) {
            return CAPITALIZED;
        }
        return lower == 0 ? UPPER : MIXED;
    }

    /** The shape of a whole word. */
    public static WordShape of(CharSequence word) {
        return of(word, 0, word.length());
    }
}
