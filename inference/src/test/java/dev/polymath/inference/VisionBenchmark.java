package dev.polymath.inference;

import ai.djl.Device;
import dev.polymath.image.DecodedImage;
import dev.polymath.image.ImageDecoder;
import dev.polymath.image.ImageLimits;
import dev.polymath.image.ImagePreprocessing;
import dev.polymath.image.Placement;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Processor time of one thread for each step from a JPEG to the objects in it: decoding, resizing, the engine, and what comes
 * after it. The pictures are tiles of photos. Not part of the tests; on the class path of the tests it runs with
 * {@code -Dpolymath.benchmark.detector=<model directory> -Dpolymath.benchmark.images=<directory of photos>}.
 */
class VisionBenchmark {
    private static final int[][] SIZES = {{640, 480}, {1632, 1224}, {4000, 3000}};

    @Test
    @EnabledIfSystemProperty(named = "polymath.benchmark.detector", matches = ".+")
    void measure() throws IOException {
        ModelDirectory model = ModelDirectory.open(Path.of(System.getProperty("polymath.benchmark.detector")));
        List<BufferedImage> photos = photos(Path.of(System.getProperty("polymath.benchmark.images")));
        int rounds = Integer.getInteger("polymath.benchmark.rounds", 15);
        ImagePreprocessing preprocessing = ImageModel.preprocessing(model);
        ImageDecoder decoder = new ImageDecoder(ImageLimits.defaults());
        DetectionOptions options = DetectionOptions.of(model);
        System.out.println(
                "| pixels | JPEG | bytes | decode whole, ms | decode, ms | resize, ms | engine, ms | objects, ms |");
        try (LoadedModel weights = LoadedModel.load(model, InferenceOptions.defaults(), Device.cpu())) {
            ImageRunner<DetectionOptions> runner = ImageRunner.probe(weights, "cpu", preprocessing, 1, options);
            DetectionLayout layout = DetectionLayout.of(model, preprocessing, runner.sample(options));
            for (int[] size : SIZES) {
                for (boolean progressive : new boolean[] {false, true}) {
                    byte[] jpeg = jpeg(tiles(photos, size[0], size[1]), progressive);
                    measure(jpeg, progressive, decoder, preprocessing, runner, layout, model.labels(), options, rounds);
                }
            }
        }
    }

    private static void measure(
            byte[] jpeg,
            boolean progressive,
            ImageDecoder decoder,
            ImagePreprocessing preprocessing,
            ImageRunner<DetectionOptions> runner,
            DetectionLayout layout,
            List<String> labels,
            DetectionOptions options,
            int rounds) {
        List<List<Double>> times = Stream.generate(() -> (List<Double>) new ArrayList<Double>())
                .limit(5)
                .toList();
        DecodedImage image = decoder.decode(jpeg, preprocessing.minSide());
        for (int round = 0; round < rounds; round++) {
            long start = cpuNanos();
            decoder.decode(jpeg);
            long whole = cpuNanos();
            image = decoder.decode(jpeg, preprocessing.minSide());
            long decoded = cpuNanos();
            float[] planes = new float[preprocessing.size()];
            Placement placement = preprocessing.apply(image.pixels(), planes, 0);
            long resized = cpuNanos();
            List<ModelArray> outputs = runner.run(List.of(new PreparedImage<>(
                            planes,
                            placement,
                            image.pixels().width(),
                            image.pixels().height(),
                            options)))
                    .get(0);
            long run = cpuNanos();
            outputs.forEach(ModelArray::requireNumbers);
            Candidates candidates = new Candidates(options.minConfidence(), label -> true);
            layout.read(outputs, candidates);
            candidates.objects(
                    labels,
                    options.iouThreshold(),
                    options.maxResults(),
                    placement,
                    image.pixels().width(),
                    image.pixels().height());
            long end = cpuNanos();
            long[] ends = {start, whole, decoded, resized, run, end};
            for (int i = 0; i < times.size(); i++) {
                times.get(i).add((ends[i + 1] - ends[i]) / 1e6);
            }
        }
        System.out.printf(
                "| %d x %d | %s | %,d | %.1f | %.1f | %.1f | %.1f | %.2f |%n",
                image.header().width(),
                image.header().height(),
                progressive ? "progressive" : "baseline",
                jpeg.length,
                median(times.get(0)),
                median(times.get(1)),
                median(times.get(2)),
                median(times.get(3)),
                median(times.get(4)));
    }

    private static double median(List<Double> times) {
        Collections.sort(times);
        return times.get(times.size() / 2);
    }

    /** Of this thread, which the engine runs on, so that other work on the machine does not count. */
    private static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static List<BufferedImage> photos(Path directory) throws IOException {
        ImageDecoder decoder = new ImageDecoder(ImageLimits.defaults());
        try (Stream<Path> files = Files.list(directory)) {
            List<BufferedImage> photos = new ArrayList<>();
            for (Path file : files.sorted().limit(80).toList()) {
                photos.add(decoder.decode(Files.readAllBytes(file)).pixels().toBufferedImage());
            }
            return photos;
        }
    }

    /** Photos beside each other, larger in a larger picture, as a better camera shows more of each thing. */
    private static BufferedImage tiles(List<BufferedImage> photos, int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        int side = Math.max(320, width / 3);
        int i = 0;
        for (int y = 0; y < height; y += side) {
            for (int x = 0; x < width; x += side) {
                graphics.drawImage(photos.get(i++ % photos.size()), x, y, side, side, null);
            }
        }
        graphics.dispose();
        return image;
    }

    private static byte[] jpeg(BufferedImage image, boolean progressive) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ImageWriteParam parameters = writer.getDefaultWriteParam();
        parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        parameters.setCompressionQuality(0.9f);
        if (progressive) {
            parameters.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
            writer.setOutput(out);
            writer.write(null, new IIOImage(image, null, null), parameters);
        }
        writer.dispose();
        return bytes.toByteArray();
    }
}
