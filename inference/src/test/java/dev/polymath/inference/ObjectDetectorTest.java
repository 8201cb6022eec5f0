package dev.polymath.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import dev.polymath.image.ImagePreprocessing;
import dev.polymath.image.ImagePreprocessing.Fit;
import dev.polymath.image.RgbImage;
import dev.polymath.inference.InferenceException.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ObjectDetectorTest {
    private static final float[] UNIT = {1 / 255f, 1 / 255f, 1 / 255f};
    private static final ImagePreprocessing LETTERBOX =
            new ImagePreprocessing(64, 64, Fit.LETTERBOX_TOP_LEFT, 0, true, UNIT, new float[3]);
    private static final ImagePreprocessing STRETCH =
            new ImagePreprocessing(64, 64, Fit.STRETCH, 0, false, UNIT, new float[3]);
    private static final String[] LABELS = {"cat", "dog", "bird"};
    private static final int ANCHORS = 8 * 8 + 4 * 4 + 2 * 2;
    private static final RgbImage WIDE = TinyVision.grey(128, 64, 0);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path models;

    @Test
    void yoloxIsDecodedByItsGrid() throws IOException {
        try (ObjectDetector detector = load(yolox())) {
            assertThat(detector.labels()).containsExactly(LABELS);
            assertThat(detector.defaults()).isEqualTo(new DetectionOptions(0.3, 100, 0.45, Set.of()));

            List<DetectedObject> objects = detect(detector, WIDE);

            // half as large in the model, where it fills the upper half
            assertThat(objects).extracting(DetectedObject::label).containsExactly("cat", "dog");
            assertObject(objects.get(0), 0.72, 20 / 64.0, 6 / 32.0, 36 / 64.0, 30 / 32.0);
            assertObject(objects.get(1), 0.5, 20 / 64.0, 6 / 32.0, 36 / 64.0, 30 / 32.0);
        }
    }

    @Test
    void boxesAreClippedToTheImage() throws IOException {
        try (ObjectDetector detector = load(yolox())) {
            List<DetectedObject> objects = detect(detector, TinyVision.grey(64, 128, 0));

            // of the model's width only the left half is image
            assertObject(objects.get(0), 0.72, 20 / 32.0, 6 / 64.0, 1, 30 / 64.0);
            assertThat(detect(detector, TinyVision.grey(8, 64, 0))).isEmpty();
        }
    }

    @Test
    void optionsChooseAmongTheObjects() throws IOException {
        try (ObjectDetector detector = load(yolox())) {
            assertThat(detect(detector, WIDE, new DetectionOptions(0.3, 100, 1, Set.of())))
                    .extracting(DetectedObject::confidence)
                    .usingComparatorForType((a, b) -> Math.abs(a - b) < 1e-4 ? 0 : Double.compare(a, b), Double.class)
                    .containsExactly(0.72, 0.56, 0.5);
            assertThat(detect(detector, WIDE, new DetectionOptions(0.6, 100, 0.45, Set.of())))
                    .hasSize(1);
            assertThat(detect(detector, WIDE, new DetectionOptions(0.1, 1, 1, Set.of())))
                    .extracting(DetectedObject::label)
                    .containsExactly("cat");
            assertThat(detect(detector, WIDE, new DetectionOptions(0.1, 100, 0.45, Set.of("dog", "bird"))))
                    .extracting(DetectedObject::label)
                    .containsExactly("dog");
            InferenceException unknown = TokenClassifierTest.failure(
                    detector.detect(WIDE, new DetectionOptions(0.1, 100, 0.45, Set.of("unicorn")), Call.unbounded()));
            assertThat(unknown.kind()).isEqualTo(Kind.INVALID_INPUT);
            assertThat(unknown).hasMessage("labels: [unicorn] (expected: of the 3 that the model knows)");
        }
    }

    @Test
    void optionsThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> new DetectionOptions(Double.NaN, 1, 0.5, Set.of()))
                .hasMessage("minConfidence: NaN (expected: 0 to 1)");
        assertThatThrownBy(() -> new DetectionOptions(0.5, 0, 0.5, Set.of()))
                .hasMessage("maxResults: 0 (expected: >= 1)");
        assertThatThrownBy(() -> new DetectionOptions(0.5, 1, 1.5, Set.of()))
                .hasMessage("iouThreshold: 1.5 (expected: 0 to 1)");
    }

    @Test
    void defaultsAreThoseOfServingProperties() throws IOException {
        ModelDirectory model = yolox(TinyVision.planes(LETTERBOX)
                .property("polymath.detection.min-confidence", "0.6")
                .property("polymath.detection.max-results", "7")
                .property("polymath.detection.iou-threshold", "0.65"));
        try (ObjectDetector detector = load(model)) {
            assertThat(detector.defaults()).isEqualTo(new DetectionOptions(0.6, 7, 0.65, Set.of()));
        }
        ModelDirectory wrong =
                yolox(TinyVision.planes(LETTERBOX).property("polymath.detection.min-confidence", "often"));
        assertThatThrownBy(() -> load(wrong))
                .hasMessage("tiny/1: polymath.detection.min-confidence: often (expected: 0 to 1)");
    }

    @Test
    void imagesInABatchHaveTheAnswersThatTheyHaveAlone() throws IOException {
        assertEachImageHasItsBird(load(yolox()), true);
    }

    @Test
    void aGraphWithAFixedBatchOfOneIsRunForEachImage() throws IOException {
        assertEachImageHasItsBird(load(yolox(TinyVision.one(LETTERBOX))), false);
    }

    @Test
    void outputsThatAreNotNumbersFailTheImageAlone() throws IOException {
        try (ObjectDetector detector = load(yolox())) {
            List<CompletableFuture<ObjectDetection>> futures = new ArrayList<>();
            for (int grey : new int[] {10, 255, 10}) {
                futures.add(detector.detectWhenAdmitted(
                        TinyVision.grey(64, 64, grey), detector.defaults(), Call.unbounded()));
            }

            InferenceException failure = TokenClassifierTest.failure(futures.get(1));
            assertThat(failure.kind()).isEqualTo(Kind.ENGINE_FAILURE);
            assertThat(failure).hasMessage("the output of the model is not a number");
            assertThat(futures.get(0).join().objects()).isNotEmpty();
            assertThat(futures.get(2).join().objects())
                    .isEqualTo(futures.get(0).join().objects());
        }
    }

    @Test
    void scoresThatAreNoProbabilitiesAreEngineFailures() throws IOException {
        float[] values = new float[ANCHORS * 8];
        values[4] = -3;
        ModelDirectory model = TinyVision.planes(LETTERBOX)
                .labels(LABELS)
                .output("output", values, new float[values.length], ANCHORS, 8)
                .write(models, LETTERBOX);
        try (ObjectDetector detector = load(model)) {
            InferenceException failure =
                    TokenClassifierTest.failure(detector.detect(WIDE, detector.defaults(), Call.unbounded()));
            assertThat(failure.kind()).isEqualTo(Kind.ENGINE_FAILURE);
            assertThat(failure).hasMessage("the model says -3.0 (expected: a probability, 0 to 1)");
        }
    }

    @Test
    void yolov5IsDecodedAlready() throws IOException {
        float[] values = new float[3 * ANCHORS * 8];
        row(values, 8, 7, 28, 18, 16, 24, 0.9f, 0.1f, 0.8f, 0);
        ModelDirectory model = TinyVision.planes(LETTERBOX)
                .labels(LABELS)
                .output("output0", values, new float[values.length], 3 * ANCHORS, 8)
                .write(models, LETTERBOX);
        try (ObjectDetector detector = load(model)) {
            List<DetectedObject> objects = detect(detector, WIDE);

            assertThat(objects).hasSize(1);
            assertThat(objects.get(0).label()).isEqualTo("dog");
            assertObject(objects.get(0), 0.72, 20 / 64.0, 6 / 32.0, 36 / 64.0, 30 / 32.0);
        }
    }

    @Test
    void yolov8HasItsBoxesInColumns() throws IOException {
        float[] values = new float[7 * ANCHORS];
        column(values, 5, 28, 18, 16, 24, 0.1f, 0.2f, 0.8f);
        column(values, 6, 29, 18, 16, 24, 0.1f, 0.2f, 0.7f);
        column(values, 9, 40, 18, 16, 24, 0.4f, 0.35f, 0);
        ModelDirectory model = TinyVision.planes(LETTERBOX)
                .labels(LABELS)
                .output("output0", values, new float[values.length], 7, ANCHORS)
                .write(models, LETTERBOX);
        try (ObjectDetector detector = load(model)) {
            List<DetectedObject> objects = detect(detector, WIDE);

            assertThat(objects).extracting(DetectedObject::label).containsExactly("bird", "cat");
            assertObject(objects.get(0), 0.8, 20 / 64.0, 6 / 32.0, 36 / 64.0, 30 / 32.0);
            assertObject(objects.get(1), 0.4, 32 / 64.0, 6 / 32.0, 48 / 64.0, 30 / 32.0);
        }
    }

    @Test
    void detrHasAClassForNoObjectAndNoOverlaps() throws IOException {
        float[] logits = {
            0, 3, 0, 1, // a dog, of e^3 / (e^3 + 2 + e)
            1, 0, 0, 6, // nothing
            0, 3, 0, 1, // the dog again
            5, 0, 0, 0
        };
        float[] boxes = {
            0.5f, 0.25f, 0.25f, 0.125f,
            0.5f, 0.5f, 1, 1,
            0.5f, 0.25f, 0.25f, 0.125f,
            0.9f, 0.9f, 0.4f, 0.4f
        };
        ModelDirectory model = TinyVision.planes(STRETCH)
                .labels(LABELS)
                .output("logits", logits, new float[16], 4, 4)
                .output("pred_boxes", boxes, new float[16], 4, 4)
                .write(models, STRETCH);
        try (ObjectDetector detector = load(model)) {
            List<DetectedObject> objects = detect(detector, WIDE);

            assertThat(objects).extracting(DetectedObject::label).containsExactly("cat", "dog", "dog");
            assertObject(objects.get(0), 0.98018, 0.7, 0.7, 1, 1);
            assertObject(objects.get(1), 0.80977, 0.375, 0.1875, 0.625, 0.3125);
        }
    }

    @Test
    void detrWithALogitPerLabelMayGiveABoxSeveralLabels() throws IOException {
        ModelDirectory model = TinyVision.planes(STRETCH)
                .mask(64)
                .labels(LABELS)
                .output("logits", new float[] {2, 1, -5, -5, -5, -5}, new float[6], 2, 3)
                .output("pred_boxes", new float[] {0.5f, 0.5f, 0.5f, 0.5f, 0, 0, 0, 0}, new float[8], 2, 4)
                .write(models, STRETCH);
        try (ObjectDetector detector = load(model)) {
            List<DetectedObject> objects = detect(detector, WIDE);

            assertThat(objects).extracting(DetectedObject::label).containsExactly("cat", "dog");
            assertObject(objects.get(0), 0.88080, 0.25, 0.25, 0.75, 0.75);
            assertObject(objects.get(1), 0.73106, 0.25, 0.25, 0.75, 0.75);
        }
    }

    @Test
    void ssdOfTensorFlowReadsBytesAndCountsFromOne() throws IOException {
        ImagePreprocessing plain =
                new ImagePreprocessing(64, 64, Fit.STRETCH, 0, false, new float[] {1, 1, 1}, new float[3]);
        ModelDirectory model = TinyVision.bytes(plain)
                .labels(LABELS)
                .constant(
                        "detection_boxes",
                        DataType.FLOAT,
                        new float[] {0.1f, 0.2f, 0.5f, 0.6f, 0, 0, 1, 1, 0.3f, 0.3f, 0.4f, 0.4f},
                        3,
                        4)
                .constant("detection_classes", DataType.FLOAT, new float[] {2, 4, 1}, 3)
                .output("detection_scores", new float[] {0.5f, 0.8f, 0.7f}, new float[] {0.5f, 0, 0}, 3)
                .constant("num_detections", DataType.FLOAT, new float[] {2})
                .write(models, plain);
        try (ObjectDetector detector = load(model)) {
            List<DetectedObject> objects = detect(detector, TinyVision.grey(90, 30, 51));

            // the second has no label, the third does not count
            assertThat(objects).hasSize(1);
            assertThat(objects.get(0).label()).isEqualTo("dog");
            assertObject(objects.get(0), 0.6, 0.2, 0.1, 0.6, 0.5);
        }
    }

    @Test
    void ssdMayCountTheBackgroundAndSayPixels() throws IOException {
        ModelDirectory model = TinyVision.planes(LETTERBOX)
                .labels("background", "cat", "dog")
                .property("polymath.detection.units", "pixels")
                .constant("boxes", DataType.FLOAT, new float[] {8, 4, 32, 16, 0, 0, 64, 64}, 2, 4)
                .constant("labels", DataType.INT64, new float[] {2, 1}, 2)
                .output("scores", new float[] {0.5f, 0.1f}, new float[2], 2)
                .write(models, LETTERBOX);
        try (ObjectDetector detector = load(model)) {
            List<DetectedObject> objects = detect(detector, WIDE);

            assertThat(objects).hasSize(1);
            assertThat(objects.get(0).label()).isEqualTo("dog");
            assertObject(objects.get(0), 0.5, 8 / 64.0, 4 / 32.0, 0.5, 0.5);
        }
    }

    @Test
    void theLayoutMayBeSaid() throws IOException {
        // as many boxes as labels and shares, so that nothing can be told from the shape
        float[] values = new float[7 * 20];
        for (int a = 0; a < 20; a++) {
            values[6 * 20 + a] = a == 3 ? 0.9f : 0;
            values[2 * 20 + a] = 64;
            values[3 * 20 + a] = 64;
        }
        TinyVision tiny =
                TinyVision.planes(STRETCH).labels(LABELS).output("boxes", values, new float[values.length], 7, 20);
        assertNotReady(
                tiny.write(models.resolve("a"), STRETCH),
                "outputs: [boxes [7, 20]] (expected, of each image: [A, 5 + C] of YOLOX");

        try (ObjectDetector detector =
                load(tiny.property("polymath.detection.layout", "yolov8").write(models.resolve("b"), STRETCH))) {
            assertThat(detect(detector, WIDE)).extracting(DetectedObject::label).containsExactly("bird");
        }

        assertNotReady(
                tiny.property("polymath.detection.layout", "rcnn").write(models.resolve("c"), STRETCH),
                "polymath.detection.layout: rcnn (expected: yolox, yolov5, yolov8, detr, ssd)");
    }

    @Test
    void labelsThatAreNotAsManyAsTheGraphHasAreNotReady() throws IOException {
        ModelDirectory yolox = TinyVision.planes(LETTERBOX)
                .labels("cat", "dog")
                .output("output", new float[ANCHORS * 8], new float[ANCHORS * 8], ANCHORS, 8)
                .write(models.resolve("a"), LETTERBOX);
        assertNotReady(yolox, "tiny/1: config.json: id2label: 2 labels (expected: 3, as many as the graph has)");

        ModelDirectory detr = TinyVision.planes(STRETCH)
                .labels("cat")
                .output("logits", new float[8], new float[8], 2, 4)
                .output("pred_boxes", new float[8], new float[8], 2, 4)
                .write(models.resolve("b"), STRETCH);
        assertNotReady(detr, "config.json: id2label: 1 labels (expected: 3, as many as the graph has)");

        ModelDirectory ssd = TinyVision.planes(STRETCH)
                .constant("boxes", DataType.FLOAT, new float[8], 2, 4)
                .constant("labels", DataType.INT64, new float[2], 2)
                .constant("scores", DataType.FLOAT, new float[2], 2)
                .write(models.resolve("c"), STRETCH);
        assertNotReady(ssd, "config.json: no id2label");
    }

    private void assertEachImageHasItsBird(ObjectDetector detector, boolean batches) {
        try (detector) {
            List<CompletableFuture<ObjectDetection>> together = new ArrayList<>();
            DetectionOptions birds = new DetectionOptions(0.01, 10, 0.45, Set.of("bird"));
            for (int i = 0; i < 60; i++) {
                together.add(detector.detect(TinyVision.grey(64, 64, 60 + i), birds, Call.unbounded()));
            }
            int largest = 0;
            for (int i = 0; i < 60; i++) {
                ObjectDetection answer = together.get(i).join();
                assertThat(answer.objects()).hasSize(1);
                assertThat(answer.objects().get(0).confidence()).isCloseTo((60 + i) / 255.0, within(1e-3));
                largest = Math.max(largest, answer.receipt().batchSize());
            }
            assertThat(largest > 1).isEqualTo(batches);
        }
    }

    private ModelDirectory yolox() throws IOException {
        return yolox(TinyVision.planes(LETTERBOX));
    }

    /** A cat of 0.9 x 0.8, again with 0.8 x 0.7, a dog at the same place with 0.5, and a bird by brightness. */
    private ModelDirectory yolox(TinyVision tiny) throws IOException {
        float[] values = new float[ANCHORS * 8];
        row(values, 8, 2 * 8 + 3, 0.5f, 0.25f, log(2), log(3), 0.9f, 0.8f, 0.1f, 0);
        row(values, 8, 64 + 1, 0.75f, 1.125f, log(1), log(1.5), 0.8f, 0.7f, 0.1f, 0);
        row(values, 8, 80, 28 / 32f, 18 / 32f, log(0.5), log(0.75), 0.5f, 0, 1, 0);
        row(values, 8, 0, 0.5f, 0.5f, log(1), log(1), 0, 0, 0, 1);
        float[] slope = new float[values.length];
        slope[4] = 1;
        return tiny.labels(LABELS).output("output", values, slope, ANCHORS, 8).write(models, LETTERBOX);
    }

    private static float log(double value) {
        return (float) Math.log(value);
    }

    private static void row(float[] values, int width, int row, float... numbers) {
        System.arraycopy(numbers, 0, values, row * width, width);
    }

    private static void column(float[] values, int column, float... numbers) {
        for (int i = 0; i < numbers.length; i++) {
            values[i * ANCHORS + column] = numbers[i];
        }
    }

    private static void assertObject(
            DetectedObject object, double confidence, double xMin, double yMin, double xMax, double yMax) {
        assertThat(object.confidence()).isCloseTo(confidence, within(1e-4));
        assertThat(object.box().xMin()).isCloseTo(xMin, within(1e-4));
        assertThat(object.box().yMin()).isCloseTo(yMin, within(1e-4));
        assertThat(object.box().xMax()).isCloseTo(xMax, within(1e-4));
        assertThat(object.box().yMax()).isCloseTo(yMax, within(1e-4));
    }

    private static void assertNotReady(ModelDirectory model, String message) {
        assertThatThrownBy(() -> load(model))
                .hasMessageContaining(message)
                .isInstanceOfSatisfying(
                        InferenceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MODEL_NOT_READY));
    }

    private static ObjectDetector load(ModelDirectory model) {
        return ObjectDetector.load(model, InferenceOptions.defaults().withDevice("cpu"), InferenceListener.NONE);
    }

    private static List<DetectedObject> detect(ObjectDetector detector, RgbImage image) {
        return detect(detector, image, detector.defaults());
    }

    private static List<DetectedObject> detect(ObjectDetector detector, RgbImage image, DetectionOptions options) {
        return detector.detect(image, options, Call.unbounded()).join().objects();
    }
}
