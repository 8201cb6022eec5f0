package dev.polymath.inference;

import dev.polymath.inference.TokenizedText.Window;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Turns the start and end logits of a reader into answers with probabilities, as Devlin et al. 2019 ("BERT", section 4.3)
 * score spans: the score of a span is the sum of the start logit of its first and the end logit of its last token, that of
 * "no answer" the sum of both logits of {@code [CLS]}; a softmax over {@code score / temperature} of all spans and "no
 * answer" makes probabilities of them. Where a text has several windows, a span competes by how far its score is above
 * that of "no answer" in its own window (in the best one of those that hold it), which for one window is the same.
 *
 * <p>Spans are of whole words, at most {@link #maxAnswerTokens()} long and inside one window. Serving and evaluation both
 * use it. Immutable.
 *
 * @param maxAnswerTokens most tokens of an answer, >= 1
 * @param temperature by which scores are divided (Guo et al. 2017, "On Calibration of Modern Neural Networks"), > 0
 */
public record SpanDecoder(int maxAnswerTokens, double temperature) {

    /**
     * An answer: tokens {@code [first, last]} of the text.
     *
     * @param probability in [0, 1]
     */
    public record Span(int first, int last, double probability) {
        /** The first UTF-16 index. */
        public int begin(TokenizedText text) {
            return text.begins()[first];
        }

        /** The UTF-16 index after the last. */
        public int end(TokenizedText text) {
            return text.ends()[last];
        }

        private boolean overlaps(Span other) {
            return first <= other.last && other.first <= last;
        }
    }

    /**
     * What a text says to a question.
     *
     * @param spans the most probable ones, best first, none of which overlaps another
     * @param noAnswer probability in [0, 1] that the text does not answer the question
     */
    public record Answers(List<Span> spans, double noAnswer) {}

    public SpanDecoder {
        if (maxAnswerTokens < 1) {
            throw new IllegalArgumentException("max-answer-tokens: " + maxAnswerTokens + " (expected: >= 1)");
        }
        if (!(temperature > 0 && temperature < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("temperature: " + temperature + " (expected: a number > 0)");
        }
    }

    /**
     * Decodes the answers of all windows together.
     *
     * @param startLogits per window of the context and per token of its sequence
     * @param endLogits likewise
     * @param limit most spans wanted, >= 0
     * @throws InferenceException ENGINE_FAILURE if a logit is not a number
     */
    public Answers decode(QuestionContext context, List<float[]> startLogits, List<float[]> endLogits, int limit) {
        TokenizedText text = context.text();
        // by first token and length: how far above "no answer", in units of the temperature
        double[][] scores = new double[text.size()][];
        double highest = 0;
        for (int w = 0; w < context.windows().size(); w++) {
            Window window = context.windows().get(w);
            float[] starts = startLogits.get(w);
            float[] ends = endLogits.get(w);
            double none = starts[QuestionContext.NO_ANSWER] + ends[QuestionContext.NO_ANSWER];
            int offset = context.position(window, 0);
            for (int first = window.from(); first < window.to(); first++) {
                if (!text.startsWord(first)) {
                    continue;
                }
                if (scores[first] == null) {
                    scores[first] = new double[maxAnswerTokens];
                    Arrays.fill(scores[first], Double.NEGATIVE_INFINITY);
                }
                int end = Math.min(window.to(), first + maxAnswerTokens);
                for (int last = first; last < end; last++) {
                    if (text.endsWord(last)) {
                        double score = (starts[offset + first] + ends[offset + last] - none) / temperature;
                        requireNumber(score);
                        scores[first][last - first] = Math.max(scores[first][last - first], score);
                        highest = Math.max(highest, score);
                    }
                }
            }
        }
        return normalize(scores, highest, limit);
    }

    /** Shifted by the largest score so that nothing overflows. */
    private static Answers normalize(double[][] scores, double highest, int limit) {
        double noAnswer = Math.exp(-highest);
        double sum = noAnswer;
        for (double[] row : scores) {
            for (int length = 0; row != null && length < row.length; length++) {
                row[length] = Math.exp(row[length] - highest);
                sum += row[length];
            }
        }
        List<Span> spans = new ArrayList<>();
        while (spans.size() < limit) {
            Span best = new Span(0, 0, 0);
            for (int first = 0; first < scores.length; first++) {
                for (int length = 0; scores[first] != null && length < scores[first].length; length++) {
                    if (scores[first][length] > best.probability) {
                        Span candidate = new Span(first, first + length, scores[first][length]);
                        best = spans.stream().noneMatch(candidate::overlaps) ? candidate : best;
                    }
                }
            }
            if (best.probability == 0) {
                break;
            }
            spans.add(best);
        }
        double total = sum;
        return new Answers(
                spans.stream()
                        .map(span -> new Span(span.first, span.last, span.probability / total))
                        .toList(),
                noAnswer / sum);
    }

    private static void requireNumber(double score) {
        if (Double.isNaN(score)) {
            throw new InferenceException(
                    InferenceException.Kind.ENGINE_FAILURE, "the output of the model is not a number");
        }
    }
}
