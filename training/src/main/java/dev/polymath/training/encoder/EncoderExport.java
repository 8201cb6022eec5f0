package dev.polymath.training.encoder;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.polymath.training.ModelDirectoryWriter;
import dev.polymath.training.graph.Int8Quantizer;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.PeftAdapter;
import dev.polymath.training.graph.TrainableGraph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * The end of a run: exports the graph, checks it in ONNX Runtime against the trained block, calibrates, quantises, evaluates and
 * fills the model directory. A task says how it calibrates and measures, and what the files of its model hold.
 *
 * @param <C> what a calibration finds
 * @param <E> what an evaluation finds
 */
public abstract class EncoderExport<C, E> {
    /** Largest difference between the outputs of the trained block and of the exported model. */
    private static final double PARITY = 1e-3;

    private static final int PARITY_TOKENS = 1024;

    /**
     * What the run measured, for the card.
     *
     * @param parity largest difference between the outputs of block and exported model
     * @param served the model in the directory, {@code fp32} or {@code int8}
     * @param evaluations by precision
     */
    public record Figures<C, E>(double parity, C calibration, String served, Map<String, E> evaluations) {
        /** A heading for each precision and what was measured of it. */
        public String toMarkdown(Function<E, String> table) {
            StringBuilder text = new StringBuilder();
            evaluations.forEach((precision, evaluation) -> text.append("### ")
                    .append(precision)
                    .append(precision.equals(served) ? " (served)" : "")
                    .append("\n\n")
                    .append(table.apply(evaluation))
                    .append('\n'));
            return text.toString();
        }
    }

    private final StartingModel start;
    private final TrainableGraph block;
    private final OnnxGraph graph;

    /** @param graph that the block was made of */
    protected EncoderExport(StartingModel start, TrainableGraph block, OnnxGraph graph) {
        this.start = start;
        this.block = block;
        this.graph = graph;
    }

    /** Texts with which block and exported model are compared. */
    protected abstract List<? extends EncodedText> parityTexts();

    /** Fits what makes the model's confidences probabilities. */
    protected abstract C calibrate(ModelOutputs model);

    /** What is measured of a precision, for the card. */
    protected abstract E evaluate(ModelOutputs model, C calibration);

    /** What int8 may not cost too much of. */
    protected abstract double score(E evaluation);

    /** Name of the score, for messages: {@code mean F1 on the dev sets}. */
    protected abstract String scoreName();

    protected abstract String toMarkdown(E evaluation);

    /** Adds to the starting model's config.json what is the new model's own. */
    protected abstract void configure(JsonObject config, C calibration);

    /** Adds {@code polymath.*} keys to serving.properties. */
    protected abstract void configureServing(Map<String, String> properties, C calibration);

    protected abstract String card(Figures<C, E> figures);

    /**
     * Writes the model directory; the exports stay in the folder of the run, and so does the adapter, if one was trained.
     *
     * @throws IllegalStateException if the exported model does not compute what the trained block does
     */
    public final void write(RunOptions run) throws IOException {
        Path folder = run.folder();
        OnnxGraph exported = block.export();
        Path fp32 = folder.resolve("model.onnx");
        exported.write(fp32);

        ModelDirectoryWriter directory = new ModelDirectoryWriter(run.out);
        double parity;
        C calibration;
        Map<String, E> evaluations = new LinkedHashMap<>();
        try (OnnxRuntimeOutputs model = new OnnxRuntimeOutputs(fp32)) {
            parity = parity(model);
            calibration = calibrate(model);
            System.out.printf(
                    Locale.ROOT,
                    "exported: outputs within %.2g of the trained block; calibration %s%n",
                    parity,
                    calibration);
            evaluations.put("fp32", evaluate("fp32", model, calibration));
        }
        String served = "fp32";
        if (run.int8) {
            Path quantized = folder.resolve("model_int8.onnx");
            Int8Quantizer.of(run.int8Scheme).quantize(exported).write(quantized);
            try (OnnxRuntimeOutputs model = new OnnxRuntimeOutputs(quantized)) {
                evaluations.put("int8", evaluate("int8", model, calibration));
            }
            double loss = score(evaluations, "fp32") - score(evaluations, "int8");
            served = loss <= run.int8Loss ? "int8" : "fp32";
            System.out.printf(Locale.ROOT, "int8 costs %.4f of %s: %s is served%n", loss, scoreName(), served);
        }
        String file = served.equals("fp32") ? "model.onnx" : "model_" + served + ".onnx";
        Files.copy(folder.resolve(file), directory.file(file));
        Files.write(directory.file("tokenizer.json"), start.tokenizer());
        JsonObject config = start.config().deepCopy();
        configure(config, calibration);
        directory.writeConfig(config);
        // Without it nobody who starts from the run's weights could tell its heads.
        Files.copy(directory.file("config.json"), folder.resolve("config.json"), StandardCopyOption.REPLACE_EXISTING);
        Map<String, String> properties = new LinkedHashMap<>();
        properties.put("engine", "OnnxRuntime");
        configureServing(properties, calibration);
        if (!served.equals("fp32")) {
            properties.put("polymath.precision", served);
        }
        directory.writeServingProperties(properties);
        directory.writeCard(card(new Figures<>(parity, calibration, served, evaluations)));
        if (block.adapter().isPresent()) {
            PeftAdapter.save(folder.resolve("adapter"), block, start.description());
        }
        System.out.println("wrote " + directory.complete());
    }

    /** For {@link #configure}: the architecture as Hugging Face names it, for a BERT. */
    protected static void setArchitecture(JsonObject config, String bertArchitecture) {
        if (config.has("model_type") && config.get("model_type").getAsString().equals("bert")) {
            JsonArray architectures = new JsonArray();
            architectures.add(bertArchitecture);
            config.add("architectures", architectures);
        }
    }

    /** For serving.properties. */
    protected static String fourDecimals(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }

    private E evaluate(String precision, ModelOutputs model, C calibration) {
        E evaluation = evaluate(model, calibration);
        System.out.println("\n" + precision + "\n\n" + toMarkdown(evaluation));
        return evaluation;
    }

    private double score(Map<String, E> evaluations, String precision) {
        return score(Objects.requireNonNull(evaluations.get(precision)));
    }

    private double parity(ModelOutputs exported) {
        ModelOutputs trained = new BlockOutputs(block, graph);
        double worst = 0;
        for (SequenceBatch<?> batch : SequenceBatch.of(parityTexts(), PARITY_TOKENS)) {
            float[][] expected = trained.outputs(batch);
            float[][] actual = exported.outputs(batch);
            for (int output = 0; output < expected.length; output++) {
                worst = Math.max(worst, difference(expected[output], actual[output], batch));
            }
        }
        if (!(worst <= PARITY)) {
            throw new IllegalStateException("outputs of the exported model differ by " + worst
                    + " from the trained block (expected: <= " + PARITY + ")");
        }
        return worst;
    }

    /** Padding is compared too: an answer per token is defined there, and an answer per text has none. */
    private static double difference(float[] expected, float[] actual, SequenceBatch<?> batch) {
        if (expected.length != actual.length) {
            throw new IllegalStateException("an output of the exported model has " + actual.length + " values for "
                    + batch.size() + " texts (expected: " + expected.length + ")");
        }
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            double difference = Math.abs(expected[i] - actual[i]);
            // a NaN must not pass
            worst = difference <= worst ? worst : difference;
        }
        return worst;
    }
}
