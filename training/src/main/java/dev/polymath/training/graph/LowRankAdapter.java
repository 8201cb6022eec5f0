package dev.polymath.training.graph;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Low-rank adaptation (LoRA; Hu et al. 2021, arXiv 2106.09685): beside a frozen weight {@code W} of a MatMul two small
 * matrices are trained, {@code y = x W + alpha / rank * dropout(x) A' B'} with {@code A} of {@code [rank, in]} (He-uniform)
 * and {@code B} of {@code [out, rank]} (zeros), so that training begins at the base model. At export the product is
 * added to {@code W}.
 *
 * @param rank r, at least 1
 * @param alpha numerator of the scale
 * @param dropout on the adapter's input, in [0, 1)
 * @param targets names of the MatMul weights that get an adapter
 */
public record LowRankAdapter(int rank, float alpha, float dropout, Predicate<String> targets) {

    private static final long SEED = 20210617;

    public LowRankAdapter {
        if (rank < 1) {
            throw new IllegalArgumentException("rank: " + rank + " (expected: >= 1)");
        }
        if (!(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException("dropout: " + dropout + " (expected: 0 <= dropout < 1)");
        }
    }

    /** Returns {@code alpha / rank}. */
    public float scale() {
        return alpha / rank;
    }

    /** Returns whether the initialiser is a matrix that a MatMul of the graph multiplies with and this adapter targets. */
    boolean adapts(OnnxGraph graph, String weight) {
        return targets.test(weight)
                && graph.nodes().stream()
                        .anyMatch(node -> node.getOpType().equals("MatMul")
                                && node.getInput(1).equals(weight)
                                && graph.shape(weight).length == 2);
    }

    /** Adds the adapters' nodes and initialisers to a graph that is going to be interpreted. */
    void attachTo(OnnxGraph graph) {
        Random random = new Random(SEED);
        String scale = graph.addInitializer(graph.unique("lora_scale"), new long[0], scale());
        String ratio = graph.addInitializer(graph.unique("lora_dropout"), new long[0], dropout);
        graph.replaceNodes(node -> {
            boolean multiplies =
                    node.getOpType().equals("MatMul") || node.getOpType().equals("Linear");
            String weight = multiplies ? node.getInput(1) : "";
            if (!multiplies
                    || !graph.initializerNames().contains(weight)
                    || !targets.test(weight)
                    || graph.shape(weight).length != 2) {
                return List.of(node);
            }
            return adapted(graph, node, weight, scale, ratio, random);
        });
    }

    private List<NodeProto> adapted(
            OnnxGraph graph, NodeProto node, String weight, String scale, String ratio, Random random) {
        long[] shape = graph.shape(weight);
        int in = (int) shape[0];
        int out = (int) shape[1];
        float bound = (float) Math.sqrt(1.0 / in); // He-uniform with a = sqrt(5), as PyTorch and PEFT begin
        float[] a = new float[rank * in];
        for (int i = 0; i < a.length; i++) {
            a[i] = bound * (2 * random.nextFloat() - 1);
        }
        String module = module(weight);
        if (!graph.initializerNames().contains(module + ".lora_A.weight")) {
            graph.addInitializer(module + ".lora_A.weight", new long[] {rank, in}, a);
            graph.addInitializer(module + ".lora_B.weight", new long[] {out, rank}, new float[out * rank]);
        }
        String output = node.getOutput(0);
        String base = output + "_base";
        List<NodeProto> nodes = new ArrayList<>();
        nodes.add(node.toBuilder().setOutput(0, base).build());
        nodes.add(node("Dropout", output + "_lora_x", node.getInput(0), ratio));
        nodes.add(node("Transpose", output + "_lora_At", module + ".lora_A.weight"));
        nodes.add(node("Transpose", output + "_lora_Bt", module + ".lora_B.weight"));
        nodes.add(node("MatMul", output + "_lora_h", output + "_lora_x", output + "_lora_At"));
        nodes.add(node("MatMul", output + "_lora_y", output + "_lora_h", output + "_lora_Bt"));
        nodes.add(node("Mul", output + "_lora", output + "_lora_y", scale));
        nodes.add(node("Add", output, base, output + "_lora"));
        return nodes;
    }

    /** Adds {@code scale * A' B'} to each adapted weight of a graph that is going to be exported. */
    void mergeInto(OnnxGraph graph, Function<String, float[]> values) {
        for (String weight : List.copyOf(graph.initializerNames())) {
            if (!adapts(graph, weight)) {
                continue;
            }
            long[] shape = graph.shape(weight);
            int in = (int) shape[0];
            int out = (int) shape[1];
            float[] a = values.apply(module(weight) + ".lora_A.weight");
            float[] b = values.apply(module(weight) + ".lora_B.weight");
            float[] merged = graph.floats(weight);
            for (int i = 0; i < in; i++) {
                for (int o = 0; o < out; o++) {
                    double sum = 0;
                    for (int r = 0; r < rank; r++) {
                        sum += (double) a[r * in + i] * b[o * rank + r];
                    }
                    merged[i * out + o] += (float) (scale() * sum);
                }
            }
            graph.setFloats(weight, merged);
        }
    }

    /** Returns the name of the module that owns the weight: without {@code .weight}. */
    static String module(String weight) {
        return weight.endsWith(".weight") ? weight.substring(0, weight.length() - ".weight".length()) : weight;
    }

    private static NodeProto node(String operator, String output, String... inputs) {
        return NodeProto.newBuilder()
                .setOpType(operator)
                .setName(output)
                .addAllInput(List.of(inputs))
                .addOutput(output)
                .build();
    }
}
