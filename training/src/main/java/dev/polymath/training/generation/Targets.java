package dev.polymath.training.generation;

import java.util.Arrays;
import java.util.List;

/**
 * Texts that a decoder learns to write together. Holds no native memory.
 *
 * @param rows ids with the end after; not empty
 * @param given how many ids of each row the decoder is told: they are read, but need not be predicted
 */
public record Targets(List<int[]> rows, int given) {
    public Targets {
        rows = List.copyOf(rows);
    }

    public int size() {
        return rows.size();
    }

    /** Ids of the longest row. */
    public int width() {
        return rows.stream().mapToInt(row -> row.length).max().orElse(0);
    }

    /** Words to predict, the ends included. */
    public int words() {
        return rows.stream().mapToInt(row -> row.length - given).sum();
    }

    /** What the decoder has read when it must say {@link #labels()}: padding, then the row without its end. */
    public long[] prefixes() {
        int width = width();
        long[] ids = new long[size() * width];
        for (int row = 0; row < size(); row++) {
            int[] target = rows.get(row);
            ids[row * width] = Vocabulary.PAD_ID;
            for (int t = 1; t < target.length; t++) {
                ids[row * width + t] = target[t - 1];
            }
        }
        return ids;
    }

    /** Row-major {@code [size, width]}, padding after the end. */
    public long[] labels() {
        int width = width();
        long[] ids = new long[size() * width];
        for (int row = 0; row < size(); row++) {
            int[] target = rows.get(row);
            for (int t = 0; t < target.length; t++) {
                ids[row * width + t] = target[t];
            }
        }
        return ids;
    }

    /** {@code value} at each word of {@link #labels()} that is to be predicted, 0 elsewhere. */
    public float[] weights(float value) {
        int width = width();
        float[] weights = new float[size() * width];
        for (int row = 0; row < size(); row++) {
            Arrays.fill(weights, row * width + given, row * width + rows.get(row).length, value);
        }
        return weights;
    }
}
