package dev.polymath.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.util.List;
import java.util.SortedMap;

/**
 * One kind of training as the loop sees it. All methods are called on the thread of the loop.
 *
 * @param <B> a batch on the host; must hold no native memory
 */
public interface TrainingTask<B> {

    /**
     * What an evaluation found.
     *
     * @param score higher is better; chooses the best weights and ends the training early
     * @param figures everything measured, by a name such as {@code dev/PERSON/f1}
     */
    record Evaluation(double score, SortedMap<String, Double> figures) {}

    /** The batches of an epoch in order, epochs counted from 0. The same epoch gives the same batches, in every process. */
    List<B> epoch(int epoch);

    /** Tokens in the batch that are not padding, or what else the data are counted in; for the speed in the progress line. */
    int tokens(B batch);

    /** What {@link #tokens} counts. */
    default String unit() {
        return "tokens";
    }

    /**
     * The mean loss of a batch with the current weights, called while gradients are collected.
     *
     * @param manager owns every array that the call creates; closed by the loop after the step
     * @return a scalar
     */
    NDArray loss(B batch, NDManager manager);

    /** Measures the current weights on data that is not trained on. */
    Evaluation evaluate() throws IOException;
}
