package dev.polymath.training.captioning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.polymath.training.BadDataException;
import dev.polymath.training.generation.TransformerShape.Grid;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.OnnxGraph.ElementType;
import dev.polymath.training.vision.ImageFiles;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GridNetworkTest {
    private static final int SIDE = 4;

    @TempDir
    private Path folder;

    @Test
    void aNetworkIsCutBeforeItAveragesItsFeatures() throws IOException {
        GridNetwork network = GridNetwork.load(network("GlobalAveragePool"));

        assertThat(network.size()).isEqualTo(new Grid(SIDE * SIDE, 3));
        assertThat(network.graph().inputNames()).containsExactly("pixel_values");
        assertThat(network.graph().outputNames()).containsExactly("grid");
        float[] pixels = new float[3 * SIDE * SIDE];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = i;
        }
        float[] grid = network.grid(pixels);
        // a place after the other, what all channels say of it
        assertThat(grid).startsWith(0, 2 * 16, 2 * 32, 2, 2 * 17, 2 * 33);
    }

    @Test
    void aMeanOverBothSidesIsAnAverageToo() throws IOException {
        assertThat(GridNetwork.load(network("ReduceMean")).size()).isEqualTo(new Grid(SIDE * SIDE, 3));
    }

    @Test
    void aNetworkThatAveragesNothingIsRefused() throws IOException {
        Path file = network("Relu");

        assertThatThrownBy(() -> GridNetwork.load(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("network.onnx: no GlobalAveragePool");
    }

    @Test
    void featuresAreThoseOfTheImageAndOfItsMirrorImageAndAreKept() throws IOException {
        GridNetwork network = GridNetwork.load(network("GlobalAveragePool"));
        BufferedImage image = noise(1);
        BufferedImage mirror = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x++) {
                mirror.setRGB(SIDE - 1 - x, y, image.getRGB(x, y));
            }
        }
        write(image, "a.png");
        write(mirror, "b.png");
        Path cache = folder.resolve("cache/features.bin");

        float[] a = new float[48];
        float[] b = new float[48];
        float[] again = new float[50];
        try (GridFeatures features = GridFeatures.open(network, folder, List.of("a.png", "b.png"), cache, 2)) {
            assertThat(features.length()).isEqualTo(48);
            features.read("a.png", true, a, 0);
            features.read("b.png", false, b, 0);
        }
        long computed = Files.getLastModifiedTime(cache).toMillis();
        try (GridFeatures features = GridFeatures.open(network, folder, List.of("a.png", "b.png"), cache, 2)) {
            features.read("b.png", false, again, 2);
        }

        assertThat(a).containsExactly(b);
        for (int i = 0; i < 48; i++) {
            assertThat(again[i + 2]).isEqualTo(b[i]);
        }
        assertThat(Files.getLastModifiedTime(cache).toMillis()).isEqualTo(computed);
        // what the network says, to half precision
        float[] exact = network.grid(ImageFiles.planes(folder.resolve("b.png"), network.preprocessing()));
        for (int i = 0; i < 48; i++) {
            assertThat(b[i]).isEqualTo(exact[i], within(2e-3f));
        }
    }

    @Test
    void otherImagesAreComputedAnewAndAFileThatIsNoneIsTold() throws IOException {
        GridNetwork network = GridNetwork.load(network("GlobalAveragePool"));
        write(noise(1), "a.png");
        write(noise(2), "c.png");
        Path cache = folder.resolve("features.bin");
        GridFeatures.open(network, folder, List.of("a.png"), cache, 1).close();
        float[] c = new float[48];

        try (GridFeatures features = GridFeatures.open(network, folder, List.of("c.png"), cache, 1)) {
            features.read("c.png", false, c, 0);
            assertThatThrownBy(() -> features.read("a.png", false, c, 0)).hasMessage("no features of a.png");
        }

        float[] exact = network.grid(ImageFiles.planes(folder.resolve("c.png"), network.preprocessing()));
        assertThat(c[5]).isEqualTo(exact[5], within(2e-3f));
        Files.writeString(folder.resolve("d.png"), "no picture");
        assertThatThrownBy(() -> GridFeatures.open(network, folder, List.of("c.png", "d.png"), cache, 2))
                .isInstanceOf(BadDataException.class)
                .hasMessageContaining("d.png: picture: ");
    }

    /** Doubles its pixels and takes their mean. */
    private Path network(String mean) throws IOException {
        OnnxGraph graph = OnnxGraph.create("network", 13);
        graph.addInput(OnnxGraph.value("x", ElementType.FLOAT, "batch", "3", "" + SIDE, "" + SIDE));
        String two = graph.addInitializer("two", new long[0], 2f);
        String doubled = graph.add("Mul", "doubled", List.of("x", two));
        String output = mean.equals("ReduceMean")
                ? graph.add(mean, "mean", List.of(doubled), OnnxGraph.attribute("axes", new long[] {2, 3}))
                : graph.add(mean, "mean", List.of(doubled));
        graph.setOutputs(OnnxGraph.value(output, ElementType.FLOAT));
        Path file = folder.resolve("network.onnx");
        graph.write(file);
        Files.writeString(
                folder.resolve("preprocessor_config.json"),
                "{\"size\": {\"height\": 4, \"width\": 4}, \"image_mean\": [0.5, 0.5, 0.5], \"image_std\": [0.5, 0.5, 0.5]}");
        return file;
    }

    private void write(BufferedImage image, String name) throws IOException {
        ImageIO.write(image, "png", folder.resolve(name).toFile());
    }

    private static BufferedImage noise(long seed) {
        Random random = new Random(seed);
        BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < SIDE * SIDE; i++) {
            image.setRGB(i % SIDE, i / SIDE, random.nextInt(1 << 24));
        }
        return image;
    }
}
