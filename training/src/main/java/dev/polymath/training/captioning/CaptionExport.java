package dev.polymath.training.captioning;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import com.google.gson.GsonBuilder;
import dev.polymath.training.ModelDirectoryWriter;
import dev.polymath.training.generation.GeneratorExport;
import dev.polymath.training.generation.Targets;
import dev.polymath.training.generation.TransformerGraph;
import dev.polymath.training.generation.TransformerWeights;
import dev.polymath.training.generation.Vocabulary;
import dev.polymath.training.graph.OnnxGraph;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;

/** Writes the model directory of a trained captioner: the image network and the encoder behind it are one graph. */
final class CaptionExport extends GeneratorExport<CaptionExport.Sample> {
    private final GridNetwork network;
    private final List<String> languages;
    private final String licence;

    /**
     * Images with a caption each, to compare with.
     *
     * @param pixels {@code [images, 3, height, width]}
     */
    record Sample(float[] pixels, Targets targets) {}

    /** @param licence what the data allow; empty if nothing is to be said */
    CaptionExport(
            TransformerWeights weights,
            Vocabulary vocabulary,
            GridNetwork network,
            List<String> languages,
            String licence) {
        super(weights, vocabulary);
        this.network = network;
        this.languages = List.copyOf(languages);
        this.licence = licence;
    }

    @Override
    protected OnnxGraph encoder() {
        return TransformerGraph.encoder(weights(), network.graph().copy(), GridNetwork.OUTPUT);
    }

    @Override
    protected void configureServing(Map<String, String> properties) {
        properties.put("polymath.task", "image-captioning");
        properties.put("polymath.captioning.languages", String.join(",", languages));
        properties.put("polymath.captioning.forced-bos", Vocabulary.target("{language}"));
        if (!licence.isBlank()) {
            properties.put("polymath.license", licence);
        }
    }

    @Override
    protected void writeMore(ModelDirectoryWriter directory) throws IOException {
        Files.writeString(
                directory.file("preprocessor_config.json"),
                new GsonBuilder()
                                .setPrettyPrinting()
                                .create()
                                .toJson(network.preprocessing().toJson()) + "\n");
    }

    @Override
    protected Map<String, OnnxTensor> sources(Sample sample, OrtEnvironment environment) throws OrtException {
        long[] shape = {
            sample.targets.size(),
            3,
            network.preprocessing().height(),
            network.preprocessing().width()
        };
        return Map.of(GridNetwork.INPUT, OnnxTensor.createTensor(environment, FloatBuffer.wrap(sample.pixels), shape));
    }

    @Override
    protected Targets targets(Sample sample) {
        return sample.targets;
    }
}
