package dev.polymath.inference;

import dev.polymath.inference.InferenceException.Kind;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * A sentence encoder that is loaded, warmed up and ready: texts with like meanings get vectors with like directions
 * (Reimers and Gurevych 2019, "Sentence-BERT"). Thread-safe.
 */
public final class TextEncoder extends SequenceModel<TokenizedText, TextEmbedding> {
    private final int width;

    private TextEncoder(Loaded loaded) {
        super(loaded);
        this.width = loaded.sample()[0].length;
    }

    /**
     * Loads and warms up a model whose first output are hidden states {@code [batch, length, width]}; returns when it is
     * ready to answer. Beside what {@link TextTokenizer#open} and {@link LoadedModel} read, serving.properties may have
     * {@code polymath.pooling}: {@code mean} of the hidden states of all tokens, special tokens included (the default), or
     * {@code cls}, that of the first token.
     *
     * @throws InferenceException MODEL_NOT_FOUND or MODEL_NOT_READY, saying what is wrong with the model or the device
     */
    public static TextEncoder load(ModelDirectory model, InferenceOptions options, InferenceListener listener) {
        String pooling = model.property("polymath.pooling", "mean");
        ModelOutput.Kind kind = switch (pooling) {
            case "mean" -> ModelOutput.Kind.MEAN_OF_TOKENS;
            case "cls" -> ModelOutput.Kind.FIRST_TOKEN;
            default ->
                throw new InferenceException(
                        Kind.MODEL_NOT_READY, model + ": polymath.pooling: " + pooling + " (expected: mean, cls)");
        };
        return new TextEncoder(load(model, options, listener, List.of(new ModelOutput(null, kind, 0))));
    }

    /** Values of a vector. */
    public int width() {
        return width;
    }

    /**
     * The vector of a text; fails fast when the queue is full. Tokenizing happens on the calling thread, the future
     * completes on the common pool.
     *
     * @param text any length; an empty one has a vector too, of the special tokens alone
     * @param call when the answer is no longer wanted
     */
    public CompletableFuture<TextEmbedding> embed(String text, Call call) {
        return answer(tokenizing(text), call, false);
    }

    /** As {@link #embed(String, Call)}, of a text that a tokenizer with the same vocabulary and windows has tokenized. */
    public CompletableFuture<TextEmbedding> embed(TokenizedText text, Call call) {
        return answer(() -> text, call, false);
    }

    /** As {@link #embed(String, Call)}, but waits until the queue has room. */
    public CompletableFuture<TextEmbedding> embedWhenAdmitted(String text, Call call) {
        return answer(tokenizing(text), call, true);
    }

    /**
     * The vectors of many short texts, such as the sentences of a document, in their order. They are admitted together or
     * not at all, and one that fails fails all.
     */
    public CompletableFuture<List<TextEmbedding>> embedAll(List<String> texts, Call call) {
        return answerAll(tokenizing(texts), call, false);
    }

    /** As {@link #embedAll}, but waits until the queue has room for all. */
    public CompletableFuture<List<TextEmbedding>> embedAllWhenAdmitted(List<String> texts, Call call) {
        return answerAll(tokenizing(texts), call, true);
    }

    @Override
    List<TokenSequence> sequences(TokenizedText tokens) {
        return tokens.sequences();
    }

    @Override
    Function<Receipt, TextEmbedding> decode(TokenizedText tokens, List<float[][]> outputs) {
        float[] vector = tokens.mean(outputs.stream().map(output -> output[0]).toList());
        for (float value : vector) {
            Probabilities.requireNumber(value);
        }
        return receipt ->
                new TextEmbedding(vector, tokens.size(), tokens.windows().size(), receipt);
    }
}
