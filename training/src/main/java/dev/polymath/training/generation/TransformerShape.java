package dev.polymath.training.generation;

import com.google.gson.JsonObject;
import dev.polymath.inference.ModelDirectory;

/**
 * Sizes of an encoder-decoder Transformer.
 *
 * @param vocabulary rows of the embedding table, which is also the output projection
 * @param width of the hidden states, divisible by {@code heads}
 * @param inner width of the feed-forward layers
 * @param heads of every attention
 * @param encoderLayers at least 1; with a grid at least 0
 * @param decoderLayers at least 1
 * @param positions longest sequence in tokens
 * @param grid what the encoder reads in place of tokens
 */
public record TransformerShape(
        int vocabulary,
        int width,
        int inner,
        int heads,
        int encoderLayers,
        int decoderLayers,
        int positions,
        Grid grid) {
    /** {@code model_type} of config.json. */
    static final String MODEL_TYPE = "polymath-transformer";

    static final String PLACES = "encoder_places";
    static final String CHANNELS = "encoder_channels";

    /**
     * What a network says of an image.
     *
     * @param places that it tells something of
     * @param width numbers for each of them
     */
    public record Grid(int places, int width) {
        /** The encoder reads tokens. */
        public static final Grid NONE = new Grid(0, 0);

        boolean isNone() {
            return places == 0;
        }
    }

    /** Of a model that reads tokens. */
    public TransformerShape(
            int vocabulary, int width, int inner, int heads, int encoderLayers, int decoderLayers, int positions) {
        this(vocabulary, width, inner, heads, encoderLayers, decoderLayers, positions, Grid.NONE);
    }

    public TransformerShape {
        require(vocabulary >= 1, "vocabulary", vocabulary, ">= 1");
        require(heads >= 1 && width % (2 * heads) == 0, "width", width, "divisible by twice the heads, " + heads);
        require(inner >= 1, "inner", inner, ">= 1");
        int fewest = grid.isNone() ? 1 : 0;
        require(encoderLayers >= fewest, "encoder-layers", encoderLayers, ">= " + fewest);
        require(decoderLayers >= 1, "decoder-layers", decoderLayers, ">= 1");
        require(positions >= 2, "positions", positions, ">= 2");
    }

    /**
     * The sizes that config.json of a trained model tells.
     *
     * @throws IllegalArgumentException if it is another kind of model
     */
    public static TransformerShape of(ModelDirectory model) {
        JsonObject config = model.config();
        return new TransformerShape(
                size(model, config, "vocab_size"),
                size(model, config, "d_model"),
                size(model, config, "encoder_ffn_dim"),
                size(model, config, "encoder_attention_heads"),
                size(model, config, "encoder_layers"),
                size(model, config, "decoder_layers"),
                size(model, config, "max_position_embeddings"),
                config.has(PLACES) ? new Grid(size(model, config, PLACES), size(model, config, CHANNELS)) : Grid.NONE);
    }

    private static int size(ModelDirectory model, JsonObject config, String name) {
        if (!config.has("model_type")
                || !config.get("model_type").getAsString().equals(MODEL_TYPE)
                || !config.has(name)) {
            throw new IllegalArgumentException(
                    model + ": config.json: no " + name + " of a " + MODEL_TYPE + " (expected: a model of ./train)");
        }
        return config.get(name).getAsInt();
    }

    private static void require(boolean condition, String name, int value, String expected) {
        if (!condition) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + expected + ")");
        }
    }

    int headWidth() {
        return width / heads;
    }
}
