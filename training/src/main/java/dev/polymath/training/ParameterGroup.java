package dev.polymath.training;

import ai.djl.nn.Parameter;
import java.util.List;

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
}
