package dev.polymath.service;

import dev.polymath.inference.InferenceListener;
import dev.polymath.inference.InferenceOptions;
import dev.polymath.inference.ModelDirectory;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/**
 * What a slot must know of the models that it can hold.
 *
 * @param task as ListModels has it: {@code token-classification}
 * @param loader loads and warms up
 * @param device where a loaded model runs, comma-separated
 * @param labels what a loaded model can answer with; empty if it does not choose from a list
 * @param maxTokens the longest window of a loaded model, in tokens
 */
public record ModelKind<M extends AutoCloseable>(
        String task,
        Loader<M> loader,
        Function<M, String> device,
        Function<M, List<String>> labels,
        ToIntFunction<M> maxTokens) {

    /** Loads and warms up a model. */
    @FunctionalInterface
    public interface Loader<M> {
        M load(ModelDirectory model, InferenceOptions options, InferenceListener listener);
    }
}
