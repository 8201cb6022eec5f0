package dev.polymath.training.textclassification;

import java.util.List;

/**
 * A question that the model answers about a text.
 *
 * @param name of the model's output, when it has several heads
 * @param multiLabel whether a text may have any number of these labels, each with a probability of its own, and not exactly one
 * @param labels in id order
 */
record Head(String name, boolean multiLabel, List<String> labels) {
    /** Name of the only head of a model, and of its output. */
    static final String ONLY = "logits";

    Head {
        labels = List.copyOf(labels);
        if (labels.size() < (multiLabel ? 1 : 2)) {
            throw new IllegalArgumentException((name.equals(ONLY) ? "" : name + ": ") + "labels " + labels
                    + " (expected: at least " + (multiLabel ? "one)" : "two)"));
        }
    }

    /** As config.json says it. */
    String problemType() {
        return multiLabel ? "multi_label_classification" : "single_label_classification";
    }

    /** Ids of these labels, ascending. */
    int[] ids(List<String> wanted) {
        return wanted.stream().mapToInt(labels::indexOf).sorted().toArray();
    }
}
