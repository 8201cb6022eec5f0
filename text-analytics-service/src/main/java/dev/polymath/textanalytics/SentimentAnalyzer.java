package dev.polymath.textanalytics;

import dev.polymath.inference.Call;
import dev.polymath.inference.ClassificationHead;
import dev.polymath.inference.InferenceException;
import dev.polymath.inference.Receipt;
import dev.polymath.inference.TextClassification;
import dev.polymath.text.SentenceSplitter;
import dev.polymath.text.TextSpan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/**
 * Tells the mood of a text from that of its sentences.
 *
 * <p>The text is MIXED if it has positive and negative sentences and the weaker side has at least a quarter of the weight of
 * both; a sentence weighs its UTF-16 length times its confidence. Else it has the side that is stronger, and is NEUTRAL
 * without either. Its probabilities are the means over the sentences, weighted by their length. An emotion is shown if some
 * sentence reaches the model's threshold for it, and has the confidence of the sentence that shows it most. Immutable, thread-safe.
 */
public final class SentimentAnalyzer {
    /** Least share of the weaker side in a mixed text. */
    static final double MIXED_SHARE = 0.25;

    private static final List<String> LABELS = List.of("POSITIVE", "NEGATIVE", "NEUTRAL");

    private final SentenceSplitter splitter;
    private final SentimentModel model;
    private final ClassificationHead sentiment;
    private final Optional<ClassificationHead> emotions;

    /**
     * @param heads of the model: {@code sentiment}, or the only one, with the labels POSITIVE, NEGATIVE and, if it has it,
     *     NEUTRAL; and {@code emotions}, if it has them
     * @throws InferenceException MODEL_NOT_READY if there is no such head
     */
    public SentimentAnalyzer(SentenceSplitter splitter, SentimentModel model, List<ClassificationHead> heads) {
        this.splitter = splitter;
        this.model = model;
        this.emotions =
                heads.stream().filter(head -> head.name().equals("emotions")).findFirst();
        this.sentiment = heads.stream()
                .filter(head -> head.name().equals("sentiment") || heads.size() == 1)
                .filter(head ->
                        LABELS.containsAll(head.labels()) && head.labels().containsAll(LABELS.subList(0, 2)))
                .findFirst()
                .orElseThrow(() -> new InferenceException(
                        InferenceException.Kind.MODEL_NOT_READY,
                        "heads: " + heads + " (expected: one called sentiment with the labels " + LABELS + ")"));
    }

    /** The emotions that the model knows; empty if it has none. */
    public List<String> emotionLabels() {
        return emotions.map(ClassificationHead::labels).orElse(List.of());
    }

    /**
     * Starts to analyze a text of any length. The sentences are found in the calling thread.
     *
     * @param withEmotions whether to tell emotions
     * @return fails with an {@link InferenceException}
     */
    public CompletableFuture<SentimentAnalysis> analyze(String text, boolean withEmotions, Call call) {
        List<TextSpan> spans = splitter.split(text);
        List<String> texts = spans.isEmpty()
                ? List.of(text)
                : spans.stream().map(span -> span.of(text)).toList();
        return model.classify(texts, call).thenApply(read -> {
            long start = System.nanoTime();
            List<SentimentAnalysis.Sentence> sentences = new ArrayList<>();
            for (int i = 0; i < spans.size(); i++) {
                sentences.add(new SentimentAnalysis.Sentence(spans.get(i), sentiment(read.get(i))));
            }
            return new SentimentAnalysis(
                    combine(sentences),
                    sentences,
                    withEmotions ? strongest(read.subList(0, spans.size())) : List.of(),
                    read.stream().mapToInt(TextClassification::windows).sum(),
                    Receipt.merge(read.stream().map(TextClassification::receipt).toList())
                            .plusDecode(Duration.ofNanos(System.nanoTime() - start)));
        });
    }

    private Sentiment sentiment(TextClassification classification) {
        float[] probabilities = classification.probabilities(sentiment.name());
        double[] confidences = LABELS.stream()
                .mapToInt(sentiment.labels()::indexOf)
                .mapToDouble(i -> i < 0 ? 0 : probabilities[i])
                .toArray();
        return Sentiment.of(confidences[0], confidences[1], confidences[2]);
    }

    /** The sentiment of a text with these sentences. */
    static Sentiment combine(List<SentimentAnalysis.Sentence> sentences) {
        double characters = 0;
        double positive = 0;
        double negative = 0;
        double neutral = 0;
        double positiveWeight = 0;
        double negativeWeight = 0;
        for (SentimentAnalysis.Sentence sentence : sentences) {
            Sentiment sentiment = sentence.sentiment();
            int length = sentence.span().length();
            characters += length;
            positive += length * sentiment.positive();
            negative += length * sentiment.negative();
            neutral += length * sentiment.neutral();
            switch (sentiment.label()) {
                case POSITIVE -> positiveWeight += length * sentiment.confidence();
                case NEGATIVE -> negativeWeight += length * sentiment.confidence();
                case NEUTRAL, MIXED -> {}
            }
        }
        if (sentences.isEmpty()) {
            return new Sentiment(Sentiment.Label.NEUTRAL, 0, 0, 1);
        }
        double weaker = Math.min(positiveWeight, negativeWeight);
        Sentiment.Label label;
        if (weaker > 0 && weaker >= MIXED_SHARE * (positiveWeight + negativeWeight)) {
            label = Sentiment.Label.MIXED;
        } else if (positiveWeight == negativeWeight) {
            label = Sentiment.Label.NEUTRAL;
        } else {
            label = positiveWeight > negativeWeight ? Sentiment.Label.POSITIVE : Sentiment.Label.NEGATIVE;
        }
        return new Sentiment(label, positive / characters, negative / characters, neutral / characters);
    }

    private List<Emotion> strongest(List<TextClassification> read) {
        return emotions.stream()
                .flatMap(head -> IntStream.range(0, head.labels().size())
                        .mapToObj(i -> new Emotion(
                                head.labels().get(i),
                                read.stream()
                                        .mapToDouble(sentence -> sentence.probabilities(head.name())[i])
                                        .max()
                                        .orElse(0)))
                        .filter(emotion -> emotion.confidence()
                                >= head.threshold(head.labels().indexOf(emotion.label()))))
                .sorted(Comparator.comparingDouble(Emotion::confidence).reversed())
                .toList();
    }
}
