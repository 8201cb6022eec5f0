package dev.polymath.training.generation;

import picocli.CommandLine.Option;

/** The size of a new Transformer, as options of a command line. */
public final class TransformerOptions {
    @Option(
            names = "--width",
            paramLabel = "N",
            description = "Of the hidden states; with --from, all sizes are those of that model.")
    public int width = 256;

    @Option(names = "--inner-width", paramLabel = "N", description = "Of the feed-forward layers.")
    public int inner = 1024;

    @Option(names = "--heads", paramLabel = "N", description = "Of each attention.")
    public int heads = 8;

    @Option(names = "--encoder-layers", paramLabel = "N", description = "Deep encoders cost little when translating.")
    public int encoderLayers = 4;

    @Option(names = "--decoder-layers", paramLabel = "N", description = "Run once per word.")
    public int decoderLayers = 2;

    @Option(
            names = "--max-positions",
            paramLabel = "N",
            description = "Longest text in tokens that the model can read.")
    public int maxPositions = 256;

    /** @param vocabulary tokens */
    public TransformerShape shape(int vocabulary) {
        return shape(vocabulary, TransformerShape.Grid.NONE);
    }

    /** @param grid what the encoder reads in place of tokens */
    public TransformerShape shape(int vocabulary, TransformerShape.Grid grid) {
        return new TransformerShape(vocabulary, width, inner, heads, encoderLayers, decoderLayers, maxPositions, grid);
    }
}
