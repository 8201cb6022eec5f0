package dev.polymath.training.textclassification;

import dev.polymath.inference.TokenSequence;
import dev.polymath.training.encoder.EncodedText;
import org.jspecify.annotations.Nullable;

/**
 * A text as the model reads it, with what it should answer. Arrays must not be changed.
 *
 * @param labels per head the ids of the text's labels, ascending; null where the head is not asked
 * @param features the pooled hidden state where the encoder is frozen; null otherwise
 */
record ClassifiedText(TokenSequence input, int[] @Nullable [] labels, float @Nullable [] features)
        implements EncodedText {}
