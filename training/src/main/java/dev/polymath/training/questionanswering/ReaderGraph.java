package dev.polymath.training.questionanswering;

import ai.onnx.proto.OnnxMl.ValueInfoProto;
import dev.polymath.training.encoder.EncoderGraph;
import dev.polymath.training.graph.OnnxGraph;
import java.util.List;

/**
 * Makes a reader of an encoder: a linear layer on the last hidden state of each token that gives it a start and an end logit (Devlin
 * et al. 2019, "BERT", section 4.2), and Dropout where BERT has it.
 */
final class ReaderGraph {
    static final String START_LOGITS = "start_logits";
    static final String END_LOGITS = "end_logits";

    private ReaderGraph() {}

    /**
     * @param encoder with inputs {@code input_ids}, {@code attention_mask} and {@code token_type_ids} and the hidden states
     *     {@code [batch, sequence, width]} as its first output, or a reader, whose head is kept; stays as it is
     * @param seed of a new head
     * @return a graph with the outputs {@code start_logits} and {@code end_logits}, {@code [batch, sequence]} each
     */
    static OnnxGraph build(OnnxGraph encoder, float dropout, long seed) {
        OnnxGraph graph = EncoderGraph.copy(encoder);
        boolean reads = graph.outputNames().equals(List.of(START_LOGITS, END_LOGITS));
        if (!reads && graph.outputNames().get(0).equals("logits")) {
            throw new IllegalArgumentException("model outputs " + graph.outputNames()
                    + " (expected: hidden states first, or " + START_LOGITS + " and " + END_LOGITS + ")");
        }
        String hidden = reads
                ? EncoderGraph.headInput(graph, START_LOGITS)
                : graph.outputNames().get(0);
        if (!reads) {
            int width = EncoderGraph.width(graph, hidden);
            EncoderGraph.cutAfter(graph, hidden);
            String both = EncoderGraph.addLinear(graph, EncoderGraph.HEAD, hidden, width, 2, seed);
            graph.setOutputs(logits(graph, both, START_LOGITS, 0), logits(graph, both, END_LOGITS, 1));
            graph.prune();
        }
        EncoderGraph.insertDropout(graph, hidden, dropout);
        return graph;
    }

    /** {@code [batch, sequence]} of {@code [batch, sequence, 2]}. */
    private static ValueInfoProto logits(OnnxGraph graph, String both, String name, long index) {
        String which = graph.addInitializer(graph.unique(name + "_index"), new long[0], new long[] {index});
        return OnnxGraph.value(
                graph.add("Gather", name, List.of(both, which), OnnxGraph.attribute("axis", 2L)),
                OnnxGraph.ElementType.FLOAT,
                "batch_size",
                "sequence_length");
    }
}
