package dev.polymath.training.translation;

import java.util.Arrays;
import java.util.List;

/** Examples of like length that go through the model together. Holds no native memory. */
record TranslationBatch(List<Example> rows) {

    /**
     * One sentence in one direction.
     *
     * @param source ids with the target language before and the end after
     * @param target ids with the end after
     */
    record Example(int[] source, int[] target) {
        int tokens() {
            return source.length + target.length;
        }
    }

    int size() {
        return rows.size();
    }

    int sourceWidth() {
        return rows.stream().mapToInt(row -> row.source.length).max().orElse(0);
    }

    int targetWidth() {
        return rows.stream().mapToInt(row -> row.target.length).max().orElse(0);
    }

    /** Words to predict, the ends included. */
    int targetTokens() {
        return rows.stream().mapToInt(row -> row.target.length).sum();
    }

    /** Row-major {@code [size, sourceWidth]}. */
    long[] sources() {
        int width = sourceWidth();
        long[] ids = new long[size() * width];
        for (int row = 0; row < size(); row++) {
            int[] source = rows.get(row).source;
            for (int t = 0; t < source.length; t++) {
                ids[row * width + t] = source[t];
            }
        }
        return ids;
    }

    /** 1 where {@link #sources()} is no padding. */
    long[] mask() {
        int width = sourceWidth();
        long[] mask = new long[size() * width];
        for (int row = 0; row < size(); row++) {
            Arrays.fill(mask, row * width, row * width + rows.get(row).source.length, 1);
        }
        return mask;
    }

    /** What the decoder has read when it must say {@link #labels()}: padding, then the target without its end. */
    long[] prefixes() {
        int width = targetWidth();
        long[] ids = new long[size() * width];
        for (int row = 0; row < size(); row++) {
            int[] target = rows.get(row).target;
            ids[row * width] = Vocabulary.PAD_ID;
            for (int t = 1; t < target.length; t++) {
                ids[row * width + t] = target[t - 1];
            }
        }
        return ids;
    }

    /** Row-major {@code [size, targetWidth]}, padding after the end. */
    long[] labels() {
        int width = targetWidth();
        long[] ids = new long[size() * width];
        for (int row = 0; row < size(); row++) {
            int[] target = rows.get(row).target;
            for (int t = 0; t < target.length; t++) {
                ids[row * width + t] = target[t];
            }
        }
        return ids;
    }

    /** {@code value} at each word of {@link #labels()}, 0 at padding. */
    float[] weights(float value) {
        int width = targetWidth();
        float[] weights = new float[size() * width];
        for (int row = 0; row < size(); row++) {
            Arrays.fill(weights, row * width, row * width + rows.get(row).target.length, value);
        }
        return weights;
    }
}
