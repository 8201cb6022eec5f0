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
     * Logarithm of the sum of the exponentials, which turns logits into log-probabilities when it is subtracted, to about
     * 1e-5; not finite if one of them is NaN or infinite above. With {@link Math#exp} a vocabulary at each step would take a
     * third of the time of a small decoder: the loops are such that the compiler makes vector instructions of them, which it
     * does if all arrays have the same index.
     *
     * @param scratch at least {@code size} values, overwritten
     */
    static double logSumExp(float[] logits, int from, int size, float[] scratch) {
        System.arraycopy(logits, from, scratch, 0, size);
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < size; i++) {
            max = Math.max(max, scratch[i]);
        }
        if (!Float.isFinite(max)) {
            return max;
        }
        // e^x is the 64th power of e^(x/64), which is near enough to 1 for the first terms of its series: to 1e-5 down
        // to
        // x = -16, and below that still nothing beside e^0.
        for (int i = 0; i < size; i++) {
            float y = Math.max(scratch[i] - max, -64f) * (1 / 64f);
            float e = 1 + y * (1 + y * (1 / 2f + y * (1 / 6f + y * (1 / 24f + y * (1 / 120f)))));
            e = e * e;
            e = e * e;
            e = e * e;
            e = e * e;
            e = e * e;
            scratch[i] = e * e;
        }
        double sum0 = 0;
        double sum1 = 0;
        double sum2 = 0;
        double sum3 = 0;
        int i = 0;
        for (; i + 3 < size; i += 4) {
            sum0 += scratch[i];
            sum1 += scratch[i + 1];
            sum2 += scratch[i + 2];
            sum3 += scratch[i + 3];
        }
        for (; i < size; i++) {
            sum0 += scratch[i];
        }
        return max + Math.log(sum0 + sum1 + sum2 + sum3);
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
