package dev.polymath.training.imageclassification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class ClassificationScoresTest {
    private final ClassificationScores scores = new ClassificationScores(List.of("a", "b", "c", "d", "e", "f", "g"));

    @Test
    void accuracyCountsTheBestAndTheBestFive() {
        scores.add("a", new float[] {7, 6, 5, 4, 3, 2, 1});
        scores.add("e", new float[] {7, 6, 5, 4, 3, 2, 1});
        scores.add("f", new float[] {7, 6, 5, 4, 3, 2, 1});
        // all the same is no answer
        scores.add("b", new float[7]);

        assertThat(scores.top1()).isEqualTo(0.25);
        assertThat(scores.top5()).isEqualTo(0.5);
        assertThat(scores.toMarkdown())
                .contains("4 pictures, top-1 accuracy 0.250, top-5 accuracy 0.500", "| a | 1 | 1.000 |")
                .contains("e taken for a (1)");
    }

    @Test
    void theTemperatureMakesProbabilitiesOfLogitsThatAreTooSure() {
        for (int i = 0; i < 100; i++) {
            // nine of ten are right, at odds of e^10
            scores.add(i % 10 == 0 ? "b" : "a", new float[] {10, 0, -100, -100, -100, -100, -100});
        }

        // odds of nine are right
        assertThat(scores.fitTemperature()).isCloseTo(10 / Math.log(9), within(0.01));
        assertThat(scores.negativeLogLikelihood(scores.fitTemperature()))
                .isCloseTo(-0.9 * Math.log(0.9) - 0.1 * Math.log(0.1), within(1e-3));
    }
}
