package dev.polymath.training.objectdetection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DetectionLossTest {
    private static final int CLASSES = 2;
    private static final int WIDTH = 5 + CLASSES;

    private final AnchorPoints anchors = new AnchorPoints(32, new int[] {8, 16});
    private final DetectionLoss loss = new DetectionLoss(anchors, CLASSES);

    @Test
    void aPerfectPredictionCostsNothingAndItsValueElsewhereIsThatOfTheFormula() {
        Rectangle box = new Rectangle(8, 8, 16, 16);
        float[] values = new float[anchors.count() * WIDTH];
        for (int anchor = 0; anchor < anchors.count(); anchor++) {
            values[anchor * WIDTH + 4] = -20;
            values[anchor * WIDTH + 5] = -20;
            values[anchor * WIDTH + 6] = -20;
            // far away, so that one prediction alone overlaps
            values[anchor * WIDTH] = 50;
        }
        int cell = 5;
        values[cell * WIDTH] = 0.5f;
        values[cell * WIDTH + 1] = 0.5f;
        values[cell * WIDTH + 4] = 20;
        values[cell * WIDTH + 6] = 20;
        List<List<SimOta.Target>> targets = List.of(List.of(new SimOta.Target(1, box)));

        assertThat(value(values, targets, true)).isCloseTo(0, within(1e-4));

        // half as wide: overlap 0.5, box loss 5 (1 - 0.25), L1 of the logarithm log 2; the class is asked for 0.5 only
        values[cell * WIDTH + 2] = (float) Math.log(0.5);
        double classes = Math.log1p(Math.exp(20)) - 0.5 * 20;
        assertThat(value(values, targets, false)).isCloseTo(5 * 0.75 + classes, within(1e-3));
        assertThat(value(values, targets, true)).isCloseTo(5 * 0.75 + classes + Math.log(2), within(1e-3));
    }

    @Test
    void aPictureWithoutObjectsAsksForNoObjectness() {
        float[] values = new float[anchors.count() * WIDTH];

        assertThat(value(values, List.of(List.of()), true)).isCloseTo(anchors.count() * Math.log(2), within(1e-3));
    }

    @Test
    void theGradientIsThatOfDifferencesAlsoWhileTheGarbageCollectorRuns() {
        float[] values = random(2 * anchors.count() * WIDTH);
        for (int i = 0; i < values.length; i++) {
            // with logits of 0 the loss does not depend on what is asked of the classes, which has no gradient
            values[i] = i % WIDTH < 5 ? values[i] : 0;
        }
        List<List<SimOta.Target>> targets = List.of(
                List.of(
                        new SimOta.Target(0, new Rectangle(3, 4, 20, 17)),
                        new SimOta.Target(1, new Rectangle(10, 12, 31, 30))),
                List.of(new SimOta.Target(1, new Rectangle(1, 1, 9, 14))));
        float[] gradient;
        try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
            NDArray outputs = manager.create(values, new Shape(2, anchors.count(), WIDTH));
            outputs.setRequiresGradient(true);
            try (GradientCollector collector = manager.getEngine().newGradientCollector()) {
                NDArray sum = loss.of(outputs, targets, true, manager);
                System.gc();
                collector.backward(sum);
            }
            gradient = outputs.getGradient().toFloatArray();
        }

        int compared = 0;
        for (int i = 0; i < values.length; i++) {
            if (Math.abs(gradient[i]) > 0.05) {
                assertThat(gradient[i])
                        .as("value %d of prediction %d", i % WIDTH, i / WIDTH)
                        .isCloseTo((float) slope(values, i, targets), within(0.02f + 0.05f * Math.abs(gradient[i])));
                compared++;
            }
        }
        assertThat(compared).isGreaterThan(20);
    }

    private double slope(float[] values, int index, List<List<SimOta.Target>> targets) {
        float step = 2e-3f;
        float[] more = values.clone();
        float[] less = values.clone();
        more[index] += step;
        less[index] -= step;
        return (value(more, targets, true) - value(less, targets, true)) / (2 * step);
    }

    private double value(float[] values, List<List<SimOta.Target>> targets, boolean distance) {
        try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
            NDArray outputs = manager.create(values, new Shape(targets.size(), anchors.count(), WIDTH));
            return loss.of(outputs, targets, distance, manager).getFloat();
        }
    }

    private static float[] random(int count) {
        Random random = new Random(3);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (0.6 * random.nextGaussian());
        }
        return values;
    }
}
