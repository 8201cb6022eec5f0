package dev.polymath.training.tokenclassification;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.polymath.training.TrainingTask;
import dev.polymath.training.encoder.BlockOutputs;
import dev.polymath.training.encoder.ModelOutputs;
import dev.polymath.training.encoder.SequenceBatch;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.TrainableGraph;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Cross-entropy over the labels of words; the score is the mean of the entity F1 on each dev set. */
final class TokenClassificationTask implements TrainingTask<SequenceBatch<EncodedSentence>> {
    private final TrainableGraph block;
    private final OnnxGraph graph;
    private final List<String> labels;
    /** Per label id. */
    private final float[] labelWeights;
    /** Share of the target that is spread over all labels, in [0, 1). */
    private final double smoothing;

    private final TrainingData data;
    private final SentenceEncoder encoder;
    private final int batchTokens;
    private final long seed;
    private final Map<String, List<EncodedSentence>> devSets;

    TokenClassificationTask(
            TrainableGraph block,
            OnnxGraph graph,
            List<String> labels,
            float[] labelWeights,
            double smoothing,
            TrainingData data,
            SentenceEncoder encoder,
            int batchTokens,
            long seed,
            Map<String, List<EncodedSentence>> devSets) {
        this.block = block;
        this.graph = graph;
        this.labels = labels;
        this.labelWeights = labelWeights;
        this.smoothing = smoothing;
        this.data = data;
        this.encoder = encoder;
        this.batchTokens = batchTokens;
        this.seed = seed;
        this.devSets = devSets;
    }

    @Override
    public List<SequenceBatch<EncodedSentence>> epoch(int epoch) {
        return data.epoch(epoch, seed, encoder, batchTokens);
    }

    @Override
    public int tokens(SequenceBatch<EncodedSentence> batch) {
        return batch.tokens();
    }

    @Override
    public NDArray loss(SequenceBatch<EncodedSentence> batch, NDManager manager) {
        NDList inputs = batch.inputs(manager, graph.inputNames());
        NDArray logits = block.forward(inputs, true).head();
        NDArray rows = logits.reshape(new Shape(-1, labels.size()));
        return rows.logSoftmax(1).mul(targets(batch, manager)).sum();
    }

    @Override
    public Evaluation evaluate() {
        ModelOutputs model = new BlockOutputs(block, graph);
        SortedMap<String, Double> figures = new TreeMap<>();
        double sum = 0;
        for (Map.Entry<String, List<EncodedSentence>> dev : devSets.entrySet()) {
            Predictions predictions = Predictions.of(model, dev.getValue(), labels.size());
            EntityScores scores = predictions.scores(labels, 1);
            scores.withMicro().forEach((type, counts) -> {
                String prefix = dev.getKey() + "/" + type + "/";
                figures.put(prefix + "precision", counts.precision());
                figures.put(prefix + "recall", counts.recall());
                figures.put(prefix + "f1", counts.f1());
            });
            figures.put(dev.getKey() + "/nll", predictions.negativeLogLikelihood(1));
            sum += scores.micro().f1();
        }
        return new Evaluation(sum / devSets.size(), figures);
    }

    /**
     * What the log-probabilities are multiplied with and summed over to give the mean loss: {@code [size * width, labels]},
     * minus the label's weight at the right label of each token that is asked, divided by the sum of those weights.
     */
    private NDArray targets(SequenceBatch<EncodedSentence> batch, NDManager manager) {
        int width = batch.width();
        int labels = labelWeights.length;
        float[] targets = new float[batch.size() * width * labels];
        double total = 0;
        for (EncodedSentence sentence : batch.rows()) {
            for (int label : sentence.labels()) {
                total += label == EncodedSentence.IGNORED ? 0 : labelWeights[label];
            }
        }
        for (int row = 0; row < batch.size(); row++) {
            int[] wanted = batch.rows().get(row).labels();
            for (int t = 0; t < wanted.length; t++) {
                if (wanted[t] == EncodedSentence.IGNORED) {
                    continue;
                }
                double weight = -labelWeights[wanted[t]] / total;
                int at = (row * width + t) * labels;
                for (int l = 0; l < labels; l++) {
                    targets[at + l] = (float) (weight * smoothing / labels);
                }
                targets[at + wanted[t]] += (float) (weight * (1 - smoothing));
            }
        }
        return manager.create(targets, new Shape((long) batch.size() * width, labels));
    }
}
