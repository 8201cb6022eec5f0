package dev.polymath.training;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long and how carefully to train; what does not depend on the task.
 *
 * @param epochs passes over the data, >= 1
 * @param accumulate batches per update of the weights, >= 1
 * @param warmUp share of the training over which the learning rate rises from 0; it falls linearly to 0 afterwards; [0, 1)
 * @param clipNorm largest norm of all gradients together; 0: no clipping
 * @param averageDecay decay per step of the exponential moving average of the weights, which is what gets evaluated and kept;
 *     0: no averaging; [0, 1)
 * @param evaluateEvery steps between evaluations; 0: after each epoch only
 * @param checkpointEvery steps between checkpoints, in addition to one after each evaluation; 0: no more than those
 * @param patience evaluations without a better score before the training ends; 0: never
 * @param seed of everything random
 * @param timeLimit the training ends by then, with the learning rate fallen to 0; null: none. A limited run depends on the
 *     clock and cannot be repeated exactly
 */
public record TrainingOptions(
        int epochs,
        int accumulate,
        double warmUp,
        double clipNorm,
        double averageDecay,
        int evaluateEvery,
        int checkpointEvery,
        int patience,
        long seed,
        @Nullable Duration timeLimit) {

    public TrainingOptions {
        require(epochs >= 1, "epochs", epochs, ">= 1");
        require(accumulate >= 1, "accumulate", accumulate, ">= 1");
        require(warmUp >= 0 && warmUp < 1, "warm-up", warmUp, ">= 0 and < 1");
        require(clipNorm >= 0, "clip-norm", clipNorm, ">= 0");
        require(averageDecay >= 0 && averageDecay < 1, "average-decay", averageDecay, ">= 0 and < 1");
        require(evaluateEvery >= 0, "evaluate-every", evaluateEvery, ">= 0");
        require(checkpointEvery >= 0, "checkpoint-every", checkpointEvery, ">= 0");
        require(patience >= 0, "patience", patience, ">= 0");
        if (timeLimit != null) {
            require(timeLimit.toMillis() > 0, "time-limit", timeLimit, "> 0");
        }
    }

    private static void require(boolean condition, String name, Object value, String expected) {
        if (!condition) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + expected + ")");
        }
    }

    /** The factor on every peak learning rate when {@code progress}, in [0, 1], of the training is done. */
    double learningRateFactor(double progress) {
        double factor = progress < warmUp ? progress / warmUp : (1 - progress) / (1 - warmUp);
        return Math.max(0, factor);
    }
}
