package dev.polymath.training.translation;

import dev.polymath.training.generation.Targets;
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

    /** What the decoder writes. */
    Targets targets() {
        return new Targets(rows.stream().map(Example::target).toList(), 0);
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
}
