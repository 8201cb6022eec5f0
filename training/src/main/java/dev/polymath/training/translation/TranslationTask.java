package dev.polymath.training.translation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.polymath.training.TrainingTask;
import dev.polymath.training.graph.TrainableGraph;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Cross-entropy of the words of the translation with label smoothing; the score is minus the mean cross-entropy, without smoothing, of
 * the words of the dev sentences.
 */
final class TranslationTask implements TrainingTask<TranslationBatch> {
    private final TrainableGraph block;
    private final TranslationData data;
    private final long seed;
    private final float smoothing;
    private final Map<String, List<TranslationBatch>> dev;

    /**
     * @param block of {@link TransformerGraph#training}
     * @param smoothing share of the probability that is spread over all words
     * @param dev by direction
     */
    TranslationTask(
            TrainableGraph block,
            TranslationData data,
            long seed,
            float smoothing,
            Map<String, List<TranslationBatch>> dev) {
        this.block = block;
        this.data = data;
        this.seed = seed;
        this.smoothing = smoothing;
        this.dev = dev;
    }

    @Override
    public List<TranslationBatch> epoch(int epoch) {
        return data.epoch(epoch, seed);
    }

    @Override
    public int tokens(TranslationBatch batch) {
        return batch.targetTokens();
    }

    @Override
    public NDArray loss(TranslationBatch batch, NDManager manager) {
        NDArray logits = logits(batch, manager, true);
        long rows = logits.getShape().get(0);
        long vocabulary = logits.getShape().get(1);
        float share = -1f / batch.targetTokens();
        NDArray logProbabilities = logits.logSoftmax(1);
        NDArray labels = manager.create(batch.labels(), new Shape(rows, 1));
        NDArray right = logProbabilities.gather(labels, 1).reshape(rows);
        NDArray loss = right.mul(manager.create(batch.weights((1 - smoothing) * share)))
                .sum();
        if (smoothing == 0) {
            return loss;
        }
        NDArray all = logProbabilities.sum(new int[] {1});
        return loss.add(all.mul(manager.create(batch.weights(smoothing * share / vocabulary)))
                .sum());
    }

    /** {@code [size * targetWidth, vocabulary]}, in the order of {@link TranslationBatch#labels()}. */
    NDArray logits(TranslationBatch batch, NDManager manager, boolean training) {
        Shape source = new Shape(batch.size(), batch.sourceWidth());
        NDList inputs = new NDList(
                manager.create(batch.sources(), source),
                manager.create(batch.mask(), source),
                manager.create(batch.prefixes(), new Shape(batch.size(), batch.targetWidth())));
        return block.forward(inputs, training).head();
    }

    @Override
    public Evaluation evaluate() {
        TreeMap<String, Double> figures = new TreeMap<>();
        double sum = 0;
        long right = 0;
        long words = 0;
        for (Map.Entry<String, List<TranslationBatch>> direction : dev.entrySet()) {
            double directionSum = 0;
            long directionWords = 0;
            for (TranslationBatch batch : direction.getValue()) {
                try (NDManager manager = block.manager().newSubManager()) {
                    NDArray logits = logits(batch, manager, false);
                    NDArray logProbabilities = logits.logSoftmax(1);
                    long[] labels = batch.labels();
                    float[] weights = batch.weights(1);
                    float[] own = logProbabilities
                            .gather(manager.create(labels, new Shape(labels.length, 1)), 1)
                            .toFloatArray();
                    long[] best = logits.argMax(1).toLongArray();
                    for (int i = 0; i < labels.length; i++) {
                        directionSum -= weights[i] * own[i];
                        right += weights[i] > 0 && best[i] == labels[i] ? 1 : 0;
                    }
                    directionWords += batch.targetTokens();
                }
            }
            figures.put(direction.getKey() + "/loss", directionSum / directionWords);
            sum += directionSum;
            words += directionWords;
        }
        double loss = sum / words;
        figures.put("loss", loss);
        figures.put("accuracy", (double) right / words);
        return new Evaluation(-loss, figures);
    }
}
