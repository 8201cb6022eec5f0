package dev.polymath.training.vision;

import dev.polymath.image.DecodedImage;
import dev.polymath.image.ImageDecoder;
import dev.polymath.image.ImageException;
import dev.polymath.image.ImageHeader;
import dev.polymath.image.ImageLimits;
import dev.polymath.image.ImagePreprocessing;
import dev.polymath.image.RgbImage;
import dev.polymath.training.BadDataException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Pictures as serving decodes them. Thread-safe. */
public final class ImageFiles {
    private static final ImageDecoder DECODER = new ImageDecoder(new ImageLimits(1L << 30, 1L << 28));

    private ImageFiles() {}

    /**
     * Format and size.
     *
     * @throws BadDataException if the file is no picture
     */
    public static ImageHeader header(Path file) throws IOException {
        try {
            return DECODER.readHeader(Files.readAllBytes(file));
        } catch (ImageException e) {
            throw bad(file, e);
        }
    }

    /**
     * The pixels; of a large picture perhaps fewer than it has.
     *
     * @param size of the square that they will be shrunk to at most, at least
     * @throws BadDataException if the file cannot be decoded
     * @throws UncheckedIOException if it cannot be read
     */
    public static DecodedImage decode(Path file, int size) {
        try {
            return DECODER.decode(Files.readAllBytes(file), size);
        } catch (ImageException e) {
            throw bad(file, e);
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": " + e.getMessage(), e);
        }
    }

    /**
     * At least the pixels that a model needs that prepares them so.
     *
     * @throws BadDataException if the file cannot be decoded
     * @throws UncheckedIOException if it cannot be read
     */
    public static RgbImage pixels(Path file, ImagePreprocessing preprocessing) {
        return decode(file, preprocessing.minSide()).pixels();
    }

    /** What a model reads of it, {@code [3, height, width]}; throws as {@link #pixels}. */
    public static float[] planes(Path file, ImagePreprocessing preprocessing) {
        float[] planes = new float[preprocessing.size()];
        preprocessing.apply(pixels(file, preprocessing), planes, 0);
        return planes;
    }

    private static BadDataException bad(Path file, ImageException e) {
        return new BadDataException(file, "picture", String.valueOf(e.getMessage()));
    }
}
