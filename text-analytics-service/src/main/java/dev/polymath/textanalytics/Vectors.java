package dev.polymath.textanalytics;

import dev.polymath.inference.Receipt;
import dev.polymath.inference.TextEmbedding;
import java.util.List;

/** The vectors of texts, at length 1, and what can be told from them. */
final class Vectors {
    private Vectors() {}

    /** The vectors at length 1. */
    static List<float[]> of(List<TextEmbedding> embeddings) {
        return embeddings.stream().map(TextEmbedding::normalized).toList();
    }

    /** What the embeddings took together. */
    static Receipt receipt(List<TextEmbedding> embeddings) {
        return Receipt.merge(embeddings.stream().map(TextEmbedding::receipt).toList());
    }

    /** The cosine of vectors of length 1. */
    static double cosine(float[] a, float[] b) {
        float sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
