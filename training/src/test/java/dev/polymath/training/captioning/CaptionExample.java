package dev.polymath.training.captioning;

import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.OnnxGraph.ElementType;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import javax.imageio.ImageIO;

/**
 * Draws {@code training/examples/captions}: pictures of one shape each, captions in English and German, and a small image network with
 * random weights. To draw it anew: run {@link #main} with the folder.
 */
final class CaptionExample {
    private static final int SIDE = 48;
    private static final int PICTURES = 144;
    private static final List<Thing> COLOURS = List.of(
            new Thing("red", "rot", new Color(200, 30, 30)),
            new Thing("green", "grün", new Color(30, 150, 50)),
            new Thing("blue", "blau", new Color(40, 70, 210)),
            new Thing("yellow", "gelb", new Color(240, 220, 40)));
    private static final List<Thing> SHAPES = List.of(
            new Thing("circle", "Kreis", Color.BLACK),
            new Thing("bar", "Balken", Color.BLACK),
            new Thing("ring", "Ring", Color.BLACK));

    private record Thing(String english, String german, Color colour) {}

    private CaptionExample() {}

    /** Writes into a folder. */
    public static void main(String[] arguments) throws IOException {
        write(Path.of(arguments[0]));
    }

    static void write(Path folder) throws IOException {
        Files.createDirectories(folder.resolve("images"));
        Random random = new Random(4);
        try (Writer out = Files.newBufferedWriter(folder.resolve("captions.jsonl"))) {
            for (int i = 0; i < PICTURES; i++) {
                Thing colour = COLOURS.get(i % 4);
                Thing shape = SHAPES.get(i / 4 % 3);
                String file = String.format(Locale.ROOT, "%03d.png", i);
                ImageIO.write(
                        draw(colour.colour, SHAPES.indexOf(shape), random),
                        "png",
                        folder.resolve("images").resolve(file).toFile());
                String split = i < 96 ? "train" : i < 108 ? "val" : "test";
                String english = colour.english + " " + shape.english;
                String german = colour.german + "er " + shape.german;
                out.write(String.format(
                        Locale.ROOT,
                        "{\"image\": \"%s\", \"split\": \"%s\", \"en\": [\"A %s on a grey wall.\", \"a %s on a grey wall\"], \"de\":"
                                + " [\"Ein %s an einer grauen Wand.\", \"ein %s an einer grauen wand\"]}%n",
                        file,
                        split,
                        english,
                        english,
                        german,
                        german));
            }
        }
        network().write(folder.resolve("network.onnx"));
        Files.writeString(
                folder.resolve("preprocessor_config.json"),
                "{\"size\": {\"height\": 48, \"width\": 48}, \"image_mean\": [0.5, 0.5, 0.5], \"image_std\": [0.5, 0.5, 0.5]}\n");
    }

    private static BufferedImage draw(Color colour, int shape, Random random) {
        BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_OFF);
        int grey = 100 + random.nextInt(80);
        graphics.setColor(new Color(grey, grey, grey));
        graphics.fillRect(0, 0, SIDE, SIDE);
        graphics.setColor(colour);
        int size = 16 + random.nextInt(8);
        int x = 4 + random.nextInt(SIDE - size - 8);
        int y = 4 + random.nextInt(SIDE - size - 8);
        switch (shape) {
            case 0 -> graphics.fillOval(x, y, size, size);
            case 1 -> graphics.fillRect(x, y + size / 3, size, size / 4);
            default -> {
                graphics.fillOval(x, y, size, size);
                graphics.setColor(new Color(grey, grey, grey));
                graphics.fillOval(x + 4, y + 4, size - 8, size - 8);
            }
        }
        graphics.dispose();
        return image;
    }

    /** Two convolutions and a mean. */
    private static OnnxGraph network() {
        Random random = new Random(9);
        OnnxGraph graph = OnnxGraph.create("network", 13);
        graph.addInput(OnnxGraph.value("pixels", ElementType.FLOAT, "batch", "3", "48", "48"));
        String first = convolution(graph, "first", "pixels", 3, 12, random);
        String second = convolution(graph, "second", first, 12, 24, random);
        String third = convolution(graph, "third", second, 24, 24, random);
        String mean = graph.add("GlobalAveragePool", "mean", List.of(third));
        graph.setOutputs(OnnxGraph.value(mean, ElementType.FLOAT, "batch", "24", "1", "1"));
        return graph;
    }

    private static String convolution(OnnxGraph graph, String name, String x, int in, int out, Random random) {
        float[] weights = new float[out * in * 9];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) (random.nextGaussian() * Math.sqrt(2.0 / (9 * in)));
        }
        String weight = graph.addInitializer(name + ".weight", new long[] {out, in, 3, 3}, weights);
        String sum = graph.add(
                "Conv",
                name,
                List.of(x, weight),
                OnnxGraph.attribute("strides", new long[] {2, 2}),
                OnnxGraph.attribute("pads", new long[] {1, 1, 1, 1}),
                OnnxGraph.attribute("kernel_shape", new long[] {3, 3}));
        return graph.add("Relu", name + ".relu", List.of(sum));
    }
}
