package dev.polymath.inference;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** A text-classification model with one or several heads that is loaded, warmed up and ready. Thread-safe. */
public final class TextClassifier extends SequenceModel<TokenizedText, TextClassification> {
    private final List<ClassificationHead> heads;

    private TextClassifier(Loaded loaded, List<ClassificationHead> heads) {
        super(loaded);
        this.heads = heads;
    }

    /**
     * Loads and warms up a model with an output {@code [batch, labels]} per head, named like the head; of a model with one
     * head it is the first output. Returns when it is ready to answer.
     *
     * @throws InferenceException MODEL_NOT_FOUND or MODEL_NOT_READY, saying what is wrong with the model or the device
     */
    public static TextClassifier load(ModelDirectory model, InferenceOptions options, InferenceListener listener) {
        List<ClassificationHead> heads = ClassificationHead.of(model);
        List<ModelOutput> outputs = heads.stream()
                .map(head -> new ModelOutput(
                        heads.size() == 1 ? null : head.name(),
                        ModelOutput.Kind.SEQUENCE,
                        head.labels().size()))
                .toList();
        return new TextClassifier(load(model, options, listener, outputs), heads);
    }

    /** What it answers about each text, in the order of the answers. */
    public List<ClassificationHead> heads() {
        return heads;
    }

    /**
     * Classifies a text; fails fast when the queue is full. Tokenizing happens on the calling thread, the future completes
     * on the common pool.
     *
     * @param text any length; of an empty one the model reads the special tokens alone
     * @param call when the answer is no longer wanted
     */
    public CompletableFuture<TextClassification> classify(String text, Call call) {
        return answer(tokenizing(text), call, false);
    }

    /** As {@link #classify(String, Call)}, of a text that a tokenizer with the same vocabulary and windows has tokenized. */
    public CompletableFuture<TextClassification> classify(TokenizedText text, Call call) {
        return answer(() -> text, call, false);
    }

    /** As {@link #classify(String, Call)}, but waits until the queue has room. */
    public CompletableFuture<TextClassification> classifyWhenAdmitted(String text, Call call) {
        return answer(tokenizing(text), call, true);
    }

    /**
     * Classifies many short texts, such as the sentences of a document, in their order. They are admitted together or not
     * at all, and one that fails fails all.
     */
    public CompletableFuture<List<TextClassification>> classifyAll(List<String> texts, Call call) {
        return answerAll(tokenizing(texts), call, false);
    }

    /** As {@link #classifyAll}, but waits until the queue has room for all. */
    public CompletableFuture<List<TextClassification>> classifyAllWhenAdmitted(List<String> texts, Call call) {
        return answerAll(tokenizing(texts), call, true);
    }

    @Override
    List<TokenSequence> sequences(TokenizedText tokens) {
        return tokens.sequences();
    }

    @Override
    Function<Receipt, TextClassification> decode(TokenizedText tokens, List<float[][]> outputs) {
        List<float[]> probabilities = new ArrayList<>(heads.size());
        for (int h = 0; h < heads.size(); h++) {
            int head = h;
            probabilities.add(tokens.mean(outputs.stream()
                    .map(logits -> probabilities(heads.get(head), logits[head]))
                    .toList()));
        }
        return receipt -> new TextClassification(
                heads, probabilities, tokens.size(), tokens.windows().size(), receipt);
    }

    private static float[] probabilities(ClassificationHead head, float[] logits) {
        float[] probabilities = new float[logits.length];
        if (head.multiLabel()) {
            for (int i = 0; i < logits.length; i++) {
                probabilities[i] = Probabilities.sigmoid(logits[i], head.temperature());
            }
        } else {
            Probabilities.softmax(logits, 0, logits.length, head.temperature(), probabilities, 0);
        }
        return probabilities;
    }
}
