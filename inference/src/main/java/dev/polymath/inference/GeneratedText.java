package dev.polymath.inference;

import java.util.List;

/**
 * What a model makes of a text.
 *
 * @param hypotheses best first, at least one and at most as many as were asked for
 * @param sourceTokens tokens that the encoder read, special tokens included
 * @param generatedTokens tokens of the hypotheses, end-of-text tokens included
 * @param receipt what it took
 */
public record GeneratedText(List<Hypothesis> hypotheses, int sourceTokens, int generatedTokens, Receipt receipt) {
    public GeneratedText {
        hypotheses = List.copyOf(hypotheses);
    }

    /**
     * One answer. The array must not be changed.
     *
     * @param text without special tokens
     * @param score sum of the tokens' log-probabilities divided by their number to the power of the length penalty; forced
     *     tokens count as certain
     * @param tokens all that were generated, the end-of-text token included, the decoder's start token not
     * @param finished whether the model ended it; otherwise it was cut off at the maximum length
     */
    public record Hypothesis(String text, double score, int[] tokens, boolean finished) {}

    /** The hypothesis with the best score. */
    public Hypothesis best() {
        return hypotheses.get(0);
    }
}
