package dev.polymath.training.objectdetection;

import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.OnnxGraph.ElementType;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** A detector of the structure of YOLOX with two levels and some thousand weights that know nothing. */
public final class TinyDetector {
    private static final int WIDTH = 16;
    private static final float PIXEL = 1 / 128f;

    private final OnnxGraph graph = OnnxGraph.create("tiny", 13);
    private final Random random = new Random(7);

    private TinyDetector() {}

    /** Input {@code images} [1, 3, 64, 64], output {@code output}; initialisers are named after what they do. */
    public static OnnxGraph graph(int classes) {
        return new TinyDetector().build(classes);
    }

    private OnnxGraph build(int classes) {
        graph.addInput(OnnxGraph.value("images", ElementType.FLOAT, "1", "3", "64", "64"));
        String first = conv("first", "images", 3, WIDTH, 4, 4, 0, PIXEL);
        String fine = conv("fine", first, WIDTH, WIDTH, 3, 2, 1, 1);
        String coarse = conv("second", fine, WIDTH, WIDTH, 3, 2, 1, 1);
        String lateral = conv("lateral", coarse, WIDTH, WIDTH, 1, 1, 0, 1);
        graph.addInitializer("scales", new long[] {4}, 1f, 1f, 2f, 2f);
        String enlarged = graph.add(
                "Resize",
                "enlarged",
                List.of(lateral, "", "scales"),
                OnnxGraph.attribute("mode", "nearest"),
                OnnxGraph.attribute("coordinate_transformation_mode", "asymmetric"),
                OnnxGraph.attribute("nearest_mode", "floor"));
        String both = graph.add("Concat", "both", List.of(enlarged, fine), OnnxGraph.attribute("axis", 1L));
        String joined = conv("joined", both, 2 * WIDTH, WIDTH, 1, 1, 0, 1);
        graph.addInitializer("flat", new long[] {3}, 1L, 5L + classes, -1L);
        String all = graph.add(
                "Concat",
                "all",
                List.of(level(0, joined, classes), level(1, lateral, classes)),
                OnnxGraph.attribute("axis", 2L));
        String output =
                graph.add("Transpose", "output", List.of(all), OnnxGraph.attribute("perm", new long[] {0, 2, 1}));
        graph.setOutputs(OnnxGraph.value(output, ElementType.FLOAT, "1", "80", Integer.toString(5 + classes)));
        return graph;
    }

    private String level(int index, String features, int classes) {
        String stem = conv("stem." + index, features, WIDTH, WIDTH, 1, 1, 0, 1);
        String ofClasses = conv("class-branch." + index, stem, WIDTH, WIDTH, 3, 1, 1, 1);
        String ofBox = conv("box-branch." + index, stem, WIDTH, WIDTH, 3, 1, 1, 1);
        String classScores = graph.add(
                "Sigmoid", "p", List.of(plain("classes." + index, ofClasses, WIDTH, classes, 1, 1, 0, 1, -4)));
        String box = plain("box." + index, ofBox, WIDTH, 4, 1, 1, 0, 1, 0);
        String objectness =
                graph.add("Sigmoid", "o", List.of(plain("object." + index, ofBox, WIDTH, 1, 1, 1, 0, 1, -4)));
        String joined =
                graph.add("Concat", "level", List.of(box, objectness, classScores), OnnxGraph.attribute("axis", 1L));
        return graph.add("Reshape", "flattened", List.of(joined, "flat"));
    }

    /** With {@code x * sigmoid(x)}. */
    private String conv(String name, String x, int in, int out, int kernel, int stride, int pad, float scale) {
        String y = plain(name, x, in, out, kernel, stride, pad, scale, 0);
        return graph.add("Mul", name + ".silu", List.of(y, graph.add("Sigmoid", name + ".sigmoid", List.of(y))));
    }

    private String plain(
            String name, String x, int in, int out, int kernel, int stride, int pad, float scale, float bias) {
        float[] weights = new float[out * in * kernel * kernel];
        double deviation = scale * Math.sqrt(2.0 / (in * kernel * kernel));
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) (deviation * random.nextGaussian());
        }
        float[] biases = new float[out];
        Arrays.fill(biases, bias);
        graph.addInitializer(name + ".weight", new long[] {out, in, kernel, kernel}, weights);
        graph.addInitializer(name + ".bias", new long[] {out}, biases);
        return graph.add(
                "Conv",
                name + ".conv",
                List.of(x, name + ".weight", name + ".bias"),
                OnnxGraph.attribute("kernel_shape", new long[] {kernel, kernel}),
                OnnxGraph.attribute("strides", new long[] {stride, stride}),
                OnnxGraph.attribute("pads", new long[] {pad, pad, pad, pad}));
    }
}
