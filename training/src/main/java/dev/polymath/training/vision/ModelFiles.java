package dev.polymath.training.vision;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import dev.polymath.image.ImagePreprocessing;
import dev.polymath.training.ModelDirectoryWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What the model directories of all image models hold. */
public final class ModelFiles {
    private ModelFiles() {}

    /**
     * Copies the graph of a precision, {@code model.onnx} or {@code model_int8.onnx}.
     *
     * @param served {@code fp32} or {@code int8}
     */
    public static void copyGraph(Path folder, String served, ModelDirectoryWriter directory) throws IOException {
        String file = served.equals("fp32") ? "model.onnx" : "model_" + served + ".onnx";
        Files.copy(folder.resolve(file), directory.file(file));
    }

    /** Writes preprocessor_config.json. */
    public static void writePreprocessing(ImagePreprocessing preprocessing, ModelDirectoryWriter directory)
            throws IOException {
        Files.writeString(
                directory.file("preprocessor_config.json"),
                new GsonBuilder().setPrettyPrinting().create().toJson(preprocessing.toJson()) + "\n");
    }

    /** Adds {@code id2label} and {@code label2id}. */
    public static void addLabels(JsonObject config, List<String> labels) {
        JsonObject names = new JsonObject();
        JsonObject ids = new JsonObject();
        for (int id = 0; id < labels.size(); id++) {
            names.addProperty(Integer.toString(id), labels.get(id));
            ids.addProperty(labels.get(id), id);
        }
        config.add("id2label", names);
        config.add("label2id", ids);
    }
}
