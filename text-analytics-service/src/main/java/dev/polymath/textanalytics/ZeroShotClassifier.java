package dev.polymath.textanalytics;

import dev.polymath.inference.Call;
import dev.polymath.inference.Receipt;
import dev.polymath.inference.TextEmbedding;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/**
 * Sorts texts into classes that it has never seen an example of: a text belongs to the class whose name or description has
 * the vector most like its own (Chang et al. 2008, "Importance of Semantic Representation: Dataless Classification").
 * Thread-safe.
 */
public final class ZeroShotClassifier {
    /**
     * How cosines become probabilities; depends on the embedder.
     *
     * @param temperature by which cosines are divided before the softmax over all labels (Guo et al. 2017)
     * @param slope of the logistic function of a cosine, where each label is judged by itself (Platt 1999)
     * @param intercept of it
     */
    public record Calibration(double temperature, double slope, double intercept) {
        /**
         * Of all-MiniLM-L6-v2, fitted on 1,000 customers' questions to a bank (BANKING77) and the names of their 77 intents:
         * the logistic function for one right class among ten.
         */
        public static final Calibration MINILM = new Calibration(0.061, 13.4, -7.4);
    }

    private final Embedder labelEmbedder;
    private final Calibration calibration;

    /** @param labelEmbedder for labels, best behind a {@link CachedEmbedder} */
    public ZeroShotClassifier(Embedder labelEmbedder, Calibration calibration) {
        this.labelEmbedder = labelEmbedder;
        this.calibration = calibration;
    }

    /**
     * Starts to read the labels, once for any number of texts.
     *
     * @param labels at least one
     */
    public Labels labels(List<ClassLabel> labels, Call call) {
        if (labels.isEmpty()) {
            throw new IllegalArgumentException("labels: 0 (expected: >= 1)");
        }
        return new Labels(
                labels.stream().map(ClassLabel::label).toList(),
                labelEmbedder.embed(labels.stream().map(ClassLabel::text).toList(), call));
    }

    /** Labels that texts are sorted into. Thread-safe. */
    public final class Labels {
        private final List<String> names;
        private final CompletableFuture<List<TextEmbedding>> embeddings;

        private Labels(List<String> names, CompletableFuture<List<TextEmbedding>> embeddings) {
            this.names = names;
            this.embeddings = embeddings;
        }

        /** What reading the labels took, which is in no text's receipt. */
        public CompletableFuture<Receipt> receipt() {
            return embeddings.thenApply(Vectors::receipt);
        }

        /**
         * Starts to classify a text of any length.
         *
         * @param embedder of the text: the same model as for the labels
         * @param multiLabel whether each class is judged by itself; else the confidences of all labels sum to 1
         * @param topK at most this many classes
         * @param minConfidence only classes with at least this confidence
         * @return fails with an {@link dev.polymath.inference.InferenceException}
         */
        public CompletableFuture<Classification> classify(
                Embedder embedder, String text, boolean multiLabel, int topK, double minConfidence, Call call) {
            return embedder.embed(List.of(text), call).thenCombine(embeddings, (read, labels) -> {
                long start = System.nanoTime();
                TextEmbedding embedding = read.get(0);
                float[] vector = embedding.normalized();
                double[] cosines = labels.stream()
                        .mapToDouble(label -> Vectors.cosine(label.normalized(), vector))
                        .toArray();
                double[] confidences = multiLabel ? logistic(cosines) : softmax(cosines);
                List<TextClass> classes = IntStream.range(0, confidences.length)
                        .filter(i -> confidences[i] >= minConfidence)
                        .mapToObj(i -> new TextClass(names.get(i), confidences[i]))
                        .sorted(Comparator.comparingDouble(TextClass::confidence)
                                .reversed())
                        .limit(topK)
                        .toList();
                return new Classification(
                        classes,
                        embedding.windows(),
                        embedding.receipt().plusDecode(Duration.ofNanos(System.nanoTime() - start)));
            });
        }
    }

    private double[] logistic(double[] cosines) {
        return IntStream.range(0, cosines.length)
                .mapToDouble(i -> 1 / (1 + Math.exp(-calibration.slope() * cosines[i] - calibration.intercept())))
                .toArray();
    }

    private double[] softmax(double[] cosines) {
        double[] exponentials = new double[cosines.length];
        double sum = 0;
        for (int i = 0; i < cosines.length; i++) {
            // a cosine is at most 1, so nothing overflows
            exponentials[i] = Math.exp((cosines[i] - 1) / calibration.temperature());
            sum += exponentials[i];
        }
        for (int i = 0; i < cosines.length; i++) {
            exponentials[i] /= sum;
        }
        return exponentials;
    }
}
