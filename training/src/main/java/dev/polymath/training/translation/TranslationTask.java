package dev.polymath.training.translation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.polymath.training.TrainingTask;
import dev.polymath.training.generation.TransformerGraph;
import dev.polymath.training.generation.WordLoss;
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
        return batch.targets().words();
    }

    @Override
    public NDArray loss(TranslationBatch batch, NDManager manager) {
        return WordLoss.smoothed(logits(batch, manager, true), batch.targets(), smoothing, manager);
    }

    /** {@code [size * width, vocabulary]}, in the order of the labels of the targets. */
    NDArray logits(TranslationBatch batch, NDManager manager, boolean training) {
        Shape source = new Shape(batch.size(), batch.sourceWidth());
        NDList inputs = new NDList(
                manager.create(batch.sources(), source),
                manager.create(batch.mask(), source),
                manager.create(
                        batch.targets().prefixes(),
                        new Shape(batch.size(), batch.targets().width())));
        return block.forward(inputs, training).head();
    }

    @Override
    public Evaluation evaluate() {
        TreeMap<String, Double> figures = new TreeMap<>();
        WordLoss all = new WordLoss();
        for (Map.Entry<String, List<TranslationBatch>> direction : dev.entrySet()) {
            WordLoss own = new WordLoss();
            for (TranslationBatch batch : direction.getValue()) {
                try (NDManager manager = block.manager().newSubManager()) {
                    own.add(logits(batch, manager, false), batch.targets(), manager);
                }
            }
            figures.put(direction.getKey() + "/loss", own.mean());
            all.add(own);
        }
        all.putInto(figures);
        return new Evaluation(-all.mean(), figures);
    }
}
