package dev.polymath.textanalytics;

import dev.polymath.inference.Receipt;
import dev.polymath.text.TextSpan;
import java.util.List;

/**
 * The mood of a text and of its sentences.
 *
 * @param sentiment of the whole text
 * @param sentences in the order of the text
 * @param emotions that some sentence shows, the most confident first; empty unless asked for
 * @param windows in which the model read the sentences
 * @param receipt what it took
 */
public record SentimentAnalysis(
        Sentiment sentiment, List<Sentence> sentences, List<Emotion> emotions, int windows, Receipt receipt) {
    /**
     * A sentence of the text.
     *
     * @param span in UTF-16
     * @param sentiment never MIXED
     */
    public record Sentence(TextSpan span, Sentiment sentiment) {}

    public SentimentAnalysis {
        sentences = List.copyOf(sentences);
        emotions = List.copyOf(emotions);
    }
}
