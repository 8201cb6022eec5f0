package dev.polymath.training.captioning;

import ai.djl.engine.Engine;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.polymath.image.ImagePreprocessing;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.training.generation.TransformerShape.Grid;
import dev.polymath.training.graph.Int8Dequantizer;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.vision.ImageNetwork;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * An image network that is not trained: {@code pixel_values} {@code [batch, 3, height, width]} to {@code grid} {@code [batch, places,
 * channels]}, what it says of each place before all are averaged.
 *
 * @param graph as above; copy it before a change
 * @param preprocessing of the images
 * @param size of the grid
 * @param description for the model card
 */
record GridNetwork(OnnxGraph graph, ImagePreprocessing preprocessing, Grid size, String description) {
    static final String INPUT = "pixel_values";
    static final String OUTPUT = "grid";

    private static final int MOBILENET_SIDE = 224;

    /**
     * @param from an ONNX file of an image classifier, or the directory with its model.onnx or model_int8.onnx; preprocessor_config.json beside it says
     *     how it wants its pixels, without it as MobileNetV2 does: 224x224, RGB / 127.5 - 1
     * @throws IllegalArgumentException if the network does not average its features
     */
    static GridNetwork load(Path from) throws IOException {
        Path file = from;
        if (Files.isDirectory(from)) {
            Path full = from.resolve("model.onnx");
            file = Files.isRegularFile(full) ? full : from.resolve("model_int8.onnx");
        }
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString(), null, "no image network (expected: an ONNX file)");
        }
        Path config = file.toAbsolutePath().resolveSibling("preprocessor_config.json");
        ImagePreprocessing preprocessing =
                Files.isRegularFile(config) ? ImagePreprocessing.read(config) : ImageNetwork.mobileNet(MOBILENET_SIDE);
        OnnxGraph graph = cut(Int8Dequantizer.dequantize(OnnxGraph.read(file)), file);
        return new GridNetwork(
                graph,
                preprocessing,
                measure(graph, preprocessing),
                file.getFileName().toString());
    }

    /** That of a model which {@link CaptionExport} wrote, as it is. */
    static GridNetwork of(ModelDirectory captioner, OnnxGraph encoder) {
        OnnxGraph graph = encoder.copy();
        graph.setOutputs(OnnxGraph.value(OUTPUT, OnnxGraph.ElementType.FLOAT, "batch_size", "places", "channels"));
        graph.prune();
        ImagePreprocessing preprocessing = ImagePreprocessing.read(captioner.file("preprocessor_config.json"));
        return new GridNetwork(
                graph, preprocessing, measure(graph, preprocessing), "The image network of " + captioner);
    }

    /** To what is averaged, with the places in a row. */
    private static OnnxGraph cut(OnnxGraph network, Path file) {
        OnnxGraph graph = network.copy();
        if (graph.inputNames().size() != 1) {
            throw new IllegalArgumentException(
                    file + ": inputs " + graph.inputNames() + " (expected: one, the pixels of the images)");
        }
        String map = ImageNetwork.lastAverage(graph)
                .map(node -> node.getInput(0))
                .orElseThrow(() -> new IllegalArgumentException(
                        file + ": no GlobalAveragePool (expected: a network that averages its features)"));
        graph.renameValue(graph.inputNames().get(0), INPUT);
        String last = graph.add(
                "Transpose", "grid_channels_last", List.of(map), OnnxGraph.attribute("perm", new long[] {0, 2, 3, 1}));
        String sizes = graph.add("Shape", "grid_sizes", List.of(last));
        String from = graph.addInitializer("grid_from", new long[] {1}, 3L);
        String to = graph.addInitializer("grid_to", new long[] {1}, 4L);
        String axis = graph.addInitializer("grid_axis", new long[] {1}, 0L);
        String channels = graph.add("Slice", "grid_width", List.of(sizes, from, to, axis));
        String keep = graph.addInitializer("grid_rows", new long[] {2}, 0L, -1L);
        String shape = graph.add("Concat", "grid_shape", List.of(keep, channels), OnnxGraph.attribute("axis", 0L));
        String grid = graph.add("Reshape", OUTPUT, List.of(last, shape));
        graph.setOutputs(OnnxGraph.value(grid, OnnxGraph.ElementType.FLOAT, "batch_size", "places", "channels"));
        graph.prune();
        return graph;
    }

    /** What it says of images {@code [images, 3, height, width]}: {@code [images, places, channels]}. */
    float[] grid(float[] pixels) {
        return run(graph, preprocessing, pixels).values();
    }

    private static Grid measure(OnnxGraph graph, ImagePreprocessing preprocessing) {
        float[] black = new float[3 * preprocessing.height() * preprocessing.width()];
        return run(graph, preprocessing, black).size();
    }

    private record Answer(Grid size, float[] values) {}

    private static Answer run(OnnxGraph graph, ImagePreprocessing preprocessing, float[] pixels) {
        // DJL must be the first to create the environment
        Engine.getEngine("OnnxRuntime");
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        long area = (long) preprocessing.height() * preprocessing.width();
        long[] shape = {pixels.length / (3 * area), 3, preprocessing.height(), preprocessing.width()};
        try (OrtSession session = environment.createSession(graph.toBytes());
                OnnxTensor tensor = OnnxTensor.createTensor(environment, FloatBuffer.wrap(pixels), shape);
                OrtSession.Result result = session.run(Map.of(INPUT, tensor))) {
            OnnxTensor grid = (OnnxTensor) result.get(0);
            long[] sizes = grid.getInfo().getShape();
            float[] values = new float[grid.getFloatBuffer().remaining()];
            grid.getFloatBuffer().get(values);
            return new Answer(new Grid(Math.toIntExact(sizes[1]), Math.toIntExact(sizes[2])), values);
        } catch (OrtException e) {
            throw new IllegalArgumentException("image network: " + e.getMessage(), e);
        }
    }
}
