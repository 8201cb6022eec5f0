package dev.polymath.training.textclassification;

import java.util.List;

/**
 * A text of the data and its labels, each once.
 *
 * @param labels none, one or several
 */
public record LabelledText(String text, List<String> labels) {
    public LabelledText {
        labels = labels.stream().distinct().toList();
    }
}
