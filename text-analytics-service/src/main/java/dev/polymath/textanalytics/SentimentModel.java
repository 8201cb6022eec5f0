package dev.polymath.textanalytics;

import dev.polymath.inference.Call;
import dev.polymath.inference.TextClassification;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Tells the mood of sentences. A {@link dev.polymath.inference.TextClassifier} does it. Thread-safe. */
@FunctionalInterface
public interface SentimentModel {
    /**
     * Starts to classify sentences of any length. May wait on the calling thread for room in the queue.
     *
     * @param sentences at least one
     * @return as many classifications, in the same order; fails with an {@link dev.polymath.inference.InferenceException}
     */
    CompletableFuture<List<TextClassification>> classify(List<String> sentences, Call call);
}
