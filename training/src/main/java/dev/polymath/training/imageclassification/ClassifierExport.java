package dev.polymath.training.imageclassification;

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

/**
 * The end of a run: the graph in both precisions, what is measured of them, and the directory of the better one.
 *
 * @param graph with one output, a value per label
 * @param labels by id
 * @param probabilities whether the output is probabilities; otherwise logits
 */
record ClassifierExport(OnnxGraph graph, List<String> labels, ImagePreprocessing preprocessing, boolean probabilities) {

    /**
     * What was measured of a precision.
     *
     * @param score that int8 may not cost too much of, higher is better
     * @param markdown for the card
     */
    record Measured(double score, String markdown) {}

    /** How a model in ONNX Runtime is measured. */
    @FunctionalInterface
    interface Measurement {
        /** @param precision {@code fp32} or {@code int8} */
        Measured measure(String precision, ClassificationTask.Model model);
    }

    /**
     * What the card needs to know.
     *
     * @param served the precision in the directory
     * @param bytes of the graphs, by precision
     * @param measured by precision
     */
    record Figures(String served, Map<String, Long> bytes, Map<String, Measured> measured) {
        String toMarkdown() {
            StringBuilder text = new StringBuilder();
            measured.forEach((precision, each) -> text.append("### ")
                    .append(precision)
                    .append(precision.equals(served) ? " (served)" : "")
                    .append("\n\n")
                    .append(each.markdown)
                    .append('\n'));
            text.append("| precision | MB |\n|---|---|\n");
            bytes.forEach((precision, size) ->
                    text.append(String.format(Locale.ROOT, "| %s | %.1f |%n", precision, size / 1e6)));
            return text.toString();
        }
    }

    /** @param temperature by which serving divides logits */
    void write(RunOptions run, double temperature, Measurement measurement, Function<Figures, String> card)
            throws IOException {
        Path folder = run.folder();
        Map<String, Measured> measured = new LinkedHashMap<>();
        Map<String, Long> bytes = new LinkedHashMap<>();
        measure("fp32", graph, folder.resolve("model.onnx"), measurement, measured, bytes);
        String served = "fp32";
        if (run.int8) {
            OnnxGraph quantized =
                    Int8Quantizer.of(Int8Quantizer.Scheme.WEIGHT_ONLY).quantize(graph);
            measure("int8", quantized, folder.resolve("model_int8.onnx"), measurement, measured, bytes);
            double loss = Objects.requireNonNull(measured.get("fp32")).score
                    - Objects.requireNonNull(measured.get("int8")).score;
            served = loss <= run.int8Loss ? "int8" : "fp32";
            System.out.printf(Locale.ROOT, "int8 costs %.4f of the score: %s is served%n", loss, served);
        }
        ModelDirectoryWriter directory = new ModelDirectoryWriter(run.out);
        ModelFiles.copyGraph(folder, served, directory);
        JsonObject config = new JsonObject();
        config.addProperty("model_type", "mobilenet_v2");
        ModelFiles.addLabels(config, labels);
        directory.writeConfig(config);
        ModelFiles.writePreprocessing(preprocessing, directory);
        Map<String, String> properties = new LinkedHashMap<>();
        properties.put("engine", "OnnxRuntime");
        properties.put("polymath.task", "image-classification");
        properties.put("polymath.classification.output", probabilities ? "probabilities" : "logits");
        if (!probabilities) {
            properties.put("polymath.temperature", String.format(Locale.ROOT, "%.4f", temperature));
        }
        if (!served.equals("fp32")) {
            properties.put("polymath.precision", served);
        }
        directory.writeServingProperties(properties);
        directory.writeCard(card.apply(new Figures(served, bytes, measured)));
        System.out.println("wrote " + directory.complete());
    }

    /** What a graph says of pixels of pictures that are one after the other. */
    static ClassificationTask.Model model(OnnxImageModel model, ImagePreprocessing preprocessing) {
        return pixels -> model.outputs(pixels, preprocessing.height(), preprocessing.width())[0];
    }

    private void measure(
            String precision,
            OnnxGraph candidate,
            Path file,
            Measurement measurement,
            Map<String, Measured> measured,
            Map<String, Long> bytes)
            throws IOException {
        candidate.write(file);
        bytes.put(precision, Files.size(file));
        try (OnnxImageModel model = new OnnxImageModel(file)) {
            Measured result = measurement.measure(precision, model(model, preprocessing));
            System.out.println("\n" + precision + "\n\n" + result.markdown);
            measured.put(precision, result);
        }
    }
}
