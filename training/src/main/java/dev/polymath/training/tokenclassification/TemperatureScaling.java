package dev.polymath.training.tokenclassification;

import java.util.function.DoubleUnaryOperator;

/**
 * Calibration by one number: the temperature by which the logits are divided so that the probabilities fit the data best (Guo et
 * al. 2017, "On Calibration of Modern Neural Networks"). The ranking of the labels stays as it is.
 */
final class TemperatureScaling {
    static final double LOWEST = 0.05;
    static final double HIGHEST = 20;
    private static final double GOLDEN = (Math.sqrt(5) - 1) / 2;

    private TemperatureScaling() {}

    /** The temperature with the least negative log-likelihood, in [{@value #LOWEST}, {@value #HIGHEST}]. */
    static double fit(Predictions predictions) {
        return minimum(predictions::negativeLogLikelihood);
    }

    /** Golden-section search on the logarithm: the likelihood has one minimum in the temperature. */
    static double minimum(DoubleUnaryOperator loss) {
        double low = Math.log(LOWEST);
        double high = Math.log(HIGHEST);
        while (high - low > 1e-4) {
            double left = high - GOLDEN * (high - low);
            double right = low + GOLDEN * (high - low);
            if (loss.applyAsDouble(Math.exp(left)) < loss.applyAsDouble(Math.exp(right))) {
                high = right;
            } else {
                low = left;
            }
        }
        return Math.exp((low + high) / 2);
    }
}
