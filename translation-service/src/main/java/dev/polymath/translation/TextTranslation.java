package dev.polymath.translation;

import dev.polymath.inference.Receipt;
import java.util.List;
import java.util.Map;

/**
 * A text in another language.
 *
 * @param text the translation
 * @param score mean logarithm of the probability of a token; 0 if the models had nothing to do
 * @param alternatives the next best translations, the better first
 * @param terms how often each glossary entry was found, by its number
 * @param receipts of the models
 * @param pieces that the first model was given
 * @param kept letters of the text that stand in the translation because the model had none for them
 */
public record TextTranslation(
        String text,
        double score,
        List<Alternative> alternatives,
        Map<Integer, Integer> terms,
        List<Receipt> receipts,
        int pieces,
        int kept) {
    /** Another translation, and its score. */
    public record Alternative(String text, double score) {}
}
