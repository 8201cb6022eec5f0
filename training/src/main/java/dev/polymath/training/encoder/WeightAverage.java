package dev.polymath.training.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import dev.polymath.training.TrainingTask;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.TrainableGraph;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Weighted means of what a training began with and what it came to: between two good models of one lineage there often is a better one
 * (Wortsman et al. 2022, "Model soups" and "Robust fine-tuning of zero-shot models").
 */
public final class StartAverage {
    private static final List<Double> SHARES = List.of(0.25, 0.5, 0.75);

    private record Weights(NDArray array, float[] before, float[] trained) {
        void mix(double share) {
            float[] mean = new float[trained.length];
            for (int i = 0; i < mean.length; i++) {
                mean[i] = (float) ((1 - share) * trained[i] + share * before[i]);
            }
            array.set(mean);
        }
    }

    private StartAverage() {}

    /**
     * Puts the mean that does best on the dev sets into the block, or leaves the new weights there if none does better.
     *
     * @param start with the starting weights of everything that was trained
     * @return the share of the starting weights in it, 0 for the new ones alone
     */
    public static double keepBest(TrainingTask<?> task, OnnxGraph start, TrainableGraph block) throws IOException {
        List<Weights> weights = new ArrayList<>();
        for (Parameter parameter : block.parametersByName().values()) {
            if (parameter.requiresGradient()) {
                NDArray array = parameter.getArray();
                weights.add(new Weights(array, start.floats(parameter.getName()), array.toFloatArray()));
            }
        }
        double best = 0;
        double bestScore = task.evaluate().score();
        System.out.printf(Locale.ROOT, "new weights: score %.4f%n", bestScore);
        for (double share : SHARES) {
            weights.forEach(each -> each.mix(share));
            double score = task.evaluate().score();
            System.out.printf(Locale.ROOT, "with %.2f of the starting weights: score %.4f%n", share, score);
            if (score > bestScore) {
                best = share;
                bestScore = score;
            }
        }
        double kept = best;
        weights.forEach(each -> each.mix(kept));
        return kept;
    }

    /** What a model card says of it. */
    public static String toCard(double share) {
        return share == 0
                ? ""
                : String.format(
                        Locale.ROOT,
                        " The weights are a mean of the starting weights, by %.2f, and these, by %.2f.",
                        share,
                        1 - share);
    }
}
