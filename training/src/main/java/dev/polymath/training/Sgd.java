package dev.polymath.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;

/** Stochastic gradient descent with Nesterov's momentum and decoupled weight decay. */
final class Sgd extends Optimizer {
    private final double momentum;

    Sgd(double momentum, List<ParameterGroup> groups, NDManager parent) {
        super(groups, parent, List.of("momentum"));
        this.momentum = momentum;
    }

    @Override
    Rule rule(long step, double rate, double weightDecay, double clip, NDManager scratch) {
        NDArray clipped = scratch.create((float) clip);
        NDArray keepMomentum = scratch.create((float) momentum);
        NDArray stepSize = scratch.create((float) rate);
        NDArray keep = scratch.create((float) (1 - rate * weightDecay));
        return (weight, gradient, state, temporary) -> {
            NDArray velocity = state.get(0);
            gradient.muli(clipped);
            velocity.muli(keepMomentum).addi(gradient);
            NDArray change = velocity.mul(keepMomentum);
            change.attach(temporary);
            weight.muli(keep).subi(change.addi(gradient).muli(stepSize));
        };
    }
}
