package dev.polymath.training.captioning;

import dev.polymath.inference.ModelDirectory;
import dev.polymath.training.generation.TokenizerJson;
import dev.polymath.training.generation.TransformerShape;
import dev.polymath.training.generation.TransformerWeights;
import dev.polymath.training.generation.Vocabulary;
import dev.polymath.training.graph.OnnxGraph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the training of a captioner goes on from: another captioner, with all that belongs to it.
 *
 * @param description for the model card
 */
record CaptionStart(GridNetwork network, TransformerWeights weights, Vocabulary vocabulary, String description) {
    private static final String ENCODER = "encoder_model";

    /** Whether this is a captioner, and not a bare image network. */
    static boolean isCaptioner(Path from) {
        return Files.isRegularFile(from.resolve(ENCODER + ".onnx"))
                || Files.isRegularFile(from.resolve(ENCODER + "_int8.onnx"));
    }

    /** Reads a model directory; 8-bit weights become floats again, rounded as they are. */
    static CaptionStart read(Path from) throws IOException {
        ModelDirectory model = ModelDirectory.open(from);
        String suffix = Files.exists(from.resolve(ENCODER + ".onnx")) ? ".onnx" : "_int8.onnx";
        OnnxGraph encoder = OnnxGraph.read(from.resolve(ENCODER + suffix));
        return new CaptionStart(
                GridNetwork.of(model, encoder),
                TransformerWeights.read(
                        TransformerShape.of(model), encoder, OnnxGraph.read(from.resolve("decoder_model" + suffix))),
                TokenizerJson.read(from.resolve("tokenizer.json")),
                from.toString());
    }
}
