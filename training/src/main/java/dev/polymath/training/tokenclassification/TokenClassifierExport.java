package dev.polymath.training.tokenclassification;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.polymath.inference.TextTokenizer;
import dev.polymath.inference.WordShape;
import dev.polymath.training.ModelDirectoryWriter;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.TrainableGraph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

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
     * @param temperature of the calibration
     * @param served the model in the directory, {@code fp32} or {@code int8}
     * @param evaluations by precision, the served one first
     */
    record Figures(double parity, double temperature, String served, Map<String, Evaluation> evaluations) {}

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
     * @param int8Loss largest loss of mean F1 on the dev sets for which int8 is served; negative: no int8
     * @param card makes the card of the figures
     */
    Path write(
            Path target,
            Path folder,
            Map<String, List<TaggedSentence>> dev,
            Map<String, List<TaggedSentence>> evaluated,
            double int8Loss,
            Function<Figures, String> card)
            throws IOException {
        Path fp32 = folder.resolve("model.onnx");
        block.export().write(fp32);
        List<EncodedSentence> encodedDev = new ArrayList<>();
        dev.values().forEach(set -> set.forEach(sentence -> encodedDev.addAll(encoder.encode(sentence))));

        double parity;
        double temperature;
        String served = "fp32";
        Map<String, Evaluation> evaluations = new LinkedHashMap<>();
        try (OnnxRuntimeLogits exported = new OnnxRuntimeLogits(fp32)) {
            parity = parity(exported, encodedDev);
            temperature = TemperatureScaling.fit(Predictions.of(exported, encodedDev, labels.size()));
            System.out.printf(
                    Locale.ROOT,
                    "exported: logits within %.2g of the trained block, temperature %.3f%n",
                    parity,
                    temperature);
            evaluations.put(
                    "fp32",
                    Evaluation.of(
                            sentences -> Predictions.of(exported, sentences, labels.size()),
                            encoder,
                            labels,
                            temperature,
                            evaluated,
                            true));
        }
        ModelDirectoryWriter directory = new ModelDirectoryWriter(target);
        Files.copy(fp32, directory.file("model.onnx"), StandardCopyOption.REPLACE_EXISTING);
        Files.write(directory.file("tokenizer.json"), start.tokenizer());
        directory.writeConfig(config());
        directory.writeServingProperties(servingProperties(temperature, served));
        directory.writeCard(card.apply(new Figures(parity, temperature, served, evaluations)));
        evaluations.forEach(
                (precision, evaluation) -> System.out.println("\n" + precision + "\n\n" + evaluation.toMarkdown()));
        return directory.complete();
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
