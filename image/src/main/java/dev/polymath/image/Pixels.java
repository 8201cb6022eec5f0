package dev.polymath.image;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Pixels of Java's images, of whatever type, as opaque 8-bit RGB. Samples are taken as they are, and not through colour
 * management: it is slow, and it brightens grey, which Java holds to be linear.
 */
final class Pixels {
    private static final int WHITE = 255;

    private Pixels() {}

    /** An image whose bytes are those of an {@link RgbImage}. */
    static BufferedImage newRgb(int width, int height) {
        ColorModel colours = new ComponentColorModel(
                ColorSpace.getInstance(ColorSpace.CS_sRGB), false, false, Transparency.OPAQUE, DataBuffer.TYPE_BYTE);
        WritableRaster raster = Raster.createInterleavedRaster(
                DataBuffer.TYPE_BYTE, width, height, 3 * width, 3, new int[] {0, 1, 2}, null);
        return new BufferedImage(colours, raster, false, null);
    }

    static RgbImage of(BufferedImage image) {
        byte[] rgb = shared(image);
        if (rgb != null) {
            return new RgbImage(image.getWidth(), image.getHeight(), rgb);
        }
        byte[] pixels = new byte[Math.multiplyExact(3, Math.multiplyExact(image.getWidth(), image.getHeight()))];
        ColorModel colours = image.getColorModel();
        int space = colours.getColorSpace().getType();
        int bands = image.getRaster().getNumBands();
        if (colours instanceof IndexColorModel palette) {
            indexed(image, palette, pixels);
        } else if (space == ColorSpace.TYPE_GRAY && bands <= 2 || space == ColorSpace.TYPE_RGB && bands <= 4) {
            samples(image, pixels);
        } else {
            converted(image, pixels);
        }
        return new RgbImage(image.getWidth(), image.getHeight(), pixels);
    }

    /** The image's own bytes, if they are those of an {@link RgbImage}. */
    private static byte @Nullable [] shared(BufferedImage image) {
        Raster raster = image.getRaster();
        if (raster.getSampleModel() instanceof PixelInterleavedSampleModel layout
                && raster.getDataBuffer() instanceof DataBufferByte buffer
                && buffer.getNumBanks() == 1
                && layout.getPixelStride() == 3
                && layout.getScanlineStride() == 3 * image.getWidth()
                && Arrays.equals(layout.getBandOffsets(), new int[] {0, 1, 2})
                && image.getColorModel().getColorSpace().getType() == ColorSpace.TYPE_RGB
                && buffer.getData().length == 3L * image.getWidth() * image.getHeight()) {
            return buffer.getData();
        }
        return null;
    }

    private static void indexed(BufferedImage image, IndexColorModel palette, byte[] pixels) {
        int[] argb = new int[palette.getMapSize()];
        palette.getRGBs(argb);
        int[] row = new int[image.getWidth()];
        int p = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            image.getRaster().getSamples(0, y, image.getWidth(), 1, 0, row);
            for (int index : row) {
                p = put(pixels, p, index < argb.length ? argb[index] : 0xFF000000);
            }
        }
    }

    private static void samples(BufferedImage image, byte[] pixels) {
        Raster raster = image.getRaster();
        ColorModel colours = image.getColorModel();
        int bands = raster.getNumBands();
        boolean grey = bands <= 2;
        int alpha = colours.hasAlpha() ? bands - 1 : -1;
        boolean premultiplied = colours.isAlphaPremultiplied();
        int type = raster.getTransferType();
        boolean real = type == DataBuffer.TYPE_FLOAT || type == DataBuffer.TYPE_DOUBLE;
        double[] scale = new double[bands];
        for (int b = 0; b < bands; b++) {
            scale[b] = real ? 255 : 255 / (Math.pow(2, raster.getSampleModel().getSampleSize(b)) - 1);
        }
        boolean bytes = type == DataBuffer.TYPE_BYTE && scale[0] == 1 && scale[bands - 1] == 1;
        int width = image.getWidth();
        int[] whole = new int[bands * width];
        float[] floats = real ? new float[bands * width] : new float[0];
        int p = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            if (real) {
                raster.getPixels(0, y, width, 1, floats);
                for (int i = 0; i < floats.length; i++) {
                    whole[i] = (int) Math.max(0, Math.min(255, Math.rint(floats[i] * 255)));
                }
            } else {
                raster.getPixels(0, y, width, 1, whole);
                if (!bytes) {
                    for (int i = 0; i < whole.length; i++) {
                        whole[i] = (int) (Math.max(0, whole[i]) * scale[i % bands] + 0.5);
                    }
                }
            }
            for (int i = 0; i < whole.length; i += bands) {
                int a = alpha < 0 ? 255 : whole[i + alpha];
                for (int c = 0; c < 3; c++) {
                    int value = whole[grey ? i : i + c];
                    pixels[p++] = (byte) (a == 255 ? value : overWhite(value, a, premultiplied));
                }
            }
        }
    }

    /** Of colours that Java must convert, such as CMYK. */
    private static void converted(BufferedImage image, byte[] pixels) {
        int[] row = new int[image.getWidth()];
        int p = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            image.getRGB(0, y, image.getWidth(), 1, row, 0, image.getWidth());
            for (int argb : row) {
                p = put(pixels, p, argb);
            }
        }
    }

    private static int put(byte[] pixels, int p, int argb) {
        int a = argb >>> 24;
        pixels[p] = (byte) overWhite(argb >> 16 & 0xFF, a, false);
        pixels[p + 1] = (byte) overWhite(argb >> 8 & 0xFF, a, false);
        pixels[p + 2] = (byte) overWhite(argb & 0xFF, a, false);
        return p + 3;
    }

    private static int overWhite(int value, int alpha, boolean premultiplied) {
        return premultiplied
                ? Math.min(WHITE, value + WHITE - alpha)
                : (value * alpha + WHITE * (255 - alpha) + 127) / 255;
    }
}
