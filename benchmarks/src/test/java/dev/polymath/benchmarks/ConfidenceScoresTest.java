package dev.polymath.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.polymath.benchmarks.ConfidenceScores.Answer;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConfidenceScoresTest {
    @Test
    void rightAnswersAreCountedByRank() {
        ConfidenceScores scores = ConfidenceScores.of(
                List.of(new Answer(0, 0.5), new Answer(4, 0.5), new Answer(5, 0.5), new Answer(-1, 0.5)));

        assertThat(scores.top1()).isEqualTo(0.25);
        assertThat(scores.top5()).isEqualTo(0.5);
        assertThat(scores.calibrationError()).isCloseTo(0.25, within(1e-9));
    }

    @Test
    void errorsOfBinsDoNotCancelOut() {
        ConfidenceScores scores = ConfidenceScores.of(List.of(new Answer(1, 1), new Answer(0, 0)));

        assertThat(scores.calibrationError()).isEqualTo(1);
    }

    @Test
    void confidenceThatIsRightAsOftenAsItSaysHasNoError() {
        ConfidenceScores scores = ConfidenceScores.of(
                List.of(new Answer(0, 0.75), new Answer(0, 0.75), new Answer(0, 0.75), new Answer(1, 0.75)));

        assertThat(scores.calibrationError()).isCloseTo(0, within(1e-9));
    }
}
