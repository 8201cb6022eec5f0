package dev.polymath.textanalytics.corpus;

/**
 * A vector of length 1 in a quarter of the memory: one signed byte per dimension, scaled to the largest. Cosines are right
 * to about 0.005.
 *
 * @param values its direction
 * @param factor what makes their length 1
 */
record QuantizedVector(byte[] values, float factor) {
    /** @throws IllegalArgumentException if a value is not finite or all are 0 */
    static QuantizedVector of(float[] vector) {
        float largest = 0;
        for (float value : vector) {
            if (!Float.isFinite(value)) {
                throw new IllegalArgumentException("vector: " + value + " (expected: finite)");
            }
            largest = Math.max(largest, Math.abs(value));
        }
        if (largest == 0) {
            throw new IllegalArgumentException("vector: " + vector.length + " zeros (expected: a direction)");
        }
        byte[] values = new byte[vector.length];
        long squares = 0;
        for (int i = 0; i < values.length; i++) {
            values[i] = (byte) Math.round(vector[i] / largest * Byte.MAX_VALUE);
            squares += values[i] * values[i];
        }
        return new QuantizedVector(values, (float) (1 / Math.sqrt(squares)));
    }

    float[] toFloats() {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values[i] * factor;
        }
        return floats;
    }

    /** The cosine, if {@code unit} has length 1. */
    float cosine(float[] unit) {
        // Four sums, as one would make each addition wait for the one before.
        float a = 0;
        float b = 0;
        float c = 0;
        float d = 0;
        int i = 0;
        for (; i + 3 < values.length; i += 4) {
            a += values[i] * unit[i];
            b += values[i + 1] * unit[i + 1];
            c += values[i + 2] * unit[i + 2];
            d += values[i + 3] * unit[i + 3];
        }
        for (; i < values.length; i++) {
            a += values[i] * unit[i];
        }
        return (a + b + c + d) * factor;
    }

    void addTo(float[] sum) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += values[i] * factor;
        }
    }
}
