package dev.polymath.training.objectdetection;

import ai.onnx.proto.OnnxMl.NodeProto;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.OnnxGraph.ElementType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A detector as YOLOX exports it, understood by its structure: per level of the pyramid a Concat of three convolutions along the
 * channels, the box, {@code sigmoid(objectness)} and {@code sigmoid(classes)}, flattened and joined to {@code [N, anchors, 5 +
 * classes]}. Names play no part in it.
 */
final class DetectorGraph {
    /** Step of the finest level in pixels; it doubles from level to level. */
    private static final int FIRST_STRIDE = 8;

    private static final Set<String> JOINING = Set.of("Concat", "Reshape", "Transpose", "Flatten", "Identity");
    private static final Set<String> ACTIVATIONS =
            Set.of("Mul", "Sigmoid", "Relu", "LeakyRelu", "Clip", "HardSwish", "HardSigmoid", "Tanh", "Softplus");
    /** Probability of a new class anywhere before anything is learnt (Lin et al. 2017). */
    private static final double PRIOR = 0.01;

    /** Which part of the network stays as it is. */
    enum Freeze {
        NONE,
        /** Up to the features of the coarsest level. */
        BACKBONE,
        /** All but the branches that predict. */
        BACKBONE_AND_NECK
    }

    /** The nodes of a level: what it predicts, and the Concat that puts it together. */
    private record Level(NodeProto concat, NodeProto box, NodeProto objectness, NodeProto classes) {}

    private final OnnxGraph graph;
    private final List<Level> levels = new ArrayList<>();
    private final Map<String, NodeProto> producers = new HashMap<>();

    private DetectorGraph(OnnxGraph graph) {
        this.graph = graph;
        for (NodeProto node : graph.nodes()) {
            node.getOutputList().forEach(output -> producers.put(output, node));
        }
        if (graph.inputNames().size() != 1 || graph.outputNames().size() != 1) {
            throw notYolox("inputs " + graph.inputNames() + ", outputs " + graph.outputNames());
        }
        findLevels(graph.outputNames().get(0));
        if (levels.isEmpty()) {
            throw notYolox("an output that is made of nothing");
        }
    }

    /**
     * Understands a graph.
     *
     * @throws IllegalArgumentException if it is no such detector; the message says where it differs
     */
    static DetectorGraph of(OnnxGraph graph) {
        return new DetectorGraph(graph.copy());
    }

    int classes() {
        return Math.toIntExact(graph.shape(weight(levels.get(0).classes))[0]);
    }

    /** Pixels per step of each level. */
    int[] strides() {
        int[] strides = new int[levels.size()];
        for (int i = 0; i < strides.length; i++) {
            strides[i] = FIRST_STRIDE << i;
        }
        return strides;
    }

    /**
     * The graph to serve: pictures {@code [N, 3, size, size]}, boxes {@code [N, anchors, 5 + classes]} with probabilities.
     *
     * @param size of the pictures, a multiple of the largest stride
     */
    OnnxGraph serving(int size) {
        OnnxGraph result = ofAnyBatch(graph.copy());
        String side = Integer.toString(size);
        result.setInput(OnnxGraph.value(graph.inputNames().get(0), ElementType.FLOAT, "N", "3", side, side));
        result.setOutputs(OnnxGraph.value(
                graph.outputNames().get(0),
                ElementType.FLOAT,
                "N",
                Integer.toString(new AnchorPoints(size, strides()).count()),
                Integer.toString(5 + classes())));
        return result;
    }

    /** The same with logits in the place of probabilities. */
    OnnxGraph training() {
        OnnxGraph result = ofAnyBatch(graph.copy());
        Map<String, Level> byConcat = new HashMap<>();
        levels.forEach(level -> byConcat.put(level.concat.getOutput(0), level));
        result.replaceNodes(node -> {
            Level level = byConcat.get(node.getOutput(0));
            return List.of(
                    level == null
                            ? node
                            : node.toBuilder()
                                    .setInput(1, level.objectness.getOutput(0))
                                    .setInput(2, level.classes.getOutput(0))
                                    .build());
        });
        result.prune();
        return result;
    }

    /**
     * The detector with other classes. A class that has the name of an old one keeps what that has learnt; a new one begins with a
     * probability of 1 % everywhere.
     *
     * @param old names of the present classes by id
     * @param names of the new classes by id
     */
    DetectorGraph withClasses(List<String> old, List<String> names, long seed) {
        if (old.size() != classes()) {
            throw new IllegalArgumentException(
                    old.size() + " names of classes (expected: " + classes() + ", as the graph has them)");
        }
        if (old.equals(names)) {
            return this;
        }
        OnnxGraph result = graph.copy();
        Random random = new Random(seed);
        for (Level level : levels) {
            String weight = weight(level.classes);
            String bias = bias(level.classes);
            long[] shape = graph.shape(weight);
            int width = Math.toIntExact(shape[1] * shape[2] * shape[3]);
            float[] oldWeights = graph.floats(weight);
            float[] oldBiases = graph.floats(bias);
            float[] weights = new float[names.size() * width];
            float[] biases = new float[names.size()];
            double deviation = deviation(oldWeights);
            for (int row = 0; row < names.size(); row++) {
                int from = old.indexOf(names.get(row));
                if (from >= 0) {
                    System.arraycopy(oldWeights, from * width, weights, row * width, width);
                    biases[row] = oldBiases[from];
                } else {
                    for (int i = 0; i < width; i++) {
                        weights[row * width + i] = (float) (deviation * random.nextGaussian());
                    }
                    biases[row] = (float) -Math.log((1 - PRIOR) / PRIOR);
                }
            }
            result.replaceInitializer(weight, new long[] {names.size(), shape[1], shape[2], shape[3]}, weights);
            result.replaceInitializer(bias, new long[] {names.size()}, biases);
        }
        return new DetectorGraph(ofAnyBatch(result));
    }

    /** The graph as it is, with trained values for its initialisers. */
    DetectorGraph withValues(Map<String, float[]> values) {
        OnnxGraph result = graph.copy();
        values.forEach(result::setFloats);
        return new DetectorGraph(result);
    }

    /** Names of the weights that stay as they are. */
    Set<String> frozen(Freeze freeze) {
        Set<String> names = new TreeSet<>();
        if (freeze == Freeze.NONE) {
            return names;
        }
        Set<NodeProto> nodes = freeze == Freeze.BACKBONE ? backbone() : notOfTheHead();
        for (NodeProto node : nodes) {
            node.getInputList().stream()
                    .filter(graph.initializerNames()::contains)
                    .forEach(names::add);
        }
        return names;
    }

    /** Names of the weights of the convolutions that tell the classes. */
    Set<String> classWeights() {
        Set<String> names = new TreeSet<>();
        for (Level level : levels) {
            names.add(weight(level.classes));
            names.add(bias(level.classes));
        }
        return names;
    }

    /**
     * All that leads to the first value that is enlarged, without the convolution before it, which brings its width down and is of
     * the neck. Without a Resize there is no neck, and the backbone is what the head is not.
     */
    private Set<NodeProto> backbone() {
        for (NodeProto node : graph.nodes()) {
            if (node.getOpType().equals("Resize") || node.getOpType().equals("Upsample")) {
                NodeProto lateral = convolution(node.getInput(0));
                return lateral == null ? before(node.getInput(0)) : before(lateral.getInput(0));
            }
        }
        return notOfTheHead();
    }

    /** The head of a level begins with the convolution whose result box and classes share. */
    private Set<NodeProto> notOfTheHead() {
        Set<NodeProto> result = new LinkedHashSet<>();
        for (Level level : levels) {
            Set<NodeProto> ofBox = before(level.box.getOutput(0));
            Set<NodeProto> shared = before(level.classes.getOutput(0));
            shared.retainAll(ofBox);
            NodeProto last = null;
            for (NodeProto node : graph.nodes()) {
                if (shared.contains(node)) {
                    last = node;
                }
            }
            NodeProto stem = last == null ? null : convolution(last.getOutput(0));
            if (stem != null) {
                result.addAll(before(stem.getInput(0)));
            }
        }
        return result;
    }

    /** All nodes that a value depends on. */
    private Set<NodeProto> before(String value) {
        Set<NodeProto> result = new HashSet<>();
        List<String> open = new ArrayList<>(List.of(value));
        while (!open.isEmpty()) {
            NodeProto producer = producers.get(open.remove(open.size() - 1));
            if (producer != null && result.add(producer)) {
                open.addAll(producer.getInputList());
            }
        }
        return result;
    }

    /** The convolution whose activated result this value is, or null. */
    private @Nullable NodeProto convolution(String value) {
        NodeProto node = producers.get(value);
        while (node != null && ACTIVATIONS.contains(node.getOpType())) {
            node = producers.get(node.getInput(0));
        }
        return node != null && node.getOpType().equals("Conv") ? node : null;
    }

    private void findLevels(String value) {
        NodeProto node = producers.get(value);
        if (node == null) {
            throw notYolox("output from " + value);
        }
        Level level = level(node);
        if (level != null) {
            levels.add(level);
        } else if (JOINING.contains(node.getOpType())) {
            int inputs = node.getOpType().equals("Concat") ? node.getInputCount() : 1;
            for (int i = 0; i < inputs; i++) {
                findLevels(node.getInput(i));
            }
        } else {
            throw notYolox(node.getOpType() + " " + value);
        }
    }

    private @Nullable Level level(NodeProto node) {
        if (!node.getOpType().equals("Concat") || node.getInputCount() != 3) {
            return null;
        }
        NodeProto box = producers.get(node.getInput(0));
        NodeProto objectness = ofSigmoid(node.getInput(1));
        NodeProto classes = ofSigmoid(node.getInput(2));
        if (box == null || !box.getOpType().equals("Conv") || objectness == null || classes == null) {
            return null;
        }
        if (box.getInputCount() < 3
                || classes.getInputCount() < 3
                || graph.shape(weight(box))[0] != 4
                || graph.shape(weight(objectness))[0] != 1) {
            throw notYolox("convolutions of " + node.getOutput(0) + " with other channels");
        }
        return new Level(node, box, objectness, classes);
    }

    private @Nullable NodeProto ofSigmoid(String value) {
        NodeProto sigmoid = producers.get(value);
        NodeProto conv =
                sigmoid == null || !sigmoid.getOpType().equals("Sigmoid") ? null : producers.get(sigmoid.getInput(0));
        return conv != null && conv.getOpType().equals("Conv") ? conv : null;
    }

    private static String weight(NodeProto conv) {
        return conv.getInput(1);
    }

    private static String bias(NodeProto conv) {
        return conv.getInput(2);
    }

    /** A Reshape between levels and output that was exported for one picture or one number of classes takes any. */
    private OnnxGraph ofAnyBatch(OnnxGraph any) {
        Set<String> flattened = new HashSet<>();
        levels.forEach(level -> flattened.add(level.concat.getOutput(0)));
        String name = "flattened_level";
        any.replaceNodes(node -> {
            if (!node.getOpType().equals("Reshape") || !flattened.contains(node.getInput(0))) {
                return List.of(node);
            }
            if (!any.initializerNames().contains(name)) {
                any.addInitializer(name, new long[] {3}, 0, 0, -1);
            }
            return List.of(node.toBuilder()
                    .setInput(1, name)
                    .clearAttribute()
                    .addAllAttribute(node.getAttributeList().stream()
                            .filter(attribute -> !attribute.getName().equals("allowzero"))
                            .toList())
                    .build());
        });
        any.prune();
        return any;
    }

    private static double deviation(float[] values) {
        double squares = 0;
        for (float value : values) {
            squares += (double) value * value;
        }
        return 0.1 * Math.sqrt(squares / values.length);
    }

    private static IllegalArgumentException notYolox(String found) {
        return new IllegalArgumentException("not a graph of YOLOX: " + found
                + " (expected: one input, one output, which joins for each level the convolutions of box, sigmoid(objectness) and"
                + " sigmoid(classes))");
    }
}
