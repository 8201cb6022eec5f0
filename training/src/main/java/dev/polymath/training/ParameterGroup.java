package dev.polymath.training;

import ai.djl.nn.Parameter;
import dev.polymath.training.graph.TrainableGraph;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * Parameters that are updated alike.
 *
 * @param name unique among the groups, for messages
 * @param parameters initialised, with names that are unique over all groups
 * @param learningRate peak learning rate, > 0
 * @param weightDecay decoupled weight decay per unit of learning rate, >= 0
 */
public record ParameterGroup(String name, List<Parameter> parameters, double learningRate, double weightDecay) {
    public ParameterGroup {
        parameters = List.copyOf(parameters);
        if (!(learningRate > 0)) {
            throw new IllegalArgumentException("learning rate of " + name + ": " + learningRate + " (expected: > 0)");
        }
        if (!(weightDecay >= 0)) {
            throw new IllegalArgumentException("weight decay of " + name + ": " + weightDecay + " (expected: >= 0)");
        }
    }

    /** @see #of(TrainableGraph, Function, ToDoubleFunction, ToDoubleFunction) */
    public static List<ParameterGroup> of(
            TrainableGraph block,
            Function<String, String> group,
            ToDoubleFunction<String> learningRate,
            double weightDecay) {
        return of(block, group, learningRate, name -> weightDecay);
    }

    /**
     * The trained parameters of a block, each group in two: matrices, and biases and the like without weight decay.
     *
     * @param group of the parameter with a name
     * @param learningRate of the group with a name
     * @param weightDecay of the matrices of the group with a name
     */
    public static List<ParameterGroup> of(
            TrainableGraph block,
            Function<String, String> group,
            ToDoubleFunction<String> learningRate,
            ToDoubleFunction<String> weightDecay) {
        Map<String, List<Parameter>> matrices = new TreeMap<>();
        Map<String, List<Parameter>> others = new TreeMap<>();
        new TreeMap<>(block.parametersByName()).forEach((name, parameter) -> {
            if (parameter.requiresGradient()) {
                boolean decays = parameter.getArray().getShape().dimension() > 1;
                (decays ? matrices : others)
                        .computeIfAbsent(group.apply(name), key -> new ArrayList<>())
                        .add(parameter);
            }
        });
        List<ParameterGroup> groups = new ArrayList<>();
        matrices.forEach((name, parameters) -> groups.add(new ParameterGroup(
                name, parameters, learningRate.applyAsDouble(name), weightDecay.applyAsDouble(name))));
        others.forEach((name, parameters) -> groups.add(
                new ParameterGroup(name + " without decay", parameters, learningRate.applyAsDouble(name), 0)));
        return groups;
    }
}
