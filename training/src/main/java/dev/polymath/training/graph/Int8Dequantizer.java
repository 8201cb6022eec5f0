package dev.polymath.training.graph;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Makes a graph that {@link Int8Quantizer} wrote trainable again: the same products with float weights, under their old
 * names. What the rounding to 8 bits has taken from them stays lost.
 */
public final class Int8Dequantizer {
    private static final String SUFFIX = "_int8";
    private static final int ZERO_OF_BLOCKS = 128;

    private final OnnxGraph graph;

    private Int8Dequantizer(OnnxGraph graph) {
        this.graph = graph;
    }

    /** Returns the float copy of a graph of any {@link Int8Quantizer.Scheme}; of a graph without such weights, a copy. */
    public static OnnxGraph dequantize(OnnxGraph quantized) {
        Int8Dequantizer dequantizer = new Int8Dequantizer(quantized.copy());
        Map<String, NodeProto> floats = new HashMap<>();
        for (NodeProto node : quantized.nodes()) {
            NodeProto whole = dequantizer.whole(node);
            if (whole != null) {
                floats.put(whole.getOutput(0), whole);
            }
        }
        dequantizer.graph.replaceNodes(node -> List.of(floats.getOrDefault(node.getOutput(0), node)));
        dequantizer.graph.prune();
        return dequantizer.graph;
    }

    /** The product or look-up that this node is the heart of, on float weights; or null. */
    private @Nullable NodeProto whole(NodeProto node) {
        String output = node.getOutput(0);
        return switch (node.getOpType()) {
            case "MatMulIntegerToFloat" ->
                node("MatMul", without(output, "_int8_product"), without(node.getInput(0), SUFFIX), node.getInput(1));
            case "MatMulNBits" -> node("MatMul", output, node.getInput(0), node.getInput(1));
            case "MatMulInteger" -> {
                NodeProto quantize = Objects.requireNonNull(graph.producer(node.getInput(0)));
                yield node("MatMul", without(node.getInput(0), SUFFIX), quantize.getInput(0), node.getInput(1));
            }
            // the weights of WEIGHT_ONLY
            case "Cast" -> isQuantized(node.getInput(0)) && output.endsWith("_weight_float") ? weightOnly(node) : null;
            case "Gather" ->
                isQuantized(node.getInput(0))
                        ? builder("Gather", without(output, SUFFIX))
                                .addInput(weight(node.getInput(0)))
                                .addInput(node.getInput(1))
                                .build()
                        : null;
            default -> null;
        };
    }

    private NodeProto weightOnly(NodeProto cast) {
        String y = without(cast.getOutput(0), "_weight_float");
        NodeProto product = Objects.requireNonNull(graph.producer(y));
        return product.getOpType().equals("Conv")
                ? product.toBuilder().setInput(1, weight(cast.getInput(0))).build()
                : node("MatMul", y, product.getInput(0), cast.getInput(0));
    }

    private NodeProto node(String operator, String output, String x, String quantizedWeight) {
        return builder(operator, output)
                .addInput(x)
                .addInput(weight(quantizedWeight))
                .build();
    }

    private static NodeProto.Builder builder(String operator, String output) {
        return NodeProto.newBuilder().setOpType(operator).setName(output).addOutput(output);
    }

    private boolean isQuantized(String name) {
        return name.endsWith(SUFFIX) && graph.initializerNames().contains(name);
    }

    /** The name of the float weights, which are made when they are first asked for. */
    private String weight(String quantized) {
        String name = without(quantized, SUFFIX);
        if (graph.initializerNames().contains(name)) {
            return name;
        }
        long[] shape = graph.shape(quantized);
        long[] values = graph.longs(quantized);
        float[] scales = graph.floats(name + "_scales");
        float[] floats = new float[values.length];
        long[] ofScales = graph.shape(name + "_scales");
        if (shape.length == ofScales.length && shape.length > 2) {
            // a convolution, a scale per output channel
            int width = values.length / scales.length;
            for (int i = 0; i < values.length; i++) {
                floats[i] = values[i] * scales[i / width];
            }
            graph.addInitializer(name, shape, floats);
            return name;
        }
        if (shape.length == 3) {
            // [n, k / block, block], a scale per block; becomes [k, n]
            int n = Math.toIntExact(shape[0]);
            int block = Math.toIntExact(shape[2]);
            int blocks = Math.toIntExact(shape[1]);
            for (int i = 0; i < values.length; i++) {
                int row = i / block % blocks * block + i % block;
                int column = i / (block * blocks);
                floats[row * n + column] = (values[i] - ZERO_OF_BLOCKS) * scales[i / block];
            }
            graph.addInitializer(name, new long[] {(long) blocks * block, n}, floats);
            return name;
        }
        int width = Math.toIntExact(shape[1]);
        boolean perRow = ofScales.length == 2;
        for (int i = 0; i < values.length; i++) {
            floats[i] = values[i] * scales[perRow ? i / width : i % width];
        }
        graph.addInitializer(name, shape, floats);
        return name;
    }

    private static String without(String name, String suffix) {
        if (!name.endsWith(suffix)) {
            throw new IllegalArgumentException(
                    name + " (expected: a name ending in " + suffix + ", as Int8Quantizer gives it)");
        }
        return name.substring(0, name.length() - suffix.length());
    }
}
