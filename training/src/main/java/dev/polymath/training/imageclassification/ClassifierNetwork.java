package dev.polymath.training.imageclassification;

import ai.onnx.proto.OnnxMl.NodeProto;
import dev.polymath.image.ImagePreprocessing;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.OnnxGraph.ElementType;
import dev.polymath.training.vision.ImageNetwork;
import dev.polymath.training.vision.StartingImageModel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * A network that classifies pictures, understood by its structure: one input {@code [N, 3, height, width]}, and after the last
 * average over the places of the picture a vector of features, from which the last layers tell the labels.
 *
 * @param graph with {@code pixel_values} for a batch of any size
 * @param preprocessing of the pictures
 * @param average name of what is averaged over the places
 */
record ClassifierNetwork(OnnxGraph graph, ImagePreprocessing preprocessing, String average) {
    static final String INPUT = "pixel_values";
    static final String FEATURES = "features";
    static final String LOGITS = "logits";
    static final String HEAD = "classifier";

    private static final int DEFAULT_SIDE = 224;

    /**
     * @throws IllegalArgumentException if the network does not average its features; the preprocessing, where the model does not
     *     say it, is that of MobileNetV2: 224 x 224, red, green, blue, pixel / 127.5 - 1
     */
    static ClassifierNetwork of(StartingImageModel start) {
        OnnxGraph graph = start.graph().copy();
        if (graph.inputNames().size() != 1) {
            throw new IllegalArgumentException(
                    start.description() + ": inputs " + graph.inputNames() + " (expected: one, the pictures)");
        }
        String average = ImageNetwork.lastAverage(graph)
                .map(node -> node.getOutput(0))
                .orElseThrow(() -> new IllegalArgumentException(start.description()
                        + ": no GlobalAveragePool (expected: a network that averages its features over the places)"));
        String input = graph.inputNames().get(0);
        long[] shape = graph.inputShape(input);
        int side = shape.length == 4 && shape[2] > 0 ? Math.toIntExact(shape[2]) : DEFAULT_SIDE;
        ImagePreprocessing preprocessing = start.preprocessing().orElseGet(() -> ImageNetwork.mobileNet(side));
        graph.renameValue(input, INPUT);
        graph.setInput(OnnxGraph.value(
                INPUT,
                ElementType.FLOAT,
                "N",
                "3",
                Integer.toString(preprocessing.height()),
                Integer.toString(preprocessing.width())));
        return new ClassifierNetwork(graph, preprocessing, average);
    }

    /** The network with nothing but its features, {@code [N, width]}. */
    OnnxGraph features() {
        OnnxGraph result = graph.copy();
        String flat = result.add("Flatten", FEATURES, List.of(average));
        result.setOutputs(OnnxGraph.value(flat, ElementType.FLOAT, "N", "features"));
        result.prune();
        return result;
    }

    /**
     * The network with a new last layer that knows nothing: logits {@code [N, labels]}, all 0.
     *
     * @param width of the features
     */
    OnnxGraph withHead(int width, int labels) {
        OnnxGraph result = features();
        addHead(result, result.outputNames().get(0), width, labels);
        result.prune();
        return result;
    }

    /** The new last layer by itself, which reads features. */
    static OnnxGraph headOnly(int width, int labels) {
        OnnxGraph result = OnnxGraph.create("head", 13);
        result.addInput(OnnxGraph.value(FEATURES, ElementType.FLOAT, "N", Integer.toString(width)));
        addHead(result, FEATURES, width, labels);
        return result;
    }

    /**
     * The network as it is, with the output that tells its labels.
     *
     * @param labels how many there are
     * @param output name of that output
     */
    OnnxGraph asItIs(int labels, String output) {
        OnnxGraph result = graph.copy();
        result.renameValue(output, "scores");
        result.setOutputs(OnnxGraph.value("scores", ElementType.FLOAT, "N", Integer.toString(labels)));
        result.prune();
        return result;
    }

    /**
     * Names of the weights that stay as they are.
     *
     * @param layers convolutions and matrices before the features that are trained, counted from the last one
     */
    static Set<String> frozen(OnnxGraph network, int layers) {
        List<NodeProto> weighted = new ArrayList<>(network.nodes().stream()
                .filter(node -> node.getInputCount() > 1
                        && network.initializerNames().contains(node.getInput(1))
                        && Set.of("Conv", "Gemm", "MatMul").contains(node.getOpType())
                        && !isHead(node.getInput(1)))
                .toList());
        Set<String> trained = new HashSet<>();
        for (NodeProto node : weighted.subList(Math.max(0, weighted.size() - layers), weighted.size())) {
            trained.addAll(node.getInputList());
        }
        Set<String> frozen = new TreeSet<>(network.initializerNames());
        frozen.removeIf(name -> trained.contains(name) || isHead(name));
        return frozen;
    }

    static boolean isHead(String name) {
        return name.startsWith(HEAD + ".");
    }

    private static void addHead(OnnxGraph graph, String features, int width, int labels) {
        String sum = graph.addLinear(HEAD, features, width, labels, new float[width * labels], new float[labels]);
        String logits = graph.add("Identity", LOGITS, List.of(sum));
        graph.setOutputs(OnnxGraph.value(logits, ElementType.FLOAT, "N", Integer.toString(labels)));
    }
}
