package dev.polymath.textanalytics;

import dev.polymath.text.TextSpan;
import java.util.List;

/**
 * A phrase that says what a text is about.
 *
 * @param text as it is written where it comes first
 * @param score relevance in [0, 1]; orders the phrases of one text and is no probability
 * @param mentions where it occurs, in UTF-16, whatever the case of its letters; in the order of the text, without overlaps
 */
public record KeyPhrase(String text, double score, List<TextSpan> mentions) {
    public KeyPhrase {
        mentions = List.copyOf(mentions);
    }
}
