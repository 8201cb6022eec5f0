package dev.polymath.training.translation;

/**
 * Sizes of an encoder-decoder Transformer.
 *
 * @param vocabulary rows of the embedding table, which is also the output projection
 * @param width of the hidden states, divisible by {@code heads}
 * @param inner width of the feed-forward layers
 * @param heads of every attention
 * @param encoderLayers at least 1
 * @param decoderLayers at least 1
 * @param positions longest sequence in tokens
 */
record TransformerShape(
        int vocabulary, int width, int inner, int heads, int encoderLayers, int decoderLayers, int positions) {
    TransformerShape {
        require(vocabulary >= 1, "vocabulary", vocabulary, ">= 1");
        require(heads >= 1 && width % (2 * heads) == 0, "width", width, "divisible by twice the heads, " + heads);
        require(inner >= 1, "inner", inner, ">= 1");
        require(encoderLayers >= 1, "encoder-layers", encoderLayers, ">= 1");
        require(decoderLayers >= 1, "decoder-layers", decoderLayers, ">= 1");
        require(positions >= 2, "positions", positions, ">= 2");
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
