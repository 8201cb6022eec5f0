package dev.polymath.inference;

import java.util.List;

/**
 * Runs batches on one device. A {@link Batcher} calls each runner from one thread only, which owns it, and closes it.
 *
 * @param <I> an item of a batch
 * @param <O> what the model says of an item
 */
public interface BatchRunner<I, O> extends AutoCloseable {
    /** Where it runs: {@code cpu}, {@code gpu0}, ... Runners with the same name share the device. */
    String device();

    /**
     * Runs a batch.
     *
     * @param batch at least one item
     * @return one output per item, in the same order
     */
    List<O> run(List<I> batch);

    /**
     * As {@link #run(List)}, for runners that know some answers before others.
     *
     * @param early may be told the answer to an item of the batch, by its index, before the others are there
     * @return all answers, those too
     */
    default List<O> run(List<I> batch, Early<O> early) {
        return run(batch);
    }

    /** Takes answers that are there before the batch ends. */
    @FunctionalInterface
    interface Early<O> {
        void answer(int index, O output);
    }

    @Override
    default void close() {}
}
