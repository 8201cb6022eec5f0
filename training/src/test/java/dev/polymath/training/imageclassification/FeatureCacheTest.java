package dev.polymath.training.imageclassification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polymath.image.ImagePreprocessing;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.OnnxGraph.ElementType;
import dev.polymath.training.vision.Prefetch;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeatureCacheTest {
    private static final ImagePreprocessing PREPROCESSING = new ImagePreprocessing(
            2, 2, ImagePreprocessing.Fit.STRETCH, 0, false, new float[] {1, 1, 1}, new float[] {0, 0, 0});

    @TempDir
    private Path folder;

    private final Prefetch prefetch = new Prefetch(1);

    @AfterEach
    void close() {
        prefetch.close();
    }

    @Test
    void picturesAndTheirMirrorImagesAreReadOnceAndNewOnesAreAdded() throws IOException {
        Path left = picture("left.png", Color.RED, Color.BLACK);
        Path right = picture("right.png", Color.BLACK, Color.BLUE);

        FeatureCache first = cache(List.of(left), leftColumn());
        assertThat(first.width()).isEqualTo(6);
        assertThat(first.of(left, false)).containsExactly(255, 255, 0, 0, 0, 0);
        assertThat(first.of(left, true)).containsOnly(0);
        long bytes = Files.size(file());

        FeatureCache both = cache(List.of(left, right, left), leftColumn());
        assertThat(both.of(left, false)).isEqualTo(first.of(left, false));
        assertThat(both.of(right, true)).containsExactly(0, 0, 0, 0, 255, 255);
        assertThat(Files.size(file())).isEqualTo(2 * bytes);
        cache(List.of(right, left), leftColumn());
        assertThat(Files.size(file())).isEqualTo(2 * bytes);
    }

    @Test
    void whatWasBeingWrittenWhenARunEndedIsComputedAgain() throws IOException {
        Path left = picture("left.png", Color.RED, Color.BLACK);
        Path right = picture("right.png", Color.BLACK, Color.BLUE);
        cache(List.of(left, right), leftColumn());
        byte[] whole = Files.readAllBytes(file());
        Files.write(file(), Arrays.copyOf(whole, whole.length - 5));

        FeatureCache again = cache(List.of(left, right), leftColumn());

        assertThat(again.of(right, true)).containsExactly(0, 0, 0, 0, 255, 255);
        assertThat(Files.readAllBytes(file())).isEqualTo(whole);
    }

    private FeatureCache cache(List<Path> pictures, OnnxGraph network) throws IOException {
        return FeatureCache.of(network, PREPROCESSING, pictures, folder.resolve("cache"), prefetch);
    }

    private Path file() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("cache"))) {
            return files.filter(path -> path.toString().endsWith(".bin"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** Says the left column of each plane. */
    private static OnnxGraph leftColumn() {
        OnnxGraph graph = OnnxGraph.create("left", 13);
        graph.addInput(OnnxGraph.value("x", ElementType.FLOAT, "N", "3", "2", "2"));
        graph.addInitializer("from", new long[] {1}, 0L);
        graph.addInitializer("to", new long[] {1}, 1L);
        graph.addInitializer("axis", new long[] {1}, 3L);
        String left = graph.add("Slice", "left", List.of("x", "from", "to", "axis"));
        graph.setOutputs(OnnxGraph.value(graph.add("Flatten", "y", List.of(left)), ElementType.FLOAT, "N", "6"));
        return graph;
    }

    private Path picture(String name, Color left, Color right) throws IOException {
        BufferedImage image = new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 2; y++) {
            image.setRGB(0, y, left.getRGB());
            image.setRGB(1, y, right.getRGB());
        }
        Path file = folder.resolve(name);
        ImageIO.write(image, "png", file.toFile());
        return file;
    }
}
