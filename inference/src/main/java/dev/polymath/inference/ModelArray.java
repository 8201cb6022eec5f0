package dev.polymath.inference;

import dev.polymath.inference.InferenceException.Kind;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What one output of a model says of one item.
 *
 * @param name as the model has it; null if the engine knows no names
 * @param shape without the dimension of the batch; it has that one, too, where the model takes one item at a time
 * @param values row by row
 */
record ModelArray(@Nullable String name, long[] shape, float[] values) {
    /** The last dimension, or the one so many before it; 1 if there is none. */
    int dimension(int beforeLast) {
        int i = shape.length - 1 - beforeLast;
        return i < 0 ? 1 : (int) shape[i];
    }

    /** Refuses an output with a value that is NaN or infinite. */
    void requireNumbers() {
        // 0 for each number and NaN for all else, which stays
        float sum = 0;
        for (float value : values) {
            sum += value * 0;
        }
        if (Float.isNaN(sum)) {
            throw new InferenceException(Kind.ENGINE_FAILURE, "the output of the model is not a number");
        }
    }

    @Override
    public String toString() {
        return (name == null ? "output" : name) + " " + Arrays.toString(shape);
    }
}
