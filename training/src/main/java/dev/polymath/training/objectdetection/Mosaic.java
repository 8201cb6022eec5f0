package dev.polymath.training.objectdetection;

import dev.polymath.training.vision.ColourJitter;
import java.util.Random;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How the pictures of a training differ from the files, as options of a command line. */
final class Mosaic {
    @Option(
            names = "--mosaic",
            paramLabel = "P",
            description = "Share of pictures that are put together of four (Bochkovskiy et al. 2020).")
    double mosaic = 0.5;

    @Option(
            names = "--last-epochs",
            paramLabel = "N",
            description = "Epochs at the end without mosaics, in which the distance of the boxes is part of the loss.")
    int lastEpochs = 2;

    @Option(
            names = "--scale",
            paramLabel = "X",
            description = "Largest change of the size of a picture; 0.5: half to one and a half times as large.")
    double scale = 0.5;

    @Option(names = "--shift", paramLabel = "X", description = "Largest shift, as a share of the picture.")
    double shift = 0.1;

    @Mixin
    ColourJitter colour = new ColourJitter();

    void validate() {
        ColourJitter.requireShare("--mosaic", mosaic);
        ColourJitter.requireShare("--shift", shift);
        if (!(scale >= 0 && scale < 1)) {
            throw new IllegalArgumentException("--scale: " + scale + " (expected: >= 0 and < 1)");
        }
        if (lastEpochs < 0) {
            throw new IllegalArgumentException("--last-epochs: " + lastEpochs + " (expected: >= 0)");
        }
        colour.validate();
    }

    double drawScale(Random random) {
        return 1 + scale * (2 * random.nextDouble() - 1);
    }

    /** In pixels of a picture of this size. */
    double drawShift(Random random, int size) {
        return shift * size * (2 * random.nextDouble() - 1);
    }
}
