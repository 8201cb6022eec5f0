package dev.polymath.training.translation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * How like translations are to reference translations, counted over all sentences together as sacrebleu 2 does without options: BLEU
 * (Papineni et al. 2002) of 13a tokens with case and exponential smoothing, chrF2 (Popović 2015) of up to six characters.
 *
 * @param bleu in [0, 100]
 * @param chrf in [0, 100]
 * @param lengthRatio tokens of the translations per token of the references
 * @param sentences that were compared
 */
record TranslationScores(double bleu, double chrf, double lengthRatio, int sentences) {
    private static final int BLEU_ORDER = 4;
    private static final int CHRF_ORDER = 6;
    private static final double CHRF_FACTOR = 2 * 2;

    /** mteval-v13a for Western languages, in the order in which it is applied. */
    private static final List<Replacement> TOKENIZER_13A = List.of(
            new Replacement("([\\{-~\\[-` -&\\(-\\+:-@/])", " $1 "),
            new Replacement("([^0-9])([\\.,])", "$1 $2 "),
            new Replacement("([\\.,])([^0-9])", " $1 $2"),
            new Replacement("([0-9])(-)", "$1 $2 "));

    private static final Pattern SPACE = Pattern.compile("[\\s\\x1c-\\x1f\\p{Z}\\x85]+");

    private record Replacement(Pattern pattern, String by) {
        Replacement(String pattern, String by) {
            this(Pattern.compile(pattern), by);
        }
    }

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
        long[] right = new long[BLEU_ORDER];
        long[] total = new long[BLEU_ORDER];
        long length = 0;
        long referenceLength = 0;
        Overlap[] characters = new Overlap[CHRF_ORDER];
        Arrays.setAll(characters, n -> new Overlap());
        for (int i = 0; i < translations.size(); i++) {
            List<String> translation = tokenize(translations.get(i));
            List<String> reference = tokenize(references.get(i));
            length += translation.size();
            referenceLength += reference.size();
            for (int n = 0; n < BLEU_ORDER; n++) {
                Overlap overlap = new Overlap();
                overlap.add(ngrams(translation, n + 1), ngrams(reference, n + 1));
                right[n] += overlap.matches;
                total[n] += Math.max(0, translation.size() - n);
            }
            List<String> letters = letters(translations.get(i));
            List<String> referenceLetters = letters(references.get(i));
            for (int n = 0; n < CHRF_ORDER; n++) {
                characters[n].add(ngrams(letters, n + 1), ngrams(referenceLetters, n + 1));
            }
        }
        return new TranslationScores(
                bleu(right, total, length, referenceLength),
                chrf(characters),
                referenceLength == 0 ? 0 : (double) length / referenceLength,
                translations.size());
    }

    /** Counts of one length of n-grams. */
    private static final class Overlap {
        private long translation;
        private long reference;
        private long matches;

        void add(Map<List<String>, Integer> ngrams, Map<List<String>, Integer> referenceNgrams) {
            ngrams.forEach((ngram, count) -> {
                matches += Math.min(count, referenceNgrams.getOrDefault(ngram, 0));
                translation += referenceNgrams.isEmpty() ? 0 : count;
            });
            referenceNgrams.values().forEach(count -> reference += count);
        }
    }

    private static double bleu(long[] right, long[] total, long length, long referenceLength) {
        if (Arrays.stream(right).allMatch(count -> count == 0)) {
            return 0;
        }
        double smoothing = 1;
        double logarithms = 0;
        for (int n = 0; n < BLEU_ORDER; n++) {
            if (total[n] == 0) {
                return 0;
            }
            double precision;
            if (right[n] == 0) {
                smoothing *= 2;
                precision = 100 / (smoothing * total[n]);
            } else {
                precision = 100.0 * right[n] / total[n];
            }
            logarithms += Math.log(precision);
        }
        double brevity = length < referenceLength ? Math.exp(1 - (double) referenceLength / length) : 1;
        return brevity * Math.exp(logarithms / BLEU_ORDER);
    }

    private static double chrf(Overlap[] characters) {
        double precision = 0;
        double recall = 0;
        int orders = 0;
        for (Overlap overlap : characters) {
            if (overlap.translation > 0 && overlap.reference > 0) {
                precision += (double) overlap.matches / overlap.translation;
                recall += (double) overlap.matches / overlap.reference;
                orders++;
            }
        }
        if (orders == 0 || precision + recall == 0) {
            return 0;
        }
        precision /= orders;
        recall /= orders;
        return 100 * (1 + CHRF_FACTOR) * precision * recall / (CHRF_FACTOR * precision + recall);
    }

    /** The tokens of mteval-v13a. */
    static List<String> tokenize(String sentence) {
        String line = sentence.stripTrailing()
                .replace("<skipped>", "")
                .replace("-\n", "")
                .replace("\n", " ")
                .replace("&quot;", "\"")
                .replace("&amp;", "&")
                .replace("&lt;", "<")
                .replace("&gt;", ">");
        line = " " + line + " ";
        for (Replacement replacement : TOKENIZER_13A) {
            line = replacement.pattern.matcher(line).replaceAll(replacement.by);
        }
        List<String> tokens = new ArrayList<>();
        for (String token : SPACE.split(line)) {
            if (!token.isEmpty()) {
                tokens.add(token);
            }
        }
        return tokens;
    }

    private static List<String> letters(String sentence) {
        return SPACE.matcher(sentence)
                .replaceAll("")
                .codePoints()
                .mapToObj(Character::toString)
                .toList();
    }

    private static Map<List<String>, Integer> ngrams(List<String> parts, int n) {
        Map<List<String>, Integer> ngrams = new HashMap<>();
        for (int i = 0; i + n <= parts.size(); i++) {
            ngrams.merge(parts.subList(i, i + n), 1, Integer::sum);
        }
        return ngrams;
    }

    static String header() {
        return "| | sentences | BLEU | chrF | length |\n|---|---|---|---|---|\n";
    }

    String row(String name) {
        return String.format(
                Locale.ROOT, "| %s | %,d | %.1f | %.1f | %.2f |%n", name, sentences, bleu, chrf, lengthRatio);
    }
}
