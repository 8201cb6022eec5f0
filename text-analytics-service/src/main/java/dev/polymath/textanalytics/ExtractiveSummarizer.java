package dev.polymath.textanalytics;

import dev.polymath.inference.Call;
import dev.polymath.inference.TextEmbedding;
import dev.polymath.text.SentenceSplitter;
import dev.polymath.text.TextSpan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Chooses the sentences of a text that say the most. How central a sentence is, is its degree in the graph of all
 * sentences with cosines as weights (continuous LexRank without damping, Erkan and Radev 2004), which for vectors of
 * length 1 is the cosine with their sum: so the time is linear in the number of sentences, and no graph is built. The sum
 * is weighted by the length of the sentences, up to {@value #FULL_WEIGHT} characters. Earlier sentences count a little
 * more. With a query it is the cosine with the query, and centrality decides between like ones. Sentences are chosen by
 * maximal marginal relevance; of sentences that say the same only the first is chosen. Immutable, thread-safe.
 */
public final class ExtractiveSummarizer {
    /** A shorter sentence is a heading or a remark. */
    private static final int FULL_WEIGHT = 100;

    private static final double DIVERSITY = 0.3;
    private static final double DUPLICATE = 0.95;

    /** What the score is made of; without a query the first two, which sum to 1. */
    record Weights(double centrality, double position, double query) {
        static final Weights DEFAULT = new Weights(0.9, 0.1, 0.8);
    }

    private final SentenceSplitter splitter;
    private final Embedder embedder;
    private final Weights weights;

    public ExtractiveSummarizer(SentenceSplitter splitter, Embedder embedder) {
        this(splitter, embedder, Weights.DEFAULT);
    }

    ExtractiveSummarizer(SentenceSplitter splitter, Embedder embedder, Weights weights) {
        this.splitter = splitter;
        this.embedder = embedder;
        this.weights = weights;
    }

    /**
     * Starts to summarize a text of any length. The sentences are found in the calling thread.
     *
     * @param sentenceCount at most this many, at least 1
     * @param query what the summary is to be about; blank means the text as a whole
     * @return fails with an {@link dev.polymath.inference.InferenceException}
     */
    public CompletableFuture<Summary> summarize(String text, int sentenceCount, String query, Call call) {
        List<TextSpan> sentences = splitter.split(text);
        List<String> texts = new ArrayList<>();
        sentences.forEach(sentence -> texts.add(sentence.of(text)));
        boolean asked = !query.isBlank() && !sentences.isEmpty();
        if (asked) {
            texts.add(query);
        }
        if (texts.isEmpty()) {
            texts.add(text);
        }
        return embedder.embed(texts, call).thenApply(embeddings -> {
            long start = System.nanoTime();
            List<float[]> vectors = Vectors.of(embeddings.subList(0, sentences.size()));
            double[] scores = scores(sentences, vectors);
            if (asked) {
                float[] wanted = embeddings.get(sentences.size()).normalized();
                for (int i = 0; i < scores.length; i++) {
                    scores[i] = weights.query() * Math.max(0, Vectors.cosine(wanted, vectors.get(i)))
                            + (1 - weights.query()) * scores[i];
                }
            }
            return new Summary(
                    MaximalMarginalRelevance.choose(scores, vectors, DIVERSITY, DUPLICATE, sentenceCount).stream()
                            .sorted()
                            .map(i -> new Summary.Sentence(sentences.get(i), Math.min(1, scores[i])))
                            .toList(),
                    embeddings.stream()
                            .limit(Math.max(1, sentences.size()))
                            .mapToInt(TextEmbedding::windows)
                            .sum(),
                    Vectors.receipt(embeddings).plusDecode(Duration.ofNanos(System.nanoTime() - start)));
        });
    }

    private double[] scores(List<TextSpan> sentences, List<float[]> vectors) {
        if (sentences.isEmpty()) {
            return new double[0];
        }
        double[] lengths = sentences.stream()
                .mapToDouble(sentence -> Math.min(1, (double) sentence.length() / FULL_WEIGHT))
                .toArray();
        float[] centroid = Vectors.centroid(vectors, lengths);
        double[] scores = new double[vectors.size()];
        for (int i = 0; i < scores.length; i++) {
            double centrality = Math.max(0, Vectors.cosine(centroid, vectors.get(i)));
            double position = 1 - (double) i / scores.length;
            scores[i] = Math.sqrt(lengths[i]) * (weights.centrality() * centrality + weights.position() * position);
        }
        return scores;
    }
}
