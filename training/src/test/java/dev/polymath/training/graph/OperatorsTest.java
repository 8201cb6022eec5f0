package dev.polymath.training.graph;

import static dev.polymath.training.graph.OnnxGraph.attribute;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.onnx.proto.OnnxMl.AttributeProto;
import dev.polymath.training.graph.OnnxGraph.ElementType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every operator against ONNX Runtime, and its gradient against finite differences with garbage collections between the
 * forward and the backward pass.
 */
class OperatorsTest {

    private static final float STEP = 1e-3f;

    static Stream<Arguments> graphs() {
        return Stream.of(
                unary("Neg"),
                unary("Abs"),
                unary("Exp"),
                unary("Tanh"),
                unary("Erf"),
                unary("Relu"),
                unary("Sigmoid"),
                unary("Softplus"),
                unary("Identity"),
                unary("LeakyRelu", attribute("alpha", 0.2f)),
                positive("Sqrt"),
                positive("Log"),
                positive("Reciprocal"),
                graph("Add broadcast", 13, g -> g.node("Add", g.x(2, 3, 4), g.w(4))),
                graph("Sub weight first", 13, g -> g.node("Sub", g.w(3, 1), g.x(2, 3, 4))),
                graph("Mul", 13, g -> g.node("Mul", g.x(2, 3), g.w(2, 3))),
                graph("Div", 13, g -> g.node("Div", g.x(2, 3), g.node("Exp", g.w(3)))),
                graph("Min", 13, g -> g.node("Min", g.x(2, 3), g.node("Neg", g.x(2, 3)))),
                graph("Max of three", 13, g -> g.node("Max", g.x(6), g.node("Neg", g.x(6)), g.w(6))),
                graph("Pow 2", 13, g -> g.node("Pow", g.x(5), g.scalar(2))),
                graph("Pow 0.5", 13, g -> g.node("Pow", g.node("Exp", g.x(5)), g.scalar(0.5f))),
                graph("Pow 3", 13, g -> g.node("Pow", g.node("Exp", g.x(5)), g.scalar(3))),
                graph("Clip", 13, g -> g.node("Clip", g.x(9), g.scalar(-0.5f), g.scalar(0.75f))),
                graph("Clip below only", 13, g -> g.node("Clip", g.x(9), g.scalar(-0.5f))),
                graph(
                        "Clip of operator set 10",
                        10,
                        g -> g.node("Clip", List.of(g.x(9)), attribute("min", 0f), attribute("max", 0.6f))),
                graph("MatMul weight", 13, g -> g.node("MatMul", g.x(2, 3, 4), g.w(4, 5))),
                graph("MatMul of batches", 13, g -> g.node("MatMul", g.x(2, 3, 4), g.x(2, 4, 5))),
                graph("MatMul and bias", 13, g -> g.node("Add", g.w(5), g.node("MatMul", g.x(2, 3, 4), g.w(4, 5)))),
                graph(
                        "Gemm",
                        13,
                        g -> g.node(
                                "Gemm",
                                List.of(g.x(3, 4), g.w(5, 4), g.w(5)),
                                attribute("transB", 1L),
                                attribute("alpha", 0.5f),
                                attribute("beta", 2f))),
                graph(
                        "Gemm transposed left",
                        13,
                        g -> g.node("Gemm", List.of(g.x(4, 3), g.w(4, 5)), attribute("transA", 1L))),
                graph(
                        "LayerNormalization",
                        17,
                        g -> g.node(
                                "LayerNormalization",
                                List.of(g.x(2, 3, 8), g.w(8), g.w(8)),
                                attribute("epsilon", 1e-3f))),
                graph("LayerNormalization decomposed", 11, OperatorsTest::layerNorm),
                graph("GELU decomposed, half last", 11, g -> {
                    String x = g.x(3, 4);
                    return g.node("Mul", g.node("Mul", x, gelu(g, x)), g.scalar(0.5f));
                }),
                graph("GELU decomposed, half first", 11, g -> {
                    String x = g.x(3, 4);
                    return g.node("Mul", g.node("Mul", g.scalar(0.5f), x), gelu(g, x));
                }),
                graph(
                        "BatchNormalization",
                        13,
                        g -> g.node(
                                "BatchNormalization",
                                g.x(2, 3, 4, 4),
                                g.w(3),
                                g.w(3),
                                g.constant(0.1f, -0.2f, 0.3f),
                                g.constant(1, 2, 0.5f))),
                graph("Softmax", 13, g -> g.node("Softmax", List.of(g.x(2, 3, 4)), attribute("axis", 1L))),
                graph(
                        "Softmax of operator set 11",
                        11,
                        g -> g.node("Softmax", List.of(g.x(2, 3, 4)), attribute("axis", 1L))),
                graph("LogSoftmax", 13, g -> g.node("LogSoftmax", g.x(2, 5))),
                graph(
                        "ReduceMean",
                        13,
                        g -> g.node(
                                "ReduceMean",
                                List.of(g.x(2, 3, 4)),
                                attribute("axes", new long[] {0, 2}),
                                attribute("keepdims", 0L))),
                graph(
                        "ReduceMax",
                        13,
                        g -> g.node("ReduceMax", List.of(g.x(2, 3, 4)), attribute("axes", new long[] {-1}))),
                graph("ReduceSum", 13, g -> g.node("ReduceSum", g.x(2, 3, 4), g.longs(1))),
                graph("ReduceSum of all", 13, g -> g.node("ReduceSum", g.x(2, 3, 4))),
                graph("Where", 13, g -> g.node("Where", g.node("Greater", g.x(2, 3), g.scalar(0)), g.x(2, 3), g.w(3))),
                graph("mask from integers", 13, OperatorsTest::mask),
                graph("Gather rows by input", 13, g -> g.node("Gather", g.w(7, 3), g.ids(2, 4))),
                graph(
                        "Gather along axis 1",
                        13,
                        g -> g.node("Gather", List.of(g.x(2, 5, 3), g.longs(0, -1, 2)), attribute("axis", 1L))),
                graph(
                        "Gather one",
                        13,
                        g -> g.node("Gather", List.of(g.x(2, 5, 3), g.index(-2)), attribute("axis", 1L))),
                graph("Gather from rank 3", 13, g -> g.node("Gather", g.x(5, 2, 3), g.longs(4, 1))),
                graph(
                        "Slice",
                        13,
                        g -> g.node(
                                "Slice",
                                g.x(4, 6),
                                g.longs(1, -5),
                                g.longs(Long.MAX_VALUE, 5),
                                g.longs(0, 1),
                                g.longs(1, 2))),
                graph(
                        "Slice backwards",
                        13,
                        g -> g.node("Slice", g.x(4, 6), g.longs(-1), g.longs(-6), g.longs(1), g.longs(-2))),
                graph(
                        "Concat",
                        13,
                        g -> g.node("Concat", List.of(g.x(2, 3), g.w(2, 1), g.x(2, 2)), attribute("axis", -1L))),
                graph("Split", 13, OperatorsTest::split),
                graph("Reshape to a computed shape", 13, OperatorsTest::computedShape),
                graph("Flatten", 13, g -> g.node("Flatten", g.x(2, 3, 4))),
                graph("Expand", 13, g -> g.node("Expand", g.x(3, 1), g.longs(2, 1, 4))),
                graph("Tile", 13, g -> g.node("Tile", g.x(2, 3), g.longs(2, 3))),
                graph(
                        "Transpose",
                        13,
                        g -> g.node("Transpose", List.of(g.x(2, 3, 4)), attribute("perm", new long[] {2, 0, 1}))),
                graph("Transpose all", 13, g -> g.node("Transpose", g.x(2, 3, 4))),
                graph("Unsqueeze", 13, g -> g.node("Unsqueeze", g.x(2, 3), g.longs(0, -1))),
                graph("Squeeze", 13, g -> g.node("Squeeze", g.x(1, 3, 1), g.longs(-1))),
                graph("Pad", 13, g -> g.node("Pad", g.x(2, 3), g.longs(1, 0, 2, 3), g.scalar(0.5f))),
                graph("Dropout in inference", 13, g -> g.node("Dropout", g.x(2, 3))),
                graph(
                        "Conv",
                        13,
                        g -> g.node(
                                "Conv",
                                List.of(g.x(2, 3, 6, 5), g.w(4, 3, 3, 3), g.w(4)),
                                attribute("pads", new long[] {1, 1, 1, 1}),
                                attribute("strides", new long[] {2, 1}))),
                graph(
                        "Conv padded unevenly",
                        13,
                        g -> g.node("Conv", List.of(g.x(1, 2, 5, 5), g.w(3, 2, 3, 3)), attribute("pads", new long[] {
                            0, 1, 2, 0
                        }))),
                graph(
                        "Conv SAME_UPPER",
                        13,
                        g -> g.node(
                                "Conv",
                                List.of(g.x(1, 2, 6, 7), g.w(3, 2, 3, 3), g.w(3)),
                                attribute("auto_pad", "SAME_UPPER"),
                                attribute("strides", new long[] {2, 2}))),
                graph(
                        "Conv SAME_LOWER",
                        13,
                        g -> g.node(
                                "Conv",
                                List.of(g.x(1, 2, 6, 7), g.w(3, 2, 2, 2)),
                                attribute("auto_pad", "SAME_LOWER"))),
                graph(
                        "Conv depthwise",
                        13,
                        g -> g.node(
                                "Conv",
                                List.of(g.x(1, 4, 5, 5), g.w(4, 1, 3, 3), g.w(4)),
                                attribute("group", 4L),
                                attribute("pads", new long[] {1, 1, 1, 1}))),
                graph(
                        "Conv dilated",
                        13,
                        g -> g.node(
                                "Conv",
                                List.of(g.x(1, 2, 7, 7), g.w(2, 2, 3, 3)),
                                attribute("dilations", new long[] {2, 2}))),
                graph(
                        "MaxPool",
                        13,
                        g -> g.node(
                                "MaxPool",
                                List.of(g.x(1, 2, 6, 6)),
                                attribute("kernel_shape", new long[] {5, 5}),
                                attribute("pads", new long[] {2, 2, 2, 2}))),
                graph(
                        "MaxPool SAME_UPPER",
                        13,
                        g -> g.node(
                                "MaxPool",
                                List.of(g.x(1, 2, 6, 6)),
                                attribute("kernel_shape", new long[] {3, 3}),
                                attribute("strides", new long[] {2, 2}),
                                attribute("auto_pad", "SAME_UPPER"))),
                graph(
                        "AveragePool",
                        13,
                        g -> g.node(
                                "AveragePool",
                                List.of(g.x(1, 2, 6, 6)),
                                attribute("kernel_shape", new long[] {3, 3}),
                                attribute("strides", new long[] {2, 2}),
                                attribute("pads", new long[] {1, 1, 1, 1}))),
                graph(
                        "AveragePool counting its padding",
                        13,
                        g -> g.node(
                                "AveragePool",
                                List.of(g.x(1, 2, 6, 6)),
                                attribute("kernel_shape", new long[] {3, 3}),
                                attribute("pads", new long[] {0, 1, 1, 1}),
                                attribute("count_include_pad", 1L))),
                graph("GlobalAveragePool", 13, g -> g.node("GlobalAveragePool", g.x(2, 3, 4, 5))),
                graph(
                        "Resize nearest",
                        13,
                        g -> g.node(
                                "Resize",
                                List.of(g.x(1, 2, 3, 4), "", g.constant(1, 1, 2, 2)),
                                attribute("mode", "nearest"),
                                attribute("coordinate_transformation_mode", "asymmetric"),
                                attribute("nearest_mode", "floor"))),
                graph(
                        "Resize linear to sizes",
                        13,
                        g -> g.node(
                                "Resize",
                                List.of(g.x(1, 2, 3, 4), "", "", g.longs(1, 2, 5, 7)),
                                attribute("mode", "linear"))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("graphs")
    void agreesWithOnnxRuntimeAndItsGradientWithFiniteDifferences(
            String name, int operatorSet, Function<Case, String> builder) {
        Case built = new Case(operatorSet);
        String y = built.graph.add("Identity", "y", List.of(builder.apply(built)));
        built.graph.setOutputs(OnnxGraph.value(y, ElementType.FLOAT));
        float[] expected = OnnxRuns.run(built.graph, built.inputs).get(0);
        for (boolean fuse : new boolean[] {true, false}) {
            try (TrainableGraph graph = new TrainableGraph(
                    built.graph, TrainableGraphOptions.defaults().withFuse(fuse))) {
                assertThat(MiniLmTest.difference(run(graph, built.inputs), expected))
                        .isLessThan(1e-5);
                assertGradients(graph, built.inputs, expected.length);
            }
        }
    }

    @Test
    void dropoutKeepsTheMeanAndItsGradientFollowsTheMask() {
        Case built = new Case(13);
        String y = built.graph.add("Dropout", "y", List.of(built.x(100, 100), built.scalar(0.25f)));
        built.graph.setOutputs(OnnxGraph.value(y, ElementType.FLOAT));
        try (TrainableGraph graph = new TrainableGraph(
                        built.graph, TrainableGraphOptions.defaults().withSeed(3));
                NDManager step = graph.manager().newSubManager();
                GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
            NDArray x = step.ones(new Shape(100, 100));
            x.setRequiresGradient(true);
            NDArray dropped = graph.forward(new NDList(x), true).head();
            collector.backward(dropped.sum());
            float[] values = dropped.toFloatArray();
            long zeros = 0;
            for (float value : values) {
                assertThat(value).isIn(0f, 1 / 0.75f);
                zeros += value == 0 ? 1 : 0;
            }
            assertThat(zeros).isBetween(2300L, 2700L);
            assertThat(x.getGradient().toFloatArray()).isEqualTo(values);
        }
    }

    @Test
    void anUnknownOperatorIsRefusedByName() {
        Case built = new Case(13);
        String y = built.graph.add("Einsum", "y", List.of(built.x(2, 3)), attribute("equation", "ij->ji"));
        built.graph.setOutputs(OnnxGraph.value(y, ElementType.FLOAT));
        assertThatThrownBy(() -> new TrainableGraph(built.graph, TrainableGraphOptions.defaults()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[Einsum]");
    }

    @Test
    void scalarsAndSettingsAreNoParameters() {
        Case built = new Case(13);
        String clipped = built.node("Clip", built.x(2, 3), built.scalar(0), built.scalar(6));
        String padded = built.node("Pad", clipped, built.longs(0, 1, 0, 1));
        String y = built.graph.add("Mul", "y", List.of(padded, built.w(5)));
        built.graph.setOutputs(OnnxGraph.value(y, ElementType.FLOAT));
        try (TrainableGraph graph = new TrainableGraph(built.graph, TrainableGraphOptions.defaults())) {
            assertThat(graph.parametersByName().keySet()).containsExactly("w0");
        }
    }

    @Test
    void nothingOfAStepStaysWithTheWeights() {
        Case built = new Case(11);
        String y = built.graph.add("Identity", "y", List.of(layerNorm(built)));
        built.graph.setOutputs(OnnxGraph.value(y, ElementType.FLOAT));
        try (TrainableGraph graph =
                new TrainableGraph(built.graph, TrainableGraphOptions.defaults().withFuse(false))) {
            run(graph, built.inputs);
            int before = graph.manager().getManagedArrays().size();
            for (int i = 0; i < 5; i++) {
                run(graph, built.inputs);
            }
            assertThat(graph.manager().getManagedArrays()).hasSize(before);
        }
    }

    // ---- graphs of several nodes

    private static String layerNorm(Case g) {
        String x = g.x(2, 3, 8);
        AttributeProto last = attribute("axes", new long[] {-1});
        String centred = g.node("Sub", x, g.node("ReduceMean", List.of(x), last));
        String variance = g.node("ReduceMean", List.of(g.node("Pow", centred, g.scalar(2))), last);
        String deviation = g.node("Sqrt", g.node("Add", variance, g.scalar(1e-3f)));
        return g.node("Add", g.node("Mul", g.node("Div", centred, deviation), g.w(8)), g.w(8));
    }

    private static String gelu(Case g, String x) {
        return g.node("Add", g.node("Erf", g.node("Div", x, g.scalar((float) Math.sqrt(2)))), g.scalar(1));
    }

    private static String mask(Case g) {
        String ids = g.ids(2, 4);
        String known = g.node("Cast", List.of(g.node("Unsqueeze", ids, g.longs(1))), attribute("to", 1L));
        String away = g.node("Mul", g.node("Sub", g.scalar(1), known), g.scalar(-3));
        String zero = g.node("Equal", ids, g.index(0));
        String keep = g.node("Cast", List.of(g.node("Not", zero)), attribute("to", 1L));
        return g.node("Mul", g.node("Add", g.x(2, 3, 4), away), g.node("Unsqueeze", keep, g.longs(1)));
    }

    private static String split(Case g) {
        AttributeProto axis = attribute("axis", 1L);
        List<String> parts = g.split(g.x(2, 5), g.longs(2, 3), axis);
        return g.node("Concat", List.of(parts.get(1), parts.get(0)), axis);
    }

    /** [b, t, 6] to [b * t, 2, 3] with sizes from Shape, through the integer operators that exporters write. */
    private static String computedShape(Case g) {
        String x = g.x(2, 4, 6);
        String shape = g.node("Shape", x);
        String batch = g.node("Gather", shape, g.index(0));
        String length = g.node("Squeeze", g.node("Slice", shape, g.longs(1), g.longs(2)), g.longs(0));
        String rows = g.node("Unsqueeze", g.node("Mul", batch, length), g.longs(0));
        String ones = g.node("ConstantOfShape", g.longs(1));
        String two = g.node("Cast", List.of(g.node("Add", ones, g.node("Exp", ones))), attribute("to", 7L));
        String range = g.node("Range", g.index(3), g.index(4), g.index(1));
        String chosen = g.node("Where", g.node("Equal", range, g.longs(3)), range, two);
        String half = g.node("Div", chosen, g.longs(2));
        String wide = g.node("Expand", g.node("Add", half, g.longs(1)), g.longs(1));
        return g.node("Reshape", x, g.node("Concat", List.of(rows, wide, chosen), attribute("axis", 0L)));
    }

    // ---- the machinery

    private static Arguments graph(String name, int operatorSet, Function<Case, String> builder) {
        return Arguments.of(name, operatorSet, builder);
    }

    private static Arguments unary(String operator, AttributeProto... attributes) {
        return graph(operator, 13, g -> g.node(operator, List.of(g.x(3, 4)), attributes));
    }

    private static Arguments positive(String operator) {
        return graph(operator, 13, g -> g.node(operator, g.node("Exp", g.x(3, 4))));
    }

    /** A graph in the making with its input values; {@code x} are inputs, {@code w} weights, the rest constants. */
    private static final class Case {
        final OnnxGraph graph;
        final Map<String, OnnxRuns.Tensor> inputs = new LinkedHashMap<>();
        private final Random random = new Random(17);
        private int constants;
        private int weights;

        Case(int operatorSet) {
            graph = OnnxGraph.create("test", operatorSet);
        }

        String node(String operator, String... nodeInputs) {
            return node(operator, List.of(nodeInputs));
        }

        String node(String operator, List<String> nodeInputs, AttributeProto... attributes) {
            return graph.add(operator, operator.toLowerCase(java.util.Locale.ROOT), nodeInputs, attributes);
        }

        List<String> split(String x, String sizes, AttributeProto... attributes) {
            return graph.add("Split", List.of("left", "right"), List.of(x, sizes), attributes);
        }

        String x(long... shape) {
            String name = "x" + inputs.size();
            inputs.put(name, OnnxRuns.Tensor.of(shape, values(shape)));
            graph.addInput(OnnxGraph.value(name, ElementType.FLOAT, dimensions(shape)));
            return name;
        }

        String ids(long... shape) {
            String name = "ids" + inputs.size();
            long[] ids = random.longs(OnnxGraph.count(shape), 0, 2).toArray();
            inputs.put(name, OnnxRuns.Tensor.of(shape, ids));
            graph.addInput(OnnxGraph.value(name, ElementType.INT64, dimensions(shape)));
            return name;
        }

        String w(long... shape) {
            return graph.addInitializer("w" + weights++, shape, values(shape));
        }

        String scalar(float value) {
            return graph.addInitializer("c" + constants++, new long[0], value);
        }

        String constant(float... values) {
            return graph.addInitializer("c" + constants++, new long[] {values.length}, values);
        }

        String longs(long... values) {
            return graph.addInitializer("c" + constants++, new long[] {values.length}, values);
        }

        String index(long value) {
            return graph.addInitializer("c" + constants++, new long[0], value);
        }

        /** Distinct values in (-1, 1) further apart than twice the step, in random order: kinks and ties stay away. */
        private float[] values(long[] shape) {
            int count = OnnxGraph.count(shape);
            List<Float> grid = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                grid.add((2 * i + 1.3f) / count - 1);
            }
            java.util.Collections.shuffle(grid, random);
            float[] values = new float[count];
            for (int i = 0; i < count; i++) {
                values[i] = grid.get(i);
            }
            return values;
        }

        private static String[] dimensions(long[] shape) {
            return java.util.Arrays.stream(shape).mapToObj(Long::toString).toArray(String[]::new);
        }
    }

    private static float[] run(TrainableGraph graph, Map<String, OnnxRuns.Tensor> inputs) {
        try (NDManager step = graph.manager().newSubManager()) {
            return graph.forward(arrays(step, inputs), false).head().toFloatArray();
        }
    }

    private static NDList arrays(NDManager step, Map<String, OnnxRuns.Tensor> inputs) {
        NDList arrays = new NDList();
        inputs.values().forEach(tensor -> {
            float[] floats = tensor.floats();
            NDArray array = floats != null
                    ? step.create(floats, new Shape(tensor.shape()))
                    : step.create(Objects.requireNonNull(tensor.longs()), new Shape(tensor.shape()));
            arrays.add(array);
        });
        if (arrays.isEmpty()) {
            arrays.add(step.create(0f));
        }
        return arrays;
    }

    /** Directional derivatives of {@code sum(weights * y)} along random directions, leaf by leaf. */
    private static void assertGradients(TrainableGraph graph, Map<String, OnnxRuns.Tensor> inputs, int outputs) {
        Random random = new Random(23);
        float[] mix = new float[outputs];
        for (int i = 0; i < outputs; i++) {
            mix[i] = random.nextFloat() * 2 - 1;
        }
        Map<String, float[]> gradients = gradients(graph, inputs, mix);
        assertThat(gradients).isNotEmpty();
        gradients.forEach((leaf, gradient) -> {
            for (int trial = 0; trial < 3; trial++) {
                float[] direction = new float[gradient.length];
                double expected = 0;
                for (int i = 0; i < direction.length; i++) {
                    direction[i] = random.nextFloat() * 2 - 1;
                    expected += (double) direction[i] * gradient[i];
                }
                double difference = (loss(graph, inputs, mix, leaf, direction, STEP)
                                - loss(graph, inputs, mix, leaf, direction, -STEP))
                        / (2 * STEP);
                assertThat(expected)
                        .as("derivative by %s", leaf)
                        .isCloseTo(difference, within(0.01 * (1 + Math.abs(difference))));
            }
        });
    }

    private static Map<String, float[]> gradients(
            TrainableGraph graph, Map<String, OnnxRuns.Tensor> inputs, float[] mix) {
        Map<String, float[]> gradients = new LinkedHashMap<>();
        try (NDManager step = graph.manager().newSubManager();
                GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
            NDList arrays = arrays(step, inputs);
            arrays.forEach(
                    array -> array.setRequiresGradient(array.getDataType().isFloating()));
            NDArray y = graph.forward(arrays, false).head();
            NDArray loss = y.reshape(-1).mul(step.create(mix)).sum();
            collectGarbage();
            collector.backward(loss);
            List<String> names = List.copyOf(inputs.keySet());
            for (int i = 0; i < names.size(); i++) {
                if (arrays.get(i).getDataType().isFloating() && arrays.get(i).hasGradient()) {
                    gradients.put(names.get(i), arrays.get(i).getGradient().toFloatArray());
                }
            }
            graph.parametersByName().forEach((name, parameter) -> {
                try (NDArray gradient = parameter.getArray().getGradient()) {
                    gradients.put(name, gradient.toFloatArray());
                }
            });
        }
        return gradients;
    }

    private static double loss(
            TrainableGraph graph,
            Map<String, OnnxRuns.Tensor> inputs,
            float[] mix,
            String leaf,
            float[] direction,
            float step) {
        Map<String, OnnxRuns.Tensor> moved = new LinkedHashMap<>(inputs);
        float[] old = null;
        if (inputs.containsKey(leaf)) {
            OnnxRuns.Tensor tensor = Objects.requireNonNull(inputs.get(leaf));
            moved.put(
                    leaf,
                    OnnxRuns.Tensor.of(tensor.shape(), plus(Objects.requireNonNull(tensor.floats()), direction, step)));
        } else {
            old = graph.values(leaf);
            Objects.requireNonNull(graph.parametersByName().get(leaf))
                    .getArray()
                    .set(plus(old, direction, step));
        }
        float[] y = run(graph, moved);
        if (old != null) {
            Objects.requireNonNull(graph.parametersByName().get(leaf))
                    .getArray()
                    .set(old);
        }
        double loss = 0;
        for (int i = 0; i < y.length; i++) {
            loss += (double) y[i] * mix[i];
        }
        return loss;
    }

    private static float[] plus(float[] values, float[] direction, float step) {
        float[] moved = values.clone();
        for (int i = 0; i < moved.length; i++) {
            moved[i] += step * direction[i];
        }
        return moved;
    }

    /** Frees buffers that nobody holds in Java and overwrites what they held. */
    private static void collectGarbage() {
        for (int round = 0; round < 2; round++) {
            System.gc();
            for (int i = 0; i < 200; i++) {
                ByteBuffer buffer = ByteBuffer.allocateDirect(64);
                while (buffer.hasRemaining()) {
                    buffer.put((byte) 0x7f);
                }
            }
        }
    }
}
