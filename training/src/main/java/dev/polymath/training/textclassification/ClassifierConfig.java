package dev.polymath.training.textclassification;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Heads in config.json: {@code problem_type}, {@code id2label}, {@code label2id} and, for multi-label heads, {@code thresholds} in
 * id order; on the top level for the only head, otherwise in {@code heads} by name.
 */
final class ClassifierConfig {
    private ClassifierConfig() {}

    static void write(JsonObject config, Head head, Calibration calibration) {
        JsonObject id2label = new JsonObject();
        JsonObject label2id = new JsonObject();
        for (int id = 0; id < head.labels().size(); id++) {
            id2label.addProperty(Integer.toString(id), head.labels().get(id));
            label2id.addProperty(head.labels().get(id), id);
        }
        config.addProperty("problem_type", head.problemType());
        config.add("id2label", id2label);
        config.add("label2id", label2id);
        if (head.multiLabel()) {
            JsonArray thresholds = new JsonArray();
            for (double threshold : calibration.thresholds()) {
                thresholds.add(threshold);
            }
            config.add("thresholds", thresholds);
        }
    }

    /** The heads of a text classifier; none for a model of another kind. */
    static List<Head> read(JsonObject config) {
        List<Head> heads = new ArrayList<>();
        if (config.has("heads")) {
            for (Map.Entry<String, JsonElement> entry :
                    config.getAsJsonObject("heads").entrySet()) {
                heads.add(read(entry.getKey(), entry.getValue().getAsJsonObject()));
            }
        } else if (config.has("problem_type") && config.has("id2label")) {
            heads.add(read(Head.ONLY, config));
        }
        return heads;
    }

    private static Head read(String name, JsonObject config) {
        JsonObject id2label = config.getAsJsonObject("id2label");
        List<String> labels = new ArrayList<>();
        for (int id = 0; id < id2label.size(); id++) {
            labels.add(id2label.get(Integer.toString(id)).getAsString());
        }
        return new Head(name, config.get("problem_type").getAsString().equals("multi_label_classification"), labels);
    }
}
