package dev.polymath.textanalytics;

import dev.polymath.inference.Receipt;
import dev.polymath.text.TextSpan;
import java.util.List;

/**
 * Sentences that stand for a text.
 *
 * @param sentences in the order of the text
 * @param windows in which the model read the text
 * @param receipt what it took
 */
public record Summary(List<Sentence> sentences, int windows, Receipt receipt) {
    /**
     * A sentence of the text.
     *
     * @param span in UTF-16
     * @param score how much of the text, or of the query, it stands for, in [0, 1]; orders the sentences of one text and is
     *     no probability
     */
    public record Sentence(TextSpan span, double score) {}

    public Summary {
        sentences = List.copyOf(sentences);
    }
}
