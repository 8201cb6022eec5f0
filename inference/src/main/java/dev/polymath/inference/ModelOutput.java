package dev.polymath.inference;

import org.jspecify.annotations.Nullable;

/**
 * One output of a model, and what is taken of it for each sequence.
 *
 * @param name as the model has it; null for the first output, whatever its name. An engine that knows no names has the
 *     outputs in the order in which they are asked for
 * @param kind what the output is per sequence
 * @param width values per token or per sequence that are expected; 0 for whatever the model has
 */
record ModelOutput(@Nullable String name, Kind kind, int width) {
    enum Kind {
        /** {@code [batch, length, width]}, or {@code [batch, length]} for width 1; taken without the padding. */
        TOKENS,
        /** {@code [batch, length, width]}, of which the mean over the tokens of the sequence is taken. */
        MEAN_OF_TOKENS,
        /** {@code [batch, length, width]}, of which the first token is taken. */
        FIRST_TOKEN,
        /** {@code [batch, width]}. */
        SEQUENCE
    }
}
