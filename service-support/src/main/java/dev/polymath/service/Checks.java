package dev.polymath.service;

import dev.polymath.common.v1.ErrorReason;

/** Ranges of the fields of requests. What is outside of one is a violation. */
public final class Checks {
    private Checks() {}

    /** A probability. */
    public static void confidence(double value, String field, Violations violations) {
        if (!(value >= 0 && value <= 1)) {
            violations.add(field, value + " (expected: 0 to 1)");
        }
    }

    /** The value, or the fallback if it is 0 or, with a violation, out of range. */
    public static int count(int value, int fallback, int most, String field, Violations violations) {
        if (value < 0 || value > most) {
            violations.add(field, value + " (expected: " + (most == Integer.MAX_VALUE ? ">= 0" : "0 to " + most) + ")");
            return fallback;
        }
        return value == 0 ? fallback : value;
    }

    /** A text that need not be there. */
    public static void length(String text, int most, String field, Violations violations) {
        if (text.length() > most) {
            violations.add(
                    ErrorReason.ERROR_REASON_INPUT_TOO_LONG,
                    field,
                    text.length() + " characters (expected: <= " + most + ")");
        }
    }
}
