package dev.polymath.training.textclassification;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a run has to do with.
 *
 * @param heads in the order of the model's outputs
 * @param train what is trained on
 * @param dev what chooses weights, temperature and thresholds
 * @param test what decides nothing
 */
record ClassifierData(List<Head> heads, List<TrainingTexts.Source> train, List<HeldOutSet> dev, List<HeldOutSet> test) {

    /**
     * Texts that are not trained on.
     *
     * @param head index of the head that they ask
     */
    record HeldOutSet(String name, int head, List<LabelledText> texts) {}

    /** Per head the share of its training texts that has each label, smoothed: never 0 or 1. */
    List<double[]> frequencies() {
        List<double[]> frequencies = new ArrayList<>();
        for (int head = 0; head < heads.size(); head++) {
            double[] counts = new double[heads.get(head).labels().size()];
            Arrays.fill(counts, 0.5);
            double total = 1;
            for (TrainingTexts.Source source : train) {
                if (source.head() == head) {
                    total += source.weight() * source.texts().size();
                    for (LabelledText text : source.texts()) {
                        for (int label : heads.get(head).ids(text.labels())) {
                            counts[label] += source.weight();
                        }
                    }
                }
            }
            for (int label = 0; label < counts.length; label++) {
                counts[label] = Math.min(counts[label] / total, 1 - 0.5 / total);
            }
            frequencies.add(counts);
        }
        return frequencies;
    }
}
