package dev.polymath.training.questionanswering;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.polymath.inference.SpanDecoder;
import dev.polymath.training.TrainingTask;
import dev.polymath.training.encoder.BlockOutputs;
import dev.polymath.training.encoder.SequenceBatch;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.TrainableGraph;
import dev.polymath.training.questionanswering.QuestionEncoder.Encoded;
import java.util.List;

/** Mean cross-entropy of where answers start and end, among the text and "no answer"; the score is the F1 on the dev questions. */
final class QuestionAnsweringTask implements TrainingTask<SequenceBatch<EncodedQuestion>> {
    /** Added to the logits of positions that cannot be chosen. */
    private static final float IMPOSSIBLE = -1e4f;

    private final TrainableGraph block;
    private final OnnxGraph graph;
    private final QuestionData data;
    private final int batchTokens;
    private final long seed;
    private final List<Encoded> dev;
    private final SpanDecoder decoder;

    QuestionAnsweringTask(
            TrainableGraph block,
            OnnxGraph graph,
            QuestionData data,
            int batchTokens,
            long seed,
            List<Encoded> dev,
            SpanDecoder decoder) {
        this.block = block;
        this.graph = graph;
        this.data = data;
        this.batchTokens = batchTokens;
        this.seed = seed;
        this.dev = dev;
        this.decoder = decoder;
    }

    @Override
    public List<SequenceBatch<EncodedQuestion>> epoch(int epoch) {
        return data.epoch(epoch, seed, batchTokens);
    }

    @Override
    public int tokens(SequenceBatch<EncodedQuestion> batch) {
        return batch.tokens();
    }

    @Override
    public NDArray loss(SequenceBatch<EncodedQuestion> batch, NDManager manager) {
        NDList logits = block.forward(batch.inputs(manager, graph.inputNames()), true);
        int width = batch.width();
        float[] mask = new float[batch.size() * width];
        float[] starts = new float[mask.length];
        float[] ends = new float[mask.length];
        // what the log-probabilities are multiplied with and summed over to give the mean of both cross-entropies
        float weight = -0.5f / batch.size();
        for (int row = 0; row < batch.size(); row++) {
            EncodedQuestion question = batch.rows().get(row);
            for (int t = 0; t < width; t++) {
                mask[row * width + t] = question.isCandidate(t) ? 0 : IMPOSSIBLE;
            }
            starts[row * width + question.start()] = weight;
            ends[row * width + question.end()] = weight;
        }
        Shape shape = new Shape(batch.size(), width);
        NDArray impossible = manager.create(mask, shape);
        return logits.get(0)
                .add(impossible)
                .logSoftmax(1)
                .mul(manager.create(starts, shape))
                .sum()
                .add(logits.get(1)
                        .add(impossible)
                        .logSoftmax(1)
                        .mul(manager.create(ends, shape))
                        .sum());
    }

    @Override
    public Evaluation evaluate() {
        ReaderScores scores = ReaderEvaluation.evaluate(new BlockOutputs(block, graph), dev, decoder);
        return new Evaluation(scores.f1(), scores.figures());
    }
}
