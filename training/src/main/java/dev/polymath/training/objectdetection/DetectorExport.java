package dev.polymath.training.objectdetection;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.polymath.image.ImagePreprocessing;
import dev.polymath.training.ModelDirectoryWriter;
import dev.polymath.training.encoder.RunOptions;
import dev.polymath.training.graph.Int8Quantizer;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.vision.ModelFiles;
import dev.polymath.training.vision.OnnxImageModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/** The end of a run: exports the detector, checks it, measures it beside the one that it began as, and writes the directory. */
final class DetectorExport {
    /** Largest difference between the outputs of the trained block and of the exported model. */
    private static final double PARITY = 1e-2;

    private static final int PARITY_PICTURES = 16;

    /** The detector that the training began with, and its labels by id. */
    record Start(DetectorGraph detector, List<String> labels) {}

    /**
     * What the run measured.
     *
     * @param parity largest difference between the outputs of block and exported model
     * @param served the precision in the directory
     * @param bytes of the graphs, by precision
     * @param scores by model, {@code start}, {@code fp32} or {@code int8}, and set
     */
    record Figures(
            double parity, String served, Map<String, Long> bytes, Map<String, Map<String, DetectionScores>> scores) {}

    private final DetectorGraph detector;
    private final List<String> labels;
    private final ImagePreprocessing preprocessing;
    private final DetectionTask task;
    private final Start start;
    private final Map<String, List<AnnotatedImage>> dev;
    private final Map<String, List<AnnotatedImage>> test;

    DetectorExport(
            DetectorGraph detector,
            List<String> labels,
            ImagePreprocessing preprocessing,
            DetectionTask task,
            Start start,
            Map<String, List<AnnotatedImage>> dev,
            Map<String, List<AnnotatedImage>> test) {
        this.detector = detector;
        this.labels = labels;
        this.preprocessing = preprocessing;
        this.task = task;
        this.start = start;
        this.dev = dev;
        this.test = test;
    }

    /** @throws IllegalStateException if the exported model does not compute what the trained block does */
    void write(RunOptions run, Function<Figures, String> card) throws IOException {
        Path folder = run.folder();
        Map<String, Map<String, DetectionScores>> scores = new LinkedHashMap<>();
        Map<String, Long> bytes = new LinkedHashMap<>();
        Path before = folder.resolve("start.onnx");
        start.detector.serving(preprocessing.width()).write(before);
        scores.put("start", scores("start", before, start.labels));

        OnnxGraph graph = detector.serving(preprocessing.width());
        Path fp32 = folder.resolve("model.onnx");
        graph.write(fp32);
        double parity = parity(fp32);
        System.out.printf(Locale.ROOT, "exported: outputs within %.2g of the trained block%n", parity);
        scores.put("fp32", scores("fp32", fp32, labels));
        bytes.put("fp32", Files.size(fp32));
        String served = "fp32";
        if (run.int8) {
            Path int8 = folder.resolve("model_int8.onnx");
            Int8Quantizer.of(Int8Quantizer.Scheme.WEIGHT_ONLY).quantize(graph).write(int8);
            scores.put("int8", scores("int8", int8, labels));
            bytes.put("int8", Files.size(int8));
            double loss = mean(scores, "fp32") - mean(scores, "int8");
            served = loss <= run.int8Loss ? "int8" : "fp32";
            System.out.printf(
                    Locale.ROOT, "int8 costs %.4f of the mean average precision: %s is served%n", loss, served);
        }
        ModelDirectoryWriter directory = new ModelDirectoryWriter(run.out);
        ModelFiles.copyGraph(folder, served, directory);
        directory.writeConfig(config());
        ModelFiles.writePreprocessing(preprocessing, directory);
        Map<String, String> properties = new LinkedHashMap<>();
        properties.put("engine", "OnnxRuntime");
        properties.put("polymath.task", "object-detection");
        properties.put("polymath.detection.layout", "yolox");
        if (!served.equals("fp32")) {
            properties.put("polymath.precision", served);
        }
        directory.writeServingProperties(properties);
        directory.writeCard(card.apply(new Figures(parity, served, bytes, scores)));
        System.out.println("wrote " + directory.complete());
    }

    private Map<String, DetectionScores> scores(String name, Path file, List<String> names) {
        Map<String, DetectionScores> scores = new LinkedHashMap<>();
        try (OnnxImageModel model = new OnnxImageModel(file)) {
            dev.forEach((set, pictures) -> scores.put(set + " (dev)", task.scores(pictures, names, outputs(model))));
            test.forEach((set, pictures) -> scores.put(set + " (test)", task.scores(pictures, names, outputs(model))));
        }
        scores.forEach((set, score) -> System.out.printf(
                Locale.ROOT,
                "%n%s on %s: mAP50 %.3f, mAP50-95 %.3f%n%n%s",
                name,
                set,
                score.map50(),
                score.map(),
                score.toMarkdown()));
        return scores;
    }

    private double parity(Path file) {
        List<AnnotatedImage> some = task.some(PARITY_PICTURES);
        try (OnnxImageModel model = new OnnxImageModel(file)) {
            double parity = task.difference(some, outputs(model));
            if (!(parity <= PARITY)) {
                throw new IllegalStateException("outputs of the exported model differ by " + parity
                        + " from the trained block (expected: <= " + PARITY + ")");
            }
            return parity;
        }
    }

    private Function<float[], float[]> outputs(OnnxImageModel model) {
        return pixels -> model.outputs(pixels, preprocessing.height(), preprocessing.width())[0];
    }

    private static double mean(Map<String, Map<String, DetectionScores>> scores, String precision) {
        return Objects.requireNonNull(scores.get(precision)).values().stream()
                .mapToDouble(DetectionScores::map)
                .average()
                .orElse(0);
    }

    private JsonObject config() {
        JsonObject config = new JsonObject();
        config.addProperty("model_type", "yolox");
        JsonArray architectures = new JsonArray();
        architectures.add("YOLOX");
        config.add("architectures", architectures);
        config.addProperty("image_size", preprocessing.width());
        ModelFiles.addLabels(config, labels);
        return config;
    }
}
