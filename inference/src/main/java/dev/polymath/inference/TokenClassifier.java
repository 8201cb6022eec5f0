package dev.polymath.inference;

import java.util.concurrent.CompletableFuture;

/**
 * A token-classification model that is loaded, warmed up and ready. Thread-safe.
 */
public final class TokenClassifier implements AutoCloseable {
    private TokenClassifier() {}

    /**
     * Loads and warms up a model; returns when it is ready to answer.
     *
     * @throws InferenceException MODEL_NOT_FOUND or MODEL_NOT_READY, saying what is wrong with the model or the device
     */
    public static TokenClassifier load(ModelDirectory model, InferenceOptions options, InferenceListener listener) {
        throw new UnsupportedOperationException();
    }

    /**
     * Classifies the tokens of a text; fails fast when the queue is full. Tokenising happens on the calling thread.
     *
     * @param text any length
     * @param call when the answer is no longer wanted
     * @return never fails with anything but an {@link InferenceException}: OVERLOADED (with a hint when to retry),
     *     SHUTTING_DOWN, DEADLINE_EXCEEDED, CANCELLED, ENGINE_FAILURE
     */
    public CompletableFuture<TokenClassification> classify(String text, Call call) {
        throw new UnsupportedOperationException();
    }

    /**
     * As {@link #classify}, but waits on the calling thread until the queue has room, or the call is over. For streams,
     * whose caller is slowed down by it.
     */
    public CompletableFuture<TokenClassification> classifyWhenAdmitted(String text, Call call) {
        throw new UnsupportedOperationException();
    }

    /** The model that answers. */
    public ModelDirectory model() {
        throw new UnsupportedOperationException();
    }

    /** The tokenizer, which lives as long as this classifier. */
    public TextTokenizer tokenizer() {
        throw new UnsupportedOperationException();
    }

    /** Where it runs, comma-separated if on several devices. */
    public String device() {
        throw new UnsupportedOperationException();
    }

    /** Whether new texts are accepted: true from load to close. */
    public boolean ready() {
        throw new UnsupportedOperationException();
    }

    /** Answers what was admitted, refuses what comes after with SHUTTING_DOWN, and frees the model. */
    @Override
    public void close() {}
}
