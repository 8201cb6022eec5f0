package dev.polymath.training.captioning;

import dev.polymath.image.ImageDecoder;
import dev.polymath.image.ImageException;
import dev.polymath.image.ImageLimits;
import dev.polymath.image.ImagePreprocessing;
import dev.polymath.image.RgbImage;
import dev.polymath.training.BadDataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** An image of the data, decoded and resized as serving does it. Thread-safe. */
record ImageFile(Path path) {
    private static final ImageDecoder DECODER = new ImageDecoder(new ImageLimits(64L << 20, 64_000_000));

    /**
     * Its pixels, at least as many as a model needs that prepares them so.
     *
     * @throws BadDataException if it is no image
     */
    RgbImage decode(ImagePreprocessing preprocessing) throws IOException {
        try {
            return DECODER.decode(Files.readAllBytes(path), preprocessing.minSide())
                    .pixels();
        } catch (ImageException e) {
            throw new BadDataException(path, "the image", String.valueOf(e.getMessage()));
        }
    }

    /** What a model reads of it: {@code [3, height, width]}. */
    float[] planes(ImagePreprocessing preprocessing) throws IOException {
        float[] planes = new float[preprocessing.size()];
        preprocessing.apply(decode(preprocessing), planes, 0);
        return planes;
    }
}
