package dev.polymath.training.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.polymath.training.graph.Int8Quantizer.Scheme;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class Int8QuantizerTest {

    private static final int WIDTH = 384;

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "DYNAMIC")
    void hiddenStatesAreCloseToFp32AndTheSameAloneAndInAPaddedBatch(Scheme scheme) throws IOException, OrtException {
        OnnxGraph graph = MiniLmTest.miniLm();
        byte[] quantized = Int8Quantizer.of(scheme).quantize(graph).toBytes();
        assertThat(quantized).hasSizeLessThan(25_000_000);

        int batch = 8;
        int length = 40;
        long[] ids = new Random(5).longs(batch * length, 1000, 29000).toArray();
        int[] lengths = new int[batch];
        for (int b = 0; b < batch; b++) {
            lengths[b] = length - 5 * b;
            Arrays.fill(ids, b * length + lengths[b], (b + 1) * length, 0);
        }
        float[] exact = OnnxRuns.run(graph, inputs(ids, length)).get(0);
        Engine.getEngine("OnnxRuntime");
        try (OrtSession session =
                OrtEnvironment.getEnvironment().createSession(quantized, new OrtSession.SessionOptions())) {
            float[] together = OnnxRuns.run(session, inputs(ids, length)).get(0);
            for (int b = 0; b < batch; b++) {
                int from = b * length * WIDTH;
                int to = from + lengths[b] * WIDTH;
                float[] alone = OnnxRuns.run(
                                session,
                                inputs(Arrays.copyOfRange(ids, b * length, b * length + lengths[b]), lengths[b]))
                        .get(0);
                assertThat(Arrays.copyOfRange(together, from, to)).isEqualTo(alone);
                assertThat(cosine(alone, Arrays.copyOfRange(exact, from, to))).isGreaterThan(0.99);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aQuantisedGraphBecomesTrainableAgain(Scheme scheme) throws IOException, OrtException {
        OnnxGraph graph = MiniLmTest.miniLm();
        OnnxGraph again = Int8Dequantizer.dequantize(
                OnnxGraph.read(Int8Quantizer.of(scheme).quantize(graph).toBytes()));

        // the graph as it was, but for what was rounded
        assertThat(again.initializerNames()).containsExactlyInAnyOrderElementsOf(graph.initializerNames());
        assertThat(again.nodes().stream().map(node -> node.getOpType() + node.getInputList() + node.getOutputList()))
                .containsExactlyElementsOf(graph.nodes().stream()
                        .map(node -> node.getOpType() + node.getInputList() + node.getOutputList())
                        .toList());
        long[] ids = new Random(6).longs(32, 1000, 29000).toArray();
        float[] exact = OnnxRuns.run(graph, inputs(ids, 16)).get(0);
        assertThat(cosine(OnnxRuns.run(again, inputs(ids, 16)).get(0), exact)).isGreaterThan(0.998);
        try (TrainableGraph trainable = new TrainableGraph(again, TrainableGraphOptions.defaults())) {
            assertThat(trainable.parametersByName()).hasSizeGreaterThan(90);
        }
    }

    @Test
    void convolutionsKeepTheirWeightsInEightBitsPerChannelAndComeBack() throws IOException {
        Random random = new Random(4);
        OnnxGraph graph = OnnxGraph.create("conv", 13);
        graph.addInput(OnnxGraph.value("x", OnnxGraph.ElementType.FLOAT, "N", "2", "6", "6"));
        float[] weights = new float[3 * 2 * 3 * 3];
        for (int i = 0; i < weights.length; i++) {
            // channels of very different size
            weights[i] = (float) (random.nextGaussian() * Math.pow(10, i / 18));
        }
        graph.addInitializer("w", new long[] {3, 2, 3, 3}, weights);
        graph.addInitializer("b", new long[] {3}, 1f, 2f, 3f);
        String y = graph.add("Conv", "y", List.of("x", "w", "b"), OnnxGraph.attribute("pads", new long[] {1, 1, 1, 1}));
        graph.setOutputs(OnnxGraph.value(y, OnnxGraph.ElementType.FLOAT, "N", "3", "6", "6"));
        OnnxGraph quantized = Int8Quantizer.of(Scheme.WEIGHT_ONLY).quantize(graph);
        float[] pixels = new float[72];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = random.nextFloat();
        }
        Map<String, OnnxRuns.Tensor> input = Map.of("x", OnnxRuns.Tensor.of(new long[] {1, 2, 6, 6}, pixels));

        float[] exact = OnnxRuns.run(graph, input).get(0);
        float[] rounded = OnnxRuns.run(quantized, input).get(0);
        OnnxGraph again = Int8Dequantizer.dequantize(OnnxGraph.read(quantized.toBytes()));

        assertThat(quantized.initializerNames()).contains("w_int8").doesNotContain("w");
        for (int channel = 0; channel < 3; channel++) {
            assertThat(cosine(
                            Arrays.copyOfRange(rounded, 36 * channel, 36 * channel + 36),
                            Arrays.copyOfRange(exact, 36 * channel, 36 * channel + 36)))
                    .isGreaterThan(0.9999);
        }
        assertThat(again.initializerNames()).containsExactlyInAnyOrder("w", "b");
        assertThat(again.nodes()).singleElement().isEqualTo(graph.nodes().get(0));
        assertThat(OnnxRuns.run(again, input).get(0)).containsExactly(rounded, within(1e-4f));
    }

    private static Map<String, OnnxRuns.Tensor> inputs(long[] ids, int length) {
        long[] shape = {ids.length / length, length};
        Map<String, OnnxRuns.Tensor> inputs = new LinkedHashMap<>();
        inputs.put("input_ids", OnnxRuns.Tensor.of(shape, ids));
        inputs.put(
                "attention_mask",
                OnnxRuns.Tensor.of(
                        shape, Arrays.stream(ids).map(id -> id == 0 ? 0 : 1).toArray()));
        inputs.put("token_type_ids", OnnxRuns.Tensor.of(shape, new long[ids.length]));
        return inputs;
    }

    private static double cosine(float[] a, float[] b) {
        double ab = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < a.length; i++) {
            ab += (double) a[i] * b[i];
            aa += (double) a[i] * a[i];
            bb += (double) b[i] * b[i];
        }
        return ab / Math.sqrt(aa * bb);
    }
}
