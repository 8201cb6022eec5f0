package dev.polymath.training.generation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * BLEU (Papineni et al. 2002) of sequences of up to four tokens, counted over all texts together as sacrebleu 2 does: any number of
 * references, the length of the nearest, exponential smoothing where nothing matches. Not thread-safe.
 */
public final class Bleu {
    private static final int ORDER = 4;

    /** mteval-v13a for Western languages, in the order in which it is applied. */
    private static final List<Replacement> TOKENIZER_13A = List.of(
            new Replacement("([\\{-~\\[-` -&\\(-\\+:-@/])", " $1 "),
            new Replacement("([^0-9])([\\.,])", "$1 $2 "),
            new Replacement("([\\.,])([^0-9])", " $1 $2"),
            new Replacement("([0-9])(-)", "$1 $2 "));

    static final Pattern SPACE = Pattern.compile("[\\s\\x1c-\\x1f\\p{Z}\\x85]+");

    private final long[] right = new long[ORDER];
    private final long[] total = new long[ORDER];
    private long length;
    private long referenceLength;

    private record Replacement(Pattern pattern, String by) {
        Replacement(String pattern, String by) {
            this(Pattern.compile(pattern), by);
        }
    }

    /** Counts a text. */
    public void add(List<String> tokens, List<List<String>> references) {
        length += tokens.size();
        referenceLength += nearest(tokens.size(), references);
        for (int n = 0; n < ORDER; n++) {
            Map<List<String>, Integer> most = new HashMap<>();
            for (List<String> reference : references) {
                Ngrams.count(reference, n + 1).forEach((ngram, count) -> most.merge(ngram, count, Math::max));
            }
            right[n] += Ngrams.matches(Ngrams.count(tokens, n + 1), most);
            total[n] += Math.max(0, tokens.size() - n);
        }
    }

    /** The shorter one of two that are as near. */
    private static int nearest(int size, List<List<String>> references) {
        int nearest = references.get(0).size();
        for (List<String> reference : references) {
            int distance = Math.abs(reference.size() - size);
            int best = Math.abs(nearest - size);
            if (distance < best || (distance == best && reference.size() < nearest)) {
                nearest = reference.size();
            }
        }
        return nearest;
    }

    /** In [0, 100]. */
    public double score() {
        if (Arrays.stream(right).allMatch(count -> count == 0)) {
            return 0;
        }
        double smoothing = 1;
        double logarithms = 0;
        for (int n = 0; n < ORDER; n++) {
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
        return brevity * Math.exp(logarithms / ORDER);
    }

    /** Tokens of the texts per token of the (nearest) references. */
    public double lengthRatio() {
        return referenceLength == 0 ? 0 : (double) length / referenceLength;
    }

    /** The tokens of mteval-v13a, which sacrebleu takes unless it is told otherwise. */
    public static List<String> tokenize(String sentence) {
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
}
