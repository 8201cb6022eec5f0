package dev.polymath.training.textclassification;

import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * Rewrites a text as other people would have typed it. All probabilities are in [0, 1], the first two together at most 1.
 *
 * @param lower probability that the text becomes lower case
 * @param upper probability that it becomes upper case
 * @param dropFinal probability that punctuation at the end goes
 */
record TypingNoise(double lower, double upper, double dropFinal) {
    private static final Pattern FINAL_PUNCTUATION = Pattern.compile("[\\s\\p{P}]+$");

    TypingNoise {
        requireProbability("lower", lower);
        requireProbability("upper", upper);
        requireProbability("lower + upper", lower + upper);
        requireProbability("drop-final", dropFinal);
    }

    private static void requireProbability(String name, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException("noise " + name + ": " + value + " (expected: >= 0 and <= 1)");
        }
    }

    /** The text, changed or not; never empty. Draws the same number of random values for every text. */
    String apply(String text, RandomGenerator random) {
        double casing = random.nextDouble();
        boolean withoutFinal = random.nextDouble() < dropFinal;
        String result = withoutFinal ? FINAL_PUNCTUATION.matcher(text).replaceFirst("") : text;
        if (result.isEmpty()) {
            result = text;
        }
        if (casing < lower) {
            return result.toLowerCase(Locale.ROOT);
        }
        return casing < lower + upper ? result.toUpperCase(Locale.ROOT) : result;
    }
}
