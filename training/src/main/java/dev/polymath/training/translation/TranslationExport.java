package dev.polymath.training.translation;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.polymath.training.generation.GeneratorExport;
import dev.polymath.training.generation.Targets;
import dev.polymath.training.generation.TransformerGraph;
import dev.polymath.training.generation.TransformerWeights;
import dev.polymath.training.generation.Vocabulary;
import dev.polymath.training.graph.OnnxGraph;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Writes the model directory of a trained translator. */
final class TranslationExport extends GeneratorExport<TranslationBatch> {
    private final List<LanguagePair> pairs;
    private final int maxSource;

    /** @param maxSource longest source in tokens that the model was trained for */
    TranslationExport(TransformerWeights weights, Vocabulary vocabulary, List<LanguagePair> pairs, int maxSource) {
        super(weights, vocabulary);
        this.pairs = List.copyOf(pairs);
        this.maxSource = maxSource;
    }

    @Override
    protected OnnxGraph encoder() {
        return TransformerGraph.encoder(weights());
    }

    @Override
    protected void configureServing(Map<String, String> properties) {
        properties.put("polymath.task", "translation");
        properties.put("polymath.translation.pairs", String.join(",", directions()));
        // a space between the token and the text, as in training
        properties.put("polymath.translation.prefix", Vocabulary.target("{target}") + "\\u0020");
        List<String> placeholders = new ArrayList<>();
        for (int i = 0; i < Vocabulary.PLACEHOLDERS; i++) {
            placeholders.add(Vocabulary.placeholder(i));
        }
        properties.put("polymath.translation.placeholders", String.join(",", placeholders));
        properties.put("polymath.max-length", Integer.toString(maxSource));
    }

    @Override
    protected Map<String, OnnxTensor> sources(TranslationBatch batch, OrtEnvironment environment) throws OrtException {
        long[] shape = {batch.size(), batch.sourceWidth()};
        return Map.of(
                "input_ids", OnnxTensor.createTensor(environment, LongBuffer.wrap(batch.sources()), shape),
                "attention_mask", OnnxTensor.createTensor(environment, LongBuffer.wrap(batch.mask()), shape));
    }

    @Override
    protected Targets targets(TranslationBatch batch) {
        return batch.targets();
    }

    private List<String> directions() {
        List<String> directions = new ArrayList<>();
        for (LanguagePair pair : pairs) {
            directions.add(pair.first() + "-" + pair.second());
            directions.add(pair.second() + "-" + pair.first());
        }
        return directions;
    }
}
