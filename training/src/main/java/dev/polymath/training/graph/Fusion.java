package dev.polymath.training.graph;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Recognises what exporters decompose and the engine has whole: LayerNorm, erf-GELU, MatMul + bias. The rewritten graph is
 * for {@link TrainableGraph} only ({@code Linear} is no ONNX operator); what is exported is the original.
 */
final class Fusion {

    private final OnnxGraph graph;
    private final Map<String, NodeProto> producers = new HashMap<>();
    private final Map<String, Integer> reads = new HashMap<>();
    private final Map<String, NodeProto> readers = new HashMap<>();
    private final Set<String> removed = new HashSet<>();
    private final Map<String, NodeProto> replaced = new HashMap<>();

    private Fusion(OnnxGraph graph) {
        this.graph = graph;
        for (NodeProto node : graph.nodes()) {
            node.getOutputList().forEach(output -> producers.put(output, node));
            for (String input : node.getInputList()) {
                reads.merge(input, 1, Integer::sum);
                readers.put(input, node);
            }
        }
        graph.outputNames().forEach(output -> reads.merge(output, 1, Integer::sum));
    }

    /** Rewrites the graph in place. */
    static void apply(OnnxGraph graph) {
        new Fusion(graph).run();
    }

    private void run() {
        for (NodeProto node : graph.nodes()) {
            switch (node.getOpType()) {
                case "Sqrt" -> layerNorm(node);
                case "Erf" -> gelu(node);
                case "MatMul" -> linear(node);
                default -> {}
            }
        }
        graph.replaceNodes(node -> {
            NodeProto whole = replaced.get(node.getOutput(0));
            if (whole != null) {
                return List.of(whole);
            }
            return removed.contains(node.getOutput(0)) ? List.of() : List.of(node);
        });
    }

    /** {@code (x - mean(x)) / sqrt(mean((x - mean(x))^2) + epsilon) * gamma + beta}, all over the last axis. */
    private void layerNorm(NodeProto sqrt) {
        NodeProto plus = producer(sqrt.getInput(0), "Add");
        NodeProto variance = plus == null ? null : either(plus, "ReduceMean");
        if (plus == null || variance == null || !overLastAxis(variance)) {
            return;
        }
        Float epsilon = scalar(other(plus, variance.getOutput(0)));
        NodeProto square = producers.get(variance.getInput(0));
        if (epsilon == null || square == null || !isSquare(square)) {
            return;
        }
        NodeProto centred = producer(square.getInput(0), "Sub");
        NodeProto mean = centred == null ? null : producer(centred.getInput(1), "ReduceMean");
        NodeProto div = onlyReader(sqrt, "Div");
        NodeProto scaled = div == null ? null : onlyReader(div, "Mul");
        NodeProto shifted = scaled == null ? null : onlyReader(scaled, "Add");
        if (centred == null
                || mean == null
                || div == null
                || scaled == null
                || shifted == null
                || !overLastAxis(mean)
                || !mean.getInput(0).equals(centred.getInput(0))
                || !div.getInput(0).equals(centred.getOutput(0))
                || !div.getInput(1).equals(sqrt.getOutput(0))) {
            return;
        }
        String gamma = other(scaled, div.getOutput(0));
        String beta = other(shifted, scaled.getOutput(0));
        if (!isVector(gamma) || !isVector(beta)) {
            return;
        }
        int centredReads = square.getOpType().equals("Mul") ? 3 : 2;
        if (!internal(
                Map.of(mean, 1, centred, centredReads, square, 1, variance, 1, plus, 1, sqrt, 1, div, 1, scaled, 1))) {
            return;
        }
        replace(
                List.of(mean, centred, square, variance, plus, sqrt, div, scaled),
                shifted,
                "LayerNormalization",
                List.of(mean.getInput(0), gamma, beta),
                OnnxGraph.attribute("axis", -1L),
                OnnxGraph.attribute("epsilon", epsilon));
    }

    /** {@code x * (1 + erf(x / sqrt(2))) * 0.5} in the two orders that exporters write. */
    private void gelu(NodeProto erf) {
        NodeProto inner = producers.get(erf.getInput(0));
        NodeProto plus = onlyReader(erf, "Add");
        if (inner == null || plus == null || !isScalar(other(plus, erf.getOutput(0)), 1)) {
            return;
        }
        String x = inner.getInput(0);
        boolean divides = inner.getOpType().equals("Div") && isScalar(inner.getInput(1), Math.sqrt(2));
        boolean multiplies = inner.getOpType().equals("Mul") && isScalar(inner.getInput(1), Math.sqrt(0.5));
        NodeProto product = onlyReader(plus, "Mul");
        if (!(divides || multiplies) || product == null) {
            return;
        }
        String factor = other(product, plus.getOutput(0));
        if (factor.equals(x)) {
            NodeProto half = onlyReader(product, "Mul");
            if (half != null
                    && isScalar(other(half, product.getOutput(0)), 0.5)
                    && internal(Map.of(inner, 1, erf, 1, plus, 1, product, 1))) {
                replace(List.of(inner, erf, plus, product), half, "Gelu", List.of(x));
            }
            return;
        }
        NodeProto half = producer(factor, "Mul");
        if (half != null
                && (half.getInput(0).equals(x) || half.getInput(1).equals(x))
                && isScalar(other(half, x), 0.5)
                && internal(Map.of(inner, 1, erf, 1, plus, 1, half, 1))) {
            replace(List.of(inner, erf, plus, half), product, "Gelu", List.of(x));
        }
    }

    private void linear(NodeProto matMul) {
        TensorProto weight = graph.constant(matMul.getInput(1));
        NodeProto plus = onlyReader(matMul, "Add");
        if (weight == null || plus == null || weight.getDimsCount() != 2) {
            return;
        }
        String bias = other(plus, matMul.getOutput(0));
        if (isVector(bias) && graph.shape(bias)[0] == weight.getDims(1) && internal(Map.of(matMul, 1))) {
            replace(List.of(matMul), plus, "Linear", List.of(matMul.getInput(0), matMul.getInput(1), bias));
        }
    }

    private void replace(
            List<NodeProto> parts, NodeProto last, String operator, List<String> inputs, AttributeProto... attributes) {
        parts.forEach(part -> removed.add(part.getOutput(0)));
        replaced.put(
                last.getOutput(0),
                NodeProto.newBuilder()
                        .setOpType(operator)
                        .setName(last.getName())
                        .addAllInput(inputs)
                        .addOutput(last.getOutput(0))
                        .addAllAttribute(List.of(attributes))
                        .build());
    }

    private boolean internal(Map<NodeProto, Integer> expectedReads) {
        return expectedReads.entrySet().stream()
                .allMatch(entry ->
                        entry.getValue().equals(reads.get(entry.getKey().getOutput(0))));
    }

    private @Nullable NodeProto producer(String value, String operator) {
        NodeProto node = producers.get(value);
        return node != null && node.getOpType().equals(operator) ? node : null;
    }

    private @Nullable NodeProto either(NodeProto node, String operator) {
        NodeProto first = producer(node.getInput(0), operator);
        return first != null ? first : producer(node.getInput(1), operator);
    }

    private @Nullable NodeProto onlyReader(NodeProto node, String operator) {
        NodeProto reader = readers.get(node.getOutput(0));
        return Integer.valueOf(1).equals(reads.get(node.getOutput(0)))
                        && reader != null
                        && reader.getOpType().equals(operator)
                ? reader
                : null;
    }

    private static String other(NodeProto node, String input) {
        return node.getInput(0).equals(input) ? node.getInput(1) : node.getInput(0);
    }

    private boolean isSquare(NodeProto node) {
        return node.getOpType().equals("Pow") && isScalar(node.getInput(1), 2)
                || node.getOpType().equals("Mul") && node.getInput(0).equals(node.getInput(1));
    }

    private static boolean overLastAxis(NodeProto reduce) {
        return reduce.getAttributeList().stream()
                        .anyMatch(a ->
                                a.getName().equals("axes") && a.getIntsList().equals(List.of(-1L)))
                && reduce.getAttributeList().stream().noneMatch(a -> a.getName().equals("keepdims") && a.getI() == 0);
    }

    private boolean isVector(String value) {
        TensorProto tensor = graph.constant(value);
        return tensor != null && tensor.getDimsCount() == 1;
    }

    private boolean isScalar(String value, double expected) {
        Float scalar = scalar(value);
        return scalar != null && Math.abs(scalar - expected) < 1e-5;
    }

    private @Nullable Float scalar(String value) {
        TensorProto tensor = graph.constant(value);
        if (tensor == null
                || tensor.getDataType() != OnnxGraph.ElementType.FLOAT.code()
                || OnnxGraph.count(OnnxGraph.shape(tensor)) != 1) {
            return null;
        }
        return OnnxGraph.floats(tensor)[0];
    }
}
