package dev.polymath.image;

/**
 * How large a file may be that is decoded.
 *
 * @param maxBytes most bytes of a file
 * @param maxPixels most pixels that it says to have; decoding takes 3 to 12 bytes of memory for each
 */
public record ImageLimits(long maxBytes, long maxPixels) {
    public ImageLimits {
        RgbImage.require(maxBytes >= 1, "maxBytes", maxBytes, ">= 1");
        // the pixels are in one array
        RgbImage.require(
                maxPixels >= 1 && maxPixels <= Integer.MAX_VALUE / 4, "maxPixels", maxPixels, "1 to 536870911");
    }

    /** 20 million bytes, 50 million pixels. */
    public static ImageLimits defaults() {
        return new ImageLimits(20_000_000, 50_000_000);
    }
}
