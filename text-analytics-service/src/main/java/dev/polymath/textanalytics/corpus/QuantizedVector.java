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

    /** At length 1. Where a vector is needed more than once it is worth keeping: this takes longer than a product. */
    float[] toFloats() {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values[i] * factor;
        }
        return floats;
    }

    /** Of two vectors of length 1 the cosine. */
    static float dot(float[] left, float[] right) {
        // Four sums, as one would make each addition wait for the one before.
        float a = 0;
        float b = 0;
        float c = 0;
        float d = 0;
        int i = 0;
        for (; i + 3 < left.length; i += 4) {
            a += left[i] * right[i];
            b += left[i + 1] * right[i + 1];
            c += left[i + 2] * right[i + 2];
            d += left[i + 3] * right[i + 3];
        }
        for (; i < left.length; i++) {
            a += left[i] * right[i];
        }
        return a + b + c + d;
    }
}
