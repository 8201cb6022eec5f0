package dev.polymath.training.textclassification;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What was measured on one data set.
 *
 * @param multiLabel whether the labels were chosen by thresholds
 * @param accuracyAmongOccurring accuracy when only the labels that occur in the set are chosen from; the accuracy itself where all
 *     occur, and for multi-label heads
 * @param negativeLogLikelihood with the calibration's temperature
 * @param errorUncalibrated expected calibration error at temperature 1
 * @param errorCalibrated and at the calibration's
 */
record SetScores(
        boolean multiLabel,
        LabelScores scores,
        double accuracyAmongOccurring,
        double negativeLogLikelihood,
        double errorUncalibrated,
        double errorCalibrated) {
    private static final int MOST_CONFUSIONS = 10;

    static SetScores of(Predictions predictions, Calibration calibration) {
        boolean multiLabel = predictions.head().multiLabel();
        LabelScores scores = predictions.scores(calibration);
        return new SetScores(
                multiLabel,
                scores,
                multiLabel || predictions.hasAllLabels() ? scores.accuracy() : predictions.accuracyAmongOccurring(),
                predictions.negativeLogLikelihood(calibration.temperature()),
                predictions.calibrationError(1),
                predictions.calibrationError(calibration.temperature()));
    }

    /** What chooses the best weights: accuracy of a single label, macro-F1 of several. */
    double score() {
        return multiLabel ? scores.macroF1() : scores.accuracy();
    }

    /** Over all labels, by name; accuracy among those that occur. */
    Map<String, Double> figures() {
        Map<String, Double> figures =
                new TreeMap<>(Map.of("accuracy", accuracyAmongOccurring, "macro-f1", scores.macroF1()));
        if (multiLabel) {
            figures.put("micro-f1", scores.microF1());
        }
        return figures;
    }

    String toMarkdown() {
        StringBuilder text = new StringBuilder();
        text.append(String.format(
                Locale.ROOT,
                "%s %.4f%s, macro-F1 %.4f%s, expected calibration error %.4f%s, %,d texts%n%n",
                multiLabel ? "all labels right" : "accuracy",
                scores.accuracy(),
                accuracyAmongOccurring == scores.accuracy()
                        ? ""
                        : String.format(
                                Locale.ROOT, " (%.4f among the labels that occur in the set)", accuracyAmongOccurring),
                scores.macroF1(),
                multiLabel ? String.format(Locale.ROOT, ", micro-F1 %.4f", scores.microF1()) : "",
                errorCalibrated,
                errorUncalibrated == errorCalibrated
                        ? ""
                        : String.format(Locale.ROOT, " (%.4f before calibration)", errorUncalibrated),
                scores.texts()));
        text.append(scores.toMarkdown());
        List<LabelScores.Confusion> confusions = scores.confusions();
        if (!confusions.isEmpty()) {
            text.append("\nMost confused: ")
                    .append(String.join(
                            "; ",
                            confusions.stream()
                                    .limit(MOST_CONFUSIONS)
                                    .map(pair -> pair.gold() + " taken for " + pair.predicted() + " " + pair.times())
                                    .toList()))
                    .append(".\n");
        }
        return text.toString();
    }
}
