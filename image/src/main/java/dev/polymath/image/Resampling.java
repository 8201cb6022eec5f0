package dev.polymath.image;

import java.util.Arrays;

/**
 * Resizing as Pillow's BILINEAR does it, on which models of Hugging Face are used: a triangle over the pixels, two wide where
 * an image grows, and as much wider as it shrinks, so that nothing is left out. Pixels are centred on halves.
 */
final class Resampling {
    /** Pixels are averaged in squares first if that leaves so many of them, in each direction, for a new one. */
    private static final int LEFT_BY_BOX = 3;

    private Resampling() {}

    /** Weights of the pixels from {@code first[i]} on for each new pixel; {@code taps} of them, the last ones may be 0. */
    private record Axis(int[] first, float[] weights, int taps) {
        /**
         * Of one direction.
         *
         * @param size pixels that there are
         * @param from where the part begins that is resized
         * @param length of the part, in pixels that there are
         * @param wanted new pixels
         */
        static Axis of(int size, double from, double length, int wanted) {
            double scale = length / wanted;
            double support = Math.max(1, scale);
            int taps = Math.min(size, (int) Math.ceil(2 * support) + 1);
            int[] first = new int[wanted];
            float[] weights = new float[wanted * taps];
            double[] row = new double[taps];
            for (int i = 0; i < wanted; i++) {
                double centre = from + (i + 0.5) * scale;
                int begin = (int) Math.floor(centre - support + 0.5);
                begin = Math.max(0, Math.min(begin, size - taps));
                double sum = 0;
                for (int t = 0; t < taps; t++) {
                    row[t] = Math.max(0, 1 - Math.abs(begin + t + 0.5 - centre) / support);
                    sum += row[t];
                }
                first[i] = begin;
                for (int t = 0; t < taps; t++) {
                    weights[i * taps + t] = (float) (row[t] / sum);
                }
            }
            return new Axis(first, weights, taps);
        }
    }

    /** Where resized pixels go. */
    @FunctionalInterface
    interface Rows {
        /** Takes a row; {@code rgb} has three values, 0 to 255, for each pixel and is used again for the next one. */
        void row(int y, float[] rgb);
    }

    /** Resizes a part of an image to so many pixels. */
    static void resize(
            RgbImage image,
            double left,
            double top,
            double partWidth,
            double partHeight,
            int width,
            int height,
            Rows to) {
        int box = (int) (Math.min(partWidth / width, partHeight / height) / LEFT_BY_BOX);
        if (box >= 2) {
            resize(averaged(image, box), left / box, top / box, partWidth / box, partHeight / box, width, height, to);
            return;
        }
        Axis columns = Axis.of(image.width(), left, partWidth, width);
        Axis rows = Axis.of(image.height(), top, partHeight, height);
        byte[] pixels = image.pixels();
        int stride = 3 * image.width();
        float[] tall = new float[stride];
        float[] row = new float[3 * width];
        for (int y = 0; y < height; y++) {
            down(pixels, stride, rows, y, tall);
            across(tall, columns, row);
            to.row(y, row);
        }
    }

    private static void down(byte[] pixels, int stride, Axis rows, int y, float[] tall) {
        boolean empty = true;
        for (int t = 0; t < rows.taps(); t++) {
            float weight = rows.weights()[y * rows.taps() + t];
            if (weight == 0) {
                continue;
            }
            int from = (rows.first()[y] + t) * stride;
            if (empty) {
                for (int i = 0; i < stride; i++) {
                    tall[i] = weight * (pixels[from + i] & 0xFF);
                }
                empty = false;
            } else {
                for (int i = 0; i < stride; i++) {
                    tall[i] += weight * (pixels[from + i] & 0xFF);
                }
            }
        }
    }

    private static void across(float[] tall, Axis columns, float[] row) {
        int taps = columns.taps();
        float[] weights = columns.weights();
        int p = 0;
        for (int x = 0; x < columns.first().length; x++, p += 3) {
            int from = 3 * columns.first()[x];
            float red = 0;
            float green = 0;
            float blue = 0;
            for (int w = x * taps; w < (x + 1) * taps; w++, from += 3) {
                float weight = weights[w];
                red += weight * tall[from];
                green += weight * tall[from + 1];
                blue += weight * tall[from + 2];
            }
            row[p] = red;
            row[p + 1] = green;
            row[p + 2] = blue;
        }
    }

    /** Squares of pixels as one; those of the last row and column may be smaller. */
    private static RgbImage averaged(RgbImage image, int box) {
        int width = (image.width() + box - 1) / box;
        int height = (image.height() + box - 1) / box;
        byte[] from = image.pixels();
        byte[] to = new byte[3 * width * height];
        int[] sums = new int[3 * width];
        for (int y = 0; y < height; y++) {
            Arrays.fill(sums, 0);
            int last = Math.min(image.height(), (y + 1) * box);
            for (int row = y * box; row < last; row++) {
                addAcross(from, 3 * row * image.width(), image.width(), box, sums);
            }
            int rows = last - y * box;
            for (int x = 0; x < width; x++) {
                int count = rows * Math.min(box, image.width() - x * box);
                for (int c = 0; c < 3; c++) {
                    to[3 * (y * width + x) + c] = (byte) ((sums[3 * x + c] + count / 2) / count);
                }
            }
        }
        return new RgbImage(width, height, to);
    }

    private static void addAcross(byte[] from, int begin, int width, int box, int[] sums) {
        int f = begin;
        int end = begin + 3 * width;
        for (int s = 0; s < sums.length; s += 3) {
            int red = 0;
            int green = 0;
            int blue = 0;
            int stop = Math.min(end, f + 3 * box);
            for (; f < stop; f += 3) {
                red += from[f] & 0xFF;
                green += from[f + 1] & 0xFF;
                blue += from[f + 2] & 0xFF;
            }
            sums[s] += red;
            sums[s + 1] += green;
            sums[s + 2] += blue;
        }
    }
}
