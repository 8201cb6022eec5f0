package dev.polymath.training.textclassification;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * How well predicted labels agree with those of the data.
 *
 * @param counts per label
 * @param accuracy share of the texts whose labels are all right, in [0, 1]
 * @param texts how many there were
 * @param confusions for single labels how often each label was taken for another, most often first
 */
record LabelScores(List<Counts> counts, double accuracy, int texts, List<Confusion> confusions) {

    /**
     * @param right texts that have the label and were given it
     * @param predicted texts that were given it
     * @param gold texts that have it
     */
    record Counts(String label, long right, long predicted, long gold) {
        double precision() {
            return predicted == 0 ? 0 : (double) right / predicted;
        }

        double recall() {
            return gold == 0 ? 0 : (double) right / gold;
        }

        double f1() {
            return predicted + gold == 0 ? 0 : 2.0 * right / (predicted + gold);
        }
    }

    /** A label that was taken for another. */
    record Confusion(String gold, String predicted, long times) {}

    /** @param gold ids of the labels of each text, ascending; {@code predicted} likewise */
    static LabelScores of(List<String> labels, List<int[]> gold, List<int[]> predicted) {
        long[] right = new long[labels.size()];
        long[] given = new long[labels.size()];
        long[] wanted = new long[labels.size()];
        int exact = 0;
        Map<List<String>, Long> confused = new TreeMap<>(Comparator.comparing(Object::toString));
        for (int i = 0; i < gold.size(); i++) {
            int[] is = gold.get(i);
            int[] said = predicted.get(i);
            for (int label : is) {
                wanted[label]++;
                right[label] += Arrays.binarySearch(said, label) >= 0 ? 1 : 0;
            }
            for (int label : said) {
                given[label]++;
            }
            if (Arrays.equals(is, said)) {
                exact++;
            } else if (is.length == 1 && said.length == 1) {
                confused.merge(List.of(labels.get(is[0]), labels.get(said[0])), 1L, Long::sum);
            }
        }
        List<Counts> counts = IntStream.range(0, labels.size())
                .mapToObj(label -> new Counts(labels.get(label), right[label], given[label], wanted[label]))
                .toList();
        List<Confusion> confusions = new ArrayList<>();
        confused.forEach((pair, times) -> confusions.add(new Confusion(pair.get(0), pair.get(1), times)));
        confusions.sort(Comparator.comparingLong(Confusion::times).reversed());
        return new LabelScores(
                counts, gold.isEmpty() ? 0 : (double) exact / gold.size(), gold.size(), List.copyOf(confusions));
    }

    /** Mean F1 of the labels that the data have or the model has given. */
    double macroF1() {
        return counts.stream()
                .filter(count -> count.gold + count.predicted > 0)
                .mapToDouble(Counts::f1)
                .average()
                .orElse(0);
    }

    /** F1 over all labels of all texts. */
    double microF1() {
        return all().f1();
    }

    private Counts all() {
        return new Counts(
                "all",
                counts.stream().mapToLong(Counts::right).sum(),
                counts.stream().mapToLong(Counts::predicted).sum(),
                counts.stream().mapToLong(Counts::gold).sum());
    }

    String toMarkdown() {
        StringBuilder table = new StringBuilder("| label | precision | recall | F1 | texts |\n|---|---|---|---|---|\n");
        counts.stream().filter(count -> count.gold + count.predicted > 0).forEach(count -> table.append(row(count)));
        return table.append(row(all())).toString();
    }

    private static String row(Counts counts) {
        return String.format(
                Locale.ROOT,
                "| %s | %.3f | %.3f | %.3f | %,d |%n",
                counts.label,
                counts.precision(),
                counts.recall(),
                counts.f1(),
                counts.gold);
    }
}
