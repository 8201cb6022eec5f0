package dev.polymath.textanalytics;

import dev.polymath.inference.Call;
import dev.polymath.textanalytics.CandidatePhrases.Candidate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Finds the phrases that say what a text is about. A candidate's score is a weighted mean of how like its vector is to that
 * of the text (EmbedRank, Bennani-Smires et al. 2018), how often it occurs and stands by itself, and how early it comes
 * (compare YAKE, Campos et al. 2020); phrases are chosen by maximal marginal relevance. The weights were chosen on one half
 * of SemEval 2017 task 10.
 *
 * <p>Only the {@value #MOST_CANDIDATES} candidates with the best statistics over the whole text are embedded, so that the
 * cost is that of embedding the text and so many phrases. Immutable, thread-safe.
 */
public final class KeyPhraseExtractor {
    /** Most candidates that are embedded. */
    static final int MOST_CANDIDATES = 500;

    /** Nearer than this are two ways to say the same. */
    private static final double DUPLICATE = 0.97;

    private static final double SIMILARITY = 0.8;
    private static final double FREQUENCY = 0.08;
    private static final double COMPLETENESS = 0.08;
    private static final double POSITION = 0.04;

    private final Embedder embedder;

    public KeyPhraseExtractor(Embedder embedder) {
        this.embedder = embedder;
    }

    /**
     * Starts to find the key phrases of an English text of any length. The candidates are found in the calling thread.
     *
     * @param maxPhrases at most this many, at least 1
     * @param diversity how different they are to be, in [0, 1]: 1 less the weight of relevance
     * @return fails with an {@link dev.polymath.inference.InferenceException}
     */
    public CompletableFuture<KeyPhrases> extract(String text, int maxPhrases, double diversity, Call call) {
        long start = System.nanoTime();
        List<Candidate> candidates = CandidatePhrases.find(text, MOST_CANDIDATES);
        long found = System.nanoTime() - start;
        List<String> texts = new ArrayList<>();
        texts.add(text);
        candidates.forEach(candidate -> texts.add(candidate.text()));
        return embedder.embed(texts, call).thenApply(embeddings -> {
            long embedded = System.nanoTime();
            List<float[]> vectors = Vectors.of(embeddings);
            double[] scores = scores(text, candidates, vectors);
            List<KeyPhrase> phrases =
                    MaximalMarginalRelevance.choose(
                                    scores, vectors.subList(1, vectors.size()), diversity, DUPLICATE, maxPhrases)
                            .stream()
                            .map(i -> new KeyPhrase(
                                    candidates.get(i).text(),
                                    scores[i],
                                    candidates.get(i).mentions()))
                            .sorted(Comparator.comparingDouble(KeyPhrase::score).reversed())
                            .toList();
            return new KeyPhrases(
                    phrases,
                    embeddings.get(0).windows(),
                    Vectors.receipt(embeddings).plusDecode(Duration.ofNanos(found + System.nanoTime() - embedded)));
        });
    }

    /** @param vectors the text's first, then those of the candidates */
    private static double[] scores(String text, List<Candidate> candidates, List<float[]> vectors) {
        double most = candidates.stream().mapToInt(Candidate::occurrences).max().orElse(1);
        double[] scores = new double[candidates.size()];
        for (int i = 0; i < scores.length; i++) {
            Candidate candidate = candidates.get(i);
            double score = SIMILARITY * Math.max(0, Vectors.cosine(vectors.get(0), vectors.get(i + 1)))
                    + FREQUENCY * Math.log1p(candidate.occurrences()) / Math.log1p(most)
                    + COMPLETENESS * candidate.complete() / candidate.occurrences()
                    + POSITION * (1 - (double) candidate.first() / text.length());
            scores[i] = Math.min(1, score);
        }
        return scores;
    }
}
