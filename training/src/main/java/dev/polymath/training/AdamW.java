package dev.polymath.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019) over groups of parameters, with clipping by the norm of all
 * gradients together. Its state can be saved and restored, which DJL's optimizers do not offer. Owns its state; not
 * thread-safe.
 */
final class AdamW implements AutoCloseable {
    private static final double BETA_1 = 0.9;
    private static final double BETA_2 = 0.999;
    private static final double EPSILON = 1e-8;

    /** First and second moment of one parameter's gradient. */
    private record Moments(NDArray mean, NDArray variance) {}

    private final List<ParameterGroup> groups;
    private final NDManager manager;
    private final Map<String, Moments> moments = new LinkedHashMap<>();

    AdamW(List<ParameterGroup> groups, NDManager parent) {
        this.groups = List.copyOf(groups);
        this.manager = parent.newSubManager();
        for (ParameterGroup group : groups) {
            for (Parameter parameter : group.parameters()) {
                NDArray array = parameter.getArray();
                Moments zero = new Moments(
                        manager.zeros(array.getShape(), array.getDataType()),
                        manager.zeros(array.getShape(), array.getDataType()));
                if (moments.put(parameter.getName(), zero) != null) {
                    throw new IllegalArgumentException(
                            "parameter " + parameter.getName() + ": in two groups (expected: in one)");
                }
            }
        }
    }

    /**
     * One update from the gradients that the parameters hold; the gradients are zero afterwards.
     *
     * @param step number of this update, from 1
     * @param learningRateFactor factor on every group's learning rate
     * @param clipNorm largest norm of all gradients together; 0: no clipping
     * @return the norm before clipping
     * @throws ArithmeticException if the norm is not finite; the weights are then unchanged
     */
    double update(long step, double learningRateFactor, double clipNorm) {
        try (NDManager scratch = manager.newSubManager()) {
            Map<String, NDArray> gradients = new LinkedHashMap<>();
            double squares = 0;
            for (ParameterGroup group : groups) {
                for (Parameter parameter : group.parameters()) {
                    NDArray gradient = parameter.getArray().getGradient();
                    if (gradient == null) {
                        continue; // the loss does not depend on it
                    }
                    gradient.attach(scratch);
                    gradients.put(parameter.getName(), gradient);
                    try (NDArray square = gradient.square();
                            NDArray sum = square.sum()) {
                        squares += sum.getFloat();
                    }
                }
            }
            double norm = Math.sqrt(squares);
            if (!Double.isFinite(norm)) {
                throw new ArithmeticException(
                        "gradient norm at step " + step + ": " + norm + " (expected: finite; lower the learning rate)");
            }
            double clip = clipNorm > 0 && norm > clipNorm ? clipNorm / norm : 1;
            for (ParameterGroup group : groups) {
                double rate = group.learningRate() * learningRateFactor;
                Scalars scalars = new Scalars(scratch, step, rate, group.weightDecay(), clip);
                for (Parameter parameter : group.parameters()) {
                    NDArray gradient = gradients.get(parameter.getName());
                    Moments state = moments.get(parameter.getName());
                    if (gradient == null || state == null) {
                        continue;
                    }
                    try (NDManager temporary = scratch.newSubManager()) {
                        gradient.attach(temporary);
                        update(parameter.getArray(), gradient, state, scalars, temporary);
                    }
                }
            }
            return norm;
        }
    }

    /** Scalars as arrays: DJL keeps a plain number in memory that it frees too early. */
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

    /** Results of NDArray operations live in the manager of their first operand: the gradient's, closed by the caller. */
    private static void update(NDArray weight, NDArray gradient, Moments state, Scalars scalars, NDManager temporary) {
        gradient.muli(scalars.clip);
        state.mean.muli(scalars.beta1).addi(gradient.mul(scalars.oneMinusBeta1));
        NDArray square = gradient.square();
        state.variance.muli(scalars.beta2).addi(square.muli(scalars.oneMinusBeta2));
        NDArray denominator = state.variance.sqrt();
        denominator.attach(temporary);
        denominator.muli(scalars.correction).addi(EPSILON);
        NDArray change = state.mean.div(denominator);
        change.attach(temporary);
        weight.muli(scalars.keep).subi(change.muli(scalars.stepSize));
        gradient.subi(gradient);
    }

    /** The state, named after the parameters; the arrays stay this optimizer's. */
    NDList state() {
        List<NDArray> state = new ArrayList<>();
        moments.forEach((name, value) -> {
            value.mean.setName("mean." + name);
            value.variance.setName("variance." + name);
            state.add(value.mean);
            state.add(value.variance);
        });
        return new NDList(state);
    }

    @Override
    public void close() {
        manager.close();
    }
}
