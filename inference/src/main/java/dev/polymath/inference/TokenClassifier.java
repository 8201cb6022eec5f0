package dev.polymath.inference;

import dev.polymath.inference.InferenceException.Kind;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** A token-classification model that is loaded, warmed up and ready. Thread-safe. */
public final class TokenClassifier extends SequenceModel<TokenizedText, TokenClassification> {
    private final List<String> labels;
    private final float temperature;

    private TokenClassifier(Loaded loaded, float temperature) {
        super(loaded);
        this.labels = model().labels();
        this.temperature = temperature;
    }

    /**
     * Loads and warms up a model; returns when it is ready to answer. Beside what {@link TextTokenizer#open} and
     * {@link LoadedModel} read, serving.properties may have {@code polymath.temperature}, by which the logits are
     * divided before the softmax (Guo et al. 2017, "On Calibration of Modern Neural Networks"); 1 by default.
     *
     * @throws InferenceException MODEL_NOT_FOUND or MODEL_NOT_READY, saying what is wrong with the model or the device
     */
    public static TokenClassifier load(ModelDirectory model, InferenceOptions options, InferenceListener listener) {
        if (model.labels().isEmpty()) {
            throw new InferenceException(Kind.MODEL_NOT_READY, model + ": config.json has no id2label");
        }
        float temperature = Probabilities.temperature(model);
        ModelOutput logits =
                new ModelOutput(null, ModelOutput.Kind.TOKENS, model.labels().size());
        return new TokenClassifier(load(model, options, listener, List.of(logits)), temperature);
    }

    /**
     * Classifies the tokens of a text; fails fast when the queue is full. Tokenising happens on the calling thread, the
     * future completes on the common pool.
     *
     * @param text any length
     * @param call when the answer is no longer wanted
     */
    public CompletableFuture<TokenClassification> classify(String text, Call call) {
        return answer(tokenizing(text), call, false);
    }

    /**
     * As {@link #classify}, but waits on the calling thread until the queue has room, or the call is over. For streams,
     * whose caller is slowed down by it.
     */
    public CompletableFuture<TokenClassification> classifyWhenAdmitted(String text, Call call) {
        return answer(tokenizing(text), call, true);
    }

    @Override
    List<TokenSequence> sequences(TokenizedText tokens) {
        return tokens.size() == 0 ? List.of() : tokens.sequences();
    }

    @Override
    Function<Receipt, TokenClassification> decode(TokenizedText tokens, List<float[][]> outputs) {
        float[] probabilities = new float[tokens.size() * labels.size()];
        for (int w = 0; w < outputs.size(); w++) {
            float[] logits = outputs.get(w)[0];
            int offset = tokens.prefix().length - tokens.windows().get(w).from();
            for (int token = tokens.decidesFrom(w); token < tokens.decidesTo(w); token++) {
                Probabilities.softmax(
                        logits,
                        (token + offset) * labels.size(),
                        labels.size(),
                        temperature,
                        probabilities,
                        token * labels.size());
            }
        }
        return receipt -> new TokenClassification(tokens, labels, probabilities, receipt);
    }
}
