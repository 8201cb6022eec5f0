package dev.polymath.vision;

import dev.polymath.image.RgbImage;
import dev.polymath.inference.Box;
import dev.polymath.inference.Call;
import dev.polymath.inference.DetectedObject;
import dev.polymath.inference.DetectionOptions;
import dev.polymath.inference.GeneratedText;
import dev.polymath.inference.GeneratedText.Hypothesis;
import dev.polymath.inference.GenerationOptions;
import dev.polymath.inference.ImageClassification;
import dev.polymath.inference.InferenceException;
import dev.polymath.inference.LabelProbability;
import dev.polymath.inference.ObjectDetection;
import dev.polymath.inference.Receipt;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Models whose answers tell what they saw: the detector finds a block for each dark part of {@link TestPictures#meadow} and a sky,
 * the captioner says the size of the image, the tagger whether it is wide. They remember what they were asked.
 */
public final class ScriptedModels {
    public static final DetectedObject BLOCK = new DetectedObject("block", 0.9, new Box(0.25, 0.25, 0.75, 0.75));
    public static final DetectedObject SKY = new DetectedObject("sky", 0.4, new Box(0, 0, 1, 0.5));

    /** Images that models have seen, as WIDTHxHEIGHT. */
    public final List<String> detected = new CopyOnWriteArrayList<>();

    public final List<String> captioned = new CopyOnWriteArrayList<>();
    public final List<String> tagged = new CopyOnWriteArrayList<>();

    /** What the detector waits for before it answers. */
    public volatile CompletableFuture<?> gate = CompletableFuture.completedFuture(null);

    public volatile int inputSide = 64;

    /** Images that the detector has not answered, and most of them at any time. */
    private final AtomicInteger open = new AtomicInteger();

    public final AtomicInteger mostOpen = new AtomicInteger();

    /** A receipt of a model. */
    public static Receipt receipt(String model) {
        return new Receipt(
                model,
                "1",
                "0".repeat(64),
                "cpu",
                1,
                0,
                0,
                Duration.ofMillis(1),
                Duration.ofMillis(2),
                Duration.ofMillis(3),
                Duration.ofMillis(4));
    }

    public final DetectionModel detection = new DetectionModel() {
        @Override
        public List<String> labels() {
            return List.of("sky", "block", "dog");
        }

        @Override
        public DetectionOptions defaults() {
            return new DetectionOptions(0.3, 100, 0.5, Set.of());
        }

        @Override
        public int inputSide() {
            return inputSide;
        }

        @Override
        public CompletableFuture<ObjectDetection> detect(RgbImage image, DetectionOptions options, Call call) {
            mostOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
            detected.add(image.toString());
            List<DetectedObject> objects = List.of(BLOCK, SKY).stream()
                    .filter(object -> object.confidence() >= options.minConfidence())
                    .filter(object ->
                            options.labels().isEmpty() || options.labels().contains(object.label()))
                    .limit(options.maxResults())
                    .toList();
            return gate.thenApply(opened -> {
                open.decrementAndGet();
                return new ObjectDetection(objects, receipt("detector"));
            });
        }
    };

    public final TaggingModel tagging = new TaggingModel() {
        @Override
        public List<String> labels() {
            return List.of("wide", "high", "square");
        }

        @Override
        public int inputSide() {
            return inputSide;
        }

        @Override
        public CompletableFuture<ImageClassification> tag(RgbImage image, Call call) {
            tagged.add(image.toString());
            boolean wide = image.width() > image.height();
            return CompletableFuture.completedFuture(new ImageClassification(
                    List.of(
                            new LabelProbability(wide ? "wide" : "high", 0.8),
                            new LabelProbability("square", 0.15),
                            new LabelProbability("round", 0.05)),
                    receipt("tagger")));
        }
    };

    public final CaptioningModel captioning = new CaptioningModel() {
        @Override
        public List<String> languages() {
            return List.of("en", "de");
        }

        @Override
        public GenerationOptions options(String languageCode) {
            return new GenerationOptions(
                    2, 1, 0, 1, 1, 0, OptionalInt.of(languages().indexOf(languageCode)));
        }

        @Override
        public int inputSide() {
            return inputSide;
        }

        @Override
        public CompletableFuture<GeneratedText> caption(RgbImage image, GenerationOptions options, Call call) {
            captioned.add(image.toString());
            String words = options.firstToken().orElse(0) == 1 ? "ein Bild von " : "a picture of ";
            List<Hypothesis> hypotheses = IntStream.range(0, options.alternatives())
                    .mapToObj(i ->
                            new Hypothesis(words + image + " " + options.beamSize(), -0.1 - i, new int[] {1}, true))
                    .toList();
            return CompletableFuture.completedFuture(
                    new GeneratedText(new ArrayList<>(hypotheses), 1, hypotheses.size(), receipt("captioner")));
        }
    };

    /** A detector that always fails like this. */
    public static DetectionModel failing(InferenceException.Kind kind) {
        DetectionModel works = new ScriptedModels().detection;
        return new DetectionModel() {
            @Override
            public List<String> labels() {
                return works.labels();
            }

            @Override
            public DetectionOptions defaults() {
                return works.defaults();
            }

            @Override
            public int inputSide() {
                return 64;
            }

            @Override
            public CompletableFuture<ObjectDetection> detect(RgbImage image, DetectionOptions options, Call call) {
                return CompletableFuture.failedFuture(new InferenceException(kind, "as told"));
            }
        };
    }
}
