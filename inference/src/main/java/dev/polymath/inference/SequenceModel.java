package dev.polymath.inference;

import ai.djl.Device;
import dev.polymath.inference.InferenceException.Kind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A model that reads sequences of tokens and says numbers of them.
 *
 * @param <T> a text as the model reads it
 * @param <R> what the model says of it
 */
public abstract sealed class SequenceModel<T, R> extends TextModel<T, TokenSequence, float[][], R>
        permits ExtractiveReader, TextClassifier, TextEncoder, TokenClassifier {

    /** What {@link #load} has loaded, for the constructor of a subclass. */
    record Loaded(
            ModelDirectory model,
            TextTokenizer tokenizer,
            List<LoadedModel> weights,
            List<SequenceRunner> runners,
            BatchOptions batch,
            InferenceListener listener,
            float[][] sample) {}

    SequenceModel(Loaded loaded) {
        super(
                new Parts<>(
                        loaded.model,
                        loaded.weights,
                        loaded.runners,
                        TokenSequence::length,
                        sequence -> 1,
                        loaded.batch,
                        loaded.listener),
                loaded.tokenizer);
    }

    /**
     * Loads the weights on every device and runs every length bucket.
     *
     * @throws InferenceException MODEL_NOT_FOUND or MODEL_NOT_READY, saying what is wrong with the model or the device
     */
    static Loaded load(
            ModelDirectory model, InferenceOptions options, InferenceListener listener, List<ModelOutput> outputs) {
        List<Device> devices = LoadedModel.devices(model, options);
        TextTokenizer tokenizer = TextTokenizer.open(model);
        List<LoadedModel> loaded = new ArrayList<>();
        List<SequenceRunner> runners = new ArrayList<>();
        float[][] sample = {};
        try {
            for (Device device : devices) {
                LoadedModel weights = LoadedModel.load(model, options, device);
                loaded.add(weights);
                for (int i = 0; i < options.workersOn(device); i++) {
                    runners.add(new SequenceRunner(weights, LoadedModel.deviceName(device), outputs));
                }
                sample = warmUp(model, tokenizer.maxLength(), runners.get(runners.size() - 1), options.batch());
            }
            return new Loaded(model, tokenizer, loaded, runners, options.batch(), listener, sample);
        } catch (RuntimeException e) {
            loaded.forEach(LoadedModel::close);
            tokenizer.close();
            throw e;
        }
    }

    /** What the model reads of a text: a sequence for each window; none for a text that it need not read. */
    abstract List<TokenSequence> sequences(T text);

    @Override
    final List<TokenSequence> items(T text) {
        return sequences(text);
    }

    @Override
    final int tokens(TokenSequence sequence) {
        return sequence.length();
    }

    @Override
    final int generatedTokens(float[][] output) {
        return 0;
    }

    /** For subclasses that read plain texts. */
    final Supplier<TokenizedText> tokenizing(String text) {
        return () -> tokenizer().tokenize(text);
    }

    final List<Supplier<TokenizedText>> tokenizing(List<String> texts) {
        return texts.stream().map(this::tokenizing).toList();
    }

    /** Every length bucket alone, and the largest batch, so that too little memory shows now and not at noon. */
    private static float[][] warmUp(ModelDirectory model, int longest, SequenceRunner runner, BatchOptions options) {
        try {
            for (int length = 16; length < longest; length *= 2) {
                runner.run(List.of(zeros(length)));
            }
            int rows = Math.max(1, Math.min(options.maxBatchSize(), options.maxBatchTokens() / longest));
            return runner.run(Collections.nCopies(rows, zeros(longest))).get(0);
        } catch (RuntimeException e) {
            throw new InferenceException(
                    Kind.MODEL_NOT_READY,
                    model + ": the first run on " + runner.device() + " failed: " + e.getMessage(),
                    Map.of(),
                    e);
        }
    }

    private static TokenSequence zeros(int length) {
        return new TokenSequence(new int[length], new int[length]);
    }
}
