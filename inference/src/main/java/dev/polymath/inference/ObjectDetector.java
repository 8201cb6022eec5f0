package dev.polymath.inference;

import dev.polymath.image.RgbImage;
import dev.polymath.inference.InferenceException.Kind;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/** An object-detection model that is loaded, warmed up and ready: what is where in an image. Thread-safe. */
public final class ObjectDetector extends ImageModel<DetectionOptions, ObjectDetection> {
    private final List<String> labels;
    private final Set<String> known;
    private final DetectionLayout layout;
    private final DetectionOptions defaults;

    private ObjectDetector(Loaded<DetectionOptions> loaded, DetectionLayout layout, DetectionOptions defaults) {
        super(loaded);
        this.labels = loaded.model().labels();
        this.known = Set.copyOf(labels);
        this.layout = layout;
        this.defaults = defaults;
    }

    /**
     * Loads and warms up a model that reads {@code [batch, 3, height, width]}, or the colours last, as preprocessor_config.json
     * says. Its outputs are those of YOLOX without decoding, YOLOv5, YOLOv8, DETR and its like, or of SSD with the suppression of
     * overlaps in the graph; which is recognised from their names and shapes, or said by {@code polymath.detection.layout} of
     * serving.properties. Returns when it is ready to answer.
     *
     * <p>Of an SSD, {@code polymath.detection.boxes} ({@code yxyx}, {@code xyxy}), {@code polymath.detection.units}
     * ({@code shares} of what the model reads, {@code pixels}) and {@code polymath.detection.first-class} ({@code 0}, {@code 1})
     * say how its boxes and classes are meant, if not as TensorFlow's: classes from 1, unless the first label is the background,
     * boxes as shares with y first, if they are named {@code detection_boxes}.
     *
     * @throws InferenceException MODEL_NOT_FOUND or MODEL_NOT_READY, saying what is wrong with the model or the device
     */
    public static ObjectDetector load(ModelDirectory model, InferenceOptions options, InferenceListener listener) {
        DetectionOptions defaults = DetectionOptions.of(model);
        Loaded<DetectionOptions> loaded = load(model, options, listener, defaults);
        try {
            return new ObjectDetector(
                    loaded, DetectionLayout.of(model, loaded.preprocessing(), loaded.sample()), defaults);
        } catch (RuntimeException e) {
            loaded.close();
            throw e;
        }
    }

    /** What it finds, in the order of their ids. */
    public List<String> labels() {
        return labels;
    }

    /** What serving.properties says: {@code polymath.detection.min-confidence}, {@code max-results}, {@code iou-threshold}. */
    public DetectionOptions defaults() {
        return defaults;
    }

    /**
     * Finds the objects of an image; fails fast when the queue is full. Resizing happens on the calling thread, the future
     * completes on the common pool. Fails with INVALID_INPUT if a label is asked for that the model does not know.
     *
     * @param call when the answer is no longer wanted
     */
    public CompletableFuture<ObjectDetection> detect(RgbImage image, DetectionOptions options, Call call) {
        return answer(checking(image, options), call, false);
    }

    /** As {@link #detect}, but waits until the queue has room. */
    public CompletableFuture<ObjectDetection> detectWhenAdmitted(RgbImage image, DetectionOptions options, Call call) {
        return answer(checking(image, options), call, true);
    }

    @Override
    Function<Receipt, ObjectDetection> decode(PreparedImage<DetectionOptions> image, List<List<ModelArray>> outputs) {
        DetectionOptions options = image.question();
        Candidates candidates = new Candidates(
                options.minConfidence(),
                options.labels().isEmpty()
                        ? label -> true
                        : label -> options.labels().contains(labels.get(label)));
        outputs.get(0).forEach(ModelArray::requireNumbers);
        layout.read(outputs.get(0), candidates);
        List<DetectedObject> objects = candidates.objects(
                labels,
                layout.overlapping() ? options.iouThreshold() : Double.POSITIVE_INFINITY,
                options.maxResults(),
                image.placement(),
                image.width(),
                image.height());
        return receipt -> new ObjectDetection(objects, receipt);
    }

    private Supplier<PreparedImage<DetectionOptions>> checking(RgbImage image, DetectionOptions options) {
        Supplier<PreparedImage<DetectionOptions>> prepared = preparing(image, options);
        return () -> {
            if (!known.containsAll(options.labels())) {
                Set<String> unknown = new HashSet<>(options.labels());
                unknown.removeAll(known);
                throw new InferenceException(
                        Kind.INVALID_INPUT,
                        "labels: " + unknown + " (expected: of the " + known.size() + " that the model knows)");
            }
            return prepared.get();
        };
    }
}
