package dev.polymath.training.captioning;

import dev.polymath.training.generation.Bleu;
import dev.polymath.training.generation.Chrf;
import java.util.List;
import java.util.Locale;

/**
 * How like captions are to those that people gave the same images. BLEU-4 and CIDEr-D compare {@link CaptionWords}: lower case, no
 * punctuation, as the literature has it; chrF2 compares the captions as they are.
 *
 * @param bleu BLEU-4 in [0, 1], of all captions together
 * @param cider mean CIDEr-D, in [0, 10]
 * @param chrf chrF2 in [0, 100]
 * @param lengthRatio words of the captions per word of the nearest references
 * @param images that were described
 */
record CaptionScores(double bleu, double cider, double chrf, double lengthRatio, int images) {

    /**
     * Scores captions.
     *
     * @param references one or more for each caption, in the same order
     */
    static CaptionScores of(List<String> captions, List<List<String>> references) {
        if (captions.size() != references.size()) {
            throw new IllegalArgumentException(
                    captions.size() + " captions (expected: " + references.size() + ", one per image)");
        }
        Bleu bleu = new Bleu();
        Chrf chrf = new Chrf();
        Cider cider = new Cider();
        for (int i = 0; i < captions.size(); i++) {
            List<String> words = CaptionWords.of(captions.get(i));
            List<List<String>> said =
                    references.get(i).stream().map(CaptionWords::of).toList();
            bleu.add(words, said);
            cider.add(words, said);
            chrf.add(captions.get(i), references.get(i));
        }
        return new CaptionScores(bleu.score() / 100, cider.score(), chrf.score(), bleu.lengthRatio(), captions.size());
    }

    static String header() {
        return "| | images | BLEU-4 | CIDEr-D | chrF | length |\n|---|---|---|---|---|---|\n";
    }

    String row(String name) {
        return String.format(
                Locale.ROOT,
                "| %s | %,d | %.3f | %.3f | %.1f | %.2f |%n",
                name,
                images,
                bleu,
                cider,
                chrf,
                lengthRatio);
    }
}
