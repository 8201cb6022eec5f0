package dev.polymath.textanalytics;

/**
 * The mood of a text.
 *
 * @param label which
 * @param positive probability in [0, 1]; the three sum to 1
 * @param negative probability
 * @param neutral probability
 */
public record Sentiment(Label label, double positive, double negative, double neutral) {
    /** Which mood. */
    public enum Label {
        POSITIVE,
        NEGATIVE,
        NEUTRAL,
        /** Positive and negative in different sentences; documents only. */
        MIXED
    }

    /** Of a sentence: the most probable label; neutral if it is as probable as another. */
    static Sentiment of(double positive, double negative, double neutral) {
        Label label = neutral >= Math.max(positive, negative)
                ? Label.NEUTRAL
                : positive >= negative ? Label.POSITIVE : Label.NEGATIVE;
        return new Sentiment(label, positive, negative, neutral);
    }

    /** The probability of the label, which must not be MIXED. */
    double confidence() {
        return switch (label) {
            case POSITIVE -> positive;
            case NEGATIVE -> negative;
            case NEUTRAL -> neutral;
            case MIXED -> throw new IllegalStateException("MIXED has no probability");
        };
    }
}
