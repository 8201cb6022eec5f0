package dev.polymath.training.textclassification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PredictionsTest {
    private static final Head COLOURS = new Head("colour", false, List.of("blue", "green", "red"));
    private static final Head TAGS = new Head("tags", true, List.of("a", "b", "c"));

    @Test
    void probabilitiesOfASingleLabelSumUpToOne() {
        Predictions predictions = new Predictions(COLOURS, List.of(new int[] {0}), List.of(new float[] {2, 1, 0}));

        assertThat(predictions.probabilities(0, 1))
                .containsExactly(new double[] {0.66524, 0.24473, 0.09003}, within(1e-5));
        assertThat(predictions.probabilities(0, 2))
                .containsExactly(new double[] {0.50648, 0.30720, 0.18632}, within(1e-5));
    }

    @Test
    void probabilitiesOfSeveralLabelsStandAlone() {
        Predictions predictions = new Predictions(TAGS, List.of(new int[] {0}), List.of(new float[] {2, 0, -800}));

        assertThat(predictions.probabilities(0, 1)).containsExactly(new double[] {0.88080, 0.5, 0}, within(1e-5));
        assertThat(predictions.negativeLogLikelihood(1)).isFinite();
    }

    @Test
    void accuracyAmongOccurringLabelsIgnoresTheOthers() {
        Predictions predictions = new Predictions(
                COLOURS,
                List.of(new int[] {0}, new int[] {2}, new int[] {2}),
                List.of(new float[] {1, 5, 0}, new float[] {0, 5, 1}, new float[] {2, 0, 1}));

        assertThat(predictions.scores(new Calibration(1, new double[0])).accuracy())
                .isZero();
        assertThat(predictions.accuracyAmongOccurring()).isEqualTo(2.0 / 3);
        assertThat(predictions.hasAllLabels()).isFalse();
    }

    @Test
    void overconfidentLogitsGetTheTemperatureThatTheyWereMultipliedWith() {
        Random random = new Random(3);
        List<int[]> gold = new ArrayList<>();
        List<float[]> logits = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            double[] row = {random.nextGaussian(), random.nextGaussian(), random.nextGaussian()};
            double sum = Math.exp(row[0]) + Math.exp(row[1]) + Math.exp(row[2]);
            double draw = random.nextDouble() * sum;
            gold.add(new int[] {draw < Math.exp(row[0]) ? 0 : draw < Math.exp(row[0]) + Math.exp(row[1]) ? 1 : 2});
            logits.add(new float[] {(float) (3 * row[0]), (float) (3 * row[1]), (float) (3 * row[2])});
        }
        Predictions predictions = new Predictions(COLOURS, gold, logits);

        double temperature = predictions.calibrate().temperature();

        assertThat(temperature).isCloseTo(3, within(0.1));
        assertThat(predictions.calibrationError(1)).isGreaterThan(0.2);
        assertThat(predictions.calibrationError(temperature)).isLessThan(0.015);
    }

    @Test
    void calibrationErrorIsTheMeanDistanceOfConfidenceAndTruth() {
        float certain = 50;
        Predictions predictions = new Predictions(
                COLOURS,
                List.of(new int[] {0}, new int[] {1}, new int[] {2}, new int[] {2}),
                List.of(
                        new float[] {certain, 0, 0},
                        new float[] {certain, 0, 0},
                        new float[] {0, 0, certain},
                        new float[] {0, 0, certain}));

        assertThat(predictions.calibrationError(1)).isCloseTo(0.25, within(1e-9));
    }

    @Test
    void thresholdOfEachLabelHasItsBestF1() {
        // label 0 is found from 0.2 on, label 1 from 0.8 on, label 2 never occurs
        List<int[]> gold = List.of(new int[] {0, 1}, new int[] {0}, new int[] {}, new int[] {1});
        List<float[]> logits = List.of(row(0.3, 0.9, 0.1), row(0.3, 0.7, 0.1), row(0.1, 0.7, 0.1), row(0.1, 0.9, 0.1));
        Predictions predictions = new Predictions(TAGS, gold, logits);

        double[] thresholds = predictions.calibrate().thresholds();
        double temperature = predictions.calibrate().temperature();

        assertThat(predictions.scores(new Calibration(temperature, thresholds)).macroF1())
                .isEqualTo(1);
        assertThat(thresholds[2]).isEqualTo(0.5);
    }

    @Test
    void groupHasTheProbabilityOfAtLeastOneOfItsLabels() {
        Predictions predictions = new Predictions(TAGS, List.of(new int[] {1, 2}), List.of(row(0.5, 0.2, 0.9)));

        Predictions grouped = predictions.grouped(LabelGroups.parse(List.of("x=a|b", "y=c")), 1);

        assertThat(grouped.head().labels()).containsExactly("x", "y");
        assertThat(grouped.gold().get(0)).containsExactly(0, 1);
        assertThat(grouped.probabilities(0, 1)).containsExactly(new double[] {0.6, 0.9}, within(1e-5));
    }

    private static float[] row(double... probabilities) {
        float[] row = new float[probabilities.length];
        for (int i = 0; i < row.length; i++) {
            row[i] = (float) Math.log(probabilities[i] / (1 - probabilities[i]));
        }
        return row;
    }
}
