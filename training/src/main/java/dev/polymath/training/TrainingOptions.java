package dev.polymath.training;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long and how carefully to train; what does not depend on the task.
 *
 * @param epochs passes over the data, >= 1
 * @param accumulate batches per update of the weights, >= 1
 * @param warmUp share of the training over which the learning rate rises from 0; [0, 1)
 * @param decay how it falls afterwards
 * @param clipNorm largest norm of all gradients together; 0: no clipping
 * @param averageDecay decay per step of the exponential moving average of the weights, which is what gets evaluated and kept;
 *     0: no averaging; [0, 1)
 * @param evaluateEvery steps between evaluations; 0: after each epoch only
 * @param checkpointEvery steps between checkpoints, in addition to one after each evaluation; 0: no more than those
 * @param patience evaluations without a better score before the training ends; 0: never
 * @param seed of everything random
 * @param timeLimit the training ends by then, with the learning rate fallen to 0; null: none. A limited run depends on the
 *     clock and cannot be repeated exactly
 * @param update by which rule the weights follow the gradient
 */
public record TrainingOptions(
        int epochs,
        int accumulate,
        double warmUp,
        Decay decay,
        double clipNorm,
        double averageDecay,
        int evaluateEvery,
        int checkpointEvery,
        int patience,
        long seed,
        @Nullable Duration timeLimit,
        Update update) {

    /** By which rule the weights follow the gradient. */
    public sealed interface Update {
        /** Adam with decoupled weight decay. */
        record AdamW() implements Update {}

        /**
         * Stochastic gradient descent with Nesterov's momentum and decoupled weight decay.
         *
         * @param momentum share of a step that the next one repeats, [0, 1)
         */
        record Sgd(double momentum) implements Update {
            public Sgd {
                require(momentum >= 0 && momentum < 1, "momentum", momentum, ">= 0 and < 1");
            }
        }
    }

    /** How the learning rate falls when the warm-up is over. */
    public sealed interface Decay {
        /** The factor when {@code progress}, in [warmUp, 1], is done. */
        double factor(double progress, double warmUp);

        /** In a straight line to 0. */
        record Linear() implements Decay {
            @Override
            public double factor(double progress, double warmUp) {
                return (1 - progress) / (1 - warmUp);
            }
        }

        /**
         * Like half a cosine.
         *
         * @param last factor at the end, [0, 1]
         */
        record Cosine(double last) implements Decay {
            public Cosine {
                require(last >= 0 && last <= 1, "final-rate", last, "0 to 1");
            }

            @Override
            public double factor(double progress, double warmUp) {
                return last + (1 - last) * (1 + Math.cos(Math.PI * (progress - warmUp) / (1 - warmUp))) / 2;
            }
        }

        /**
         * With the inverse square root of what is done, as Transformers are trained from nothing, and in a straight line to 0 at the
         * end: most of what a low rate brings comes there.
         *
         * @param coolDown share of the training with the straight line, (0, 1)
         */
        record InverseSquareRoot(double coolDown) implements Decay {
            public InverseSquareRoot {
                require(coolDown > 0 && coolDown < 1, "cool-down", coolDown, "> 0 and < 1");
            }

            @Override
            public double factor(double progress, double warmUp) {
                double straight = Math.max(warmUp, 1 - coolDown);
                double root = Math.sqrt(warmUp / Math.max(Double.MIN_NORMAL, Math.min(progress, straight)));
                return progress <= straight ? root : root * (1 - progress) / (1 - straight);
            }
        }
    }

    public TrainingOptions {
        require(epochs >= 1, "epochs", epochs, ">= 1");
        require(accumulate >= 1, "accumulate", accumulate, ">= 1");
        require(warmUp >= 0 && warmUp < 1, "warm-up", warmUp, ">= 0 and < 1");
        if (decay instanceof Decay.InverseSquareRoot) {
            require(warmUp > 0, "warm-up", warmUp, "> 0 for a rate that falls with the root");
        }
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
        double factor = progress < warmUp ? progress / warmUp : decay.factor(progress, warmUp);
        return Math.max(0, factor);
    }
}
