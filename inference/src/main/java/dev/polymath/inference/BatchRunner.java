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

    @Override
    default void close() {}
}
