package dev.polymath.textanalytics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polymath.inference.AnswerSpan;
import dev.polymath.inference.TextAnswers;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AnswersTest {
    private static final Map<Integer, TextAnswers> READ = Map.of(
            0, found(0.3, new AnswerSpan(0, 4, 0.6), new AnswerSpan(6, 9, 0.1)),
            2, found(0.2, new AnswerSpan(1, 5, 0.7), new AnswerSpan(8, 9, 0.1)));

    @Test
    void mostConfidentOfAllDocumentsComesFirstThenTheEarlierDocument() {
        assertThat(Answers.merge(READ, 10, 0).answers())
                .containsExactly(
                        new Answer(2, 1, 5, 0.7),
                        new Answer(0, 0, 4, 0.6),
                        new Answer(0, 6, 9, 0.1),
                        new Answer(2, 8, 9, 0.1));
    }

    @Test
    void noMoreThanAskedForAndNoneBelowTheLeastConfidence() {
        assertThat(Answers.merge(READ, 1, 0).answers())
                .extracting(Answer::document)
                .containsExactly(2);
        assertThat(Answers.merge(READ, 10, 0.65).answers()).hasSize(1);
        assertThat(Answers.merge(READ, 10, 0.6).answers()).hasSize(2);
    }

    @Test
    void noAnswerIsThatOfTheDocumentThatIsMostLikelyToAnswer() {
        assertThat(Answers.merge(READ, 1, 0.9).noAnswer()).isEqualTo(0.2);
    }

    @Test
    void withoutDocumentsThereIsNoAnswer() {
        assertThat(Answers.merge(Map.of(), 1, 0)).isEqualTo(new Answers(List.of(), 1));
    }

    private static TextAnswers found(double noAnswer, AnswerSpan... answers) {
        return new TextAnswers(List.of(answers), noAnswer, 10, 1, FakeEmbedder.RECEIPT);
    }
}
