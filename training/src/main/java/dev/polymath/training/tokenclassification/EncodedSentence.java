package dev.polymath.training.tokenclassification;

import dev.polymath.inference.TokenSequence;
import dev.polymath.training.encoder.EncodedText;
import java.util.List;

/**
 * A sentence as the model reads it, with what it should answer. Arrays must not be changed.
 *
 * @param text what the words are in running text
 * @param input one row of the model's input, special tokens included
 * @param labels label id per token of {@code input}; {@link #IGNORED} where nothing is asked
 * @param wordStarts ascending positions in {@code input} of the tokens that begin a word of the tokenizer: those that are decoded
 * @param startOfWord for each word of the data the index in {@code wordStarts} of the token that decides its label; -1 when the
 *     tokenizer has dropped the word
 * @param gold label of each word of the data
 */
record EncodedSentence(
        String text, TokenSequence input, int[] labels, int[] wordStarts, int[] startOfWord, List<String> gold)
        implements EncodedText {
    /** Label id of a token that has no say in the loss. */
    static final int IGNORED = -1;
}
