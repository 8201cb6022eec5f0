package dev.polymath.benchmarks;

import ai.onnxruntime.OrtException;
import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.util.Durations;
import com.google.rpc.Status;
import dev.polymath.common.v1.Receipt;
import dev.polymath.image.ImageDecoder;
import dev.polymath.image.ImageLimits;
import dev.polymath.image.RgbImage;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.vision.v1.AnalyzeImageRequest;
import dev.polymath.vision.v1.AnnotateImageRequest;
import dev.polymath.vision.v1.CaptionImageRequest;
import dev.polymath.vision.v1.DetectObjectsRequest;
import dev.polymath.vision.v1.Feature;
import dev.polymath.vision.v1.Image;
import dev.polymath.vision.v1.VisionServiceGrpc;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What the methods of the vision service do in a second, where the time of an image goes, and what the engine alone could do. */
@Command(
        name = "vision",
        description = {
            "Starts the vision service and measures each method with JPEGs of growing size, beside the models alone. Progress goes"
                    + " to standard error, Markdown to standard output."
        })
final class VisionCommand implements Callable<Integer> {
    private static final int[][] SIZES = {{640, 480}, {1632, 1224}, {4000, 3000}};

    @Option(
            names = "--photo",
            paramLabel = "FILE",
            defaultValue = "docs/street.jpg",
            description = "The pictures are made of it, side by side and enlarged. Default: ${DEFAULT-VALUE}.")
    Path photo = Path.of("docs/street.jpg");

    @Option(names = "--callers", split = ",", defaultValue = "1,16", description = "Default: ${DEFAULT-VALUE}.")
    List<Integer> callers = List.of();

    @Option(names = "--seconds", defaultValue = "8", description = "Length of each run. Default: ${DEFAULT-VALUE}.")
    int seconds = 8;

    /** What an answer says of the time that went into it, and whether it failed. */
    private record Answer(Duration decode, List<Receipt> receipts, Status error) {}

    /** Sends one image. */
    private interface Method {
        CompletableFuture<Answer> call(Image image);
    }

    /**
     * A method to measure.
     *
     * @param floor images per second of its models alone
     */
    private record Measured(String name, double floor, Method method) {}

    /** Milliseconds of an image in each step, as the answers say them. */
    private static final class Split {
        final LongAdder images = new LongAdder();
        final DoubleAdder decode = new DoubleAdder();
        final DoubleAdder resize = new DoubleAdder();
        final DoubleAdder engine = new DoubleAdder();
        final DoubleAdder after = new DoubleAdder();

        void add(Answer answer) {
            images.increment();
            decode.add(millis(answer.decode()));
            for (Receipt receipt : answer.receipts()) {
                resize.add(millis(receipt.getTokenizeDuration()));
                engine.add(millis(receipt.getInferDuration()) / Math.max(1, receipt.getBatchSize()));
                after.add(millis(receipt.getDecodeDuration()));
            }
        }

        @Override
        public String toString() {
            double count = Math.max(1, images.sum());
            return String.format(
                    Locale.ROOT,
                    "%.1f | %.1f | %.1f | %.2f",
                    decode.sum() / count,
                    resize.sum() / count,
                    engine.sum() / count,
                    after.sum() / count);
        }

        private static double millis(Duration duration) {
            return Durations.toNanos(duration) / 1e6;
        }
    }

    @Override
    public Integer call() throws IOException, InterruptedException, OrtException {
        RgbImage picture = new ImageDecoder(ImageLimits.defaults())
                .decode(Files.readAllBytes(photo))
                .pixels();
        java.time.Duration each = java.time.Duration.ofSeconds(seconds);
        double detector = VisionFloor.engine(model("detector-coco"), each);
        double tagger = VisionFloor.engine(model("tagger-imagenet"), each);
        double captioner = VisionFloor.captions(model("captioner"), picture, each);
        System.out.printf(
                Locale.ROOT,
                "Alone, images/s: the detector's engine %.1f, the tagger's engine %.1f, the captioner %.1f.%n%n",
                detector,
                tagger,
                captioner);
        try (ServiceProcess service = ServiceProcess.start("vision-service", Map.of())) {
            ManagedChannel channel = Grpc.newChannelBuilder(service.grpcAddress(), InsecureChannelCredentials.create())
                    .directExecutor()
                    .maxInboundMessageSize(64 << 20)
                    .build();
            try {
                measure(channel, detector, tagger, captioner, picture);
            } finally {
                channel.shutdownNow();
            }
            System.out.printf(
                    Locale.ROOT,
                    "%nPeak resident memory of the service: %d MB.%n",
                    service.peakResidentBytes() / 1_000_000);
        }
        return 0;
    }

    private static ModelDirectory model(String name) {
        return ModelDirectory.open(Path.of("models", name, "1"));
    }

    private void measure(ManagedChannel channel, double detector, double tagger, double captioner, RgbImage picture)
            throws IOException {
        List<Measured> methods = List.of(
                new Measured("DetectObjects", detector, image -> detect(channel, image)),
                new Measured("CaptionImage", captioner, image -> caption(channel, image)),
                new Measured(
                        "AnalyzeImage, all features",
                        1 / (1 / detector + 1 / tagger + 1 / captioner),
                        image -> analyze(channel, image)),
                new Measured("AnnotateImage", detector, image -> annotate(channel, image)));
        System.out.println(
                "| pixels | JPEG kB | method | callers | images/s | p50 ms | p95 ms | decode ms | resize ms | engine"
                        + " ms | after it ms | of the models alone |");
        System.out.println("|---|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
        for (int[] size : SIZES) {
            byte[] jpeg = jpeg(tiles(picture.toBufferedImage(), size[0], size[1]));
            Image image =
                    Image.newBuilder().setContent(ByteString.copyFrom(jpeg)).build();
            for (Measured method : methods) {
                run(method, image, callers.get(0)); // for the compiler
                for (int count : callers) {
                    System.out.printf(
                            Locale.ROOT,
                            "| %d x %d | %d | %s%n",
                            size[0],
                            size[1],
                            jpeg.length / 1000,
                            run(method, image, count));
                }
            }
        }
    }

    private String run(Measured measured, Image image, int count) {
        Split split = new Split();
        Request request = new Request(
                1,
                0,
                () -> measured.method().call(image).thenAccept(answer -> {
                    if (answer.error().getCode() != 0) {
                        throw new IllegalStateException(answer.error().getMessage());
                    }
                    split.add(answer);
                }));
        LoadResult result = new LoadGenerator(List.of(request), Clock.SYSTEM)
                .closedLoop(
                        measured.name() + ", " + count + " callers",
                        count,
                        java.time.Duration.ofSeconds(seconds).dividedBy(4),
                        java.time.Duration.ofSeconds(seconds));
        if (result.failed() > 0) {
            throw new IllegalStateException(result.name() + ": " + result.failures());
        }
        System.err.println(result);
        return String.format(
                Locale.ROOT,
                "%s | %d | %.1f | %.1f | %.1f | %s | %.2f |",
                measured.name(),
                count,
                result.documentsPerSecond(),
                result.p50Millis(),
                result.p95Millis(),
                split,
                result.documentsPerSecond() / measured.floor());
    }

    private static CompletableFuture<Answer> detect(ManagedChannel channel, Image image) {
        return UnaryCall.send(
                        channel,
                        VisionServiceGrpc.getDetectObjectsMethod(),
                        DetectObjectsRequest.newBuilder().addImages(image).build())
                .thenApply(response -> new Answer(
                        response.getImageDecodeDuration(),
                        List.of(response.getReceipt()),
                        response.getResults(0).getError()));
    }

    private static CompletableFuture<Answer> caption(ManagedChannel channel, Image image) {
        return UnaryCall.send(
                        channel,
                        VisionServiceGrpc.getCaptionImageMethod(),
                        CaptionImageRequest.newBuilder().addImages(image).build())
                .thenApply(response -> new Answer(
                        response.getImageDecodeDuration(),
                        List.of(response.getReceipt()),
                        response.getResults(0).getError()));
    }

    private static CompletableFuture<Answer> analyze(ManagedChannel channel, Image image) {
        return UnaryCall.send(
                        channel,
                        VisionServiceGrpc.getAnalyzeImageMethod(),
                        AnalyzeImageRequest.newBuilder()
                                .addImages(image)
                                .addFeatures(Feature.FEATURE_OBJECTS)
                                .addFeatures(Feature.FEATURE_CAPTION)
                                .addFeatures(Feature.FEATURE_TAGS)
                                .build())
                .thenApply(response -> new Answer(
                        response.getImageDecodeDuration(),
                        response.getReceiptsList(),
                        response.getResults(0).getError()));
    }

    private static CompletableFuture<Answer> annotate(ManagedChannel channel, Image image) {
        return UnaryCall.send(
                        channel,
                        VisionServiceGrpc.getAnnotateImageMethod(),
                        AnnotateImageRequest.newBuilder().setImage(image).build())
                .thenApply(response -> new Answer(
                        response.getImageDecodeDuration(),
                        List.of(response.getReceipt()),
                        Status.getDefaultInstance()));
    }

    /** Copies of a photo beside each other, larger in a larger picture, as a better camera shows more of each thing. */
    private static BufferedImage tiles(BufferedImage photo, int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        for (int row = 0; row < 2; row++) {
            for (int column = 0; column < 2; column++) {
                graphics.drawImage(photo, column * width / 2, row * height / 2, width / 2, height / 2, null);
            }
        }
        graphics.dispose();
        return image;
    }

    private static byte[] jpeg(BufferedImage image) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ImageWriteParam parameters = writer.getDefaultWriteParam();
        parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        parameters.setCompressionQuality(0.9f);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
            writer.setOutput(out);
            writer.write(null, new IIOImage(image, null, null), parameters);
        }
        writer.dispose();
        return bytes.toByteArray();
    }
}
