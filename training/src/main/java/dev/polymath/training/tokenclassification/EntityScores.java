package dev.polymath.training.tokenclassification;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Entity-level precision, recall and F1 as the CoNLL-2000 evaluation script {@code conlleval} counts them: an entity is right
 * when type, first and last word are; an {@code I-} after {@code O} or after another type begins an entity. Immutable.
 *
 * @param byType counts per entity type, sorted by name
 */
public record EntityScores(SortedMap<String, Counts> byType) {

    /** An entity: its type and its first and last word. */
    private record Span(String type, int first, int last) {}

    /**
     * @param gold entities in the data
     * @param predicted entities that the model named
     * @param correct entities in both
     */
    public record Counts(int gold, int predicted, int correct) {
        /** In [0, 1]; 0 when nothing was predicted. */
        public double precision() {
            return predicted == 0 ? 0 : (double) correct / predicted;
        }

        /** In [0, 1]; 0 when there was nothing to find. */
        public double recall() {
            return gold == 0 ? 0 : (double) correct / gold;
        }

        /** Harmonic mean of precision and recall, in [0, 1]. */
        public double f1() {
            return gold + predicted == 0 ? 0 : 2.0 * correct / (gold + predicted);
        }

        private Counts plus(Counts other) {
            return new Counts(gold + other.gold, predicted + other.predicted, correct + other.correct);
        }
    }

    /**
     * @param gold labels per sentence and word
     * @param predicted as many labels as in {@code gold}
     */
    public static EntityScores of(List<List<String>> gold, List<List<String>> predicted) {
        if (gold.size() != predicted.size()) {
            throw new IllegalArgumentException(
                    "predicted: " + predicted.size() + " sentences (expected: " + gold.size() + ")");
        }
        SortedMap<String, Counts> byType = new TreeMap<>();
        for (int i = 0; i < gold.size(); i++) {
            if (gold.get(i).size() != predicted.get(i).size()) {
                throw new IllegalArgumentException(
                        "predicted[" + i + "]: " + predicted.get(i).size() + " labels (expected: "
                                + gold.get(i).size() + ")");
            }
            Set<Span> goldSpans = new HashSet<>(spans(gold.get(i)));
            goldSpans.forEach(span -> byType.merge(span.type(), new Counts(1, 0, 0), Counts::plus));
            for (Span span : spans(predicted.get(i))) {
                Counts counts = new Counts(0, 1, goldSpans.contains(span) ? 1 : 0);
                byType.merge(span.type(), counts, Counts::plus);
            }
        }
        return new EntityScores(byType);
    }

    private static List<Span> spans(List<String> labels) {
        List<Span> spans = new ArrayList<>();
        int first = -1;
        String type = "";
        for (int i = 0; i <= labels.size(); i++) {
            String label = i < labels.size() ? labels.get(i) : "O";
            boolean continues = first >= 0 && label.equals("I-" + type);
            if (first >= 0 && !continues) {
                spans.add(new Span(type, first, i - 1));
                first = -1;
            }
            if (first < 0 && !label.equals("O")) {
                first = i;
                type = label.substring(2);
            }
        }
        return spans;
    }

    /** All types counted together. */
    public Counts micro() {
        return byType.values().stream().reduce(new Counts(0, 0, 0), Counts::plus);
    }

    /** A Markdown table, one row per type and one for all of them. */
    public String toMarkdown() {
        StringBuilder table =
                new StringBuilder("| type | precision | recall | F1 | entities |\n|---|---|---|---|---|\n");
        byType.forEach((type, counts) -> table.append(row(type, counts)));
        return table.append(row("all", micro())).toString();
    }

    private static String row(String type, Counts counts) {
        return String.format(
                Locale.ROOT,
                "| %s | %.3f | %.3f | %.3f | %d |%n",
                type,
                counts.precision(),
                counts.recall(),
                counts.f1(),
                counts.gold());
    }

    /** For the scalar columns of a log: {@code micro} and each type. */
    Map<String, Counts> withMicro() {
        SortedMap<String, Counts> all = new TreeMap<>(byType);
        all.put("all", micro());
        return all;
    }
}
