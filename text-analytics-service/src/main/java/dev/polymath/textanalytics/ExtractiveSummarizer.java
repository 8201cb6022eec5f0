package dev.polymath.textanalytics;

import dev.polymath.inference.Call;
import dev.polymath.text.SentenceSplitter;
import dev.polymath.text.TextSpan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Chooses the sentences of a text that say the most: those whose vectors are most like that of the whole text (Radev et al.
 * 2004, "Centroid-based summarization of multiple documents"; Rossiello et al. 2017 with embeddings), or like that of a
 * query. Earlier sentences count a little more, those of less than {@value #FULL_WEIGHT} characters less. Sentences are
 * chosen by maximal marginal relevance; of sentences that say the same one is chosen. The weights were chosen on one half of
 * the abstracts of SciTLDR.
 *
 * <p>The cost is that of embedding the text twice, once as a whole; everything else is linear in the number of sentences,
 * and no graph of sentences is built. Immutable, thread-safe.
 */
public final class ExtractiveSummarizer {
    /** A shorter sentence is a heading or a remark. */
    private static final int FULL_WEIGHT = 60;

    private static final double POSITION = 0.05;
    private static final double QUERY = 0.8;
    private static final double DIVERSITY = 0.3;

    /** Nearer than this are two ways to say the same. */
    private static final double DUPLICATE = 0.95;

    private final SentenceSplitter splitter;
    private final Embedder embedder;

    public ExtractiveSummarizer(SentenceSplitter splitter, Embedder embedder) {
        this.splitter = splitter;
        this.embedder = embedder;
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
        texts.add(text);
        sentences.forEach(sentence -> texts.add(sentence.of(text)));
        if (!query.isBlank()) {
            texts.add(query);
        }
        return embedder.embed(texts, call).thenApply(embeddings -> {
            long start = System.nanoTime();
            List<float[]> vectors = Vectors.of(embeddings);
            List<float[]> sentenceVectors = vectors.subList(1, sentences.size() + 1);
            double[] scores = scores(sentences, sentenceVectors, vectors.get(0));
            if (!query.isBlank()) {
                float[] wanted = vectors.get(vectors.size() - 1);
                for (int i = 0; i < scores.length; i++) {
                    scores[i] = QUERY * similarity(wanted, sentenceVectors.get(i)) + (1 - QUERY) * scores[i];
                }
            }
            return new Summary(
                    MaximalMarginalRelevance.choose(scores, sentenceVectors, DIVERSITY, DUPLICATE, sentenceCount)
                            .stream()
                            .sorted()
                            .map(i -> new Summary.Sentence(sentences.get(i), scores[i]))
                            .toList(),
                    embeddings.get(0).windows(),
                    Vectors.receipt(embeddings).plusDecode(Duration.ofNanos(System.nanoTime() - start)));
        });
    }

    private static double[] scores(List<TextSpan> sentences, List<float[]> vectors, float[] text) {
        double[] scores = new double[sentences.size()];
        for (int i = 0; i < scores.length; i++) {
            double length = Math.min(1, (double) sentences.get(i).length() / FULL_WEIGHT);
            double position = 1 - (double) i / scores.length;
            scores[i] = Math.sqrt(length) * ((1 - POSITION) * similarity(text, vectors.get(i)) + POSITION * position);
        }
        return scores;
    }

    private static double similarity(float[] a, float[] b) {
        return Math.max(0, Math.min(1, Vectors.cosine(a, b)));
    }
}
