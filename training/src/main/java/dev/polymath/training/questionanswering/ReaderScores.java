package dev.polymath.training.questionanswering;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How well questions are answered.
 *
 * @param answered questions that the text answers
 * @param unanswered questions that it does not
 * @param exactMatch share of the answered questions whose best span is an answer, as SQuAD counts
 * @param f1 mean F1 of the best span over the answered questions, as SQuAD counts
 * @param noAnswerAuroc probability that an unanswered question has a higher probability of "no answer" than an answered one; NaN
 *     without unanswered questions
 * @param noAnswerAccuracy mean of the shares of answered and of unanswered questions for which the probability of "no answer" is
 *     on the right side of 0.5; NaN likewise
 * @param calibrationError expected calibration error of the best span's probability to be exactly right over all questions (Guo
 *     et al. 2017, in ten bins)
 */
record ReaderScores(
        int answered,
        int unanswered,
        double exactMatch,
        double f1,
        double noAnswerAuroc,
        double noAnswerAccuracy,
        double calibrationError) {
    private static final int BINS = 10;

    /**
     * What became of one question.
     *
     * @param answerable whether the text answers it
     * @param exactMatch whether the best span is an answer
     * @param f1 of the best span
     * @param probability of the best span
     * @param noAnswer probability of "no answer"
     */
    record Outcome(boolean answerable, boolean exactMatch, double f1, double probability, double noAnswer) {}

    static ReaderScores of(List<Outcome> outcomes) {
        List<Outcome> answered = outcomes.stream().filter(Outcome::answerable).toList();
        List<Outcome> unanswered =
                outcomes.stream().filter(outcome -> !outcome.answerable()).toList();
        return new ReaderScores(
                answered.size(),
                unanswered.size(),
                answered.stream()
                        .mapToDouble(outcome -> outcome.exactMatch() ? 1 : 0)
                        .average()
                        .orElse(0),
                answered.stream().mapToDouble(Outcome::f1).average().orElse(0),
                auroc(answered, unanswered),
                (share(answered, false) + share(unanswered, true)) / 2,
                calibrationError(outcomes));
    }

    private static double share(List<Outcome> outcomes, boolean none) {
        return outcomes.stream()
                .mapToDouble(outcome -> (outcome.noAnswer() >= 0.5) == none ? 1 : 0)
                .average()
                .orElse(Double.NaN);
    }

    /** The rank-sum statistic of Mann and Whitney; ties count half. */
    private static double auroc(List<Outcome> answered, List<Outcome> unanswered) {
        List<Outcome> all = new ArrayList<>(answered);
        all.addAll(unanswered);
        all.sort(Comparator.comparingDouble(Outcome::noAnswer));
        double rankSum = 0;
        for (int from = 0; from < all.size(); ) {
            int to = from;
            while (to < all.size() && all.get(to).noAnswer() == all.get(from).noAnswer()) {
                to++;
            }
            for (Outcome outcome : all.subList(from, to)) {
                rankSum += outcome.answerable() ? 0 : (from + 1 + to) / 2.0;
            }
            from = to;
        }
        double n = unanswered.size();
        return (rankSum - n * (n + 1) / 2) / (n * answered.size());
    }

    private static double calibrationError(List<Outcome> outcomes) {
        double[] confidence = new double[BINS];
        double[] right = new double[BINS];
        for (Outcome outcome : outcomes) {
            int bin = Math.min(BINS - 1, (int) (outcome.probability() * BINS));
            confidence[bin] += outcome.probability();
            right[bin] += outcome.exactMatch() ? 1 : 0;
        }
        double error = 0;
        for (int bin = 0; bin < BINS; bin++) {
            error += Math.abs(confidence[bin] - right[bin]) / outcomes.size();
        }
        return error;
    }

    /** For a log. */
    SortedMap<String, Double> figures() {
        SortedMap<String, Double> figures = new TreeMap<>();
        figures.put("exact-match", exactMatch);
        figures.put("f1", f1);
        figures.put("calibration-error", calibrationError);
        if (unanswered > 0) {
            figures.put("no-answer/auroc", noAnswerAuroc);
            figures.put("no-answer/accuracy", noAnswerAccuracy);
        }
        return figures;
    }

    /** A Markdown table of one row. */
    String toMarkdown() {
        return String.format(
                Locale.ROOT,
                "| questions | exact match | F1 | without an answer | AUROC of \"no answer\" | accuracy at 0.5 |"
                        + " calibration error |%n|---|---|---|---|---|---|---|%n"
                        + "| %d | %.3f | %.3f | %d | %.3f | %.3f | %.3f |%n",
                answered,
                exactMatch,
                f1,
                unanswered,
                noAnswerAuroc,
                noAnswerAccuracy,
                calibrationError);
    }
}
