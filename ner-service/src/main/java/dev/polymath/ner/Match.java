package dev.polymath.ner;

import java.util.regex.Matcher;

/**
 * What a recognizer found.
 *
 * @param begin UTF-16 index of its first character
 * @param end UTF-16 index after its last character
 * @param subtype a finer type, or empty
 * @param value the normal form, or empty
 * @param validated whether more than the spelling speaks for it (a checksum, a calendar, a number plan, a unit or
 *     currency that exists), so that it wins over the model
 */
public record Match(int begin, int end, String subtype, String value, boolean validated) {

    static Match validated(Matcher match, String subtype, String value) {
        return new Match(match.start(), match.end(), subtype, value, true);
    }
}
