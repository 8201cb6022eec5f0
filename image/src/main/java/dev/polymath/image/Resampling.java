package dev.polymath.image;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Resizing as Pillow's BILINEAR does it, on which models of Hugging Face are used: a triangle over the pixels, two wide where
 * an image grows, and as much wider as it shrinks, so that nothing is left out. Pixels are centred on halves.
 */
final class Resampling {
    /** Of which the sums of sums of bytes have room in 16 bits. */
    private static final int ROWS_AT_ONCE = 22;

    private static final long EVERY_SECOND_BYTE = 0x00FF00FF_00FF00FFL;
    private static final VarHandle EIGHT_BYTES =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private Resampling() {}

    /** Weights of the columns from {@code first[i]} on for each new one; {@code taps} of them, the last ones may be 0. */
    private record Columns(int[] first, float[] weights, int taps) {
        /**
         * Of a part of an image.
         *
         * @param size columns that there are
         * @param from where the part begins that is resized
         * @param length of the part, in columns that there are
         * @param wanted new columns
         */
        static Columns of(int size, double from, double length, int wanted) {
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
            return new Columns(first, weights, taps);
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
        Columns columns = Columns.of(image.width(), left, partWidth, width);
        float[] tall = new float[3 * image.width()];
        float[] row = new float[3 * width];
        double scale = partHeight / height;
        double support = Math.max(1, scale);
        Band above = new Band(image);
        Band below = new Band(image);
        for (int y = 0; y < height; y++) {
            // in rows of the image, of which the first has its centre at 0
            double centre = top + (y + 0.5) * scale - 0.5;
            int middle = (int) Math.ceil(centre);
            above.read((int) Math.ceil(centre - support), middle);
            below.read(middle, (int) Math.ceil(centre + support));
            down(above, below, centre, support, tall);
            across(tall, columns, row);
            to.row(y, row);
            // mostly the rows below this one are those above the next
            Band read = below;
            below = above;
            above = read;
        }
    }

    /**
     * Some rows of an image, added up column by column in two ways, of which any sum with weights that are linear in the number
     * of the row can be had.
     */
    private static final class Band {
        private final byte[] pixels;
        private final int stride;
        private final int height;
        private int begin;
        private int end;

        /** Of each column. */
        final float[] sums;

        /** Of each column, the sum of what {@link #sums} was after each row: the last row once, the one above it twice, ... */
        final float[] sumsOfSums;

        Band(RgbImage image) {
            pixels = image.pixels();
            stride = 3 * image.width();
            height = image.height();
            sums = new float[stride];
            sumsOfSums = new float[stride];
        }

        int rows() {
            return end - begin;
        }

        int end() {
            return end;
        }

        /** Takes those of these rows that there are. */
        void read(int from, int to) {
            int first = Math.max(from, 0);
            int last = Math.max(first, Math.min(to, height));
            if (first == begin && last == end) {
                return;
            }
            begin = first;
            end = last;
            Arrays.fill(sums, 0);
            Arrays.fill(sumsOfSums, 0);
            for (int row = begin; row < end; row += ROWS_AT_ONCE) {
                add(row, Math.min(ROWS_AT_ONCE, end - row));
            }
        }

        private void add(int first, int rows) {
            int from = first * stride;
            int to = from + rows * stride;
            int i = 0;
            for (; i <= stride - Long.BYTES; i += Long.BYTES) {
                // four numbers of 16 bits in each
                long even = 0;
                long odd = 0;
                long evenSums = 0;
                long oddSums = 0;
                for (int at = from + i; at < to; at += stride) {
                    long bytes = (long) EIGHT_BYTES.get(pixels, at);
                    even += bytes & EVERY_SECOND_BYTE;
                    odd += bytes >>> 8 & EVERY_SECOND_BYTE;
                    evenSums += even;
                    oddSums += odd;
                }
                for (int lane = 0; lane < Long.BYTES; lane += 2) {
                    add(i + lane, rows, (int) even & 0xFFFF, (int) evenSums & 0xFFFF);
                    add(i + lane + 1, rows, (int) odd & 0xFFFF, (int) oddSums & 0xFFFF);
                    even >>>= 16;
                    odd >>>= 16;
                    evenSums >>>= 16;
                    oddSums >>>= 16;
                }
            }
            for (; i < stride; i++) {
                int sum = 0;
                int sumOfSums = 0;
                for (int at = from + i; at < to; at += stride) {
                    sum += pixels[at] & 0xFF;
                    sumOfSums += sum;
                }
                add(i, rows, sum, sumOfSums);
            }
        }

        private void add(int column, int rows, int sum, int sumOfSums) {
            sumsOfSums[column] += rows * sums[column] + sumOfSums;
            sums[column] += sum;
        }
    }

    /** A new row: the weights rise through the band above its centre and fall through the band below. */
    private static void down(Band above, Band below, double centre, double support, float[] tall) {
        double slope = 1 / support;
        double rising = 1 - (centre - above.end()) * slope;
        double falling = 1 + (centre - below.end()) * slope;
        double sum = rising * above.rows()
                + falling * below.rows()
                + slope * (triangular(below.rows()) - triangular(above.rows()));
        float a = (float) (rising / sum);
        float b = (float) (falling / sum);
        float c = (float) (slope / sum);
        float[] aboveSums = above.sums;
        float[] belowSums = below.sums;
        float[] aboveSumsOfSums = above.sumsOfSums;
        float[] belowSumsOfSums = below.sumsOfSums;
        for (int i = 0; i < tall.length; i++) {
            tall[i] = a * aboveSums[i] + b * belowSums[i] + c * (belowSumsOfSums[i] - aboveSumsOfSums[i]);
        }
    }

    private static int triangular(int rows) {
        return rows * (rows + 1) / 2;
    }

    private static void across(float[] tall, Columns columns, float[] row) {
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
}
