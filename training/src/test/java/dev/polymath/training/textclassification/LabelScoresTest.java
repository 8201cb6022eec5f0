package dev.polymath.training.textclassification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class LabelScoresTest {

    @Test
    void singleLabelsAreCountedAsScikitLearnDoes() {
        // y_true = [0, 1, 2, 0, 1, 2], y_pred = [0, 2, 1, 0, 0, 1]: f1_score(average="macro") = 0.26667
        LabelScores scores = LabelScores.of(
                List.of("a", "b", "c"),
                List.of(ids(0), ids(1), ids(2), ids(0), ids(1), ids(2)),
                List.of(ids(0), ids(2), ids(1), ids(0), ids(0), ids(1)));

        assertThat(scores.accuracy()).isEqualTo(2.0 / 6);
        assertThat(scores.macroF1()).isCloseTo(0.26667, within(1e-5));
        assertThat(scores.counts().get(0).precision()).isCloseTo(2.0 / 3, within(1e-9));
        assertThat(scores.counts().get(0).recall()).isEqualTo(1);
        assertThat(scores.confusions())
                .containsExactly(
                        new LabelScores.Confusion("c", "b", 2),
                        new LabelScores.Confusion("b", "a", 1),
                        new LabelScores.Confusion("b", "c", 1));
    }

    @Test
    void severalLabelsAreCountedByThemselves() {
        LabelScores scores = LabelScores.of(
                List.of("a", "b", "c", "unused"), List.of(ids(0, 1), ids(2), ids()), List.of(ids(0), ids(1, 2), ids()));

        assertThat(scores.accuracy()).isEqualTo(1.0 / 3);
        assertThat(scores.microF1()).isCloseTo(2.0 * 2 / (3 + 3), within(1e-9));
        assertThat(scores.macroF1()).isCloseTo((1 + 0 + 1) / 3.0, within(1e-9));
        assertThat(scores.confusions()).isEmpty();
    }

    @Test
    void labelThatIsOnlyPredictedCountsAgainstTheMacroF1() {
        LabelScores scores = LabelScores.of(List.of("a", "b"), List.of(ids(0), ids(0)), List.of(ids(0), ids(1)));

        assertThat(scores.macroF1()).isCloseTo((2.0 / 3 + 0) / 2, within(1e-9));
    }

    private static int[] ids(int... ids) {
        return ids;
    }
}
