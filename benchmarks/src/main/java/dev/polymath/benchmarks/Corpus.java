package dev.polymath.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Made-up English news of mixed length: the number of words is log-normal with median {@value #MEDIAN_WORDS} and sigma
 * {@value #SIGMA}, clipped to {@value #MIN_WORDS} to {@value #MAX_WORDS}, which is a mean of about 60; sentences, messages
 * and articles side by side, as requests of many callers are. Immutable.
 *
 * @param texts one document each
 */
record Corpus(List<String> texts) {
    static final int MEDIAN_WORDS = 40;
    static final double SIGMA = 0.9;
    static final int MIN_WORDS = 5;
    static final int MAX_WORDS = 400;

    private static final String[] FIRST = {
        "Anna", "Tomás", "Mei", "Kwame", "Sarah", "Igor", "Priya", "Lars", "Fatima", "John", "Chiara", "Daniel"
    };
    private static final String[] LAST = {
        "Lindqvist", "Okafor", "Nguyen", "Baker", "Moreau", "Schneider", "Rossi", "Tanaka", "Walsh", "Petrov", "Silva"
    };
    private static final String[] ORGANIZATION = {
        "Northwind Energy",
        "the Harbour Council",
        "Kestrel Bank",
        "Lumen Robotics",
        "the Ministry of Transport",
        "Atlas Foods",
        "Riverside University",
        "Blue Mesa Airlines",
        "the Water Board"
    };
    private static final String[] PLACE = {
        "Lisbon", "Nairobi", "Osaka", "Gothenburg", "Chicago", "Leeds", "Buenos Aires", "Jakarta", "Turin", "Accra"
    };
    private static final String[] VERB = {
        "met", "criticised", "thanked", "interviewed", "wrote to", "sued", "joined", "praised", "negotiated with"
    };
    private static final String[] TOPIC = {
        "the new railway line",
        "a delayed merger",
        "rising food prices",
        "the harvest",
        "an open letter about wages",
        "the flood defences",
        "a research grant",
        "last year's accounts",
        "the football final"
    };
    private static final String[] CLAUSE = {
        "although nobody had expected it", "which surprised most observers", "after two days of talks",
        "while prices kept rising", "as the local paper reported", "because the weather had turned"
    };

    /**
     * @param size number of documents
     * @param seed the same seed gives the same documents
     */
    static Corpus generate(int size, long seed) {
        Bench.require(size > 0, "texts", size, "> 0");
        Random random = new Random(seed);
        List<String> texts = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            double words = MEDIAN_WORDS * Math.exp(SIGMA * random.nextGaussian());
            texts.add(text((int) Math.round(Math.min(MAX_WORDS, Math.max(MIN_WORDS, words))), random));
        }
        return new Corpus(List.copyOf(texts));
    }

    /** Number of words: pieces between white space. */
    static int words(String text) {
        return text.isBlank() ? 0 : text.strip().split("\\s+").length;
    }

    private static String text(int words, Random random) {
        List<String> sentences = new ArrayList<>();
        int left = words;
        while (left > 0) {
            String[] sentence = sentence(random).split(" ");
            int take = Math.min(left, sentence.length);
            sentences.add(String.join(" ", List.of(sentence).subList(0, take)));
            left -= take;
        }
        return String.join(" ", sentences);
    }

    private static String sentence(Random random) {
        return switch (random.nextInt(4)) {
            case 0 ->
                "%s %s %s %s in %s about %s."
                        .formatted(
                                pick(FIRST, random),
                                pick(LAST, random),
                                pick(VERB, random),
                                pick(ORGANIZATION, random),
                                pick(PLACE, random),
                                pick(TOPIC, random));
            case 1 ->
                "In %s , %s , %s %s %s again."
                        .formatted(
                                pick(PLACE, random),
                                pick(CLAUSE, random),
                                pick(LAST, random),
                                pick(VERB, random),
                                pick(ORGANIZATION, random));
            case 2 ->
                "People from %s to %s talk about %s , %s."
                        .formatted(pick(PLACE, random), pick(PLACE, random), pick(TOPIC, random), pick(CLAUSE, random));
            default ->
                "On %d May %s said that %s and %s had agreed on %s."
                        .formatted(
                                1 + random.nextInt(31),
                                pick(FIRST, random),
                                pick(ORGANIZATION, random),
                                pick(ORGANIZATION, random),
                                pick(TOPIC, random));
        };
    }

    private static String pick(String[] values, Random random) {
        return values[random.nextInt(values.length)];
    }
}
