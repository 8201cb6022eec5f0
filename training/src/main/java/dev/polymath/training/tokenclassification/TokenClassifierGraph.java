package dev.polymath.training.tokenclassification;

import ai.onnx.proto.OnnxMl.NodeProto;
import dev.polymath.inference.WordShape;
import dev.polymath.training.graph.OnnxGraph;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Makes a token classifier of an encoder: a linear layer on the last hidden state of each token, Dropout where BERT has it, and a
 * token-type table with a row for each {@link WordShape}.
 */
final class TokenClassifierGraph {
    static final String HEAD = "classifier";
    static final String LOGITS = "logits";
    /** Standard deviation of a new head's weights, as BERT begins. */
    private static final double HEAD_DEVIATION = 0.02;

    private static final Pattern DENSE_OUTPUT = Pattern.compile(".*output[./]dense[./].*");

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
        OnnxGraph graph = encoder.copy();
        graph.nameAnonymousWeights();
        Set<String> needed = Set.of("input_ids", "attention_mask", "token_type_ids");
        if (!needed.containsAll(graph.inputNames())) {
            throw new IllegalArgumentException("model inputs " + graph.inputNames() + " (expected: of " + needed + ")");
        }
        String output = graph.outputNames().get(0);
        boolean classifies = output.equals(LOGITS);
        String hidden = classifies ? headInput(graph) : output;
        if (!classifies || !existingLabels.equals(labels)) {
            addHead(graph, hidden, labels, seed);
        }
        if (wordShape) {
            String table = table(graph, "token_type_ids");
            if (table == null) {
                throw new IllegalArgumentException(
                        "the encoder has no table for token_type_ids (expected: one, or --no-word-shape)");
            }
            if (graph.shape(table)[0] < WordShape.values().length) {
                graph.enlargeEmbedding(table, WordShape.values().length, 0);
            }
        }
        if (dropout > 0) {
            graph.insertDropout(
                    node -> node.getOpType().equals("Softmax")
                            || node.getOutput(0).equals(hidden)
                            || (node.getOpType().equals("Add")
                                    && DENSE_OUTPUT.matcher(node.getOutput(0)).matches()),
                    dropout);
        }
        return graph;
    }

    private static void addHead(OnnxGraph graph, String hidden, List<String> labels, long seed) {
        int width = width(graph, hidden);
        Random random = new Random(seed);
        float[] weight = new float[width * labels.size()];
        for (int i = 0; i < weight.length; i++) {
            weight[i] = (float) (HEAD_DEVIATION * random.nextGaussian());
        }
        // the old head, if there is one, goes first so that its names are free
        if (graph.outputNames().get(0).equals(LOGITS)) {
            graph.setOutputs(
                    OnnxGraph.value(hidden, OnnxGraph.ElementType.FLOAT, "batch_size", "sequence_length", "" + width));
            graph.prune();
        }
        String sum =
                graph.addLinear(graph.unique(HEAD), hidden, width, labels.size(), weight, new float[labels.size()]);
        String logits = graph.add("Identity", LOGITS, List.of(sum));
        graph.setOutputs(OnnxGraph.value(
                logits, OnnxGraph.ElementType.FLOAT, "batch_size", "sequence_length", Integer.toString(labels.size())));
        graph.prune();
    }

    /** What the last MatMul before the logits reads. */
    private static String headInput(OnnxGraph graph) {
        String value = LOGITS;
        for (int i = 0; i < 3; i++) {
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
                "the model's logits do not come from a linear layer (expected: MatMul and Add)");
    }

    /** Width of the hidden state: that of the last one-dimensional weight (bias of the last LayerNorm) behind it. */
    private static int width(OnnxGraph graph, String hidden) {
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

    /** The embedding table that this input looks up, or null. */
    static @Nullable String table(OnnxGraph graph, String input) {
        return graph.nodes().stream()
                .filter(node ->
                        node.getOpType().equals("Gather") && node.getInput(1).equals(input))
                .map(node -> node.getInput(0))
                .filter(graph.initializerNames()::contains)
                .findFirst()
                .orElse(null);
    }

    /** All float tables that are looked up with Gather: words, positions and types. */
    static List<String> tables(OnnxGraph graph) {
        return graph.nodes().stream()
                .filter(node -> node.getOpType().equals("Gather"))
                .map(node -> node.getInput(0))
                .filter(name ->
                        graph.initializerNames().contains(name) && graph.isFloat(name) && graph.shape(name).length == 2)
                .distinct()
                .toList();
    }
}
