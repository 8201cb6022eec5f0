package dev.polymath.training.objectdetection;

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
import java.util.function.Function;
import java.util.stream.IntStream;

/** Augmented pictures, the loss of YOLOX, and the mean average precision on pictures that are not trained on. */
final class DetectionTask implements TrainingTask<Prefetch.Batch<DetectionTask.Step>> {
    /** What one step learns from. */
    record Step(DetectionExamples.Batch examples, boolean last) {}

    private final TrainableGraph block;
    private final List<String> labels;
    private final AnchorPoints anchors;
    private final DetectionLoss loss;
    private final DetectionExamples examples;
    private final Prefetch prefetch;
    private final List<AnnotatedImage> train;
    private final Map<String, List<AnnotatedImage>> dev;
    private final int batchSize;
    private final int mosaicEpochs;
    private final long seed;
    private int epoch;
    private double done;

    /**
     * @param block with logits
     * @param labels by id
     * @param dev sets to measure with, by name
     * @param mosaicEpochs epochs with mosaics; the others are the last ones
     */
    DetectionTask(
            TrainableGraph block,
            List<String> labels,
            AnchorPoints anchors,
            DetectionExamples examples,
            Prefetch prefetch,
            List<AnnotatedImage> train,
            Map<String, List<AnnotatedImage>> dev,
            int batchSize,
            int mosaicEpochs,
            long seed) {
        this.block = block;
        this.labels = labels;
        this.anchors = anchors;
        this.loss = new DetectionLoss(anchors, labels.size());
        this.examples = examples;
        this.prefetch = prefetch;
        this.train = train;
        this.dev = dev;
        this.batchSize = batchSize;
        this.mosaicEpochs = mosaicEpochs;
        this.seed = seed;
    }

    @Override
    public List<Prefetch.Batch<Step>> epoch(int epoch) {
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, train.size()).boxed().toList());
        Collections.shuffle(order, new Random(seed * 104_729 + epoch));
        boolean last = epoch >= mosaicEpochs;
        this.epoch = epoch;
        return prefetch.batches(batches(train.size()), index -> sizeOf(index, train.size()), index -> {
            int[] chosen = order.subList(index * batchSize, index * batchSize + sizeOf(index, train.size())).stream()
                    .mapToInt(Integer::intValue)
                    .toArray();
            long ofBatch = (seed * 1_000_003 + epoch) * 1_000_003 + index;
            return new Step(examples.augmented(train, chosen, !last, ofBatch), last);
        });
    }

    private int batches(int pictures) {
        return (pictures + batchSize - 1) / batchSize;
    }

    private int sizeOf(int batch, int pictures) {
        return Math.min(batchSize, pictures - batch * batchSize);
    }

    @Override
    public int tokens(Prefetch.Batch<Step> batch) {
        return batch.size();
    }

    @Override
    public String unit() {
        return "pictures";
    }

    @Override
    public NDArray loss(Prefetch.Batch<Step> batch, NDManager manager) {
        Step step = batch.get();
        done = epoch + (batch.index() + 1.0) / batches(train.size());
        NDArray outputs = forward(step.examples.pixels(), manager, true);
        return loss.of(outputs, step.examples.targets(), step.last, manager);
    }

    private NDArray forward(float[] pixels, NDManager manager, boolean training) {
        int side = anchors.size();
        Shape shape = new Shape(pixels.length / (3 * side * side), 3, side, side);
        return block.forward(new NDList(manager.create(pixels, shape)), training)
                .head();
    }

    /** Without dev sets the later weights are the better ones. */
    @Override
    public Evaluation evaluate() {
        if (dev.isEmpty()) {
            return new Evaluation(done, new TreeMap<>());
        }
        SortedMap<String, Double> figures = new TreeMap<>();
        double sum = 0;
        for (Map.Entry<String, List<AnnotatedImage>> set : dev.entrySet()) {
            DetectionScores scores = scores(set.getValue(), labels, this::probabilities);
            figures.put(set.getKey() + "/all/map50", scores.map50());
            figures.put(set.getKey() + "/all/map50-95", scores.map());
            scores.labels().forEach(label -> figures.put(set.getKey() + "/" + label.label() + "/ap50", label.ap50()));
            sum += scores.map();
        }
        return new Evaluation(sum / dev.size(), figures);
    }

    /** What the serving graph would put out. */
    float[] probabilities(float[] pixels) {
        try (NDManager manager = block.manager().newSubManager()) {
            float[] values = forward(pixels, manager, false).toFloatArray();
            int width = 5 + labels.size();
            for (int i = 0; i < values.length; i++) {
                if (i % width >= 4) {
                    values[i] = (float) (1 / (1 + Math.exp(-values[i])));
                }
            }
            return values;
        }
    }

    /**
     * Measures a model of this size and these levels.
     *
     * @param names of its labels by id
     * @param model gives the outputs with probabilities for pixels {@code [batch, 3, size, size]}
     */
    DetectionScores scores(List<AnnotatedImage> pictures, List<String> names, Function<float[], float[]> model) {
        List<DetectionScores.Picture> found = new ArrayList<>();
        for (Prefetch.Batch<DetectionExamples.PlainBatch> batch : plain(pictures)) {
            DetectionExamples.PlainBatch plain = batch.get();
            float[] outputs = model.apply(plain.pixels());
            int perPicture = outputs.length / plain.pictures().size();
            for (int i = 0; i < plain.pictures().size(); i++) {
                found.add(new DetectionScores.Picture(
                        plain.pictures().get(i).objects(),
                        FoundBoxes.of(
                                outputs,
                                i * perPicture,
                                anchors,
                                names,
                                plain.placements().get(i))));
            }
        }
        return DetectionScores.of(found);
    }

    /** A number of pictures that are held out, or else trained on. */
    List<AnnotatedImage> some(int count) {
        return (dev.isEmpty() ? train : dev.values().iterator().next())
                .stream().limit(count).toList();
    }

    /** Largest difference between the outputs of another model and of the block on some pictures. */
    double difference(List<AnnotatedImage> pictures, Function<float[], float[]> model) {
        double worst = 0;
        for (Prefetch.Batch<DetectionExamples.PlainBatch> batch : plain(pictures)) {
            float[] pixels = batch.get().pixels();
            float[] expected = probabilities(pixels);
            float[] actual = model.apply(pixels);
            if (expected.length != actual.length) {
                throw new IllegalStateException(
                        actual.length + " outputs of the exported model (expected: " + expected.length + ")");
            }
            for (int i = 0; i < expected.length; i++) {
                double difference = Math.abs(expected[i] - actual[i]);
                // a NaN must not pass
                worst = difference <= worst ? worst : difference;
            }
        }
        return worst;
    }

    private List<Prefetch.Batch<DetectionExamples.PlainBatch>> plain(List<AnnotatedImage> pictures) {
        return prefetch.batches(
                batches(pictures.size()),
                index -> sizeOf(index, pictures.size()),
                index -> examples.plain(
                        pictures.subList(index * batchSize, index * batchSize + sizeOf(index, pictures.size()))));
    }
}
