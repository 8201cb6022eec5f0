package dev.polymath.training.generation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Map;

/** Cross-entropy of the words of texts: as a loss, and summed up for an evaluation. Not thread-safe. */
public final class WordLoss {
    private double sum;
    private long right;
    private long words;

    /**
     * The mean over the words that are to be predicted.
     *
     * @param logits {@code [size * width, vocabulary]}, in the order of {@link Targets#labels()}
     * @param smoothing share of the probability that is spread over all words
     * @param manager of the step
     */
    public static NDArray smoothed(NDArray logits, Targets targets, float smoothing, NDManager manager) {
        long rows = logits.getShape().get(0);
        long vocabulary = logits.getShape().get(1);
        float share = -1f / targets.words();
        NDArray logProbabilities = logits.logSoftmax(1);
        NDArray labels = manager.create(targets.labels(), new Shape(rows, 1));
        NDArray right = logProbabilities.gather(labels, 1).reshape(rows);
        NDArray loss = right.mul(manager.create(targets.weights((1 - smoothing) * share)))
                .sum();
        if (smoothing == 0) {
            return loss;
        }
        NDArray all = logProbabilities.sum(new int[] {1});
        return loss.add(all.mul(manager.create(targets.weights(smoothing * share / vocabulary)))
                .sum());
    }

    /** Counts the words of a batch. */
    public void add(NDArray logits, Targets targets, NDManager manager) {
        NDArray logProbabilities = logits.logSoftmax(1);
        long[] labels = targets.labels();
        float[] weights = targets.weights(1);
        float[] own = logProbabilities
                .gather(manager.create(labels, new Shape(labels.length, 1)), 1)
                .toFloatArray();
        long[] best = logits.argMax(1).toLongArray();
        for (int i = 0; i < labels.length; i++) {
            sum -= weights[i] * own[i];
            right += weights[i] > 0 && best[i] == labels[i] ? 1 : 0;
        }
        words += targets.words();
    }

    /** Counts what another has counted. */
    public void add(WordLoss other) {
        sum += other.sum;
        right += other.right;
        words += other.words;
    }

    /** Mean cross-entropy of the words, in nats. */
    public double mean() {
        return sum / words;
    }

    /** Share of the words that the model thinks likeliest. */
    public double accuracy() {
        return (double) right / words;
    }

    /** Adds the figures of a whole evaluation. */
    public void putInto(Map<String, Double> figures) {
        figures.put("loss", mean());
        figures.put("accuracy", accuracy());
    }
}
