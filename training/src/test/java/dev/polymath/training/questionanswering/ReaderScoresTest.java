package dev.polymath.training.questionanswering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.polymath.training.questionanswering.ReaderScores.Outcome;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReaderScoresTest {
    @Test
    void exactMatchAndF1AreMeansOverTheAnsweredQuestions() {
        ReaderScores scores = ReaderScores.of(List.of(
                new Outcome(true, true, 1, 0.9, 0.1),
                new Outcome(true, false, 0.5, 0.4, 0.2),
                new Outcome(true, false, 0, 0.4, 0.6),
                new Outcome(false, false, 0, 0.2, 0.7)));

        assertThat(scores.answered()).isEqualTo(3);
        assertThat(scores.unanswered()).isEqualTo(1);
        assertThat(scores.exactMatch()).isCloseTo(1 / 3.0, within(1e-12));
        assertThat(scores.f1()).isCloseTo(0.5, within(1e-12));
        // two of three answered questions and the unanswered one are on the right side of 0.5
        assertThat(scores.noAnswerAccuracy()).isCloseTo((2 / 3.0 + 1) / 2, within(1e-12));
        assertThat(scores.noAnswerAuroc()).isEqualTo(1);
    }

    @Test
    void aurocIsTheShareOfPairsInTheRightOrder() {
        // unanswered 0.5 and 0.2 against answered 0.1, 0.3, 0.5: pairs 1 + 1 + 0.5 and 1 + 0 + 0
        ReaderScores scores =
                ReaderScores.of(List.of(answered(0.1), answered(0.3), answered(0.5), unanswered(0.5), unanswered(0.2)));

        assertThat(scores.noAnswerAuroc()).isCloseTo(3.5 / 6, within(1e-12));
    }

    @Test
    void calibrationErrorIsTheGapBetweenConfidenceAndExactness() {
        List<Outcome> outcomes = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            outcomes.add(new Outcome(true, i < 8, 0, 0.85, 0));
            outcomes.add(new Outcome(true, i < 1, 0, 0.15, 0));
        }

        assertThat(ReaderScores.of(outcomes).calibrationError()).isCloseTo(0.05, within(1e-12));
    }

    @Test
    void withoutUnansweredQuestionsNothingIsSaidOfThem() {
        ReaderScores scores = ReaderScores.of(List.of(answered(0.1)));

        assertThat(scores.noAnswerAuroc()).isNaN();
        assertThat(scores.figures()).containsOnlyKeys("exact-match", "f1", "calibration-error");
    }

    private static Outcome answered(double noAnswer) {
        return new Outcome(true, true, 1, 1 - noAnswer, noAnswer);
    }

    private static Outcome unanswered(double noAnswer) {
        return new Outcome(false, false, 0, 1 - noAnswer, noAnswer);
    }
}
