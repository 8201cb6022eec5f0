package dev.polymath.textanalytics;

import dev.polymath.inference.TextAnswers;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * What several documents answer to a question.
 *
 * @param answers the most confident first; of like ones those of earlier documents
 * @param noAnswer probability in [0, 1] that no document answers the question: that of the document that is most likely to
 */
public record Answers(List<Answer> answers, double noAnswer) {
    public Answers {
        answers = List.copyOf(answers);
    }

    /**
     * The best answers over all documents.
     *
     * @param read what was found in each document, by its number; without documents there is no answer
     * @param topK at most this many answers
     * @param minConfidence only answers with at least this confidence
     */
    public static Answers merge(Map<Integer, TextAnswers> read, int topK, double minConfidence) {
        List<Answer> answers = read.entrySet().stream()
                .flatMap(document -> document.getValue().answers().stream()
                        .map(span -> new Answer(document.getKey(), span.begin(), span.end(), span.probability())))
                .filter(answer -> answer.confidence() >= minConfidence)
                .sorted(Comparator.comparingDouble(Answer::confidence)
                        .reversed()
                        .thenComparingInt(Answer::document)
                        .thenComparingInt(Answer::begin))
                .limit(topK)
                .toList();
        double noAnswer =
                read.values().stream().mapToDouble(TextAnswers::noAnswer).min().orElse(1);
        return new Answers(answers, noAnswer);
    }
}
