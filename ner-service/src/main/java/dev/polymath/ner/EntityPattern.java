package dev.polymath.ner;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.Objects;

/**
 * A regular expression for entities of a type. Immutable.
 *
 * @param type upper-case letters, digits and {@code _}, starting with a letter, at most 63 characters
 * @param regex in RE2 syntax, at most {@value #LONGEST_REGEX} characters; the group named {@code value} is the entity if
 *     there is one, else the match is
 * @param confidence of a match, in (0, 1]; 0 means {@value #DEFAULT_CONFIDENCE}
 */
public record EntityPattern(String type, String regex, double confidence) {
    static final String VALUE_GROUP = "value";
    static final double DEFAULT_CONFIDENCE = 0.9;
    static final int LONGEST_REGEX = 1_000;

    /** Matching costs at most this many steps per character; a counted repetition counts as often as it repeats. */
    static final int LARGEST_PROGRAM = 5_000;

    private static final Pattern TYPE = Pattern.compile("[A-Z][A-Z0-9_]{0,62}");

    /**
     * @throws dev.polymath.inference.InferenceException INVALID_INPUT, naming the component ({@code type}, {@code regex} or
     *     {@code confidence}) in the metadata's {@code field}
     */
    public EntityPattern {
        checkedType("type", type);
        compile(regex);
        confidence = checkedConfidence(confidence);
    }

    Pattern compiled() {
        return compile(regex);
    }

    /** @throws dev.polymath.inference.InferenceException INVALID_INPUT if {@code type} cannot be the name of a type */
    static String checkedType(String field, String type) {
        if (!TYPE.matches(type)) {
            throw InvalidInput.of(
                    field,
                    type.isEmpty() ? "empty" : type.length() + " characters",
                    "1 to 63 upper-case letters, digits and `_`, the first a letter");
        }
        return type;
    }

    private static double checkedConfidence(double confidence) {
        if (!(confidence >= 0 && confidence <= 1)) {
            throw InvalidInput.of("confidence", Double.toString(confidence), "> 0 and <= 1, or 0 for 0.9");
        }
        return confidence == 0 ? DEFAULT_CONFIDENCE : confidence;
    }

    private static Pattern compile(String regex) {
        if (regex.isEmpty() || regex.length() > LONGEST_REGEX) {
            throw InvalidInput.of("regex", regex.length() + " characters", "1 to " + LONGEST_REGEX);
        }
        Pattern pattern;
        try {
            pattern = Pattern.compile(regex);
        } catch (PatternSyntaxException e) {
            String part = Objects.requireNonNullElse(e.getPattern(), "");
            int index = part.isEmpty() ? -1 : regex.indexOf(part);
            throw InvalidInput.of(
                    "regex",
                    e.getDescription() + (index < 0 ? "" : " at character " + (index + 1)),
                    "a regular expression in RE2 syntax");
        }
        if (pattern.programSize() > LARGEST_PROGRAM) {
            throw InvalidInput.of(
                    "regex",
                    "compiles to " + pattern.programSize() + " instructions",
                    "<= " + LARGEST_PROGRAM + "; count less in `{n}`");
        }
        return pattern;
    }
}
