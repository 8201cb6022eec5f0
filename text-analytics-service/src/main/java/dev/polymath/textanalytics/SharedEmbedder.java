package dev.polymath.textanalytics;

import dev.polymath.inference.Call;
import dev.polymath.inference.TextEmbedding;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * An embedder for one document, whose features ask for the same texts at the same time: each text is embedded once. The
 * work is in the receipt of whoever asked first; the others' receipts say that it cost nothing. Remembers everything, so it
 * must go with the document; and all who ask must belong to one call, as they share its end. Thread-safe.
 */
public final class SharedEmbedder implements Embedder {
    private final Embedder embedder;
    private final Map<String, CompletableFuture<TextEmbedding>> embeddings = new HashMap<>();

    public SharedEmbedder(Embedder embedder) {
        this.embedder = embedder;
    }

    @Override
    public CompletableFuture<List<TextEmbedding>> embed(List<String> texts, Call call) {
        List<CompletableFuture<TextEmbedding>> all = new ArrayList<>(texts.size());
        Map<String, CompletableFuture<TextEmbedding>> promised = new LinkedHashMap<>();
        synchronized (embeddings) {
            for (String text : texts) {
                CompletableFuture<TextEmbedding> known = embeddings.get(text);
                if (known == null || known.isCompletedExceptionally()) {
                    CompletableFuture<TextEmbedding> promise = new CompletableFuture<>();
                    embeddings.put(text, promise);
                    promised.put(text, promise);
                    all.add(promise);
                } else {
                    all.add(known.thenApply(TextEmbedding::withoutWork));
                }
            }
        }
        return (promised.isEmpty() ? CompletableFuture.completedFuture(null) : ask(promised, call))
                .thenCompose(asked -> CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)))
                .thenApply(done -> all.stream().map(CompletableFuture::join).toList());
    }

    /** Outside of the lock, as it may wait. */
    private CompletableFuture<?> ask(Map<String, CompletableFuture<TextEmbedding>> promised, Call call) {
        CompletableFuture<List<TextEmbedding>> answer;
        try {
            answer = embedder.embed(List.copyOf(promised.keySet()), call);
        } catch (RuntimeException e) {
            answer = CompletableFuture.failedFuture(e);
        }
        return answer.whenComplete((read, failure) -> {
            Iterator<TextEmbedding> next = failure == null ? read.iterator() : Collections.emptyIterator();
            for (CompletableFuture<TextEmbedding> promise : promised.values()) {
                if (failure == null) {
                    promise.complete(next.next());
                } else {
                    promise.completeExceptionally(failure);
                }
            }
        });
    }
}
