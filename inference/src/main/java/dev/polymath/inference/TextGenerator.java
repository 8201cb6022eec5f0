package dev.polymath.inference;

import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;

/**
 * An encoder-decoder model that is loaded, warmed up and ready: a text in, a text out, such as its translation. Thread-safe.
 */
public final class TextGenerator implements AutoCloseable {
    private TextGenerator() {}

    /**
     * Loads and warms up a model; returns when it is ready to answer.
     *
     * @throws InferenceException MODEL_NOT_FOUND or MODEL_NOT_READY, saying what is wrong with the model or the device
     */
    public static TextGenerator load(ModelDirectory model, InferenceOptions options, InferenceListener listener) {
        throw new UnsupportedOperationException();
    }

    /** The model that answers. */
    public ModelDirectory model() {
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

    /** What the model's generation_config.json says. */
    public GenerationOptions defaults() {
        throw new UnsupportedOperationException();
    }

    /** Most tokens of a source, special tokens included. */
    public int maxSourceTokens() {
        throw new UnsupportedOperationException();
    }

    /** Tokens of a source, special tokens included. */
    public int countTokens(String text) {
        throw new UnsupportedOperationException();
    }

    /** The id of a token of the vocabulary, such as {@code deu_Latn}. */
    public OptionalInt tokenId(String token) {
        throw new UnsupportedOperationException();
    }

    /**
     * Generates; fails fast when the queue is full. Tokenizing happens on the calling thread, the future completes on the
     * common pool.
     *
     * @param text at most {@link #maxSourceTokens} tokens; fails with INPUT_TOO_LONG otherwise
     * @param call when the answer is no longer wanted
     */
    public CompletableFuture<GeneratedText> generate(String text, GenerationOptions options, Call call) {
        throw new UnsupportedOperationException();
    }

    /** As {@link #generate}, but waits until the queue has room. */
    public CompletableFuture<GeneratedText> generateWhenAdmitted(String text, GenerationOptions options, Call call) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
