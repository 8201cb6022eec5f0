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
