package dev.polymath.training.generation;

import ai.djl.engine.Engine;
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
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Writes the model directory of a trained Transformer, in the layout of Hugging Face Optimum. A task says what its encoder is and what
 * serving is told.
 *
 * @param <B> batches with which the trained block and the exported model are compared
 */
public abstract class GeneratorExport<B> {
    /** Largest difference between the logits of the trained block and of the exported model. */
    private static final double PARITY = 1e-3;

    /** No three tokens occur twice in a text: where a model is unsure, it would go round in circles. */
    private static final int NO_REPEAT_NGRAM_SIZE = 3;

    private final TransformerWeights weights;
    private final Vocabulary vocabulary;

    protected GeneratorExport(TransformerWeights weights, Vocabulary vocabulary) {
        this.weights = weights;
        this.vocabulary = vocabulary;
    }

    protected final TransformerWeights weights() {
        return weights;
    }

    /** The graph to {@code last_hidden_state}; a new one at each call. */
    protected abstract OnnxGraph encoder();

    /** Adds keys to serving.properties; values are plain ASCII. */
    protected abstract void configureServing(Map<String, String> properties);

    /** Writes what other files the model has. */
    protected void writeMore(ModelDirectoryWriter directory) throws IOException {}

    /** What the encoder reads of a batch, by the names of its inputs; closed by the caller. */
    protected abstract Map<String, OnnxTensor> sources(B batch, OrtEnvironment environment) throws OrtException;

    /** What is written of a batch, a row for each source. */
    protected abstract Targets targets(B batch);

    /** The three graphs by the first part of their file names. */
    final Map<String, OnnxGraph> graphs() {
        Map<String, OnnxGraph> graphs = new LinkedHashMap<>();
        graphs.put("encoder_model", encoder());
        graphs.put("decoder_model", TransformerGraph.decoder(weights));
        graphs.put("decoder_with_past_model", TransformerGraph.decoderWithPast(weights));
        return graphs;
    }

    /**
     * Writes a complete model directory.
     *
     * @param scheme of the 8-bit weights; null for fp32
     */
    public final Path write(Path out, Int8Quantizer.@Nullable Scheme scheme, String card) throws IOException {
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
        writeMore(directory);
        Map<String, String> properties = new LinkedHashMap<>();
        properties.put("engine", "OnnxRuntime");
        configureServing(properties);
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
        if (!shape.grid().isNone()) {
            config.addProperty(TransformerShape.PLACES, shape.grid().places());
            config.addProperty(TransformerShape.CHANNELS, shape.grid().width());
        }
        ids(config);
        return config;
    }

    private JsonObject generationConfig() {
        JsonObject config = new JsonObject();
        ids(config);
        config.addProperty("max_length", weights.shape().positions());
        config.addProperty("num_beams", 4);
        config.addProperty("length_penalty", 1.0);
        config.addProperty("no_repeat_ngram_size", NO_REPEAT_NGRAM_SIZE);
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
     * @param trained the logits of the block for a batch
     * @throws IllegalStateException if it is more than rounding
     */
    public final double parity(List<B> batches, Function<B, float[]> trained) {
        // DJL must be the first to create the environment
        Engine.getEngine("OnnxRuntime");
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        double worst = 0;
        try (OrtSession encoder = environment.createSession(encoder().toBytes());
                OrtSession decoder = environment.createSession(
                        TransformerGraph.decoder(weights).toBytes())) {
            for (B batch : batches) {
                worst = Math.max(worst, difference(batch, trained.apply(batch), encoder, decoder, environment));
            }
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime: " + e.getMessage(), e);
        }
        // a NaN must not pass
        if (!(worst <= PARITY)) {
            throw new IllegalStateException(String.format(
                    Locale.ROOT,
                    "logits of the exported model differ by %.3g from the trained block (expected: <= %.0e)",
                    worst,
                    PARITY));
        }
        return worst;
    }

    private double difference(
            B batch, float[] expected, OrtSession encoder, OrtSession decoder, OrtEnvironment environment)
            throws OrtException {
        Targets targets = targets(batch);
        Map<String, OnnxTensor> sources = sources(batch, environment);
        try (OnnxTensor prefix = OnnxTensor.createTensor(
                        environment, LongBuffer.wrap(targets.prefixes()), new long[] {targets.size(), targets.width()
                        });
                OrtSession.Result encoded = encoder.run(sources)) {
            Map<String, OnnxTensor> inputs = new HashMap<>();
            inputs.put("input_ids", prefix);
            inputs.put("encoder_hidden_states", (OnnxTensor) encoded.get(0));
            OnnxTensor mask = sources.get("attention_mask");
            if (mask != null) {
                inputs.put("encoder_attention_mask", mask);
            }
            try (OrtSession.Result decoded = decoder.run(inputs, Set.of("logits"))) {
                FloatBuffer actual = ((OnnxTensor) decoded.get(0)).getFloatBuffer();
                double worst = 0;
                for (float value : expected) {
                    worst = Math.max(worst, Math.abs(value - actual.get()));
                }
                return worst;
            }
        } finally {
            sources.values().forEach(OnnxTensor::close);
        }
    }
}
