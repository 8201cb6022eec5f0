package dev.polymath.inference;

/**
 * A model that reads text, loaded, warmed up and ready: a {@link QueuedModel} with a tokenizer. Thread-safe.
 *
 * @param <T> a text as the model reads it
 * @param <I> an item of the queue, of which a text is one or several
 * @param <O> what the engine says of an item
 * @param <R> what the model says of a text
 */
public abstract sealed class TextModel<T, I, O, R> extends QueuedModel<T, I, O, R>
        permits SequenceModel, TextGenerator {
    private final TextTokenizer tokenizer;

    /** A model that closes the tokenizer with itself. */
    TextModel(Parts<I, O> parts, TextTokenizer tokenizer) {
        super(parts);
        this.tokenizer = tokenizer;
    }

    /** The tokenizer, which lives as long as this model. */
    public final TextTokenizer tokenizer() {
        return tokenizer;
    }

    @Override
    public final void close() {
        super.close();
        tokenizer.close();
    }
}
