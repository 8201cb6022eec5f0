package dev.polymath.inference;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.polymath.inference.InferenceException.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A question that a text classifier answers about each text.
 *
 * @param name as config.json and the model's outputs have it; {@code logits} for the only head of a model
 * @param labels in the order of their ids
 * @param multiLabel whether a text may have any number of the labels, each with a probability of its own; otherwise it has
 *     exactly one and the probabilities sum to 1
 * @param temperature by which the logits are divided before they become probabilities
 * @param thresholds of a multi-label head the probability from which each label is given; empty if the model names none
 */
public record ClassificationHead(
        String name, List<String> labels, boolean multiLabel, float temperature, List<Float> thresholds) {
    private static final String ONLY = "logits";

    public ClassificationHead {
        labels = List.copyOf(labels);
        thresholds = List.copyOf(thresholds);
    }

    /** The probability from which a label of a multi-label head is given; 0.5 if the model names none. */
    public float threshold(int label) {
        return thresholds.isEmpty() ? 0.5f : thresholds.get(label);
    }

    /**
     * The heads of a model: those of {@code heads} in config.json, each with {@code problem_type}, {@code id2label},
     * {@code thresholds} and {@code temperature}; or the one that config.json describes itself, as Hugging Face writes it,
     * with {@code polymath.temperature} of serving.properties.
     *
     * @throws InferenceException MODEL_NOT_READY if there is none or one is not understood
     */
    static List<ClassificationHead> of(ModelDirectory model) {
        JsonObject config = model.config();
        try {
            if (!config.has("heads")) {
                return List.of(read(model, ONLY, config, Probabilities.temperature(model)));
            }
            List<ClassificationHead> heads = new ArrayList<>();
            for (Map.Entry<String, JsonElement> entry :
                    config.getAsJsonObject("heads").entrySet()) {
                JsonObject head = entry.getValue().getAsJsonObject();
                float temperature =
                        head.has("temperature") ? head.get("temperature").getAsFloat() : 1;
                heads.add(read(model, entry.getKey(), head, temperature));
            }
            return List.copyOf(heads);
        } catch (ClassCastException | IllegalStateException | NumberFormatException | UnsupportedOperationException e) {
            throw new InferenceException(
                    Kind.MODEL_NOT_READY,
                    model
                            + ": config.json: heads are not {\"<name>\": {\"problem_type\": \"...\", \"id2label\": {...}}}",
                    Map.of(),
                    e);
        }
    }

    private static ClassificationHead read(ModelDirectory model, String name, JsonObject config, float temperature) {
        List<String> labels = ModelDirectory.labels(config, model + ": config.json");
        String type = config.has("problem_type") && !config.get("problem_type").isJsonNull()
                ? config.get("problem_type").getAsString()
                : "single_label_classification";
        List<Float> thresholds = new ArrayList<>();
        if (config.has("thresholds")) {
            config.getAsJsonArray("thresholds").forEach(threshold -> thresholds.add(threshold.getAsFloat()));
        }
        require(!labels.isEmpty(), model, name, "no id2label");
        require(
                type.equals("single_label_classification") || type.equals("multi_label_classification"),
                model,
                name,
                "problem_type: " + type + " (expected: single_label_classification, multi_label_classification)");
        require(
                temperature > 0 && Float.isFinite(temperature),
                model,
                name,
                "temperature: " + temperature + " (expected: a number > 0)");
        require(
                thresholds.isEmpty() || thresholds.size() == labels.size(),
                model,
                name,
                "thresholds: " + thresholds.size() + " (expected: one per label, " + labels.size() + ")");
        return new ClassificationHead(name, labels, type.equals("multi_label_classification"), temperature, thresholds);
    }

    private static void require(boolean condition, ModelDirectory model, String head, String message) {
        if (!condition) {
            throw new InferenceException(
                    Kind.MODEL_NOT_READY,
                    model + ": config.json: " + (head.equals(ONLY) ? "" : "heads." + head + ": ") + message);
        }
    }
}
