package dev.polymath.ner;

import dev.polymath.inference.InferenceException;
import java.util.Map;

/** The exception for a value that a caller must not send. */
final class InvalidInput {
    /** Metadata key: path of the field, relative to the object that was built. */
    static final String FIELD = "field";

    private InvalidInput() {}

    /**
     * @param field path relative to the object, for example {@code types[2]}
     * @param actual what it is, for example {@code 1200 characters}; never user text of any length
     * @param expected what would be right
     */
    static InferenceException of(String field, String actual, String expected) {
        return new InferenceException(
                InferenceException.Kind.INVALID_INPUT,
                field + ": " + actual + " (expected: " + expected + ")",
                Map.of(FIELD, field));
    }
}
