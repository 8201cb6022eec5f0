package dev.polymath.textanalytics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MaximalMarginalRelevanceTest {
    private static final float[] EAST = {1, 0};
    private static final float[] NEARLY_EAST = {0.8f, 0.6f};
    private static final float[] NORTH = {0, 1};

    private static final List<float[]> VECTORS = List.of(EAST, NEARLY_EAST, NORTH);

    @Test
    void relevanceAloneDecidesWithoutDiversity() {
        assertThat(choose(new double[] {0.2, 0.5, 0.4}, 0, 3)).containsExactly(1, 2, 0);
    }

    @Test
    void diversityDefersWhatIsLikeTheChosen() {
        assertThat(choose(new double[] {0.5, 0.4, 0.3}, 0.5, 3)).containsExactly(0, 2, 1);
    }

    @Test
    void onlyTheProportionsOfRelevanceMatter() {
        assertThat(choose(new double[] {0.05, 0.04, 0.01}, 0.2, 2))
                .isEqualTo(choose(new double[] {0.5, 0.4, 0.1}, 0.2, 2))
                .containsExactly(0, 1);
    }

    @Test
    void duplicatesAreLeftOut() {
        assertThat(MaximalMarginalRelevance.choose(
                        new double[] {0.5, 0.4, 0.3}, List.of(EAST, EAST, NORTH), 0, 0.99, 3))
                .containsExactly(0, 2);
    }

    @Test
    void irrelevantItemsAreChosenIfThereAreNoOthers() {
        assertThat(choose(new double[] {0, 0, 0}, 0.3, 5)).hasSize(3);
        assertThat(MaximalMarginalRelevance.choose(new double[0], List.of(), 0.3, 1, 5))
                .isEmpty();
    }

    private static List<Integer> choose(double[] relevance, double diversity, int count) {
        return MaximalMarginalRelevance.choose(relevance, VECTORS, diversity, 0.999, count);
    }
}
