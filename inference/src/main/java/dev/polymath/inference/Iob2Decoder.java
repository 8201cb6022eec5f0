package dev.polymath.inference;

import dev.polymath.inference.InferenceException.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns label probabilities into entity spans: the most probable sequence of IOB2 labels in which {@code I-X} follows
 * only {@code B-X} or {@code I-X} (Viterbi 1967, without transition weights). The first token of a word speaks for the
 * word. Serving and evaluation both use it. Immutable.
 */
public final class Iob2Decoder {
    private static final int NONE = -1;

    /** Keeps labels that a model rules out comparable. */
    private static final double FLOOR = 1e-30;

    /** Entity types in the order in which they first appear among the labels. */
    private final List<String> types;
    /** For each label the index of its type; {@link #NONE} for O. */
    private final int[] type;
    /** For each label whether it is I-X. */
    private final boolean[] inside;

    /**
     * A decoder for these labels.
     *
     * @param labels {@code O}, {@code B-X}, {@code I-X} in the order of the model's output
     * @throws InferenceException MODEL_NOT_READY if they are not IOB2 labels
     */
    public Iob2Decoder(List<String> labels) {
        Map<String, Integer> index = new LinkedHashMap<>();
        type = new int[labels.size()];
        inside = new boolean[labels.size()];
        for (int i = 0; i < labels.size(); i++) {
            String label = labels.get(i);
            if (label.equals("O")) {
                type[i] = NONE;
            } else if (label.matches("[BI]-.+")) {
                type[i] = index.computeIfAbsent(label.substring(2), key -> index.size());
                inside[i] = label.startsWith("I-");
            } else {
                throw new InferenceException(
                        Kind.MODEL_NOT_READY, "labels[" + i + "]: " + label + " (expected: O, B-<type> or I-<type>)");
            }
        }
        if (!labels.contains("O")) {
            throw new InferenceException(Kind.MODEL_NOT_READY, "labels: " + labels + " (expected: one of them O)");
        }
        types = List.copyOf(index.keySet());
    }

    /** The entity types, in the order in which they first appear among the labels. */
    public List<String> types() {
        return types;
    }

    /** The entities of a text, in its order, not overlapping. */
    public List<EntitySpan> decode(TokenClassification classification) {
        return decode(classification.tokens(), classification.probabilities());
    }

    /** The entities of a text, from {@code probabilities[token * labels + label]}. */
    public List<EntitySpan> decode(TokenizedText tokens, float[] probabilities) {
        if (probabilities.length != tokens.size() * type.length) {
            throw new IllegalArgumentException("probabilities: " + probabilities.length + " (expected: " + tokens.size()
                    + " tokens x " + type.length + " labels)");
        }
        int[] firstTokens = firstTokens(tokens);
        float[][] words = new float[firstTokens.length][];
        for (int word = 0; word < words.length; word++) {
            int row = firstTokens[word] * type.length;
            words[word] = Arrays.copyOfRange(probabilities, row, row + type.length);
        }
        int[] path = decode(words);
        List<EntitySpan> spans = new ArrayList<>();
        for (int from = 0; from < path.length; ) {
            int entity = type[path[from]];
            int to = from + 1;
            if (entity != NONE) {
                while (to < path.length && type[path[to]] == entity && inside[path[to]]) {
                    to++;
                }
                int lastToken = (to < firstTokens.length ? firstTokens[to] : tokens.size()) - 1;
                spans.add(new EntitySpan(
                        tokens.begins()[firstTokens[from]],
                        tokens.ends()[lastToken],
                        types.get(entity),
                        confidence(words, from, to, entity)));
            }
            from = to;
        }
        return spans;
    }

    private static int[] firstTokens(TokenizedText tokens) {
        int[] first = new int[tokens.size()];
        int words = 0;
        for (int t = 0; t < tokens.size(); t++) {
            if (tokens.startsWord(t)) {
                first[words++] = t;
            }
        }
        return Arrays.copyOf(first, words);
    }

    /**
     * The most probable valid sequence of labels.
     *
     * @param probabilities one row per word, one column per label
     * @return one label id per word
     */
    public int[] decode(float[][] probabilities) {
        int labels = type.length;
        int[][] from = new int[probabilities.length][labels];
        double[] score = new double[labels];
        for (int word = 0; word < probabilities.length; word++) {
            double[] next = new double[labels];
            for (int label = 0; label < labels; label++) {
                int best = NONE;
                for (int previous = 0; previous < labels; previous++) {
                    boolean allowed = !inside[label] || (word > 0 && type[previous] == type[label]);
                    if (allowed && (best == NONE || score[previous] > score[best])) {
                        best = previous;
                    }
                }
                from[word][label] = best;
                double log = Math.log(Math.max(probabilities[word][label], FLOOR));
                next[label] = best == NONE ? Double.NEGATIVE_INFINITY : score[best] + log;
            }
            score = next;
        }
        int[] path = new int[probabilities.length];
        int label = 0;
        for (int i = 1; i < labels; i++) {
            if (score[i] > score[label]) {
                label = i;
            }
        }
        for (int word = path.length - 1; word >= 0; word--) {
            path[word] = label;
            label = from[word][label];
        }
        return path;
    }

    private float confidence(float[][] probabilities, int from, int to, int entity) {
        double logs = 0;
        for (int word = from; word < to; word++) {
            double sum = 0;
            for (int label = 0; label < type.length; label++) {
                if (type[label] == entity) {
                    sum += probabilities[word][label];
                }
            }
            logs += Math.log(Math.max(sum, FLOOR));
        }
        return (float) Math.min(1, Math.exp(logs / (to - from)));
    }
}
