package dev.polymath.inference;

import dev.polymath.inference.InferenceException.Kind;

/** Probabilities of calibrated logits (Guo et al. 2017, "On Calibration of Modern Neural Networks"). */
final class Probabilities {
    private Probabilities() {}

    /** Softmax of {@code logits / temperature}, shifted by the largest so that nothing overflows. */
    static void softmax(float[] logits, int from, int size, float temperature, float[] probabilities, int to) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < size; i++) {
            max = Math.max(max, logits[from + i]);
        }
        requireNumber(max);
        double sum = 0;
        for (int i = 0; i < size; i++) {
            double e = Math.exp((logits[from + i] - max) / temperature);
            probabilities[to + i] = (float) e;
            sum += e;
        }
        for (int i = 0; i < size; i++) {
            probabilities[to + i] /= (float) sum;
        }
    }

    /**
     * Logarithm of the sum of the exponentials, which turns logits into log-probabilities when it is subtracted; NaN if one of
     * them is NaN.
     */
    static double logSumExp(float[] logits, int from, int size) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = from; i < from + size; i++) {
            max = Math.max(max, logits[i]);
        }
        if (!Float.isFinite(max)) {
            return max;
        }
        double even = 0;
        double odd = 0;
        int to = from + size;
        int i = from;
        for (; i + 1 < to; i += 2) {
            even += exp(logits[i] - max);
            odd += exp(logits[i + 1] - max);
        }
        if (i < to) {
            even += exp(logits[i] - max);
        }
        return max + Math.log(even + odd);
    }

    /**
     * e^x of x <= 0 with a relative error below 1e-6 where it matters: a vocabulary at each step makes Math.exp half of the
     * time of a small decoder. A power of two by its bits, times a polynomial of what is left.
     */
    private static float exp(float x) {
        if (x < -80) {
            return 0;
        }
        float binary = x * 1.44269504f;
        int whole = (int) (binary - 0.5f);
        float y = (binary - whole) * 0.693147181f;
        float polynomial = 0.00138888889f;
        polynomial = polynomial * y + 0.00833333333f;
        polynomial = polynomial * y + 0.0416666667f;
        polynomial = polynomial * y + 0.166666667f;
        polynomial = polynomial * y + 0.5f;
        polynomial = polynomial * y + 1;
        polynomial = polynomial * y + 1;
        return Float.intBitsToFloat((whole + 127) << 23) * polynomial;
    }

    /** Sigmoid of {@code logit / temperature}. */
    static float sigmoid(float logit, float temperature) {
        requireNumber(logit);
        return (float) (1 / (1 + Math.exp(-logit / temperature)));
    }

    /** {@code polymath.temperature} of serving.properties, by which the logits of a model are divided; 1 by default. */
    static float temperature(ModelDirectory model) {
        String value = model.property("polymath.temperature", "1");
        try {
            float temperature = Float.parseFloat(value);
            if (temperature > 0 && Float.isFinite(temperature)) {
                return temperature;
            }
        } catch (NumberFormatException e) {
            // the same message
        }
        throw new InferenceException(
                Kind.MODEL_NOT_READY, model + ": polymath.temperature: " + value + " (expected: a number > 0)");
    }

    /** Of the model: NaN, or an infinity that makes one. */
    static void requireNumber(float value) {
        if (!Float.isFinite(value)) {
            throw new InferenceException(Kind.ENGINE_FAILURE, "the output of the model is not a number");
        }
    }
}
