package dev.polymath.training.translation;

import dev.polymath.training.generation.Bleu;
import dev.polymath.training.generation.Chrf;
import java.util.List;
import java.util.Locale;

/**
 * How like translations are to reference translations, as sacrebleu 2 counts it without options: BLEU of 13a tokens with case, chrF2.
 *
 * @param bleu in [0, 100]
 * @param chrf in [0, 100]
 * @param lengthRatio tokens of the translations per token of the references
 * @param sentences that were compared
 */
record TranslationScores(double bleu, double chrf, double lengthRatio, int sentences) {

    /**
     * Scores translations.
     *
     * @param references one for each translation, in the same order
     */
    static TranslationScores of(List<String> translations, List<String> references) {
        if (translations.size() != references.size()) {
            throw new IllegalArgumentException(
                    translations.size() + " translations (expected: " + references.size() + ", one per reference)");
        }
        Bleu bleu = new Bleu();
        Chrf chrf = new Chrf();
        for (int i = 0; i < translations.size(); i++) {
            bleu.add(Bleu.tokenize(translations.get(i)), List.of(Bleu.tokenize(references.get(i))));
            chrf.add(translations.get(i), List.of(references.get(i)));
        }
        return new TranslationScores(bleu.score(), chrf.score(), bleu.lengthRatio(), translations.size());
    }

    static String header() {
        return "| | sentences | BLEU | chrF | length |\n|---|---|---|---|---|\n";
    }

    String row(String name) {
        return String.format(
                Locale.ROOT, "| %s | %,d | %.1f | %.1f | %.2f |%n", name, sentences, bleu, chrf, lengthRatio);
    }
}
