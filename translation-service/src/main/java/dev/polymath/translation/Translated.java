package dev.polymath.translation;

import dev.polymath.inference.Receipt;
import java.util.ArrayList;
import java.util.List;

/**
 * A part of a text in another language.
 *
 * @param candidates the best first; at least one
 * @param receipts of what the models did for it
 * @param pieces that a model was given
 * @param kept letters that stand as they were, because the model had no translation
 */
record Translated(List<Candidate> candidates, List<Receipt> receipts, int pieces, int kept) {
    /**
     * One translation.
     *
     * @param text with the characters of its marks
     * @param logProbability sum over the tokens
     * @param tokens generated
     */
    record Candidate(String text, double logProbability, int tokens) {
        /** Mean over the tokens; 0 if there are none. */
        double score() {
            return tokens == 0 ? 0 : logProbability / tokens;
        }
    }

    /** A text that needs no model. */
    static Translated verbatim(String text) {
        return new Translated(List.of(new Candidate(text, 0, 0)), List.of(), 0, 0);
    }

    /** A text for which the model had no translation. */
    static Translated kept(String text) {
        return new Translated(List.of(new Candidate(text, 0, 0)), List.of(), 0, (int)
                text.codePoints().filter(Character::isLetter).count());
    }

    /** This, with what else was done on the way to it. */
    Translated after(List<Receipt> earlier, int earlierPieces) {
        List<Receipt> all = new ArrayList<>(earlier);
        all.addAll(receipts);
        return new Translated(candidates, all, pieces + earlierPieces, kept);
    }

    /** One after the other; the candidate with a number is made of those with that number, or the last ones. */
    static Translated join(List<Translated> parts) {
        int size = parts.stream().mapToInt(part -> part.candidates.size()).max().orElse(1);
        List<Candidate> candidates = new ArrayList<>(size);
        for (int k = 0; k < size; k++) {
            StringBuilder text = new StringBuilder();
            double sum = 0;
            int tokens = 0;
            for (Translated part : parts) {
                Candidate candidate = part.candidate(k);
                text.append(candidate.text());
                sum += candidate.logProbability();
                tokens += candidate.tokens();
            }
            candidates.add(new Candidate(text.toString(), sum, tokens));
        }
        return new Translated(
                candidates,
                parts.stream().flatMap(part -> part.receipts.stream()).toList(),
                parts.stream().mapToInt(Translated::pieces).sum(),
                parts.stream().mapToInt(Translated::kept).sum());
    }

    /** The candidate with a number, or the last one. */
    Candidate candidate(int k) {
        return candidates.get(Math.min(k, candidates.size() - 1));
    }
}
