package dev.polymath.training.vision;

import com.google.gson.JsonObject;
import dev.polymath.image.ImagePreprocessing;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.training.graph.Int8Dequantizer;
import dev.polymath.training.graph.OnnxGraph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The weights that a training on pictures begins with.
 *
 * @param description for the model card
 * @param config content of config.json; empty for a bare graph
 * @param labels by id, of config.json; empty for a bare graph
 * @param preprocessing of preprocessor_config.json, if it is there
 */
public record StartingImageModel(
        String description,
        OnnxGraph graph,
        JsonObject config,
        List<String> labels,
        Optional<ImagePreprocessing> preprocessing) {

    /**
     * @param from a model directory, whose 8-bit weights become floats again, or an ONNX file
     * @throws NoSuchFileException if it is not there
     */
    public static StartingImageModel load(Path from) throws IOException {
        if (Files.isRegularFile(from.resolve(ModelDirectory.CHECKSUMS))) {
            ModelDirectory model = ModelDirectory.open(from);
            Path weights = model.file(Files.exists(from.resolve("model.onnx")) ? "model.onnx" : "model_int8.onnx");
            Path preprocessor = from.resolve("preprocessor_config.json");
            return new StartingImageModel(
                    model.toString(),
                    Int8Dequantizer.dequantize(OnnxGraph.read(weights)),
                    model.config(),
                    model.labels(),
                    Files.exists(preprocessor) ? Optional.of(ImagePreprocessing.read(preprocessor)) : Optional.empty());
        }
        if (!Files.isRegularFile(from)) {
            throw new NoSuchFileException(
                    from.toString(), null, "no starting model (expected: an ONNX file or a model directory)");
        }
        return new StartingImageModel(
                from.getFileName().toString(), OnnxGraph.read(from), new JsonObject(), List.of(), Optional.empty());
    }
}
