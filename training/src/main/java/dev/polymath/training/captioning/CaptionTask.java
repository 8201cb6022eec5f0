package dev.polymath.training.captioning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.polymath.training.TrainingTask;
import dev.polymath.training.captioning.CaptionBatch.View;
import dev.polymath.training.generation.Targets;
import dev.polymath.training.generation.TransformerGraph;
import dev.polymath.training.generation.TransformerShape.Grid;
import dev.polymath.training.generation.WordLoss;
import dev.polymath.training.graph.TrainableGraph;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Cross-entropy of the words of the captions with label smoothing; the score is minus the mean cross-entropy, without smoothing, of the
 * words of the captions of the val images.
 */
final class CaptionTask implements TrainingTask<CaptionBatch> {
    private final TrainableGraph block;
    private final GridFeatures features;
    private final Grid grid;
    private final CaptionData data;
    private final long seed;
    private final float smoothing;
    private final Map<String, List<CaptionBatch>> val;

    /**
     * @param block of {@link TransformerGraph#training}
     * @param smoothing share of the probability that is spread over all words
     * @param val by language
     */
    CaptionTask(
            TrainableGraph block,
            GridFeatures features,
            Grid grid,
            CaptionData data,
            long seed,
            float smoothing,
            Map<String, List<CaptionBatch>> val) {
        this.block = block;
        this.features = features;
        this.grid = grid;
        this.data = data;
        this.seed = seed;
        this.smoothing = smoothing;
        this.val = val;
    }

    @Override
    public List<CaptionBatch> epoch(int epoch) {
        return data.epoch(epoch, seed);
    }

    @Override
    public int tokens(CaptionBatch batch) {
        return batch.targets().words();
    }

    @Override
    public NDArray loss(CaptionBatch batch, NDManager manager) {
        return WordLoss.smoothed(logits(batch, manager, true), batch.targets(), smoothing, manager);
    }

    private NDArray logits(CaptionBatch batch, NDManager manager, boolean training) {
        List<View> views = batch.views();
        float[] values = new float[views.size() * features.length()];
        for (int i = 0; i < views.size(); i++) {
            features.read(views.get(i).image(), views.get(i).mirrored(), values, i * features.length());
        }
        return logits(values, batch.viewOfCaption(), batch.targets(), manager, training);
    }

    /**
     * {@code [size * width, vocabulary]}, in the order of the labels of the targets.
     *
     * @param images {@code [images, places, channels]}
     * @param imageOf the image of each target
     */
    NDArray logits(float[] images, long[] imageOf, Targets targets, NDManager manager, boolean training) {
        NDList inputs = new NDList(
                manager.create(images, new Shape(images.length / features.length(), grid.places(), grid.width())),
                manager.create(imageOf),
                manager.create(targets.prefixes(), new Shape(targets.size(), targets.width())));
        return block.forward(inputs, training).head();
    }

    @Override
    public Evaluation evaluate() {
        TreeMap<String, Double> figures = new TreeMap<>();
        WordLoss all = new WordLoss();
        for (Map.Entry<String, List<CaptionBatch>> language : val.entrySet()) {
            WordLoss own = new WordLoss();
            for (CaptionBatch batch : language.getValue()) {
                try (NDManager manager = block.manager().newSubManager()) {
                    own.add(logits(batch, manager, false), batch.targets(), manager);
                }
            }
            figures.put(language.getKey() + "/loss", own.mean());
            all.add(own);
        }
        all.putInto(figures);
        return new Evaluation(-all.mean(), figures);
    }
}
