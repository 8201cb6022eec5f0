package dev.polymath.training.encoder;

import java.util.function.DoubleUnaryOperator;

/**
 * Calibration by one number: the temperature by which the logits are divided so that the probabilities fit the data best (Guo et
 * al. 2017, "On Calibration of Modern Neural Networks"). The ranking of the labels stays as it is.
 */
public final class TemperatureScaling {
    public static final double LOWEST = 0.05;
    public static final double HIGHEST = 20;
    private static final double GOLDEN = (Math.sqrt(5) - 1) / 2;

    private TemperatureScaling() {}

    /**
     * The temperature with the least loss, in [{@value #LOWEST}, {@value #HIGHEST}].
     *
     * @param negativeLogLikelihood as a function of the temperature; it has one minimum, found by golden-section search on the
     *     logarithm
     */
    public static double fit(DoubleUnaryOperator negativeLogLikelihood) {
        double low = Math.log(LOWEST);
        double high = Math.log(HIGHEST);
        while (high - low > 1e-4) {
            double left = high - GOLDEN * (high - low);
            double right = low + GOLDEN * (high - low);
            if (negativeLogLikelihood.applyAsDouble(Math.exp(left))
                    < negativeLogLikelihood.applyAsDouble(Math.exp(right))) {
                high = right;
            } else {
                low = left;
            }
        }
        return Math.exp((low + high) / 2);
    }
}
