package dev.polymath.training.graph;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The encoder from which training starts, whole: forward, gradient and export. */
class MiniLmTest {

    private static final int BATCH = 3;
    private static final int LENGTH = 12;

    @Test
    void forwardAgreesWithOnnxRuntimeFusedAndUnfused() throws IOException {
        OnnxGraph graph = miniLm();
        float[] expected = OnnxRuns.run(graph, inputs()).get(0);
        for (boolean fuse : new boolean[] {true, false}) {
            try (TrainableGraph trainable =
                    new TrainableGraph(graph, TrainableGraphOptions.defaults().withFuse(fuse))) {
                assertThat(difference(forward(trainable), expected)).isLessThan(1e-5);
            }
        }
    }

    @Test
    void oneStepDownTheGradientLowersTheLossAndIsExported() throws IOException {
        OnnxGraph graph = miniLm();
        try (TrainableGraph trainable = new TrainableGraph(
                graph, TrainableGraphOptions.defaults().withFrozen(name -> name.endsWith("embeddings.weight")))) {
            String weight = "encoder.layer.3.output.dense.bias";
            float[] gradient = new float[384];
            double before = step(trainable, weight, gradient);
            double norm = 0;
            for (float g : gradient) {
                norm += (double) g * g;
            }
            float rate = (float) (0.01 / norm);
            float[] values = trainable.values(weight);
            for (int i = 0; i < values.length; i++) {
                values[i] -= rate * gradient[i];
            }
            NDArray array = Objects.requireNonNull(trainable.parametersByName().get(weight))
                    .getArray();
            array.set(values);
            double after = step(trainable, weight, new float[384]);

            // First-order Taylor: a step of rate * gradient lowers the loss by rate * |gradient|^2 = 0.01.
            assertThat(before - after).isBetween(0.008, 0.012);
            float[] exported = OnnxRuns.run(trainable.export(), inputs()).get(0);
            assertThat(difference(forward(trainable), exported)).isLessThan(1e-5);
        }
    }

    static OnnxGraph miniLm() throws IOException {
        try (InputStream in = Objects.requireNonNull(MiniLmTest.class.getResourceAsStream("/all-minilm-l6-v2.onnx"))) {
            return OnnxGraph.read(in);
        }
    }

    static Map<String, OnnxRuns.Tensor> inputs() {
        Random random = new Random(7);
        long[] shape = {BATCH, LENGTH};
        Map<String, OnnxRuns.Tensor> inputs = new LinkedHashMap<>();
        inputs.put(
                "input_ids",
                OnnxRuns.Tensor.of(
                        shape, random.longs(BATCH * LENGTH, 1000, 20000).toArray()));
        long[] mask = new long[BATCH * LENGTH];
        for (int i = 0; i < mask.length; i++) {
            mask[i] = i % LENGTH < LENGTH - 3 * (i / LENGTH) ? 1 : 0;
        }
        inputs.put("attention_mask", OnnxRuns.Tensor.of(shape, mask));
        inputs.put("token_type_ids", OnnxRuns.Tensor.of(shape, new long[BATCH * LENGTH]));
        return inputs;
    }

    static double difference(float[] a, float[] b) {
        assertThat(a).hasSameSizeAs(b);
        double worst = 0;
        for (int i = 0; i < a.length; i++) {
            worst = Math.max(worst, Math.abs(a[i] - b[i]));
        }
        return worst;
    }

    private static NDList arrays(NDManager step) {
        NDList list = new NDList();
        inputs().values()
                .forEach(tensor ->
                        list.add(step.create(Objects.requireNonNull(tensor.longs()), new Shape(tensor.shape()))));
        return list;
    }

    private static float[] forward(TrainableGraph graph) {
        try (NDManager step = graph.manager().newSubManager()) {
            return graph.forward(arrays(step), false).head().toFloatArray();
        }
    }

    /** Mean square of the hidden states, summed over the width; leaves the weight's gradient in {@code gradient}. */
    private static double step(TrainableGraph graph, String weight, float[] gradient) {
        try (NDManager step = graph.manager().newSubManager();
                GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
            NDArray target = step.create(1f);
            NDArray loss = graph.forward(arrays(step), true)
                    .head()
                    .sub(target)
                    .square()
                    .sum(new int[] {2})
                    .mean();
            System.gc();
            collector.backward(loss);
            NDArray array =
                    Objects.requireNonNull(graph.parametersByName().get(weight)).getArray();
            try (NDArray found = array.getGradient()) {
                System.arraycopy(found.toFloatArray(), 0, gradient, 0, gradient.length);
            }
            return loss.getFloat();
        }
    }
}
