package dev.polymath.textanalytics.grpc;

import dev.polymath.common.v1.ErrorReason;
import dev.polymath.service.Violations;

/** Ranges of the fields of requests. */
final class Checks {
    private Checks() {}

    /** A probability. */
    static void confidence(double value, String field, Violations violations) {
        if (!(value >= 0 && value <= 1)) {
            violations.add(field, value + " (expected: 0 to 1)");
        }
    }

    /** The value, or the fallback if it is 0 or, with a violation, out of range. */
    static int count(int value, int fallback, int most, String field, Violations violations) {
        if (value < 0 || value > most) {
            violations.add(field, value + " (expected: " + (most == Integer.MAX_VALUE ? ">= 0" : "0 to " + most) + ")");
            return fallback;
        }
        return value == 0 ? fallback : value;
    }

    /** A text that need not be there. */
    static void length(String text, int most, String field, Violations violations) {
        if (text.length() > most) {
            violations.add(
                    ErrorReason.ERROR_REASON_INPUT_TOO_LONG,
                    field,
                    text.length() + " characters (expected: <= " + most + ")");
        }
    }

    /** Options of a feature of AnalyzeText, where what belongs to the whole request must be empty. */
    static void noDocuments(int documents, int offsetUnit, String path, Violations violations) {
        if (documents > 0) {
            violations.add(path + "documents", documents + " documents (expected: 0)");
        }
        if (offsetUnit != 0) {
            violations.add(path + "offset_unit", "set (expected: only in the request itself)");
        }
    }
}
