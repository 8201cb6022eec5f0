package dev.polymath.training.imageclassification;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.polymath.training.TrainingTask;
import dev.polymath.training.graph.TrainableGraph;
import dev.polymath.training.vision.Prefetch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Cross-entropy over the labels of pictures, of which the network reads the pixels or a head the features. */
final class ClassificationTask implements TrainingTask<Prefetch.Batch<ClassificationTask.Batch>> {
    /** What the block reads. */
    interface Inputs {
        /** Shape of the input of one picture. */
        long[] shape();

        /**
         * Writes the input of a picture for training, augmented.
         *
         * @param random the same for the same picture in the same epoch
         */
        void train(LabelledImage picture, Random random, float[] values, int offset);

        /** Writes the input of a picture as serving has it. */
        void plain(LabelledImage picture, float[] values, int offset);
    }

    /** Pictures as the block reads them, and the ids of their labels. */
    record Batch(float[] values, int[] labels) {}

    private final TrainableGraph block;
    private final Inputs inputs;
    private final List<String> labels;
    private final Prefetch prefetch;
    private final List<LabelledImage> train;
    private final Map<String, List<LabelledImage>> dev;
    private final int batchSize;
    private final double smoothing;
    private final long seed;

    /** @param smoothing share of the target that is spread over all labels */
    ClassificationTask(
            TrainableGraph block,
            Inputs inputs,
            List<String> labels,
            Prefetch prefetch,
            List<LabelledImage> train,
            Map<String, List<LabelledImage>> dev,
            int batchSize,
            double smoothing,
            long seed) {
        this.block = block;
        this.inputs = inputs;
        this.labels = labels;
        this.prefetch = prefetch;
        this.train = train;
        this.dev = dev;
        this.batchSize = batchSize;
        this.smoothing = smoothing;
        this.seed = seed;
    }

    @Override
    public List<Prefetch.Batch<Batch>> epoch(int epoch) {
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, train.size()).boxed().toList());
        Collections.shuffle(order, new Random(seed * 104_729 + epoch));
        List<LabelledImage> shuffled = order.stream().map(train::get).toList();
        return batches(
                shuffled,
                (picture, index, values, offset) -> inputs.train(
                        picture, new Random((seed * 1_000_003 + epoch) * 1_000_003 + index), values, offset));
    }

    /** Writes a picture with its place in the list. */
    @FunctionalInterface
    private interface Writer {
        void write(LabelledImage picture, int index, float[] values, int offset);
    }

    private List<Prefetch.Batch<Batch>> batches(List<LabelledImage> pictures, Writer writer) {
        int count = (pictures.size() + batchSize - 1) / batchSize;
        int size = size();
        return prefetch.batches(count, batch -> Math.min(batchSize, pictures.size() - batch * batchSize), batch -> {
            int from = batch * batchSize;
            int length = Math.min(batchSize, pictures.size() - from);
            float[] values = new float[length * size];
            int[] ids = new int[length];
            for (int i = 0; i < length; i++) {
                writer.write(pictures.get(from + i), from + i, values, i * size);
                ids[i] = labels.indexOf(pictures.get(from + i).label());
            }
            return new Batch(values, ids);
        });
    }

    private int size() {
        int size = 1;
        for (long side : inputs.shape()) {
            size = Math.multiplyExact(size, Math.toIntExact(side));
        }
        return size;
    }

    @Override
    public int tokens(Prefetch.Batch<Batch> batch) {
        return batch.size();
    }

    @Override
    public String unit() {
        return "pictures";
    }

    @Override
    public NDArray loss(Prefetch.Batch<Batch> batch, NDManager manager) {
        Batch examples = batch.get();
        int rows = examples.labels.length;
        float[] targets = new float[rows * labels.size()];
        for (int row = 0; row < rows; row++) {
            for (int label = 0; label < labels.size(); label++) {
                double target = smoothing / labels.size() + (label == examples.labels[row] ? 1 - smoothing : 0);
                targets[row * labels.size() + label] = (float) (target / rows);
            }
        }
        return forward(examples.values, manager, true)
                .logSoftmax(1)
                .mul(manager.create(targets, new Shape(rows, labels.size())))
                .sum()
                .neg();
    }

    private NDArray forward(float[] values, NDManager manager, boolean training) {
        long[] each = inputs.shape();
        long[] shape = new long[each.length + 1];
        shape[0] = values.length / size();
        System.arraycopy(each, 0, shape, 1, each.length);
        return block.forward(new NDList(manager.create(values, new Shape(shape))), training)
                .head();
    }

    @Override
    public Evaluation evaluate() {
        SortedMap<String, Double> figures = new TreeMap<>();
        double sum = 0;
        for (Map.Entry<String, List<LabelledImage>> set : dev.entrySet()) {
            ClassificationScores scores = scores(set.getValue(), this::logits);
            figures.put(set.getKey() + "/all/top1", scores.top1());
            figures.put(set.getKey() + "/all/nll", scores.negativeLogLikelihood(1));
            // the likelihood parts weights that are equally often right
            sum += scores.top1() - 1e-3 * scores.negativeLogLikelihood(1);
        }
        return new Evaluation(sum / dev.size(), figures);
    }

    /** What the block says of inputs that are one after the other. */
    float[] logits(float[] values) {
        try (NDManager manager = block.manager().newSubManager()) {
            return forward(values, manager, false).toFloatArray();
        }
    }

    /** A model that says logits of inputs that are one after the other. */
    @FunctionalInterface
    interface Model {
        float[] logits(float[] values);
    }

    ClassificationScores scores(List<LabelledImage> pictures, Model model) {
        ClassificationScores scores = new ClassificationScores(labels);
        int at = 0;
        for (Prefetch.Batch<Batch> batch : plain(pictures)) {
            float[] logits = model.logits(batch.get().values);
            for (int row = 0; row < batch.size(); row++, at++) {
                float[] ofPicture = new float[labels.size()];
                System.arraycopy(logits, row * labels.size(), ofPicture, 0, ofPicture.length);
                scores.add(pictures.get(at).label(), ofPicture);
            }
        }
        return scores;
    }

    /** Largest difference between what another model and the block say of some pictures. */
    double difference(List<LabelledImage> pictures, Model model) {
        double worst = 0;
        for (Prefetch.Batch<Batch> batch : plain(pictures)) {
            float[] values = batch.get().values;
            float[] expected = logits(values);
            float[] actual = model.logits(values);
            if (expected.length != actual.length) {
                throw new IllegalStateException(
                        actual.length + " logits of the exported model (expected: " + expected.length + ")");
            }
            for (int i = 0; i < expected.length; i++) {
                double difference = Math.abs(expected[i] - actual[i]);
                // a NaN must not pass
                worst = difference <= worst ? worst : difference;
            }
        }
        return worst;
    }

    private List<Prefetch.Batch<Batch>> plain(List<LabelledImage> pictures) {
        return batches(pictures, (picture, index, values, offset) -> inputs.plain(picture, values, offset));
    }
}
