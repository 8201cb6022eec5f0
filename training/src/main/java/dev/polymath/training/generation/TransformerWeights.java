package dev.polymath.training.generation;

import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.TrainableGraph;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * The trained values of a Transformer by name, row-major; a matrix is {@code [in, out]}. The names are those of the initialisers in
 * every graph that {@link TransformerGraph} builds.
 */
public record TransformerWeights(TransformerShape shape, Map<String, float[]> values) {
    /** The table of the vocabulary, which is also the output projection. */
    public static final String EMBEDDING = "shared.weight";

    /** What is added for each place of a grid. */
    static final String PLACES = "encoder.places.weight";

    /** The shapes of all weights, in a fixed order. */
    static Map<String, long[]> shapes(TransformerShape shape) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        int width = shape.width();
        shapes.put(EMBEDDING, new long[] {shape.vocabulary(), width});
        if (!shape.grid().isNone()) {
            linear(shapes, "encoder.grid", shape.grid().width(), width);
            shapes.put(PLACES, new long[] {shape.grid().places(), width});
        }
        for (int i = 0; i < shape.encoderLayers(); i++) {
            String layer = "encoder.layers." + i + ".";
            attention(shapes, layer + "self_attn.", width);
            feedForward(shapes, layer, width, shape.inner());
        }
        norm(shapes, "encoder.norm", width);
        for (int i = 0; i < shape.decoderLayers(); i++) {
            String layer = "decoder.layers." + i + ".";
            attention(shapes, layer + "self_attn.", width);
            attention(shapes, layer + "cross_attn.", width);
            feedForward(shapes, layer, width, shape.inner());
        }
        norm(shapes, "decoder.norm", width);
        return shapes;
    }

    private static void attention(Map<String, long[]> shapes, String prefix, int width) {
        norm(shapes, prefix + "norm", width);
        for (String part : new String[] {"q", "k", "v", "out"}) {
            linear(shapes, prefix + part, width, width);
        }
    }

    private static void feedForward(Map<String, long[]> shapes, String prefix, int width, int inner) {
        norm(shapes, prefix + "ffn.norm", width);
        linear(shapes, prefix + "ffn.fc1", width, inner);
        linear(shapes, prefix + "ffn.fc2", inner, width);
    }

    private static void norm(Map<String, long[]> shapes, String module, int width) {
        shapes.put(module + ".weight", new long[] {width});
        shapes.put(module + ".bias", new long[] {width});
    }

    private static void linear(Map<String, long[]> shapes, String module, int in, int out) {
        shapes.put(module + ".weight", new long[] {in, out});
        shapes.put(module + ".bias", new long[] {out});
    }

    /**
     * New weights: matrices uniform by Glorot, those that write into the residual stream smaller the more there are, embeddings normal
     * with variance 1 / width.
     */
    public static TransformerWeights initial(TransformerShape shape, long seed) {
        Random random = new Random(seed);
        Map<String, float[]> values = new TreeMap<>();
        shapes(shape).forEach((name, size) -> {
            float[] weight = new float[count(size)];
            if (name.equals(EMBEDDING) || name.equals(PLACES)) {
                double deviation = 1 / Math.sqrt(shape.width());
                for (int i = 0; i < weight.length; i++) {
                    weight[i] = (float) (deviation * random.nextGaussian());
                }
            } else if (size.length == 2) {
                int writers = name.startsWith("encoder") ? 2 * shape.encoderLayers() : 3 * shape.decoderLayers();
                boolean residual = name.endsWith("out.weight") || name.endsWith("fc2.weight");
                double limit = Math.sqrt(6.0 / (size[0] + size[1])) / (residual ? Math.sqrt(writers) : 1);
                for (int i = 0; i < weight.length; i++) {
                    weight[i] = (float) (limit * (2 * random.nextDouble() - 1));
                }
            } else if (name.endsWith("norm.weight")) {
                Arrays.fill(weight, 1);
            }
            values.put(name, weight);
        });
        return new TransformerWeights(shape, values);
    }

    /**
     * New weights that begin with these embeddings. What the decoder attends to is passed on as it is, so that the vectors of the
     * source's tokens, which are near those of their translations, reach the output projection from the first step on.
     */
    public static TransformerWeights initial(TransformerShape shape, long seed, float[] embeddings) {
        TransformerWeights random = initial(shape, seed);
        Map<String, float[]> values = new TreeMap<>(random.values);
        values.put(EMBEDDING, embeddings);
        for (int i = 0; i < shape.decoderLayers(); i++) {
            for (String part : new String[] {"v", "out"}) {
                float[] matrix = random.get("decoder.layers." + i + ".cross_attn." + part + ".weight");
                for (int diagonal = 0; diagonal < shape.width(); diagonal++) {
                    matrix[diagonal * shape.width() + diagonal] += 1;
                }
            }
        }
        return new TransformerWeights(shape, values);
    }

    /** The present values of a block that was made of {@link TransformerGraph#training}. */
    public static TransformerWeights of(TransformerShape shape, TrainableGraph block) {
        Map<String, float[]> values = new TreeMap<>();
        shapes(shape).keySet().forEach(name -> values.put(name, block.values(name)));
        return new TransformerWeights(shape, values);
    }

    /** Number of all values. */
    public long count() {
        return values.values().stream().mapToLong(weight -> weight.length).sum();
    }

    /** The value of this name, for a graph. */
    public float[] get(String name) {
        float[] weight = values.get(name);
        if (weight == null) {
            throw new IllegalArgumentException("no weight " + name + " (expected: one of " + values.keySet() + ")");
        }
        return weight;
    }

    /** Weights out of graphs that were exported, also out of 8-bit ones, which are rounded. */
    public static TransformerWeights read(TransformerShape shape, OnnxGraph... graphs) {
        Map<String, float[]> values = new TreeMap<>();
        shapes(shape).forEach((name, size) -> {
            float[] found = find(name, size, graphs);
            int count = count(size);
            if (found.length != count) {
                throw new IllegalArgumentException("weight " + name + " of the starting model: " + found.length
                        + " values (expected: " + count + "; give the sizes of the starting model)");
            }
            values.put(name, found);
        });
        return new TransformerWeights(shape, values);
    }

    private static float[] find(String name, long[] size, OnnxGraph... graphs) {
        for (OnnxGraph graph : graphs) {
            if (graph.initializerNames().contains(name)) {
                return graph.floats(name);
            }
            if (graph.initializerNames().contains(name + "_int8")) {
                return dequantize(graph, name, size);
            }
        }
        throw new IllegalArgumentException("no weight " + name
                + " in the starting model (expected: an export of ./train" + " translation with as many layers)");
    }

    private static int count(long[] size) {
        return Math.toIntExact(Arrays.stream(size).reduce(1, Math::multiplyExact));
    }

    /** A scale for each row of a table, [rows, 1], or for each column of a matrix, [columns]. */
    private static float[] dequantize(OnnxGraph graph, String name, long[] size) {
        long[] quantized = graph.longs(name + "_int8");
        float[] scales = graph.floats(name + "_scales");
        boolean rows = graph.shape(name + "_scales").length == 2;
        int columns = (int) size[1];
        float[] values = new float[quantized.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = quantized[i] * scales[rows ? i / columns : i % columns];
        }
        return values;
    }
}
