package dev.polymath.training.translation;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.polymath.training.ModelDirectoryWriter;
import dev.polymath.training.graph.Int8Quantizer;
import dev.polymath.training.graph.OnnxGraph;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes the model directory of a trained Transformer, in the layout of Hugging Face Optimum. */
final class TranslationExport {
    /** Largest difference between the logits of the trained block and of the exported model. */
    private static final double PARITY = 1e-3;

    private final TransformerWeights weights;
    private final Vocabulary vocabulary;
    private final List<LanguagePair> pairs;
    private final int maxSource;

    /** @param maxSource longest source in tokens that the model was trained for */
    TranslationExport(TransformerWeights weights, Vocabulary vocabulary, List<LanguagePair> pairs, int maxSource) {
        this.weights = weights;
        this.vocabulary = vocabulary;
        this.pairs = List.copyOf(pairs);
        this.maxSource = maxSource;
    }

    /** The three graphs by the first part of their file names. */
    Map<String, OnnxGraph> graphs() {
        Map<String, OnnxGraph> graphs = new LinkedHashMap<>();
        graphs.put("encoder_model", TransformerGraph.encoder(weights));
        graphs.put("decoder_model", TransformerGraph.decoder(weights));
        graphs.put("decoder_with_past_model", TransformerGraph.decoderWithPast(weights));
        return graphs;
    }

    /**
     * Writes a complete model directory.
     *
     * @param scheme of the 8-bit weights; null for fp32
     */
    Path write(Path out, Int8Quantizer.@Nullable Scheme scheme, String card) throws IOException {
        ModelDirectoryWriter directory = new ModelDirectoryWriter(out);
        for (Map.Entry<String, OnnxGraph> graph : graphs().entrySet()) {
            if (scheme == null) {
                graph.getValue().write(directory.file(graph.getKey() + ".onnx"));
            } else {
                Int8Quantizer.of(scheme)
                        .quantize(graph.getValue())
                        .write(directory.file(graph.getKey() + "_int8.onnx"));
            }
        }
        TokenizerJson.write(vocabulary, directory.file("tokenizer.json"));
        directory.writeConfig(config());
        Files.writeString(
                directory.file("generation_config.json"),
                new GsonBuilder().setPrettyPrinting().create().toJson(generationConfig()) + "\n");
        Map<String, String> properties = new LinkedHashMap<>();
        properties.put("engine", "OnnxRuntime");
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
        if (scheme != null) {
            properties.put("polymath.precision", "int8");
        }
        directory.writeServingProperties(properties);
        directory.writeCard(card);
        return directory.complete();
    }

    /** Size of the graphs in a model directory. */
    static long bytes(Path directory) throws IOException {
        long bytes = 0;
        try (DirectoryStream<Path> graphs = Files.newDirectoryStream(directory, "*.onnx")) {
            for (Path graph : graphs) {
                bytes += Files.size(graph);
            }
        }
        return bytes;
    }

    private List<String> directions() {
        List<String> directions = new ArrayList<>();
        for (LanguagePair pair : pairs) {
            directions.add(pair.first() + "-" + pair.second());
            directions.add(pair.second() + "-" + pair.first());
        }
        return directions;
    }

    private JsonObject config() {
        TransformerShape shape = weights.shape();
        JsonObject config = new JsonObject();
        config.addProperty("model_type", TransformerShape.MODEL_TYPE);
        config.addProperty("is_encoder_decoder", true);
        config.addProperty("vocab_size", shape.vocabulary());
        config.addProperty("d_model", shape.width());
        config.addProperty("encoder_layers", shape.encoderLayers());
        config.addProperty("encoder_attention_heads", shape.heads());
        config.addProperty("encoder_ffn_dim", shape.inner());
        config.addProperty("decoder_layers", shape.decoderLayers());
        config.addProperty("decoder_attention_heads", shape.heads());
        config.addProperty("decoder_ffn_dim", shape.inner());
        config.addProperty("activation_function", "relu");
        config.addProperty("normalize_before", true);
        config.addProperty("scale_embedding", true);
        config.addProperty("static_position_embeddings", true);
        config.addProperty("tie_word_embeddings", true);
        config.addProperty("max_position_embeddings", shape.positions());
        ids(config);
        return config;
    }

    private JsonObject generationConfig() {
        JsonObject config = new JsonObject();
        ids(config);
        config.addProperty("max_length", weights.shape().positions());
        config.addProperty("num_beams", 4);
        config.addProperty("length_penalty", 1.0);
        // what the decoder begins with is no word
        JsonArray pad = new JsonArray();
        pad.add(Vocabulary.PAD_ID);
        JsonArray words = new JsonArray();
        words.add(pad);
        config.add("bad_words_ids", words);
        return config;
    }

    private static void ids(JsonObject config) {
        config.addProperty("decoder_start_token_id", Vocabulary.PAD_ID);
        config.addProperty("pad_token_id", Vocabulary.PAD_ID);
        config.addProperty("eos_token_id", Vocabulary.END_ID);
    }

    /**
     * Largest difference between the logits of the block and of the exported encoder and decoder over these batches.
     *
     * @throws IllegalStateException if it is more than rounding
     */
    double parity(TranslationTask task, List<TranslationBatch> batches, NDManager manager) {
        // DJL must be the first to create the environment
        Engine.getEngine("OnnxRuntime");
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        double worst = 0;
        try (OrtSession encoder = environment.createSession(
                        TransformerGraph.encoder(weights).toBytes());
                OrtSession decoder = environment.createSession(
                        TransformerGraph.decoder(weights).toBytes())) {
            for (TranslationBatch batch : batches) {
                float[] expected;
                try (NDManager scratch = manager.newSubManager()) {
                    expected = task.logits(batch, scratch, false).toFloatArray();
                }
                long[] source = {batch.size(), batch.sourceWidth()};
                long[] target = {batch.size(), batch.targetWidth()};
                try (OnnxTensor ids = OnnxTensor.createTensor(environment, LongBuffer.wrap(batch.sources()), source);
                        OnnxTensor mask = OnnxTensor.createTensor(environment, LongBuffer.wrap(batch.mask()), source);
                        OnnxTensor prefix =
                                OnnxTensor.createTensor(environment, LongBuffer.wrap(batch.prefixes()), target);
                        OrtSession.Result encoded = encoder.run(Map.of("input_ids", ids, "attention_mask", mask));
                        OrtSession.Result decoded = decoder.run(
                                Map.of(
                                        "input_ids",
                                        prefix,
                                        "encoder_hidden_states",
                                        (OnnxTensor) encoded.get(0),
                                        "encoder_attention_mask",
                                        mask),
                                Set.of("logits"))) {
                    FloatBuffer actual = ((OnnxTensor) decoded.get(0)).getFloatBuffer();
                    for (float value : expected) {
                        double difference = Math.abs(value - actual.get());
                        // a NaN must not pass
                        worst = difference <= worst ? worst : difference;
                    }
                }
            }
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime: " + e.getMessage(), e);
        }
        if (!(worst <= PARITY)) {
            throw new IllegalStateException(String.format(
                    Locale.ROOT,
                    "logits of the exported model differ by %.3g from the trained block (expected: <= %.0e)",
                    worst,
                    PARITY));
        }
        return worst;
    }
}
