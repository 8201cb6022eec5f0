package dev.polymath.training.objectdetection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.OnnxGraph.ElementType;
import dev.polymath.training.graph.OnnxRuns;
import dev.polymath.training.graph.TrainableGraph;
import dev.polymath.training.graph.TrainableGraphOptions;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DetectorGraphTest {
    private static final int SIZE = 64;

    @Test
    void servingAndTrainingGraphComputeTheSameForAnyBatchButForTheSigmoid() throws Exception {
        DetectorGraph detector = DetectorGraph.of(TinyDetector.graph(3));
        int anchors = 64 + 16;
        float[] pixels = pixels(2);

        assertThat(detector.classes()).isEqualTo(3);
        assertThat(detector.strides()).containsExactly(8, 16);
        float[] served = OnnxRuns.run(
                        detector.serving(SIZE),
                        Map.of("images", OnnxRuns.Tensor.of(new long[] {2, 3, SIZE, SIZE}, pixels)))
                .get(0);
        assertThat(served).hasSize(2 * anchors * 8);
        try (TrainableGraph block = new TrainableGraph(detector.training(), TrainableGraphOptions.defaults());
                NDManager manager = block.manager().newSubManager()) {
            float[] trained = block.forward(new NDList(manager.create(pixels, new Shape(2, 3, SIZE, SIZE))), false)
                    .head()
                    .toFloatArray();
            for (int i = 0; i < served.length; i++) {
                double expected = i % 8 < 4 ? trained[i] : 1 / (1 + Math.exp(-trained[i]));
                assertThat(served[i]).isCloseTo((float) expected, within(1e-4f));
            }
        }
    }

    @Test
    void aNewLabelSetKeepsWhatIsKnownAndBeginsTheRestWithAProbabilityOfOnePercent() {
        OnnxGraph old = TinyDetector.graph(3);
        DetectorGraph detector = DetectorGraph.of(old)
                .withClasses(List.of("cat", "dog", "horse"), List.of("truck", "horse", "cat", "van"), 1);

        assertThat(detector.classes()).isEqualTo(4);
        OnnxGraph graph = detector.training();
        float[] weights = graph.floats("classes.0.weight");
        float[] oldWeights = old.floats("classes.0.weight");
        int width = oldWeights.length / 3;
        for (int i = 0; i < width; i++) {
            assertThat(weights[width + i]).isEqualTo(oldWeights[2 * width + i]);
            assertThat(weights[2 * width + i]).isEqualTo(oldWeights[i]);
        }
        float[] biases = graph.floats("classes.1.bias");
        float[] oldBiases = old.floats("classes.1.bias");
        assertThat(biases[1]).isEqualTo(oldBiases[2]);
        assertThat(1 / (1 + Math.exp(-biases[0]))).isCloseTo(0.01, within(1e-6));
        assertThat(1 / (1 + Math.exp(-biases[3]))).isCloseTo(0.01, within(1e-6));
    }

    @Test
    void stagesAreFrozenByTheirPlaceInTheGraph() {
        DetectorGraph detector = DetectorGraph.of(TinyDetector.graph(3));

        assertThat(detector.frozen(DetectorGraph.Freeze.NONE)).isEmpty();
        assertThat(weights(detector, DetectorGraph.Freeze.BACKBONE))
                .containsExactly("fine.weight", "first.weight", "second.weight");
        assertThat(weights(detector, DetectorGraph.Freeze.BACKBONE_AND_NECK))
                .containsExactlyInAnyOrder(
                        "first.weight", "second.weight", "fine.weight", "lateral.weight", "joined.weight");
        assertThat(detector.classWeights())
                .containsExactly("classes.0.bias", "classes.0.weight", "classes.1.bias", "classes.1.weight");
    }

    @Test
    void anotherGraphIsRefusedWithWhatIsMissing() {
        OnnxGraph graph = OnnxGraph.create("other", 13);
        graph.addInput(OnnxGraph.value("x", ElementType.FLOAT, "N", "4"));
        graph.setOutputs(OnnxGraph.value(graph.add("Relu", "y", List.of("x")), ElementType.FLOAT, "N", "4"));

        assertThatThrownBy(() -> DetectorGraph.of(graph))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not a graph of YOLOX: Relu y (expected: ");
    }

    private static List<String> weights(DetectorGraph detector, DetectorGraph.Freeze freeze) {
        return detector.frozen(freeze).stream()
                .filter(name -> name.endsWith(".weight"))
                .toList();
    }

    private static float[] pixels(int batch) {
        Random random = new Random(1);
        float[] pixels = new float[batch * 3 * SIZE * SIZE];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = random.nextInt(256);
        }
        return pixels;
    }
}
