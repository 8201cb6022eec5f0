package dev.polymath.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Updates groups of parameters by their gradients, clipped by the norm of all gradients together. Its state can be saved and
 * restored, which DJL's optimizers do not offer. Owns its state; not thread-safe.
 */
abstract class Optimizer implements AutoCloseable {
    private final List<ParameterGroup> groups;
    private final NDManager manager;
    private final Map<String, List<NDArray>> states = new LinkedHashMap<>();
    private final List<String> stateNames;

    /** @param stateNames of the arrays that are kept of each parameter */
    Optimizer(List<ParameterGroup> groups, NDManager parent, List<String> stateNames) {
        this.groups = List.copyOf(groups);
        this.manager = parent.newSubManager();
        this.stateNames = stateNames;
        for (ParameterGroup group : groups) {
            for (Parameter parameter : group.parameters()) {
                NDArray array = parameter.getArray();
                List<NDArray> zero = new ArrayList<>();
                for (int i = 0; i < stateNames.size(); i++) {
                    zero.add(manager.zeros(array.getShape(), array.getDataType()));
                }
                if (states.put(parameter.getName(), zero) != null) {
                    throw new IllegalArgumentException(
                            "parameter " + parameter.getName() + ": in two groups (expected: in one)");
                }
            }
        }
    }

    /** Creates the one that the options name. */
    static Optimizer of(TrainingOptions.Update update, List<ParameterGroup> groups, NDManager parent) {
        if (update instanceof TrainingOptions.Update.Sgd sgd) {
            return new Sgd(sgd.momentum(), groups, parent);
        }
        return new AdamW(groups, parent);
    }

    /** How the parameters of a group are updated in one step. */
    @FunctionalInterface
    interface Rule {
        /** Results of NDArray operations live in the manager of their first operand: the gradient's is {@code temporary}. */
        void update(NDArray weight, NDArray gradient, List<NDArray> state, NDManager temporary);
    }

    /**
     * What to do with the parameters of a group.
     *
     * @param step number of this update, from 1
     * @param rate learning rate
     * @param clip factor on the gradient
     * @param scratch owns the scalars, which must be arrays: DJL keeps a plain number in memory that it frees too early
     */
    abstract Rule rule(long step, double rate, double weightDecay, double clip, NDManager scratch);

    /**
     * One update from the gradients that the parameters hold; the gradients are zero afterwards.
     *
     * @param step number of this update, from 1
     * @param learningRateFactor factor on every group's learning rate
     * @param clipNorm largest norm of all gradients together; 0: no clipping
     * @return the norm before clipping
     * @throws ArithmeticException if the norm is not finite; the weights are then unchanged
     */
    final double update(long step, double learningRateFactor, double clipNorm) {
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
                Rule rule = rule(step, rate, group.weightDecay(), clip, scratch);
                for (Parameter parameter : group.parameters()) {
                    NDArray gradient = gradients.get(parameter.getName());
                    if (gradient == null) {
                        continue;
                    }
                    List<NDArray> state = Objects.requireNonNull(states.get(parameter.getName()));
                    try (NDManager temporary = scratch.newSubManager()) {
                        gradient.attach(temporary);
                        rule.update(parameter.getArray(), gradient, state, temporary);
                        gradient.subi(gradient);
                    }
                }
            }
            return norm;
        }
    }

    /** The state, named after the parameters; the arrays stay this optimizer's. */
    final NDList state() {
        List<NDArray> state = new ArrayList<>();
        states.forEach((name, arrays) -> {
            for (int i = 0; i < arrays.size(); i++) {
                arrays.get(i).setName(stateNames.get(i) + "." + name);
                state.add(arrays.get(i));
            }
        });
        return new NDList(state);
    }

    @Override
    public final void close() {
        manager.close();
    }
}
