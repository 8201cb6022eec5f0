package dev.polymath.textanalytics;

import dev.polymath.inference.Call;
import dev.polymath.inference.Receipt;
import dev.polymath.inference.TextEmbedding;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/**
 * An embedder that remembers: for texts that come again and again, such as the labels of a caller. What it remembers costs
 * nothing, and its receipt says so. Thread-safe.
 */
public final class CachedEmbedder implements Embedder {
    private final Embedder embedder;
    private final Map<String, TextEmbedding> cache;

    /** @param size most texts that are remembered; those that were not asked for the longest are forgotten first */
    public CachedEmbedder(Embedder embedder, int size) {
        this.embedder = embedder;
        this.cache = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, TextEmbedding> eldest) {
                return size() > size;
            }
        };
    }

    @Override
    public CompletableFuture<List<TextEmbedding>> embed(List<String> texts, Call call) {
        Map<String, TextEmbedding> known = new HashMap<>();
        synchronized (cache) {
            for (String text : texts) {
                TextEmbedding embedding = cache.get(text);
                if (embedding != null) {
                    known.put(text, embedding);
                }
            }
        }
        List<String> missing = texts.stream()
                .filter(text -> !known.containsKey(text))
                .distinct()
                .toList();
        if (missing.isEmpty()) {
            return CompletableFuture.completedFuture(all(texts, known));
        }
        return embedder.embed(missing, call).thenApply(embeddings -> {
            Map<String, TextEmbedding> found = new HashMap<>(known);
            synchronized (cache) {
                for (int i = 0; i < missing.size(); i++) {
                    found.put(missing.get(i), embeddings.get(i));
                    cache.put(missing.get(i), withoutWork(embeddings.get(i)));
                }
            }
            return all(texts, found);
        });
    }

    private static List<TextEmbedding> all(List<String> texts, Map<String, TextEmbedding> embeddings) {
        return texts.stream()
                .map(text -> Objects.requireNonNull(embeddings.get(text)))
                .toList();
    }

    private static TextEmbedding withoutWork(TextEmbedding embedding) {
        Receipt receipt = embedding.receipt();
        return new TextEmbedding(
                embedding.vector(),
                embedding.tokens(),
                embedding.windows(),
                new Receipt(
                        receipt.model(),
                        receipt.version(),
                        receipt.sha256(),
                        receipt.device(),
                        0,
                        0,
                        0,
                        Duration.ZERO,
                        Duration.ZERO,
                        Duration.ZERO,
                        Duration.ZERO));
    }
}
