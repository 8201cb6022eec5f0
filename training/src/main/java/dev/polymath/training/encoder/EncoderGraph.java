package dev.polymath.training.encoder;

import ai.onnx.proto.OnnxMl.NodeProto;
import dev.polymath.training.graph.OnnxGraph;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Surgery on the graph of a BERT-like encoder: finds its hidden states and puts heads and Dropout on them. */
public final class EncoderGraph {
    /** What the names of a head's weights begin with. */
    public static final String HEAD = "classifier";
    /** Standard deviation of a new head's weights, as BERT begins. */
    private static final double HEAD_DEVIATION = 0.02;

    private static final int MOST_NODES_AFTER_HEAD = 4;
    private static final Pattern DENSE_OUTPUT = Pattern.compile(".*output[./]dense[./].*");

    private EncoderGraph() {}

    /** Whether a weight of this name belongs to a head. */
    public static boolean isHead(String name) {
        return name.startsWith(HEAD);
    }

    /**
     * A copy to change, in which every weight has a name.
     *
     * @throws IllegalArgumentException if it has inputs other than {@code input_ids}, {@code attention_mask} and
     *     {@code token_type_ids}
     */
    public static OnnxGraph copy(OnnxGraph encoder) {
        OnnxGraph graph = encoder.copy();
        graph.nameAnonymousWeights();
        Set<String> needed = Set.of("input_ids", "attention_mask", "token_type_ids");
        if (!needed.containsAll(graph.inputNames())) {
            throw new IllegalArgumentException("model inputs " + graph.inputNames() + " (expected: of " + needed + ")");
        }
        return graph;
    }

    /**
     * Takes off what comes after a value, so that the names of an old head are free.
     *
     * @param hidden {@code [batch, sequence, width]}; becomes the only output
     */
    public static void cutAfter(OnnxGraph graph, String hidden) {
        graph.setOutputs(OnnxGraph.value(
                hidden, OnnxGraph.ElementType.FLOAT, "batch_size", "sequence_length", "" + width(graph, hidden)));
        graph.prune();
    }

    /**
     * Adds a linear layer with new weights (normally distributed, biases 0); returns the name of its output.
     *
     * @param name of the layer, beginning with {@link #HEAD}
     * @param x {@code [..., in]}
     */
    public static String addLinear(OnnxGraph graph, String name, String x, int in, int out, long seed) {
        Random random = new Random(seed);
        float[] weight = new float[in * out];
        for (int i = 0; i < weight.length; i++) {
            weight[i] = (float) (HEAD_DEVIATION * random.nextGaussian());
        }
        return graph.addLinear(graph.unique(name), x, in, out, weight, new float[out]);
    }

    /** What the last MatMul before a head's output reads. */
    public static String headInput(OnnxGraph graph, String output) {
        String value = output;
        for (int i = 0; i <= MOST_NODES_AFTER_HEAD; i++) {
            NodeProto producer = graph.producer(value);
            if (producer == null) {
                break;
            }
            if (producer.getOpType().equals("MatMul")) {
                return producer.getInput(0);
            }
            value = producer.getInputList().stream()
                    .filter(input -> graph.producer(input) != null)
                    .findFirst()
                    .orElse("");
        }
        throw new IllegalArgumentException(
                "the model's " + output + " does not come from a linear layer (expected: MatMul and Add)");
    }

    /** Width of the hidden state: that of the last one-dimensional weight (bias of the last LayerNorm) behind it. */
    public static int width(OnnxGraph graph, String hidden) {
        NodeProto producer = graph.producer(hidden);
        if (producer != null) {
            for (String input : producer.getInputList()) {
                if (graph.constant(input) != null && graph.shape(input).length == 1) {
                    return Math.toIntExact(graph.shape(input)[0]);
                }
            }
        }
        throw new IllegalArgumentException(
                "width of " + hidden + " (expected: the output of a LayerNorm or a linear layer)");
    }

    /** Puts Dropout where BERT has it: on attention, dense outputs and what the head reads. Export takes it out again. */
    public static void insertDropout(OnnxGraph graph, String hidden, float probability) {
        if (probability > 0) {
            graph.insertDropout(
                    node -> node.getOpType().equals("Softmax")
                            || node.getOutput(0).equals(hidden)
                            || (node.getOpType().equals("Add")
                                    && DENSE_OUTPUT.matcher(node.getOutput(0)).matches()),
                    probability);
        }
    }

    /** The embedding table that this input looks up, or null. */
    public static @Nullable String table(OnnxGraph graph, String input) {
        return graph.nodes().stream()
                .filter(node ->
                        node.getOpType().equals("Gather") && node.getInput(1).equals(input))
                .map(node -> node.getInput(0))
                .filter(graph.initializerNames()::contains)
                .findFirst()
                .orElse(null);
    }

    /** All float tables that are looked up with Gather: words, positions and types. */
    public static List<String> tables(OnnxGraph graph) {
        return graph.nodes().stream()
                .filter(node -> node.getOpType().equals("Gather"))
                .map(node -> node.getInput(0))
                .filter(name ->
                        graph.initializerNames().contains(name) && graph.isFloat(name) && graph.shape(name).length == 2)
                .distinct()
                .toList();
    }
}
