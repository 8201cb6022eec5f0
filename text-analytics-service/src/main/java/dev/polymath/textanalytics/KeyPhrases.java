package dev.polymath.textanalytics;

import dev.polymath.inference.Receipt;
import java.util.List;

/**
 * What a text is about.
 *
 * @param phrases the most relevant first
 * @param windows in which the model read the text
 * @param receipt what it took
 */
public record KeyPhrases(List<KeyPhrase> phrases, int windows, Receipt receipt) {
    public KeyPhrases {
        phrases = List.copyOf(phrases);
    }
}
