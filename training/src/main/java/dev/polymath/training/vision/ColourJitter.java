package dev.polymath.training.vision;

import java.util.Random;
import picocli.CommandLine.Option;

/** How much the pictures of a training differ from the files in what does not change what they show, as options. */
public final class ColourJitter {
    @Option(names = "--mirror", paramLabel = "P", description = "Share of pictures whose left and right are swapped.")
    double mirror = 0.5;

    @Option(names = "--hue", paramLabel = "X", description = "Largest turn of the colour circle; 1: once around.")
    double hue = 0.015;

    @Option(names = "--saturation", paramLabel = "X", description = "Largest change of the saturation; 0.3: by 30 %%.")
    double saturation = 0.3;

    @Option(names = "--brightness", paramLabel = "X", description = "Largest change of the brightness; 0.3: by 30 %%.")
    double brightness = 0.3;

    /** Whether pictures may be mirrored. */
    public boolean mirrors() {
        return mirror > 0;
    }

    /** Checks the options. */
    public void validate() {
        requireShare("--mirror", mirror);
        requireShare("--hue", hue);
        requireShare("--saturation", saturation);
        requireShare("--brightness", brightness);
    }

    /** Throws if an option is not a share. */
    public static void requireShare(String option, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException(option + ": " + value + " (expected: 0 to 1)");
        }
    }

    /** Colours the canvas, and mirrors it or not, which is returned. */
    public boolean apply(ImageCanvas canvas, Random random) {
        double turn = hue * (2 * random.nextDouble() - 1);
        double saturate = 1 + saturation * (2 * random.nextDouble() - 1);
        double brighten = 1 + brightness * (2 * random.nextDouble() - 1);
        if (hue + saturation + brightness > 0) {
            canvas.colour(turn, saturate, brighten);
        }
        boolean mirrored = random.nextDouble() < mirror;
        if (mirrored) {
            canvas.mirror();
        }
        return mirrored;
    }
}
