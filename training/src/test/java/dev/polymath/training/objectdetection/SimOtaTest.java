package dev.polymath.training.objectdetection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class SimOtaTest {
    private static final int SIZE = 64;
    private static final int CLASSES = 2;
    private static final int WIDTH = 5 + CLASSES;

    /** 8 x 8 cells of 8 pixels, then 4 x 4 of 16. */
    private final AnchorPoints anchors = new AnchorPoints(SIZE, new int[] {8, 16});

    private final SimOta assignment = new SimOta(anchors, CLASSES);
    private final float[] outputs = new float[anchors.count() * WIDTH];

    @Test
    void anObjectTakesAsManyPredictionsAsTheirOverlapsAddUpToTheCheapestFirst() {
        Rectangle box = new Rectangle(16, 16, 48, 48);
        Arrays.fill(outputs, -3);
        for (int anchor : List.of(27, 28, 35)) {
            predict(anchor, box, 0, 2);
        }

        List<SimOta.Match> matches = assignment.assign(outputs, 0, List.of(new SimOta.Target(0, box)));

        // three overlap fully; the small boxes of the others add less than one
        assertThat(matches).extracting(SimOta.Match::anchor).containsExactly(27, 28, 35);
        assertThat(matches).allSatisfy(match -> assertThat(match.overlap()).isCloseTo(1, within(1e-4f)));
    }

    @Test
    void anObjectThatNothingOverlapsStillGetsOnePrediction() {
        Arrays.fill(outputs, -6);

        List<SimOta.Match> matches =
                assignment.assign(outputs, 0, List.of(new SimOta.Target(1, new Rectangle(2, 2, 5, 5))));

        assertThat(matches).hasSize(1);
        assertThat(anchors.x(matches.get(0).anchor())).isLessThan(28);
    }

    @Test
    void aPredictionThatTwoObjectsWantGoesToTheOneForWhichItIsCheaper() {
        Rectangle left = new Rectangle(8, 16, 32, 40);
        Rectangle right = new Rectangle(16, 16, 40, 40);
        Arrays.fill(outputs, -3);
        predict(26, right, 1, 4);
        predict(27, left, 0, 4);

        List<SimOta.Match> matches =
                assignment.assign(outputs, 0, List.of(new SimOta.Target(0, left), new SimOta.Target(1, right)));

        assertThat(matches)
                .extracting(SimOta.Match::anchor)
                .doesNotHaveDuplicates()
                .contains(26, 27);
        assertThat(matches)
                .filteredOn(match -> match.anchor() == 26)
                .extracting(SimOta.Match::target)
                .containsExactly(1);
        assertThat(matches)
                .filteredOn(match -> match.anchor() == 27)
                .extracting(SimOta.Match::target)
                .containsExactly(0);
    }

    @Test
    void aCellOutsideOfTheBoxIsTakenOnlyIfNoOtherIsThere() {
        Rectangle box = new Rectangle(26, 26, 30, 30);
        Arrays.fill(outputs, -3);
        // the middle of cell 27 is at (28, 28); cell 28 is near it but not in the box
        predict(28, box, 0, 5);
        predict(27, new Rectangle(20, 20, 40, 40), 0, 0);

        assertThat(assignment.assign(outputs, 0, List.of(new SimOta.Target(0, box))))
                .extracting(SimOta.Match::anchor)
                .containsExactly(27);
    }

    @Test
    void aPictureWithoutObjectsHasNoMatches() {
        assertThat(assignment.assign(outputs, 0, List.of())).isEmpty();
    }

    private void predict(int anchor, Rectangle box, int label, float logit) {
        int at = anchor * WIDTH;
        float stride = anchors.stride(anchor);
        outputs[at] = (box.left() + box.right()) / 2 / stride - anchors.column(anchor);
        outputs[at + 1] = (box.top() + box.bottom()) / 2 / stride - anchors.row(anchor);
        outputs[at + 2] = (float) Math.log(box.width() / stride);
        outputs[at + 3] = (float) Math.log(box.height() / stride);
        outputs[at + 4] = logit;
        outputs[at + 5 + label] = logit;
    }
}
