package dev.polymath.inference;

import dev.polymath.image.ImagePreprocessing;
import dev.polymath.inference.InferenceException.Kind;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the outputs of a detector mean. Of each image, {@code A} boxes and {@code C} labels. */
sealed interface DetectionLayout {
    /** Reads the outputs for an image. */
    void read(List<ModelArray> outputs, Candidates to);

    /** Whether an object may be given several times. */
    boolean overlapping();

    /**
     * YOLOX without decoding: {@code [A, 5 + C]} with the centre relative to the cell of a grid, the logarithm of the size in
     * cells, the probability of an object, and of each label if there is one.
     *
     * @param cells x, y and stride of the cell of each box
     */
    record Yolox(int[] cells) implements DetectionLayout {
        static Yolox of(ImagePreprocessing input, int[] strides) {
            int[] cells = new int[3 * anchors(input, strides)];
            int i = 0;
            for (int stride : strides) {
                for (int y = 0; y < input.height() / stride; y++) {
                    for (int x = 0; x < input.width() / stride; x++) {
                        cells[i++] = x;
                        cells[i++] = y;
                        cells[i++] = stride;
                    }
                }
            }
            return new Yolox(cells);
        }

        @Override
        public void read(List<ModelArray> outputs, Candidates to) {
            float[] values = outputs.get(0).values();
            int width = outputs.get(0).dimension(0);
            for (int a = 0, v = 0; v < values.length; a += 3, v += width) {
                int best = bestLabel(values, v, width, to);
                if (best >= 0) {
                    int stride = cells[a + 2];
                    to.addCentred(
                            (values[v] + cells[a]) * stride,
                            (values[v + 1] + cells[a + 1]) * stride,
                            Math.exp(values[v + 2]) * stride,
                            Math.exp(values[v + 3]) * stride,
                            values[v + 4] * values[v + 5 + best],
                            best);
                }
            }
        }

        @Override
        public boolean overlapping() {
            return true;
        }
    }

    /** YOLOv5 and its like, and YOLOX with decoding: {@code [A, 5 + C]} as of {@link Yolox}, centre and size in pixels. */
    record Yolov5() implements DetectionLayout {
        @Override
        public void read(List<ModelArray> outputs, Candidates to) {
            float[] values = outputs.get(0).values();
            int width = outputs.get(0).dimension(0);
            for (int v = 0; v < values.length; v += width) {
                int best = bestLabel(values, v, width, to);
                if (best >= 0) {
                    to.addCentred(
                            values[v],
                            values[v + 1],
                            values[v + 2],
                            values[v + 3],
                            values[v + 4] * values[v + 5 + best],
                            best);
                }
            }
        }

        @Override
        public boolean overlapping() {
            return true;
        }
    }

    /** YOLOv8 and its like: {@code [4 + C, A]}, centre and size in pixels, and the probability of each label. */
    record Yolov8() implements DetectionLayout {
        @Override
        public void read(List<ModelArray> outputs, Candidates to) {
            float[] values = outputs.get(0).values();
            int anchors = outputs.get(0).dimension(0);
            int labels = values.length / anchors - 4;
            float[] scores = new float[anchors];
            int[] best = new int[anchors];
            // by label, which is how the values lie
            for (int label = 0; label < labels; label++) {
                int from = (4 + label) * anchors;
                for (int a = 0; a < anchors; a++) {
                    if (values[from + a] > scores[a]) {
                        scores[a] = values[from + a];
                        best[a] = label;
                    }
                }
            }
            for (int a = 0; a < anchors; a++) {
                if (scores[a] >= to.minConfidence()) {
                    requireProbability(scores[a]);
                    to.addCentred(
                            values[a],
                            values[anchors + a],
                            values[2 * anchors + a],
                            values[3 * anchors + a],
                            scores[a],
                            best[a]);
                }
            }
        }

        @Override
        public boolean overlapping() {
            return true;
        }
    }

    /**
     * DETR and its like: {@code pred_boxes} {@code [A, 4]}, centre and size as shares of what the model reads, and
     * {@code logits} {@code [A, C + 1]}, the last for no object, or {@code [A, C]} of labels that do not exclude each other.
     */
    record Detr(int logits, int boxes, int labels, int width, int height) implements DetectionLayout {
        @Override
        public void read(List<ModelArray> outputs, Candidates to) {
            float[] values = outputs.get(logits).values();
            float[] rectangles = outputs.get(boxes).values();
            int all = outputs.get(logits).dimension(0);
            float[] scores = new float[all];
            for (int a = 0; a < rectangles.length / 4; a++) {
                if (all > labels) {
                    Probabilities.softmax(values, a * all, all, 1, scores, 0);
                    int best = 0;
                    for (int label = 1; label < labels; label++) {
                        best = scores[label] > scores[best] ? label : best;
                    }
                    add(rectangles, a, scores[best], best, to);
                } else {
                    for (int label = 0; label < labels; label++) {
                        add(rectangles, a, Probabilities.sigmoid(values[a * all + label], 1), label, to);
                    }
                }
            }
        }

        private void add(float[] rectangles, int a, float score, int label, Candidates to) {
            to.addCentred(
                    rectangles[4 * a] * width,
                    rectangles[4 * a + 1] * height,
                    rectangles[4 * a + 2] * width,
                    rectangles[4 * a + 3] * height,
                    score,
                    label);
        }

        @Override
        public boolean overlapping() {
            return false;
        }
    }

    /**
     * SSD and its like with the suppression of overlaps in the graph: boxes {@code [A, 4]}, their classes and scores
     * {@code [A]}, and perhaps how many of them count.
     *
     * @param count index of that output, or -1
     * @param first the class that has the first label
     * @param yFirst whether the corners are y, x, y, x; otherwise x, y, x, y
     * @param width of what the corners are shares of; 1 if they are pixels
     * @param height as width
     * @param labels known ones; classes without a label are left out
     */
    record Ssd(
            int boxes, int classes, int scores, int count, int first, boolean yFirst, int width, int height, int labels)
            implements DetectionLayout {
        @Override
        public void read(List<ModelArray> outputs, Candidates to) {
            float[] rectangles = outputs.get(boxes).values();
            float[] ids = outputs.get(classes).values();
            float[] certain = outputs.get(scores).values();
            int size = Math.min(certain.length, Math.min(ids.length, rectangles.length / 4));
            if (count >= 0) {
                size = Math.min(size, Math.round(outputs.get(count).values()[0]));
            }
            for (int a = 0; a < size; a++) {
                int label = Math.round(ids[a]) - first;
                if (label >= 0 && label < labels) {
                    requireProbability(certain[a]);
                    float x1 = rectangles[4 * a + (yFirst ? 1 : 0)] * width;
                    float y1 = rectangles[4 * a + (yFirst ? 0 : 1)] * height;
                    float x2 = rectangles[4 * a + (yFirst ? 3 : 2)] * width;
                    float y2 = rectangles[4 * a + (yFirst ? 2 : 3)] * height;
                    to.add(x1, y1, x2, y2, certain[a], label);
                }
            }
        }

        @Override
        public boolean overlapping() {
            return false;
        }
    }

    String LAYOUT = "polymath.detection.layout";
    Set<String> BACKGROUND = Set.of("background", "__background__", "n/a", "bg");

    /**
     * The layout of a model: {@code polymath.detection.layout} of serving.properties ({@code yolox}, {@code yolov5},
     * {@code yolov8}, {@code detr}, {@code ssd}), or what its outputs look like.
     *
     * @param outputs of the model for any image
     * @throws InferenceException MODEL_NOT_READY if it is none of them, or has not the labels of config.json
     */
    static DetectionLayout of(ModelDirectory model, ImagePreprocessing input, List<ModelArray> outputs) {
        String said = model.property(LAYOUT, "");
        String layout = said.isEmpty() ? recognise(input, outputs) : said;
        int labels = model.labels().size();
        return switch (layout) {
            case "yolox" -> {
                int[] strides = strides(input, outputs.get(0).dimension(1));
                if (strides == null) {
                    throw unknown(model, outputs);
                }
                requireLabels(model, outputs.get(0).dimension(0) - 5);
                yield Yolox.of(input, strides);
            }
            case "yolov5" -> {
                requireLabels(model, outputs.get(0).dimension(0) - 5);
                yield new Yolov5();
            }
            case "yolov8" -> {
                requireLabels(model, outputs.get(0).dimension(1) - 4);
                yield new Yolov8();
            }
            case "detr" -> {
                int logits = named(outputs, name -> name.contains("logits"));
                int boxes = named(outputs, name -> name.contains("boxes"));
                if (logits < 0 || boxes < 0 || outputs.get(boxes).dimension(0) != 4) {
                    throw unknown(model, outputs);
                }
                int all = outputs.get(logits).dimension(0);
                if (all != labels) {
                    requireLabels(model, all - 1);
                }
                yield new Detr(logits, boxes, labels, input.width(), input.height());
            }
            case "ssd" -> ssd(model, input, outputs);
            case "" -> throw unknown(model, outputs);
            default ->
                throw new InferenceException(
                        Kind.MODEL_NOT_READY,
                        model + ": " + LAYOUT + ": " + layout + " (expected: yolox, yolov5, yolov8, detr, ssd)");
        };
    }

    private static String recognise(ImagePreprocessing input, List<ModelArray> outputs) {
        if (named(outputs, name -> name.contains("logits")) >= 0
                && named(outputs, name -> name.contains("boxes")) >= 0) {
            return "detr";
        }
        if (outputs.size() >= 3 && named(outputs, DetectionLayout::isScores) >= 0) {
            return "ssd";
        }
        if (outputs.get(0).shape().length >= 2) {
            int rows = outputs.get(0).dimension(1);
            int columns = outputs.get(0).dimension(0);
            if (strides(input, rows) != null) {
                return "yolox";
            }
            if (rows % 3 == 0 && strides(input, rows / 3) != null) {
                return "yolov5";
            }
            if (strides(input, columns) != null) {
                return "yolov8";
            }
        }
        return "";
    }

    private static Ssd ssd(ModelDirectory model, ImagePreprocessing input, List<ModelArray> outputs) {
        int boxes = named(outputs, name -> name.contains("box"));
        int classes = named(outputs, name -> name.contains("class") || name.contains("label"));
        int scores = named(outputs, DetectionLayout::isScores);
        if (boxes < 0 || classes < 0 || scores < 0) {
            throw unknown(model, outputs);
        }
        List<String> labels = model.labels();
        if (labels.isEmpty()) {
            throw new InferenceException(Kind.MODEL_NOT_READY, model + ": config.json: no id2label");
        }
        // TensorFlow's order, and its classes begin with 1 unless the labels begin with what is none
        boolean tensorFlow = String.valueOf(outputs.get(boxes).name()).contains("detection_boxes");
        boolean background = BACKGROUND.contains(labels.get(0).toLowerCase(Locale.ROOT));
        String order = choice(model, "polymath.detection.boxes", tensorFlow ? "yxyx" : "xyxy", "yxyx", "xyxy");
        String units = choice(model, "polymath.detection.units", "shares", "shares", "pixels");
        String first = choice(model, "polymath.detection.first-class", background ? "0" : "1", "0", "1");
        boolean shares = units.equals("shares");
        return new Ssd(
                boxes,
                classes,
                scores,
                named(outputs, name -> name.contains("num")),
                Integer.parseInt(first),
                order.equals("yxyx"),
                shares ? input.width() : 1,
                shares ? input.height() : 1,
                labels.size());
    }

    private static boolean isScores(String name) {
        return name.contains("score");
    }

    private static String choice(ModelDirectory model, String key, String fallback, String... allowed) {
        String value = model.property(key, fallback);
        if (!List.of(allowed).contains(value)) {
            throw new InferenceException(
                    Kind.MODEL_NOT_READY,
                    model + ": " + key + ": " + value + " (expected: " + String.join(", ", allowed) + ")");
        }
        return value;
    }

    /** The first output with such a name, in lower case; -1 if there is none. */
    private static int named(List<ModelArray> outputs, Predicate<String> wanted) {
        for (int i = 0; i < outputs.size(); i++) {
            String name = outputs.get(i).name();
            if (name != null && wanted.test(name.toLowerCase(Locale.ROOT))) {
                return i;
            }
        }
        return -1;
    }

    private static int anchors(ImagePreprocessing input, int[] strides) {
        int anchors = 0;
        for (int stride : strides) {
            anchors += (input.width() / stride) * (input.height() / stride);
        }
        return anchors;
    }

    /** The strides of so many cells; null if there are none. */
    private static int @Nullable [] strides(ImagePreprocessing input, int cells) {
        return Stream.of(new int[] {8, 16, 32}, new int[] {8, 16, 32, 64})
                .filter(strides -> anchors(input, strides) == cells)
                .findFirst()
                .orElse(null);
    }

    private static void requireLabels(ModelDirectory model, int classes) {
        int labels = model.labels().size();
        if (labels != classes) {
            throw new InferenceException(
                    Kind.MODEL_NOT_READY,
                    model + ": config.json: id2label: " + labels + " labels (expected: " + classes
                            + ", as many as the graph has)");
        }
    }

    private static InferenceException unknown(ModelDirectory model, List<ModelArray> outputs) {
        return new InferenceException(
                Kind.MODEL_NOT_READY,
                model + ": outputs: " + outputs
                        + " (expected, of each image: [A, 5 + C] of YOLOX or YOLOv5, [4 + C, A] of YOLOv8, logits and"
                        + " pred_boxes of DETR, or boxes, classes and scores of SSD, for A boxes and C labels)");
    }

    /** The label with the highest probability, or -1 if there cannot be one that is certain enough. */
    private static int bestLabel(float[] values, int v, int width, Candidates to) {
        float object = values[v + 4];
        requireProbability(object);
        if (!(object >= to.minConfidence())) {
            return -1;
        }
        int best = 5;
        for (int i = 6; i < width; i++) {
            best = values[v + i] > values[v + best] ? i : best;
        }
        requireProbability(values[v + best]);
        return best - 5;
    }

    private static void requireProbability(float value) {
        if (value < 0 || value > 1.001f) {
            throw new InferenceException(
                    Kind.ENGINE_FAILURE, "the model says " + value + " (expected: a probability, 0 to 1)");
        }
    }
}
