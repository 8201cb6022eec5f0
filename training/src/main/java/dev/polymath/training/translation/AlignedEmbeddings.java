package dev.polymath.training.translation;

import dev.polymath.training.generation.BytePairEncoder;
import dev.polymath.training.generation.Vocabulary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * An embedding table to begin with, in which tokens that translate each other are near: a token is the sum of random vectors of the
 * pairs it occurs in (sentence IDs as features, Levy, Søgaard and Goldberg 2017, by random indexing), so that the cosine of two tokens
 * is about the share of the pairs that they have in common. A model that begins with it finds out in minutes what to attend to, which
 * else takes it most of a short training.
 */
final class AlignedEmbeddings {
    /** Elements of a pair's vector that are not 0. */
    private static final int NON_ZERO = 16;

    /** Parts of a vector besides the pairs' own: what the language is, and what keeps tokens apart that always come together. */
    private static final double LANGUAGE = 0.4;

    private static final double NOISE = 0.4;

    private final int width;
    private final float[][] sums;
    private final Map<String, long[]> counts = new TreeMap<>();
    private final Random random;

    private AlignedEmbeddings(int vocabulary, int width, long seed) {
        this.width = width;
        this.sums = new float[vocabulary][width];
        this.random = new Random(seed);
    }

    /**
     * Rows of length 1, in the order of the vocabulary.
     *
     * @param sets pairs that are trained on
     */
    static float[] of(
            Vocabulary vocabulary, List<TranslationData.Set> sets, BytePairEncoder encoder, int width, long seed) {
        AlignedEmbeddings embeddings = new AlignedEmbeddings(vocabulary.size(), width, seed);
        for (TranslationData.Set set : sets) {
            for (SentencePair pair : set.pairs()) {
                embeddings.add(pair, encoder);
            }
        }
        return embeddings.table(vocabulary);
    }

    private void add(SentencePair pair, BytePairEncoder encoder) {
        int[] places = new int[NON_ZERO];
        float[] values = new float[NON_ZERO];
        for (int i = 0; i < NON_ZERO; i++) {
            places[i] = random.nextInt(width);
            values[i] = random.nextBoolean() ? 1 : -1;
        }
        for (String language :
                List.of(pair.languages().first(), pair.languages().second())) {
            long[] count = counts.computeIfAbsent(language, key -> new long[sums.length]);
            int[] tokens = Arrays.stream(encoder.target(pair.side(language)))
                    .distinct()
                    .toArray();
            for (int token : tokens) {
                count[token]++;
                for (int i = 0; i < NON_ZERO; i++) {
                    sums[token][places[i]] += values[i];
                }
            }
        }
    }

    private float[] table(Vocabulary vocabulary) {
        Map<String, double[]> languages = new TreeMap<>();
        counts.keySet().forEach(language -> languages.put(language, gaussian()));
        float[] table = new float[sums.length * width];
        for (int token = 0; token < sums.length; token++) {
            List<double[]> parts = new ArrayList<>();
            double[] sum = new double[width];
            for (int i = 0; i < width; i++) {
                sum[i] = sums[token][i];
            }
            parts.add(scaled(sum, 1));
            parts.add(scaled(gaussian(), NOISE));
            double[] language = new double[width];
            for (Map.Entry<String, double[]> entry : languages.entrySet()) {
                long[] count = counts.getOrDefault(entry.getKey(), new long[sums.length]);
                for (int i = 0; i < width; i++) {
                    language[i] += count[token] * entry.getValue()[i];
                }
            }
            parts.add(scaled(language, LANGUAGE));
            double[] row = new double[width];
            for (double[] part : parts) {
                for (int i = 0; i < width; i++) {
                    row[i] += part[i];
                }
            }
            put(row, token, table);
        }
        // "into this language" begins as the language itself
        languages.forEach(
                (language, vector) -> put(vector, vocabulary.tokens().indexOf(Vocabulary.target(language)), table));
        return table;
    }

    private void put(double[] row, int token, float[] table) {
        double[] unit = scaled(row, 1);
        for (int i = 0; i < width; i++) {
            table[token * width + i] = (float) unit[i];
        }
    }

    private double[] gaussian() {
        double[] vector = new double[width];
        Arrays.setAll(vector, i -> random.nextGaussian());
        return scaled(vector, 1);
    }

    /** Of this length; nothing stays nothing. */
    private static double[] scaled(double[] vector, double length) {
        double norm = Math.sqrt(Arrays.stream(vector).map(x -> x * x).sum());
        return norm == 0
                ? vector
                : Arrays.stream(vector).map(x -> length * x / norm).toArray();
    }
}
