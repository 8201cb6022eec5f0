package dev.polymath.training.generation;

import java.util.List;
import java.util.Map;

/**
 * chrF2 (Popović 2015) of sequences of up to six characters without spaces, counted over all texts together as sacrebleu 2 does: of
 * several references the one with the best score of its own counts. Not thread-safe.
 */
public final class Chrf {
    private static final int ORDER = 6;
    private static final double FACTOR = 2 * 2;

    private final Counts all = new Counts();

    /** Sequences of the text, of the reference and of both, by length. */
    private static final class Counts {
        private final long[] text = new long[ORDER];
        private final long[] reference = new long[ORDER];
        private final long[] matches = new long[ORDER];

        void add(Counts other) {
            for (int n = 0; n < ORDER; n++) {
                text[n] += other.text[n];
                reference[n] += other.reference[n];
                matches[n] += other.matches[n];
            }
        }

        double score() {
            double precision = 0;
            double recall = 0;
            int orders = 0;
            for (int n = 0; n < ORDER; n++) {
                if (text[n] > 0 && reference[n] > 0) {
                    precision += (double) matches[n] / text[n];
                    recall += (double) matches[n] / reference[n];
                    orders++;
                }
            }
            if (orders == 0 || precision + recall == 0) {
                return 0;
            }
            precision /= orders;
            recall /= orders;
            return 100 * (1 + FACTOR) * precision * recall / (FACTOR * precision + recall);
        }
    }

    /** Counts a text. */
    public void add(String text, List<String> references) {
        List<String> letters = letters(text);
        Counts best = null;
        for (String reference : references) {
            Counts counts = compare(letters, letters(reference));
            if (best == null || counts.score() > best.score()) {
                best = counts;
            }
        }
        if (best != null) {
            all.add(best);
        }
    }

    /** In [0, 100]. */
    public double score() {
        return all.score();
    }

    private static Counts compare(List<String> text, List<String> reference) {
        Counts counts = new Counts();
        for (int n = 0; n < ORDER; n++) {
            Map<List<String>, Integer> own = Ngrams.count(text, n + 1);
            Map<List<String>, Integer> others = Ngrams.count(reference, n + 1);
            counts.matches[n] = Ngrams.matches(own, others);
            counts.text[n] = others.isEmpty() ? 0 : Ngrams.total(own);
            counts.reference[n] = Ngrams.total(others);
        }
        return counts;
    }

    private static List<String> letters(String sentence) {
        return Bleu.SPACE
                .matcher(sentence)
                .replaceAll("")
                .codePoints()
                .mapToObj(Character::toString)
                .toList();
    }
}
