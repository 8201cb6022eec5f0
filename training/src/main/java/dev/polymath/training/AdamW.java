package dev.polymath.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;

/** Adam with decoupled weight decay (Loshchilov and Hutter 2019). */
final class AdamW extends Optimizer {
    private static final double BETA_1 = 0.9;
    private static final double BETA_2 = 0.999;
    private static final double EPSILON = 1e-8;

    AdamW(List<ParameterGroup> groups, NDManager parent) {
        super(groups, parent, List.of("mean", "variance"));
    }

    @Override
    Rule rule(long step, double rate, double weightDecay, double clip, NDManager scratch) {
        Scalars scalars = new Scalars(scratch, step, rate, weightDecay, clip);
        return (weight, gradient, state, temporary) ->
                update(weight, gradient, state.get(0), state.get(1), scalars, temporary);
    }

    private record Scalars(
            NDArray clip,
            NDArray beta1,
            NDArray oneMinusBeta1,
            NDArray beta2,
            NDArray oneMinusBeta2,
            NDArray correction,
            NDArray stepSize,
            NDArray keep) {
        Scalars(NDManager manager, long step, double rate, double weightDecay, double clip) {
            this(
                    manager.create((float) clip),
                    manager.create((float) BETA_1),
                    manager.create((float) (1 - BETA_1)),
                    manager.create((float) BETA_2),
                    manager.create((float) (1 - BETA_2)),
                    manager.create((float) (1 / Math.sqrt(1 - Math.pow(BETA_2, step)))),
                    manager.create((float) (rate / (1 - Math.pow(BETA_1, step)))),
                    manager.create((float) (1 - rate * weightDecay)));
        }
    }

    private static void update(
            NDArray weight, NDArray gradient, NDArray mean, NDArray variance, Scalars scalars, NDManager temporary) {
        gradient.muli(scalars.clip);
        mean.muli(scalars.beta1).addi(gradient.mul(scalars.oneMinusBeta1));
        NDArray square = gradient.square();
        variance.muli(scalars.beta2).addi(square.muli(scalars.oneMinusBeta2));
        NDArray denominator = variance.sqrt();
        denominator.attach(temporary);
        denominator.muli(scalars.correction).addi(EPSILON);
        NDArray change = mean.div(denominator);
        change.attach(temporary);
        weight.muli(scalars.keep).subi(change.muli(scalars.stepSize));
    }
}
