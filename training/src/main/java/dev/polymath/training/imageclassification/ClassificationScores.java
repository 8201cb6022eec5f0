package dev.polymath.training.imageclassification;

import dev.polymath.training.encoder.TemperatureScaling;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** How well a classifier does on a set: accuracy, per label, and which label is taken for which. */
final class ClassificationScores {
    private static final int TOP = 5;
    private static final int CONFUSIONS = 10;

    private final List<String> labels;
    private final List<String> gold = new ArrayList<>();
    private final List<float[]> logits = new ArrayList<>();

    /** @param labels of the classifier by id */
    ClassificationScores(List<String> labels) {
        this.labels = labels;
    }

    /** Counts a picture. */
    void add(String label, float[] logitsOfPicture) {
        gold.add(label);
        logits.add(logitsOfPicture);
    }

    int size() {
        return gold.size();
    }

    /** Share of pictures whose label has the highest logit. */
    double top1() {
        return top(1);
    }

    /** Share of pictures whose label is among the five with the highest logits. */
    double top5() {
        return top(TOP);
    }

    private double top(int count) {
        int right = 0;
        for (int i = 0; i < gold.size(); i++) {
            int id = labels.indexOf(gold.get(i));
            int better = 0;
            for (int other = 0; other < labels.size(); other++) {
                better += other != id && logits.get(i)[other] >= logits.get(i)[id] ? 1 : 0;
            }
            right += better < count ? 1 : 0;
        }
        return (double) right / Math.max(1, gold.size());
    }

    /** Mean of the negative logarithm of the label's probability when logits are divided by a temperature. */
    double negativeLogLikelihood(double temperature) {
        double sum = 0;
        for (int i = 0; i < gold.size(); i++) {
            float[] row = logits.get(i);
            double max = Double.NEGATIVE_INFINITY;
            for (float value : row) {
                max = Math.max(max, value / temperature);
            }
            double total = 0;
            for (float value : row) {
                total += Math.exp(value / temperature - max);
            }
            sum += Math.log(total) + max - row[labels.indexOf(gold.get(i))] / temperature;
        }
        return sum / Math.max(1, gold.size());
    }

    /** The temperature that makes probabilities of the logits of this set. */
    double fitTemperature() {
        return TemperatureScaling.fit(this::negativeLogLikelihood);
    }

    /** Accuracy, the accuracy of each label, and the most frequent confusions. */
    String toMarkdown() {
        Map<String, int[]> counts = new TreeMap<>();
        Map<String, Integer> confusions = new TreeMap<>();
        for (int i = 0; i < gold.size(); i++) {
            String answer = answer(i);
            int[] count = counts.computeIfAbsent(gold.get(i), key -> new int[2]);
            count[0]++;
            if (answer.equals(gold.get(i))) {
                count[1]++;
            } else {
                confusions.merge(gold.get(i) + " taken for " + answer, 1, Integer::sum);
            }
        }
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%,d pictures, top-1 accuracy %.3f, top-5 accuracy %.3f%n%n| label | pictures | right |%n|---|---|---|%n",
                size(),
                top1(),
                top5()));
        counts.forEach((label, count) -> text.append(
                String.format(Locale.ROOT, "| %s | %,d | %.3f |%n", label, count[0], (double) count[1] / count[0])));
        if (!confusions.isEmpty()) {
            text.append("\nMost frequent confusions: ")
                    .append(String.join(
                            ", ",
                            confusions.entrySet().stream()
                                    .sorted(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder()))
                                    .limit(CONFUSIONS)
                                    .map(entry -> entry.getKey() + " (" + entry.getValue() + ")")
                                    .toList()))
                    .append(".\n");
        }
        return text.toString();
    }

    private String answer(int picture) {
        float[] row = logits.get(picture);
        int best = 0;
        for (int id = 1; id < row.length; id++) {
            best = row[id] > row[best] ? id : best;
        }
        return labels.get(best);
    }
}
