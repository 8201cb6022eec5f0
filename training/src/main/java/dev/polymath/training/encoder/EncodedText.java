package dev.polymath.training.encoder;

import dev.polymath.inference.TokenSequence;

/** A training example as the model reads it; what it should answer is the task's own. Immutable. */
public interface EncodedText {
    /** One row of the model's input, special tokens included. */
    TokenSequence input();

    /** Tokens of {@link #input()}. */
    default int length() {
        return input().length();
    }
}
