package dev.polymath.training.tokenclassification;

import dev.polymath.inference.WordShape;
import dev.polymath.training.encoder.EncoderGraph;
import dev.polymath.training.graph.OnnxGraph;
import java.util.List;

/**
 * Makes a token classifier of an encoder: a linear layer on the last hidden state of each token, Dropout where BERT has it, and a
 * token-type table with a row for each {@link WordShape}.
 */
final class TokenClassifierGraph {
    static final String LOGITS = "logits";

    private TokenClassifierGraph() {}

    /**
     * @param encoder with inputs {@code input_ids}, {@code attention_mask} and {@code token_type_ids} and the hidden states
     *     {@code [batch, sequence, width]} as its first output, or a token classifier; stays as it is
     * @param existingLabels labels of the encoder's own classifier; its head is kept when they are {@code labels}
     * @param wordShape whether token types are word shapes
     * @param seed of a new head
     */
    static OnnxGraph build(
            OnnxGraph encoder,
            List<String> existingLabels,
            List<String> labels,
            boolean wordShape,
            float dropout,
            long seed) {
        OnnxGraph graph = EncoderGraph.copy(encoder);
        String output = graph.outputNames().get(0);
        boolean classifies = output.equals(LOGITS);
        String hidden = classifies ? EncoderGraph.headInput(graph, LOGITS) : output;
        if (!classifies || !existingLabels.equals(labels)) {
            addHead(graph, hidden, labels, seed);
        }
        if (wordShape) {
            String table = EncoderGraph.table(graph, "token_type_ids");
            if (table == null) {
                throw new IllegalArgumentException(
                        "the encoder has no table for token_type_ids (expected: one, or --no-word-shape)");
            }
            if (graph.shape(table)[0] < WordShape.values().length) {
                graph.enlargeEmbedding(table, WordShape.values().length, 0);
            }
        }
        EncoderGraph.insertDropout(graph, hidden, dropout);
        return graph;
    }

    private static void addHead(OnnxGraph graph, String hidden, List<String> labels, long seed) {
        int width = EncoderGraph.width(graph, hidden);
        EncoderGraph.cutAfter(graph, hidden);
        String sum = EncoderGraph.addLinear(graph, EncoderGraph.HEAD, hidden, width, labels.size(), seed);
        String logits = graph.add("Identity", LOGITS, List.of(sum));
        graph.setOutputs(OnnxGraph.value(
                logits, OnnxGraph.ElementType.FLOAT, "batch_size", "sequence_length", Integer.toString(labels.size())));
        graph.prune();
    }
}
