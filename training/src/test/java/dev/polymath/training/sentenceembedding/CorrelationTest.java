package dev.polymath.training.sentenceembedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class CorrelationTest {

    @Test
    void agreesWithSciPy() {
        double[] x = {1, 2, 3, 4, 5};
        double[] y = {5, 6, 7, 8, 7};

        // scipy.stats.pearsonr and spearmanr
        assertThat(Correlation.pearson(x, y)).isCloseTo(0.83205, within(1e-5));
        assertThat(Correlation.spearman(x, y)).isCloseTo(0.82078, within(1e-5));
    }

    @Test
    void ranksDoNotCareForDistances() {
        assertThat(Correlation.spearman(new double[] {1, 2, 3}, new double[] {1, 10, 1000}))
                .isCloseTo(1, within(1e-12));
        assertThat(Correlation.spearman(new double[] {1, 2, 3}, new double[] {9, 8, -7}))
                .isCloseTo(-1, within(1e-12));
    }

    @Test
    void constantHasNoCorrelation() {
        assertThat(Correlation.pearson(new double[] {1, 1}, new double[] {1, 2}))
                .isNaN();
    }
}
