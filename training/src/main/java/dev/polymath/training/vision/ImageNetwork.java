package dev.polymath.training.vision;

import ai.onnx.proto.OnnxMl.NodeProto;
import dev.polymath.image.ImagePreprocessing;
import dev.polymath.training.graph.OnnxGraph;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What is known of networks that classify pictures without asking their makers. */
public final class ImageNetwork {
    private ImageNetwork() {}

    /** The last node that averages features {@code [N, channels, height, width]} over the places of the picture. */
    public static Optional<NodeProto> lastAverage(OnnxGraph graph) {
        return graph.nodes().stream().filter(node -> isAverage(graph, node)).reduce((first, second) -> second);
    }

    /** How MobileNetV2 wants its pictures: stretched to a square, red, green, blue, pixel / 127.5 - 1. */
    public static ImagePreprocessing mobileNet(int side) {
        float[] scale = {1 / 127.5f, 1 / 127.5f, 1 / 127.5f};
        float[] offset = {-1, -1, -1};
        return new ImagePreprocessing(side, side, ImagePreprocessing.Fit.STRETCH, 0, false, scale, offset);
    }

    private static boolean isAverage(OnnxGraph graph, NodeProto node) {
        if (node.getOpType().equals("GlobalAveragePool")) {
            return true;
        }
        if (!node.getOpType().equals("ReduceMean")) {
            return false;
        }
        List<Long> axes = node.getAttributeList().stream()
                .filter(attribute -> attribute.getName().equals("axes"))
                .flatMap(attribute -> attribute.getIntsList().stream())
                .toList();
        if (axes.isEmpty() && node.getInputCount() > 1 && graph.constant(node.getInput(1)) != null) {
            axes = Arrays.stream(graph.longs(node.getInput(1))).boxed().toList();
        }
        return axes.equals(List.of(2L, 3L)) || axes.equals(List.of(-2L, -1L));
    }
}
