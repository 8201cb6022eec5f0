package dev.polymath.inference;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Told what happens, so that metrics can be kept without this library knowing how. Methods are called from many
 * threads, must return at once and must not throw. {@code model} is the model's name.
 */
public interface InferenceListener {
    /** Listens to nothing. */
    InferenceListener NONE = new InferenceListener() {};

    /**
     * A request of one text (or image) was answered or failed.
     *
     * @param failure why it failed, or null if it was answered
     * @param elapsed from the call to its answer
     */
    default void requestCompleted(String model, InferenceException.@Nullable Kind failure, Duration elapsed) {}

    /** A request was refused before it was queued. */
    default void requestRejected(String model, InferenceException.Kind reason) {}

    /** An item left the queue for the engine after waiting for {@code queued}. */
    default void itemDequeued(String model, Duration queued) {}

    /**
     * The engine answered a batch.
     *
     * @param size items in the batch
     * @param paddingRatio share of the batch that is padding, 0 to 1
     * @param elapsed time in the engine
     */
    default void batchCompleted(String model, int size, double paddingRatio, Duration elapsed) {}

    /**
     * The decoder of a generating model makes a step: a token for each row.
     *
     * @param rows hypotheses of all texts in the batch that were not finished
     */
    default void decoderStepped(String model, int rows) {}

    /** Batches have at most so many tokens from now on: fewer than configured after memory did not suffice for one. */
    default void batchLimitChanged(String model, int tokens) {}

    /** The number of waiting items, and of tokens in them, is now this. */
    default void queueChanged(String model, int items, long tokens) {}
}
