package dev.polymath.image;

import java.awt.image.BufferedImage;

/**
 * Pixels as a person sees them: upright, opaque, sRGB.
 *
 * @param width in pixels, at least 1
 * @param height in pixels, at least 1
 * @param pixels red, green and blue of each pixel, a byte each, row by row from the top left; {@code 3 * width * height}
 *     bytes that must not be changed
 */
public record RgbImage(int width, int height, byte[] pixels) {
    public RgbImage {
        require(width >= 1, "width", width, ">= 1");
        require(height >= 1, "height", height, ">= 1");
        require(pixels.length == 3L * width * height, "pixels", pixels.length, "3 x " + width + " x " + height);
    }

    /** A part of it, copied; the rectangle must be inside. */
    public RgbImage crop(int x, int y, int cropWidth, int cropHeight) {
        require(x >= 0 && x < width, "x", x, "0 to " + (width - 1));
        require(y >= 0 && y < height, "y", y, "0 to " + (height - 1));
        require(cropWidth >= 1 && cropWidth <= width - x, "cropWidth", cropWidth, "1 to " + (width - x));
        require(cropHeight >= 1 && cropHeight <= height - y, "cropHeight", cropHeight, "1 to " + (height - y));
        byte[] part = new byte[3 * cropWidth * cropHeight];
        for (int row = 0; row < cropHeight; row++) {
            System.arraycopy(pixels, 3 * ((y + row) * width + x), part, 3 * row * cropWidth, 3 * cropWidth);
        }
        return new RgbImage(cropWidth, cropHeight, part);
    }

    /** All of it in another size, copied; bilinear, and averaged where it shrinks. */
    public RgbImage resize(int newWidth, int newHeight) {
        require(newWidth >= 1, "newWidth", newWidth, ">= 1");
        require(newHeight >= 1, "newHeight", newHeight, ">= 1");
        byte[] resized = new byte[3 * newWidth * newHeight];
        Resampling.resize(this, 0, 0, width, height, newWidth, newHeight, (row, rgb) -> {
            int at = 3 * row * newWidth;
            for (int i = 0; i < 3 * newWidth; i++) {
                resized[at + i] = (byte) Math.max(0, Math.min(255, Math.round(rgb[i])));
            }
        });
        return new RgbImage(newWidth, newHeight, resized);
    }

    /** A copy to draw on or to write, of type {@link BufferedImage#TYPE_INT_RGB}. */
    public BufferedImage toBufferedImage() {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        int[] row = new int[width];
        for (int y = 0; y < height; y++) {
            int p = 3 * y * width;
            for (int x = 0; x < width; x++, p += 3) {
                row[x] = (pixels[p] & 0xFF) << 16 | (pixels[p + 1] & 0xFF) << 8 | (pixels[p + 2] & 0xFF);
            }
            image.getRaster().setDataElements(0, y, width, 1, row);
        }
        return image;
    }

    @Override
    public String toString() {
        return width + "x" + height;
    }

    static void require(boolean condition, String name, Object value, String expected) {
        if (!condition) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + expected + ")");
        }
    }
}
