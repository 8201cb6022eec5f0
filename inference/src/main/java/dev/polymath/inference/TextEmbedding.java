package dev.polymath.inference;

/**
 * A text as a vector. The array is not copied and must not be changed.
 *
 * @param vector as the model gives it, {@code [width]}: of a text with several windows the mean of their vectors, weighted
 *     by the tokens that each window stands for
 * @param tokens of the text, special tokens not counted
 * @param windows in which the model read the text
 * @param receipt what it took
 */
public record TextEmbedding(float[] vector, int tokens, int windows, Receipt receipt) {
    /** The vector at length 1, for which the dot product is the cosine; zeros if the vector has no length. */
    public float[] normalized() {
        double squares = 0;
        for (float value : vector) {
            squares += (double) value * value;
        }
        float[] normalized = new float[vector.length];
        double length = Math.sqrt(squares);
        for (int i = 0; i < vector.length && length > 0; i++) {
            normalized[i] = (float) (vector[i] / length);
        }
        return normalized;
    }

    /** The same vector, for someone to whom it cost nothing. */
    public TextEmbedding withoutWork() {
        return new TextEmbedding(vector, tokens, windows, receipt.withoutWork());
    }
}
