package dev.polymath.training.textclassification;

import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import dev.polymath.training.encoder.EncoderGraph;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.OnnxGraph.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Makes a text classifier of an encoder: the mean of the last hidden states over the attention mask, Dropout, and a linear layer
 * per head, each with an output {@code [batch, labels]}: {@code logits} for the only head, otherwise named like the head.
 */
final class TextClassifierGraph {
    /** The mean of the hidden states, {@code [batch, width]}. */
    static final String POOLED = "pooled";

    private static final String MASKED = "pooling_masked";
    private static final String FEATURES = "features";
    private static final Set<String> TOKEN_HEADS = Set.of("logits", "start_logits");

    private TextClassifierGraph() {}

    /**
     * @param encoder with the hidden states as its first output, or with a head per token or text, which goes unless it is a text
     *     classifier of the same heads; stays as it is
     * @param existing heads of the encoder, where it is a text classifier
     * @param seed of new heads
     */
    static OnnxGraph build(OnnxGraph encoder, List<Head> existing, List<Head> heads, float dropout, long seed) {
        OnnxGraph graph = pooled(encoder, existing.equals(heads));
        if (!existing.equals(heads)) {
            int width = EncoderGraph.width(graph, hidden(graph));
            addHeads(graph, POOLED, width, heads, seed);
        }
        EncoderGraph.insertDropout(graph, POOLED, dropout);
        return graph;
    }

    /** The encoder with the pooled hidden state as its only output. */
    static OnnxGraph pooled(OnnxGraph encoder) {
        return pooled(encoder, false);
    }

    /** Only the heads, on an input {@code features} {@code [batch, width]}: what is trained where the encoder is frozen. */
    static OnnxGraph headsOnly(int width, List<Head> heads, float dropout, long seed) {
        OnnxGraph graph = OnnxGraph.create("heads", 13);
        graph.addInput(OnnxGraph.value(FEATURES, ElementType.FLOAT, "batch_size", "" + width));
        String features = graph.add("Identity", POOLED, List.of(FEATURES));
        addHeads(graph, features, width, heads, seed);
        EncoderGraph.insertDropout(graph, POOLED, dropout);
        return graph;
    }

    /**
     * Lets new heads begin where a head that knows nothing of a text ends: at how frequent each label is.
     *
     * @param frequencies per head and label, in (0, 1)
     */
    static void setBiases(OnnxGraph graph, List<Head> heads, List<double[]> frequencies) {
        for (int i = 0; i < heads.size(); i++) {
            boolean multiLabel = heads.get(i).multiLabel();
            double[] frequency = frequencies.get(i);
            float[] bias = new float[frequency.length];
            for (int label = 0; label < bias.length; label++) {
                bias[label] = (float) (Math.log(frequency[label]) - (multiLabel ? Math.log1p(-frequency[label]) : 0));
            }
            graph.setFloats(layer(heads, i) + ".bias", bias);
        }
    }

    private static String layer(List<Head> heads, int index) {
        return heads.size() == 1
                ? EncoderGraph.HEAD
                : EncoderGraph.HEAD + "." + heads.get(index).name();
    }

    private static String hidden(OnnxGraph encoder) {
        NodeProto masked = encoder.producer(MASKED);
        if (masked != null) {
            return masked.getInput(0);
        }
        String output = encoder.outputNames().get(0);
        return TOKEN_HEADS.contains(output) ? EncoderGraph.headInput(encoder, output) : output;
    }

    private static OnnxGraph pooled(OnnxGraph encoder, boolean keepHeads) {
        OnnxGraph graph = EncoderGraph.copy(encoder);
        if (graph.producer(POOLED) == null) {
            String hidden = hidden(graph);
            EncoderGraph.cutAfter(graph, hidden);
            addMean(graph, hidden);
        }
        if (!keepHeads) {
            graph.setOutputs(OnnxGraph.value(POOLED, ElementType.FLOAT));
            graph.prune();
        }
        return graph;
    }

    /** Padding counts nothing; the lower bound of the count keeps a row of padding finite. */
    private static void addMean(OnnxGraph graph, String hidden) {
        String mask = graph.add("Cast", "pooling_mask", List.of("attention_mask"), OnnxGraph.attribute("to", (long)
                ElementType.FLOAT.code()));
        String column = graph.add(
                "Reshape",
                "pooling_mask_column",
                List.of(mask, graph.addInitializer(graph.unique("pooling_shape"), new long[] {3}, 0L, -1L, 1L)));
        String masked = graph.add("Mul", MASKED, List.of(hidden, column));
        String sum = sumOverTokens(graph, "pooling_sum", masked);
        String count = sumOverTokens(graph, "pooling_count", column);
        String least = graph.addInitializer(graph.unique("pooling_least"), new long[0], 1e-9f);
        graph.add("Div", POOLED, List.of(sum, graph.add("Max", "pooling_count_bounded", List.of(count, least))));
    }

    /** Axes are an attribute before operator set 13 and an input since. */
    private static String sumOverTokens(OnnxGraph graph, String name, String x) {
        if (graph.operatorSet() < 13) {
            return graph.add(
                    "ReduceSum",
                    name,
                    List.of(x),
                    OnnxGraph.attribute("axes", new long[] {1}),
                    OnnxGraph.attribute("keepdims", 0L));
        }
        String axes = graph.addInitializer(graph.unique(name + "_axes"), new long[] {1}, 1L);
        return graph.add("ReduceSum", name, List.of(x, axes), OnnxGraph.attribute("keepdims", 0L));
    }

    private static void addHeads(OnnxGraph graph, String pooled, int width, List<Head> heads, long seed) {
        List<String> outputs = new ArrayList<>();
        for (int i = 0; i < heads.size(); i++) {
            Head head = heads.get(i);
            boolean only = heads.size() == 1;
            String sum = EncoderGraph.addLinear(
                    graph, layer(heads, i), pooled, width, head.labels().size(), seed + i);
            outputs.add(graph.add("Identity", only ? Head.ONLY : head.name(), List.of(sum)));
        }
        graph.setOutputs(outputs.stream()
                .map(name -> OnnxGraph.value(
                        name,
                        ElementType.FLOAT,
                        "batch_size",
                        "" + heads.get(outputs.indexOf(name)).labels().size()))
                .toArray(ValueInfoProto[]::new));
        graph.prune();
    }
}
