package dev.polymath.training.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import dev.polymath.training.TrainingTask;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.TrainableGraph;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The mean of what a training began with and what it came to: two good models of one lineage are often better halfway (Wortsman et
 * al. 2022, "Model soups").
 */
public final class StartAverage {
    private StartAverage() {}

    /**
     * Puts the mean into the block if it does better on the dev sets, and leaves the new weights there if not.
     *
     * @param start with the starting weights of everything that was trained
     * @return whether it is the mean
     */
    public static boolean keepBetter(TrainingTask<?> task, OnnxGraph start, TrainableGraph block) throws IOException {
        double trainedScore = task.evaluate().score();
        Map<NDArray, float[]> trained = new LinkedHashMap<>();
        for (Parameter parameter : block.parametersByName().values()) {
            if (parameter.requiresGradient()) {
                NDArray array = parameter.getArray();
                float[] values = array.toFloatArray();
                trained.put(array, values.clone());
                float[] before = start.floats(parameter.getName());
                for (int i = 0; i < values.length; i++) {
                    values[i] = (values[i] + before[i]) / 2;
                }
                array.set(values);
            }
        }
        double meanScore = task.evaluate().score();
        boolean better = meanScore > trainedScore;
        System.out.printf(
                Locale.ROOT,
                "mean with the starting weights: score %.4f, without %.4f: %s kept%n",
                meanScore,
                trainedScore,
                better ? "the mean is" : "the new weights are");
        if (!better) {
            trained.forEach(NDArray::set);
        }
        return better;
    }
}
