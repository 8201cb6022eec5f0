package dev.polymath.training.tokenclassification;

import ai.djl.ndarray.NDArray;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.polymath.inference.TextTokenizer;
import dev.polymath.inference.WordShape;
import dev.polymath.training.ModelDirectoryWriter;
import dev.polymath.training.graph.Int8Quantizer;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.TrainableGraph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The end of a run: exports the graph, checks it in ONNX Runtime against the trained block, calibrates, quantises, evaluates and
 * fills the model directory.
 */
final class TokenClassifierExport {
    /** Largest difference between the logits of the trained block and of the exported model. */
    private static final double PARITY = 1e-3;

    /**
     * What the run measured, for the card.
     *
     * @param parity largest difference between the logits of block and exported model
     * @param outsideBias what was added to the logit of {@code O}
     * @param temperature of the calibration
     * @param served the model in the directory, {@code fp32} or {@code int8}
     * @param evaluations by precision, the served one first
     */
    record Figures(
            double parity,
            double outsideBias,
            double temperature,
            String served,
            Map<String, Evaluation> evaluations) {}

    private final StartingModel start;
    private final List<String> labels;
    private final boolean wordShape;
    private final int maxLength;
    private final SentenceEncoder encoder;
    private final TrainableGraph block;
    private final OnnxGraph graph;

    TokenClassifierExport(
            StartingModel start,
            List<String> labels,
            boolean wordShape,
            int maxLength,
            SentenceEncoder encoder,
            TrainableGraph block,
            OnnxGraph graph) {
        this.start = start;
        this.labels = labels;
        this.wordShape = wordShape;
        this.maxLength = maxLength;
        this.encoder = encoder;
        this.block = block;
        this.graph = graph;
    }

    /**
     * @param target the model directory
     * @param folder of the run, where the exports stay
     * @param dev sets to calibrate on
     * @param evaluated sets for the card
     * @param tuneBias whether to fit the {@link OutsideBias} on the dev sets
     * @param int8 how to quantise; null: not at all
     * @param int8Loss largest loss of mean F1 on the dev sets for which int8 is served
     * @param card makes the card of the figures
     */
    Path write(
            Path target,
            Path folder,
            Map<String, List<TaggedSentence>> dev,
            Map<String, List<TaggedSentence>> evaluated,
            boolean tuneBias,
            Int8Quantizer.@Nullable Scheme int8,
            double int8Loss,
            Function<Figures, String> card)
            throws IOException {
        Map<String, List<EncodedSentence>> encoded = new LinkedHashMap<>();
        dev.forEach((name, sentences) -> encoded.put(
                name,
                sentences.stream()
                        .flatMap(sentence -> encoder.encode(sentence).stream())
                        .toList()));
        List<EncodedSentence> encodedDev =
                encoded.values().stream().flatMap(List::stream).toList();
        double bias = tuneBias ? addOutsideBias(encoded.values()) : 0;
        OnnxGraph exported = block.export();
        Path fp32 = folder.resolve("model.onnx");
        exported.write(fp32);

        ModelDirectoryWriter directory = new ModelDirectoryWriter(target);
        double parity;
        double temperature;
        Map<String, Evaluation> evaluations = new LinkedHashMap<>();
        try (OnnxRuntimeLogits model = new OnnxRuntimeLogits(fp32)) {
            parity = parity(model, encodedDev);
            temperature = TemperatureScaling.fit(Predictions.of(model, encodedDev, labels.size()));
            System.out.printf(
                    Locale.ROOT,
                    "exported: logits within %.2g of the trained block; bias of O %+.2f; temperature %.3f%n",
                    parity,
                    bias,
                    temperature);
            evaluations.put("fp32", evaluate("fp32", model, temperature, evaluated));
        }
        String served = "fp32";
        if (int8 != null) {
            Path quantized = folder.resolve("model_int8.onnx");
            Int8Quantizer.of(int8).quantize(exported).write(quantized);
            try (OnnxRuntimeLogits model = new OnnxRuntimeLogits(quantized)) {
                evaluations.put("int8", evaluate("int8", model, temperature, evaluated));
            }
            double loss = meanF1(evaluations, "fp32", dev.keySet()) - meanF1(evaluations, "int8", dev.keySet());
            served = loss <= int8Loss ? "int8" : "fp32";
            System.out.printf(Locale.ROOT, "int8 costs %.4f of mean F1 on the dev sets: %s is served%n", loss, served);
        }
        String file = served.equals("fp32") ? "model.onnx" : "model_" + served + ".onnx";
        Files.copy(folder.resolve(file), directory.file(file));
        Files.write(directory.file("tokenizer.json"), start.tokenizer());
        directory.writeConfig(config());
        directory.writeServingProperties(servingProperties(temperature, served));
        directory.writeCard(card.apply(new Figures(parity, bias, temperature, served, evaluations)));
        return directory.complete();
    }

    private Evaluation evaluate(
            String precision, TokenLogits model, double temperature, Map<String, List<TaggedSentence>> evaluated) {
        Evaluation evaluation = Evaluation.of(
                sentences -> Predictions.of(model, sentences, labels.size()),
                encoder,
                labels,
                temperature,
                evaluated,
                true);
        System.out.println("\n" + precision + "\n\n" + evaluation.toMarkdown());
        return evaluation;
    }

    private static double meanF1(Map<String, Evaluation> evaluations, String precision, Set<String> names) {
        return Objects.requireNonNull(evaluations.get(precision)).meanF1(names);
    }

    private double addOutsideBias(Collection<List<EncodedSentence>> devSets) {
        TokenLogits model = new BlockLogits(block, graph);
        List<Predictions> predictions = devSets.stream()
                .map(set -> Predictions.of(model, set, labels.size()))
                .toList();
        double bias = OutsideBias.fit(predictions, labels);
        NDArray headBias = headBias();
        float[] values = headBias.toFloatArray();
        values[labels.indexOf("O")] += (float) bias;
        headBias.set(values);
        return bias;
    }

    private NDArray headBias() {
        return block.parametersByName().entrySet().stream()
                .filter(entry -> entry.getKey().startsWith(TokenClassifierGraph.HEAD)
                        && entry.getValue().getArray().getShape().dimension() == 1)
                .map(entry -> entry.getValue().getArray())
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "the classifier has no bias of its own (expected: " + TokenClassifierGraph.HEAD + ".bias)"));
    }

    private double parity(TokenLogits exported, List<EncodedSentence> sentences) {
        TokenLogits trained = new BlockLogits(block, graph);
        double worst = 0;
        for (TokenBatch batch : TokenBatch.of(sentences, 1024)) {
            float[] expected = trained.logits(batch);
            float[] actual = exported.logits(batch);
            int width = batch.width();
            for (int row = 0; row < batch.size(); row++) {
                int from = row * width * labels.size();
                int to = from + batch.sentences().get(row).length() * labels.size();
                for (int i = from; i < to; i++) {
                    worst = Math.max(worst, Math.abs(expected[i] - actual[i]));
                }
            }
        }
        if (!(worst <= PARITY)) {
            throw new IllegalStateException("logits of the exported model differ by " + worst
                    + " from the trained block (expected: <= " + PARITY + ")");
        }
        return worst;
    }

    private JsonObject config() {
        JsonObject config = start.config().deepCopy();
        if (config.has("model_type") && config.get("model_type").getAsString().equals("bert")) {
            JsonArray architectures = new JsonArray();
            architectures.add("BertForTokenClassification");
            config.add("architectures", architectures);
        }
        if (wordShape) {
            config.addProperty("type_vocab_size", WordShape.values().length);
        }
        JsonObject id2label = new JsonObject();
        JsonObject label2id = new JsonObject();
        for (int i = 0; i < labels.size(); i++) {
            id2label.addProperty(Integer.toString(i), labels.get(i));
            label2id.addProperty(labels.get(i), i);
        }
        config.add("id2label", id2label);
        config.add("label2id", label2id);
        return config;
    }

    private Map<String, String> servingProperties(double temperature, String precision) {
        Map<String, String> properties = new LinkedHashMap<>();
        properties.put("engine", "OnnxRuntime");
        properties.put("polymath.task", "token-classification");
        properties.put("polymath.max-length", Integer.toString(maxLength));
        if (wordShape) {
            properties.put("polymath.token-type-ids", TextTokenizer.WORD_SHAPE);
        }
        properties.put("polymath.temperature", String.format(Locale.ROOT, "%.4f", temperature));
        if (!precision.equals("fp32")) {
            properties.put("polymath.precision", precision);
        }
        return properties;
    }
}
