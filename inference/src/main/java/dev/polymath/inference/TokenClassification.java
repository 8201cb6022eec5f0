package dev.polymath.inference;

import java.util.List;

/**
 * What a token classifier says of one text: for every token a probability per label. Where windows overlap, a token's
 * probabilities come from the window in which it has the most context. Arrays must not be changed.
 *
 * @param tokens the tokens, with offsets and words
 * @param labels the model's labels, in the order of their ids
 * @param probabilities {@code [tokens.size() * labels.size()]}, row-major, each row sums to 1
 * @param receipt what it took
 */
public record TokenClassification(TokenizedText tokens, List<String> labels, float[] probabilities, Receipt receipt) {
    /** The probability, 0 to 1, that {@code token} has {@code label}. */
    public float probability(int token, int label) {
        return probabilities[token * labels.size() + label];
    }

    /** Number of windows in which the model read the text. */
    public int windows() {
        return tokens.windows().size();
    }
}
