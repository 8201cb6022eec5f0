package dev.polymath.benchmarks;

import java.util.ArrayList;
import java.util.List;

/**
 * How often a classifier is right, and whether it knows.
 *
 * @param top1 share of texts whose first class is right
 * @param top5 share of texts with the right class among the first five
 * @param calibrationError expected calibration error of the first class's confidence in ten bins of equal width (Guo et al.
 *     2017)
 */
record ConfidenceScores(double top1, double top5, double calibrationError) {
    private static final int BINS = 10;

    /**
     * What was answered about one text.
     *
     * @param rank of the right class, from 0; -1 if it is not among the classes
     * @param confidence of the first class
     */
    record Answer(int rank, double confidence) {}

    static ConfidenceScores of(List<Answer> answers) {
        List<List<Answer>> bins = new ArrayList<>();
        for (int i = 0; i < BINS; i++) {
            bins.add(new ArrayList<>());
        }
        answers.forEach(answer ->
                bins.get(Math.min(BINS - 1, (int) (answer.confidence() * BINS))).add(answer));
        double error = bins.stream()
                .mapToDouble(bin ->
                        Math.abs(bin.stream().mapToDouble(Answer::confidence).sum() - within(bin, 1)))
                .sum();
        double size = Math.max(1, answers.size());
        return new ConfidenceScores(within(answers, 1) / size, within(answers, 5) / size, error / size);
    }

    private static long within(List<Answer> answers, int ranks) {
        return answers.stream()
                .filter(answer -> answer.rank() >= 0 && answer.rank() < ranks)
                .count();
    }
}
