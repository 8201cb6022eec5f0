package dev.polymath.textanalytics;

import dev.polymath.inference.Call;
import dev.polymath.inference.InferenceException;
import dev.polymath.inference.Receipt;
import dev.polymath.inference.TextEmbedding;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/** A bag of words: texts are alike as far as they have words in common. Keeps what it was asked for. */
final class FakeEmbedder implements Embedder {
    static final Receipt RECEIPT =
            new Receipt("fake", "1", "", "cpu", 1, 2, 0, Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO);

    private static final int WIDTH = 256;

    final List<List<String>> asked = new ArrayList<>();

    @Override
    public CompletableFuture<List<TextEmbedding>> embed(List<String> texts, Call call) {
        asked.add(List.copyOf(texts));
        if (call.isCancelled()) {
            return CompletableFuture.failedFuture(
                    new InferenceException(InferenceException.Kind.CANCELLED, "cancelled"));
        }
        return CompletableFuture.completedFuture(texts.stream()
                .map(text -> new TextEmbedding(vector(text), 1, 1, RECEIPT))
                .toList());
    }

    private static float[] vector(String text) {
        float[] vector = new float[WIDTH];
        for (String word : text.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}]+")) {
            vector[(word.hashCode() * 0x9E3779B1 >>> 8) % WIDTH]++;
        }
        return vector;
    }
}
