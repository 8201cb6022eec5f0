package dev.polymath.textanalytics;

import dev.polymath.inference.Call;
import dev.polymath.inference.TextEmbedding;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Turns texts into vectors: those of like texts have a high cosine. A {@link dev.polymath.inference.TextEncoder} does it.
 * Thread-safe.
 */
@FunctionalInterface
public interface Embedder {
    /**
     * Starts to embed texts of any length. May wait on the calling thread for room in the queue.
     *
     * @param texts at least one
     * @return as many embeddings, in the same order; fails with an {@link dev.polymath.inference.InferenceException}
     */
    CompletableFuture<List<TextEmbedding>> embed(List<String> texts, Call call);
}
