package dev.polymath.training.questionanswering;

import dev.polymath.inference.AnswerSpan;
import dev.polymath.inference.SpanDecoder;
import dev.polymath.inference.SpanDecoder.Answers;
import dev.polymath.inference.TokenizedText;
import dev.polymath.training.encoder.ModelOutputs;
import dev.polymath.training.encoder.TemperatureScaling;
import dev.polymath.training.questionanswering.QuestionEncoder.Encoded;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** Evaluates a reader on questions it has not seen, over the whole of their texts. */
final class ReaderEvaluation {
    /** One in so many questions is also put to a text that does not answer it. */
    private static final int QUESTIONS_PER_NEGATIVE = 4;

    private static final double LEAST_PROBABILITY = 1e-6;

    private ReaderEvaluation() {}

    /** Every fourth question also with another text of its article, unless the data have unanswered questions of their own. */
    static List<Question> withNegatives(List<Question> questions, long seed) {
        List<Question> all = new ArrayList<>(questions);
        if (questions.stream().anyMatch(question -> question.answers().isEmpty())) {
            return all;
        }
        Random random = new Random(seed);
        Map<String, List<String>> contexts = QuestionData.contextsByArticle(questions);
        for (int i = 0; i < questions.size(); i += QUESTIONS_PER_NEGATIVE) {
            Question question = questions.get(i);
            Optional<String> other = QuestionData.anotherContext(question, contexts, random);
            other.ifPresent(context -> all.add(question.withoutAnswerIn(context)));
        }
        return all;
    }

    /** At most so many of them, seeded; 0: all. */
    static <T> List<T> sample(Collection<T> questions, int limit, long seed) {
        List<T> shuffled = new ArrayList<>(questions);
        if (limit == 0 || shuffled.size() <= limit) {
            return shuffled;
        }
        Collections.shuffle(shuffled, new Random(seed));
        return List.copyOf(shuffled.subList(0, limit));
    }

    static ReaderScores evaluate(ModelOutputs model, List<Encoded> questions, SpanDecoder decoder) {
        return ReaderScores.of(outcomes(ReaderPredictions.of(model, questions), decoder));
    }

    /**
     * The temperature at which the probability of the best span says best how often it is exactly right. Which span is the best
     * does not depend on it.
     */
    static double fitTemperature(ModelOutputs model, List<Encoded> questions, int maxAnswerTokens) {
        ReaderPredictions predictions = ReaderPredictions.of(model, questions);
        return TemperatureScaling.fit(temperature ->
                outcomes(predictions, new SpanDecoder(maxAnswerTokens, temperature)).stream()
                        .mapToDouble(outcome -> -Math.log(Math.max(
                                LEAST_PROBABILITY,
                                outcome.exactMatch() ? outcome.probability() : 1 - outcome.probability())))
                        .average()
                        .orElse(0));
    }

    private static List<ReaderScores.Outcome> outcomes(ReaderPredictions predictions, SpanDecoder decoder) {
        List<ReaderScores.Outcome> outcomes =
                new ArrayList<>(predictions.questions().size());
        for (int q = 0; q < predictions.questions().size(); q++) {
            outcomes.add(outcome(predictions.questions().get(q), predictions.answers(q, decoder)));
        }
        return outcomes;
    }

    private static ReaderScores.Outcome outcome(Encoded question, Answers answers) {
        TokenizedText text = question.context().text();
        List<AnswerSpan> spans = answers.spans().stream()
                .map(span -> new AnswerSpan(span.begin(text), span.end(text), span.probability()))
                .toList();
        return outcome(question.question(), spans, answers.noAnswer());
    }

    /** @param answers best first */
    static ReaderScores.Outcome outcome(Question question, List<AnswerSpan> answers, double noAnswer) {
        List<String> gold =
                question.answers().stream().map(Question.Answer::text).toList();
        AnswerSpan best = answers.isEmpty() ? new AnswerSpan(0, 0, 0) : answers.get(0);
        String text = question.context().substring(best.begin(), best.end());
        return new ReaderScores.Outcome(
                !gold.isEmpty(),
                SquadScores.exactMatch(text, gold),
                SquadScores.f1(text, gold),
                best.probability(),
                noAnswer);
    }
}
