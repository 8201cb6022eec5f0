package dev.polymath.training.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import dev.polymath.training.graph.OnnxGraph.ElementType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LowRankAdapterTest {

    private static final float[] X = values(6, 1);
    private static final LowRankAdapter ADAPTER = new LowRankAdapter(2, 4, 0, name -> name.startsWith("encoder"));

    @TempDir
    private Path directory;

    @Test
    void aFreshAdapterChangesNothingAndOnlyAdaptersAndHeadAreTrained() {
        try (TrainableGraph plain = new TrainableGraph(graph(), TrainableGraphOptions.defaults());
                TrainableGraph adapted = adapted()) {
            assertThat(run(adapted)).isEqualTo(run(plain));
            assertThat(adapted.parametersByName().entrySet().stream()
                            .filter(entry -> entry.getValue().requiresGradient())
                            .map(Map.Entry::getKey))
                    .containsExactlyInAnyOrder(
                            "encoder.lora_A.weight", "encoder.lora_B.weight", "classifier.weight", "classifier.bias");
        }
    }

    @Test
    void theMergedExportComputesWhatTheAdaptedGraphComputes() {
        try (TrainableGraph adapted = adapted()) {
            adapted.setValues("encoder.lora_B.weight", values(8, 5));
            float[] merged = OnnxRuns.run(adapted.export(), Map.of("x", OnnxRuns.Tensor.of(new long[] {2, 3}, X)))
                    .get(0);
            assertThat(MiniLmTest.difference(merged, run(adapted))).isLessThan(1e-5);
            assertThat(adapted.export().initializerNames())
                    .containsExactlyInAnyOrder(
                            "encoder.weight", "encoder.bias", "classifier.weight", "classifier.bias");
            assertThat(adapted.export().floats("encoder.weight")).isNotEqualTo(graph().floats("encoder.weight"));
        }
    }

    @Test
    void gradientsReachTheAdapterAndNotTheFrozenWeight() {
        try (TrainableGraph adapted = adapted();
                NDManager step = adapted.manager().newSubManager();
                GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
            NDArray y = adapted.forward(new NDList(step.create(X, new Shape(2, 3))), true)
                    .head();
            collector.backward(y.sum());
            // B is zero, so A has no slope yet; B has one.
            assertThat(gradient(adapted, "encoder.lora_A.weight")).containsOnly(0f);
            assertThat(gradient(adapted, "encoder.lora_B.weight")).doesNotContain(0f);
            assertThat(adapted.parametersByName().get("encoder.weight"))
                    .satisfies(weight ->
                            assertThat(weight.getArray().hasGradient()).isFalse());
        }
    }

    @Test
    void savedAdaptersGiveTheSameOutputsInAFreshGraph() throws IOException {
        float[] expected;
        try (TrainableGraph adapted = adapted()) {
            adapted.setValues("encoder.lora_B.weight", values(8, 5));
            adapted.setValues("classifier.weight", values(8, 6));
            expected = run(adapted);
            PeftAdapter.save(directory, adapted, "test");
        }
        LowRankAdapter read = PeftAdapter.read(directory);
        assertThat(read.rank()).isEqualTo(2);
        assertThat(read.scale()).isEqualTo(2);
        try (TrainableGraph fresh =
                new TrainableGraph(graph(), TrainableGraphOptions.defaults().withAdapter(read))) {
            PeftAdapter.load(directory, fresh);
            assertThat(run(fresh)).isEqualTo(expected);
        }
        Map<String, SafeTensors.Tensor> tensors = SafeTensors.read(directory.resolve("adapter_model.safetensors"));
        assertThat(tensors.keySet())
                .containsExactly(
                        "base_model.model.classifier.bias",
                        "base_model.model.classifier.weight",
                        "base_model.model.encoder.lora_A.weight",
                        "base_model.model.encoder.lora_B.weight");
        assertThat(tensors.get("base_model.model.classifier.weight"))
                .satisfies(tensor -> assertThat(tensor.shape()).containsExactly(2, 4));
    }

    @Test
    void aFileThatIsNoSafetensorsFileIsRefusedByName() throws IOException {
        Path file = Files.write(
                directory.resolve("broken.safetensors"), "{\"a\":1}".repeat(9).getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(() -> SafeTensors.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("broken.safetensors");
    }

    private static OnnxGraph graph() {
        OnnxGraph graph = OnnxGraph.create("test", 13);
        graph.addInput(OnnxGraph.value("x", ElementType.FLOAT, "rows", "3"));
        String hidden = graph.addLinear("encoder", "x", 3, 4, values(12, 2), values(4, 3));
        String active = graph.add("Tanh", "tanh", List.of(hidden));
        String y = graph.addLinear("classifier", active, 4, 2, values(8, 4), new float[2]);
        graph.setOutputs(OnnxGraph.value(y, ElementType.FLOAT, "rows", "2"));
        return graph;
    }

    private static TrainableGraph adapted() {
        return new TrainableGraph(
                graph(),
                TrainableGraphOptions.defaults()
                        .withFrozen("encoder.bias"::equals)
                        .withAdapter(ADAPTER));
    }

    private static float[] run(TrainableGraph graph) {
        try (NDManager step = graph.manager().newSubManager()) {
            return graph.forward(new NDList(step.create(X, new Shape(2, 3))), false)
                    .head()
                    .toFloatArray();
        }
    }

    private static float[] gradient(TrainableGraph graph, String name) {
        Parameter parameter = Objects.requireNonNull(graph.parametersByName().get(name));
        try (NDArray gradient = parameter.getArray().getGradient()) {
            return gradient.toFloatArray();
        }
    }

    private static float[] values(int count, long seed) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = random.nextFloat() - 0.5f;
        }
        return values;
    }
}
