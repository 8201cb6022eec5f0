package dev.polymath.textanalytics.corpus;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** Made-up documents about known topics: a vector near that of the topic, and some of its words among common ones. */
final class SyntheticCorpus {
    static final List<List<String>> TOPICS = List.of(
            List.of("credit card", "stolen purse", "payment terminal", "bank teller", "chargeback"),
            List.of("flight delay", "boarding pass", "lost luggage", "runway", "cabin crew"),
            List.of("hospital bed", "night nurse", "blood test", "surgery", "waiting room"),
            List.of("solar panel", "wind turbine", "power grid", "battery storage", "inverter"));

    private static final List<String> COMMON = List.of(
            "monday", "manager", "office", "letter", "number", "people", "answer", "question", "morning", "town");

    /**
     * @param topic -1 for none
     */
    record Document(String text, float[] vector, int topic) {}

    private final SplittableRandom random;
    private final float[][] centers;
    private final double noise;

    /**
     * @param noise length of the noise in a vector, that of the topic being 1
     */
    SyntheticCorpus(long seed, int dimensions, double noise) {
        this.random = new SplittableRandom(seed);
        this.noise = noise;
        this.centers = new float[TOPICS.size()][];
        for (int topic = 0; topic < centers.length; topic++) {
            centers[topic] = noise(dimensions, 1);
        }
    }

    Document about(int topic) {
        float[] vector = noise(centers[topic].length, noise);
        for (int i = 0; i < vector.length; i++) {
            vector[i] += centers[topic][i];
        }
        List<String> words = TOPICS.get(topic);
        return new Document(
                "The " + words.get(random.nextInt(words.size())) + " and the " + words.get(random.nextInt(words.size()))
                        + " are for " + common() + ", " + common() + " or " + common() + ".",
                vector,
                topic);
    }

    /** A document like no other. */
    Document stray() {
        return new Document(
                "About " + Long.toString(random.nextLong(1L << 40, 1L << 50), 36) + " with " + common() + ".",
                noise(centers[0].length, 1),
                -1);
    }

    /** The same number of documents about each topic, in turn. */
    List<Document> documents(int topics, int each) {
        List<Document> documents = new ArrayList<>();
        for (int i = 0; i < each; i++) {
            for (int topic = 0; topic < topics; topic++) {
                documents.add(about(topic));
            }
        }
        return documents;
    }

    static CorpusReport analyze(CorpusAnalyzer.Options options, List<Document> documents) {
        CorpusAnalyzer analyzer = new CorpusAnalyzer(options);
        for (Document document : documents) {
            analyzer.add(
                    analyzer.size() + 1,
                    "",
                    document.text(),
                    Optional.of(document.vector()),
                    Optional.empty(),
                    Optional.empty());
        }
        return analyzer.finish();
    }

    private String common() {
        return COMMON.get(random.nextInt(COMMON.size()));
    }

    private float[] noise(int dimensions, double length) {
        float[] noise = new float[dimensions];
        for (int i = 0; i < dimensions; i++) {
            noise[i] = (float) (random.nextGaussian() * length / Math.sqrt(dimensions));
        }
        return noise;
    }
}
