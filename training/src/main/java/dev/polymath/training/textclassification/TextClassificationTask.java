package dev.polymath.training.textclassification;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.polymath.training.TrainingTask;
import dev.polymath.training.encoder.SequenceBatch;
import dev.polymath.training.graph.TrainableGraph;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Cross-entropy over single labels, binary cross-entropy averaged over the labels of multi-label heads. A head's losses are
 * summed over the texts that it is asked about and divided by all texts of the batch, so that each head counts by its texts and
 * its weight.
 */
final class TextClassificationTask implements TrainingTask<SequenceBatch<ClassifiedText>> {

    /**
     * What one head learns from.
     *
     * @param labelWeights weight in the loss per label id
     * @param weight factor on the head's loss, > 0
     */
    record HeadLoss(Head head, float[] labelWeights, double weight) {}

    /** Texts that a head is measured with. */
    record DevSet(String name, int head, List<ClassifiedText> texts) {}

    private final TrainableGraph block;
    private final ClassifierInputs inputs;
    private final List<HeadLoss> losses;
    private final double smoothing;
    private final TrainingTexts data;
    private final ClassifierEncoder encoder;
    private final int batchTokens;
    private final long seed;
    private final List<DevSet> devSets;

    TextClassificationTask(
            TrainableGraph block,
            ClassifierInputs inputs,
            List<HeadLoss> losses,
            double smoothing,
            TrainingTexts data,
            ClassifierEncoder encoder,
            int batchTokens,
            long seed,
            List<DevSet> devSets) {
        this.block = block;
        this.inputs = inputs;
        this.losses = losses;
        this.smoothing = smoothing;
        this.data = data;
        this.encoder = encoder;
        this.batchTokens = batchTokens;
        this.seed = seed;
        this.devSets = devSets;
    }

    @Override
    public List<SequenceBatch<ClassifiedText>> epoch(int epoch) {
        List<SequenceBatch<ClassifiedText>> batches =
                new ArrayList<>(SequenceBatch.of(data.epoch(epoch, seed, encoder), batchTokens));
        Collections.shuffle(batches, new Random(seed * 104_729 + epoch));
        return batches;
    }

    @Override
    public int tokens(SequenceBatch<ClassifiedText> batch) {
        return batch.tokens();
    }

    @Override
    public NDArray loss(SequenceBatch<ClassifiedText> batch, NDManager manager) {
        NDList outputs = block.forward(inputs.of(batch, manager), true);
        NDArray total = null;
        for (int head = 0; head < losses.size(); head++) {
            NDArray loss = loss(outputs.get(head), batch, head, manager);
            if (loss != null) {
                total = total == null ? loss : total.add(loss);
            }
        }
        if (total == null) {
            throw new IllegalStateException("a batch that asks no head");
        }
        return total;
    }

    private @Nullable NDArray loss(NDArray logits, SequenceBatch<ClassifiedText> batch, int index, NDManager manager) {
        HeadLoss loss = losses.get(index);
        int labels = loss.head.labels().size();
        float[] targets = new float[batch.size() * labels];
        float[] weights = new float[targets.length];
        double total = 0;
        int asked = 0;
        for (int row = 0; row < batch.size(); row++) {
            int[] gold = batch.rows().get(row).labels()[index];
            if (gold != null) {
                asked++;
                total += target(loss, gold, targets, weights, row * labels);
            }
        }
        if (asked == 0) {
            return null;
        }
        // the weighted mean over the texts that are asked, times their share of the batch
        float factor = (float) (loss.weight * asked / batch.size() / total);
        for (int i = 0; i < targets.length; i++) {
            targets[i] *= factor;
            weights[i] *= factor;
        }
        Shape shape = new Shape(batch.size(), labels);
        NDArray weightedTargets = manager.create(targets, shape);
        if (!loss.head.multiLabel()) {
            return logits.logSoftmax(1).mul(weightedTargets).sum().neg();
        }
        // -[t log s(x) + (1 - t) log(1 - s(x))] = softplus(x) - t x
        return logits.getNDArrayInternal()
                .softPlus()
                .mul(manager.create(weights, shape))
                .sub(logits.mul(weightedTargets))
                .sum();
    }

    /** Writes the weighted targets of one text and, for multi-label heads, the weights; returns the sum of the weights. */
    private double target(HeadLoss loss, int[] gold, float[] targets, float[] weights, int at) {
        int labels = loss.head.labels().size();
        double total = 0;
        for (int label = 0; label < labels; label++) {
            boolean is = Arrays.binarySearch(gold, label) >= 0;
            if (loss.head.multiLabel()) {
                weights[at + label] = loss.labelWeights[label];
                targets[at + label] = (float) (loss.labelWeights[label] * (is ? 1 - smoothing / 2 : smoothing / 2));
                total += loss.labelWeights[label];
            } else {
                float weight = loss.labelWeights[gold[0]];
                targets[at + label] = (float) (weight * (smoothing / labels + (is ? 1 - smoothing : 0)));
                total += is ? weight : 0;
            }
        }
        return total;
    }

    @Override
    public Evaluation evaluate() {
        SortedMap<String, Double> figures = new TreeMap<>();
        double sum = 0;
        for (DevSet set : devSets) {
            Predictions predictions =
                    Predictions.of(inputs.outputsOf(block), set.texts, losses.get(set.head).head, set.head);
            SetScores scores = SetScores.of(predictions, predictions.calibrate());
            scores.figures().forEach((figure, value) -> figures.put(set.name + "/all/" + figure, value));
            figures.put(set.name + "/nll", scores.negativeLogLikelihood());
            scores.scores()
                    .counts()
                    .forEach(counts -> figures.put(set.name + "/" + counts.label() + "/f1", counts.f1()));
            sum += scores.score();
        }
        return new Evaluation(sum / devSets.size(), figures);
    }
}
