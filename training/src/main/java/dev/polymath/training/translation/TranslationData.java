package dev.polymath.training.translation;

import dev.polymath.training.generation.BytePairEncoder;
import dev.polymath.training.translation.PairNoise.Sides;
import dev.polymath.training.translation.TranslationBatch.Example;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/** The pairs of all files, as batches of both directions. */
final class TranslationData {
    private static final int MOST_ROWS = 512;

    private final List<Set> sets;
    private final BytePairEncoder encoder;
    private final PairNoise noise;
    private final int batchTokens;
    private final int maxLength;
    private final double shortFirst;

    /** Pairs that are seen {@code weight} times per epoch. */
    record Set(List<SentencePair> pairs, double weight) {}

    /**
     * @param batchTokens of source and target with their padding
     * @param maxLength longest side in tokens; longer pairs are left out
     * @param shortFirst share of the first epoch that has short sentences only
     */
    TranslationData(
            List<Set> sets,
            BytePairEncoder encoder,
            PairNoise noise,
            int batchTokens,
            int maxLength,
            double shortFirst) {
        this.sets = List.copyOf(sets);
        this.encoder = encoder;
        this.noise = noise;
        this.batchTokens = batchTokens;
        this.maxLength = maxLength;
        this.shortFirst = shortFirst;
    }

    /** The batches of an epoch in a random order; the same for the same epoch and seed. */
    List<TranslationBatch> epoch(int epoch, long seed) {
        Random random = new Random(seed * 1_000_003 + epoch);
        List<Example> examples = new ArrayList<>();
        for (Set set : sets) {
            for (SentencePair pair : set.pairs) {
                int times = (int) (set.weight + random.nextDouble());
                for (int i = 0; i < times; i++) {
                    add(pair.first(), pair.second(), pair.languages().second(), random, examples);
                    add(pair.second(), pair.first(), pair.languages().first(), random, examples);
                }
            }
        }
        Collections.shuffle(examples, random);
        List<TranslationBatch> batches = batches(examples, batchTokens);
        if (epoch > 0 || shortFirst == 0) {
            Collections.shuffle(batches, random);
            return batches;
        }
        // the batches are in the order of their length
        int half = batches.size() / 2;
        List<TranslationBatch> shorter = new ArrayList<>(batches.subList(0, half));
        Collections.shuffle(shorter, random);
        int first = (int) Math.min(half, shortFirst * batches.size());
        List<TranslationBatch> rest = new ArrayList<>(shorter.subList(first, half));
        rest.addAll(batches.subList(half, batches.size()));
        Collections.shuffle(rest, random);
        List<TranslationBatch> ordered = new ArrayList<>(shorter.subList(0, first));
        ordered.addAll(rest);
        return ordered;
    }

    private void add(String source, String target, String targetLanguage, Random random, List<Example> to) {
        Sides sides = noise.apply(new Sides(source, target), random);
        Example example = example(encoder, sides, targetLanguage);
        if (Math.max(example.source().length, example.target().length) <= maxLength) {
            to.add(example);
        }
    }

    static Example example(BytePairEncoder encoder, Sides sides, String targetLanguage) {
        return new Example(encoder.source(sides.source(), targetLanguage), encoder.target(sides.target()));
    }

    /**
     * Puts examples of like length together, the shortest first. Targets of one length have no padding; among them, sources of like
     * length have little.
     */
    static List<TranslationBatch> batches(List<Example> examples, int batchTokens) {
        List<Example> sorted = new ArrayList<>(examples);
        sorted.sort(Comparator.<Example>comparingInt(example -> example.target().length)
                .thenComparingInt(example -> example.source().length));
        List<TranslationBatch> batches = new ArrayList<>();
        int from = 0;
        int source = 0;
        int target = 0;
        for (int i = 0; i < sorted.size(); i++) {
            int wider = Math.max(source, sorted.get(i).source().length);
            int longer = Math.max(target, sorted.get(i).target().length);
            int rows = i - from + 1;
            if (i > from && (rows * (wider + longer) > batchTokens || rows > MOST_ROWS)) {
                batches.add(new TranslationBatch(List.copyOf(sorted.subList(from, i))));
                from = i;
                wider = sorted.get(i).source().length;
                longer = sorted.get(i).target().length;
            }
            source = wider;
            target = longer;
        }
        if (from < sorted.size()) {
            batches.add(new TranslationBatch(List.copyOf(sorted.subList(from, sorted.size()))));
        }
        return batches;
    }
}
