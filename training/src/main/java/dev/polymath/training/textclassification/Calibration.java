package dev.polymath.training.textclassification;

/**
 * How a head's logits become answers.
 *
 * @param temperature by which they are divided before softmax or sigmoid, > 0
 * @param thresholds for multi-label heads the probability from which each label is given, by label id; empty otherwise
 */
record Calibration(double temperature, double[] thresholds) {
    double threshold(int label) {
        return thresholds[label];
    }
}
