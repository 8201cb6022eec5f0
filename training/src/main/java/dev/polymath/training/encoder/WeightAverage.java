package dev.polymath.training.encoder;

import ai.djl.nn.Parameter;
import dev.polymath.training.TrainingTask;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.TrainableGraph;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The mean of what a training came to and of other models, as far as it is the better model: between good models of one lineage there
 * often is a better one (Wortsman et al. 2022, "Model soups" and "Robust fine-tuning of zero-shot models"). Models are taken in turn;
 * of each that share goes in that does best on the dev sets, or nothing.
 */
final class WeightAverage {
    private static final List<Double> SHARES = List.of(0.25, 0.5, 0.75);
    private static final String NEW = "the new weights";

    private final TrainingTask<?> task;
    private final List<Parameter> trained;
    private final Map<String, Double> shares = new LinkedHashMap<>(Map.of(NEW, 1.0));
    private List<float[]> best;
    private double bestScore;

    /** @param block with the new weights, and in the end with the mean */
    WeightAverage(TrainingTask<?> task, TrainableGraph block) throws IOException {
        this.task = task;
        this.trained = block.parametersByName().values().stream()
                .filter(Parameter::requiresGradient)
                .toList();
        this.best = trained.stream()
                .map(parameter -> parameter.getArray().toFloatArray())
                .toList();
        this.bestScore = task.evaluate().score();
        System.out.printf(Locale.ROOT, "new weights: score %.4f%n", bestScore);
    }

    /** @param model with the same weights as those that were trained, by name and shape */
    void tryWith(String name, OnnxGraph model) throws IOException {
        List<float[]> before = best;
        List<float[]> others = trained.stream()
                .map(parameter -> model.floats(parameter.getName()))
                .toList();
        double kept = 0;
        for (double share : SHARES) {
            List<float[]> mixed = mean(before, others, share);
            set(mixed);
            double score = task.evaluate().score();
            System.out.printf(Locale.ROOT, "with %.2f of %s: score %.4f%n", share, name, score);
            if (score > bestScore) {
                bestScore = score;
                best = mixed;
                kept = share;
            }
        }
        set(best);
        if (kept > 0) {
            double rest = 1 - kept;
            shares.replaceAll((part, share) -> share * rest);
            shares.put(name, kept);
        }
    }

    private void set(List<float[]> weights) {
        for (int i = 0; i < weights.size(); i++) {
            trained.get(i).getArray().set(weights.get(i));
        }
    }

    private List<float[]> mean(List<float[]> first, List<float[]> second, double shareOfSecond) {
        List<float[]> means = new ArrayList<>(first.size());
        for (int w = 0; w < first.size(); w++) {
            float[] a = first.get(w);
            float[] b = second.get(w);
            if (a.length != b.length) {
                throw new IllegalArgumentException("mean of " + trained.get(w).getName() + ": " + b.length
                        + " elements (expected: " + a.length + ", as in the model that was trained)");
            }
            float[] mean = new float[a.length];
            for (int i = 0; i < mean.length; i++) {
                mean[i] = (float) ((1 - shareOfSecond) * a[i] + shareOfSecond * b[i]);
            }
            means.add(mean);
        }
        return means;
    }

    /** What a model card says of it; empty where the new weights were best alone. */
    String toCard() {
        return shares.size() == 1
                ? ""
                : " The weights are a mean: "
                        + shares.entrySet().stream()
                                .map(part -> String.format(Locale.ROOT, "%s by %.2f", part.getKey(), part.getValue()))
                                .collect(Collectors.joining(", "))
                        + ".";
    }
}
