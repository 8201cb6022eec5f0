package dev.polymath.training.graph;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.polymath.training.graph.OnnxGraph.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Rewrites a graph with 8-bit weights for ONNX Runtime: matrices of MatMul per output channel, embedding tables per row,
 * all symmetric; with {@link Scheme#WEIGHT_ONLY} also the weights of convolutions per output channel. The schemes differ in how the activations are treated; {@code docs/quantization.md} has what each costs.
 *
 * <p>The default is {@link Scheme#PER_TOKEN}: every token brings its own activation scale, the products are exact integers,
 * and so a text gets the same bits alone and in any batch.
 *
 * @param scheme how the products are computed
 * @param quantized names of the initialisers to quantise; others stay as they are
 */
public record Int8Quantizer(Scheme scheme, Predicate<String> quantized) {

    /** How a product with 8-bit weights is computed. */
    public enum Scheme {
        /** One symmetric activation scale per token. Fastest of those that do not depend on the batch. */
        PER_TOKEN,
        /** One activation scale and zero point per token: half the error of {@link #PER_TOKEN}, a tenth slower. */
        PER_TOKEN_ASYMMETRIC,
        /** {@code MatMulNBits} with activations quantised per token and block of 32: closest to fp32 and slowest. */
        BLOCKWISE,
        /** Weights become floats again when the session loads: small on disk, fp32 in all else. */
        WEIGHT_ONLY,
        /** One activation scale per tensor. Fast, but an answer depends on the other texts of its batch: not for serving. */
        DYNAMIC
    }

    private static final String MICROSOFT = "com.microsoft";
    private static final int BLOCK = 32;

    /** Tables with fewer elements are not worth the extra nodes. */
    private static final int SMALLEST_TABLE = 16 * 1024;

    /** Quantises all that can be. */
    public static Int8Quantizer of(Scheme scheme) {
        return new Int8Quantizer(scheme, name -> true);
    }

    /** Returns the quantised copy of the graph; inputs and outputs are unchanged. */
    public OnnxGraph quantize(OnnxGraph graph) {
        OnnxGraph result = graph.copy();
        if (scheme != Scheme.WEIGHT_ONLY && scheme != Scheme.DYNAMIC) {
            result.importOperatorSet(MICROSOFT, 1);
        }
        Rewriter rewriter = new Rewriter(result);
        result.replaceNodes(node -> {
            if (node.getOpType().equals("MatMul") && isWeight(result, node.getInput(1))) {
                return rewriter.matMul(node);
            }
            if (node.getOpType().equals("Gather")
                    && isWeight(result, node.getInput(0))
                    && OnnxGraph.count(result.shape(node.getInput(0))) >= SMALLEST_TABLE
                    && node.getAttributeList().stream()
                            .noneMatch(a -> a.getName().equals("axis") && a.getI() != 0)) {
                return rewriter.gather(node);
            }
            if (scheme == Scheme.WEIGHT_ONLY
                    && node.getOpType().equals("Conv")
                    && result.initializerNames().contains(node.getInput(1))
                    && quantized.test(node.getInput(1))
                    && result.isFloat(node.getInput(1))) {
                return rewriter.conv(node);
            }
            return List.of(node);
        });
        result.prune();
        return result;
    }

    private boolean isWeight(OnnxGraph graph, String name) {
        return graph.initializerNames().contains(name)
                && quantized.test(name)
                && graph.isFloat(name)
                && graph.shape(name).length == 2;
    }

    /** The rewriting of one graph: remembers which values are quantised already. */
    private final class Rewriter {

        private final OnnxGraph graph;
        private final Set<String> quantizedValues = new HashSet<>();
        private List<NodeProto> nodes = new ArrayList<>();

        Rewriter(OnnxGraph graph) {
            this.graph = graph;
        }

        List<NodeProto> matMul(NodeProto node) {
            nodes = new ArrayList<>();
            String x = node.getInput(0);
            String weight = node.getInput(1);
            String y = node.getOutput(0);
            switch (scheme) {
                case PER_TOKEN, PER_TOKEN_ASYMMETRIC -> perToken(x, weight, y);
                case WEIGHT_ONLY -> weightOnly(x, weight, y);
                case DYNAMIC -> dynamic(x, weight, y);
                case BLOCKWISE -> {
                    if (graph.shape(weight)[0] % BLOCK != 0) {
                        return List.of(node);
                    }
                    blockwise(x, weight, y);
                }
            }
            return nodes;
        }

        /** Row scales cannot enter the integer product, whose left scale is one number: they follow as a Mul. */
        private void perToken(String x, String weight, String y) {
            addColumns(weight);
            boolean asymmetric = scheme == Scheme.PER_TOKEN_ASYMMETRIC;
            if (quantizedValues.add(x)) {
                quantizeRows(x, Math.toIntExact(graph.shape(weight)[0]), asymmetric);
            }
            String one = scalar("int8_one", 1);
            String zero = asymmetric ? "" : zeroPoint();
            String product = y + "_int8_product";
            nodes.add(builder(
                            "MatMulIntegerToFloat",
                            product,
                            x + "_int8",
                            weight + "_int8",
                            one,
                            weight + "_scales",
                            zero)
                    .setDomain(MICROSOFT)
                    .build());
            if (!asymmetric) {
                add("Mul", y, product, x + "_int8_scale");
                return;
            }
            // (q - z) W = q W - z * (column sums of W)
            add("Mul", y + "_int8_scaled", product, x + "_int8_scale");
            add("Mul", y + "_int8_offset", x + "_int8_offset", weight + "_sums");
            add("Sub", y, y + "_int8_scaled", y + "_int8_offset");
        }

        /** {@code x_int8} uint8 like x; {@code x_int8_scale}, {@code x_int8_offset} [..., 1]: x = int8 * scale - offset. */
        private void quantizeRows(String x, int width, boolean asymmetric) {
            String p = x + "_int8";
            AttributeProto last = OnnxGraph.attribute("axes", new long[] {-1});
            String tiny = scalar("int8_tiny", 1e-9f);
            String flat = longs("int8_flat", -1);
            if (asymmetric) {
                add("ReduceMax", p + "_max", List.of(last), x);
                add("ReduceMin", p + "_min", List.of(last), x);
                add("Min", p + "_low", p + "_min", scalar("int8_none", 0));
                add("Max", p + "_high", p + "_max", scalar("int8_none", 0));
                add("Sub", p + "_span", p + "_high", p + "_low");
                add("Max", p + "_range", p + "_span", tiny);
                add("Mul", p + "_scale", p + "_range", scalar("int8_step", 1 / 255f));
                add("Neg", p + "_depth", p + "_low");
                add("Div", p + "_ratio", p + "_depth", p + "_scale");
                add("Round", p + "_zero_float", p + "_ratio");
                add("Mul", p + "_offset", p + "_zero_float", p + "_scale");
                add("Cast", p + "_zero_rows", List.of(to(ElementType.UINT8)), p + "_zero_float");
                add("Reshape", p + "_zero", p + "_zero_rows", flat);
                add("Reshape", p + "_scale_flat", p + "_scale", flat);
            } else {
                add("Abs", p + "_abs", x);
                add("ReduceMax", p + "_max", List.of(last), p + "_abs");
                add("Max", p + "_range", p + "_max", tiny);
                add("Mul", p + "_scale", p + "_range", scalar("int8_step", 1 / 127f));
                add("Reshape", p + "_scale_flat", p + "_scale", flat);
                add("Shape", p + "_rows", p + "_scale_flat");
                AttributeProto middle = AttributeProto.newBuilder()
                        .setName("value")
                        .setType(AttributeProto.AttributeType.TENSOR)
                        .setT(TensorProto.newBuilder()
                                .setDataType(ElementType.UINT8.code())
                                .addDims(1)
                                .addInt32Data(128))
                        .build();
                add("ConstantOfShape", p + "_zero", List.of(middle), p + "_rows");
            }
            add("Reshape", p + "_flat", x, longs("int8_rows_of_" + width, -1, width));
            // ONNX Runtime's own QuantizeLinear knows per-axis scales in every operator set.
            nodes.add(builder("QuantizeLinear", p + "_quantized", p + "_flat", p + "_scale_flat", p + "_zero")
                    .setDomain(MICROSOFT)
                    .addAttribute(OnnxGraph.attribute("axis", 0L))
                    .build());
            add("Shape", p + "_shape", x);
            add("Reshape", p, p + "_quantized", p + "_shape");
        }

        private void blockwise(String x, String weight, String y) {
            int k = Math.toIntExact(graph.shape(weight)[0]);
            int n = Math.toIntExact(graph.shape(weight)[1]);
            addBlocks(weight, k, n);
            nodes.add(builder("MatMulNBits", y, x, weight + "_int8", weight + "_scales")
                    .setDomain(MICROSOFT)
                    .addAttribute(OnnxGraph.attribute("K", (long) k))
                    .addAttribute(OnnxGraph.attribute("N", (long) n))
                    .addAttribute(OnnxGraph.attribute("bits", 8L))
                    .addAttribute(OnnxGraph.attribute("block_size", (long) BLOCK))
                    .addAttribute(OnnxGraph.attribute("accuracy_level", 4L)) // int8 activations
                    .build());
        }

        /** Cast and Mul of constants are folded at load; a DequantizeLinear would be run each time. */
        private void weightOnly(String x, String weight, String y) {
            addColumns(weight);
            add("Cast", y + "_weight_float", List.of(to(ElementType.FLOAT)), weight + "_int8");
            add("Mul", y + "_weight", y + "_weight_float", weight + "_scales");
            add("MatMul", y, x, y + "_weight");
        }

        /** A convolution whose weights become floats again at load: {@code _scales} [out, 1, ...]. */
        List<NodeProto> conv(NodeProto node) {
            nodes = new ArrayList<>();
            String weight = node.getInput(1);
            String y = node.getOutput(0);
            if (!graph.initializerNames().contains(weight + "_int8")) {
                long[] shape = graph.shape(weight);
                float[] values = graph.floats(weight);
                int channels = Math.toIntExact(shape[0]);
                int width = values.length / channels;
                byte[] bytes = new byte[values.length];
                float[] scales = new float[channels];
                for (int channel = 0; channel < channels; channel++) {
                    scales[channel] = quantize(values, channel * width, 1, width, bytes, channel * width, 1, 0);
                }
                long[] perChannel = new long[shape.length];
                Arrays.fill(perChannel, 1);
                perChannel[0] = channels;
                graph.addInitializer(weight + "_int8", ElementType.INT8, shape, bytes);
                graph.addInitializer(weight + "_scales", perChannel, scales);
            }
            add("Cast", y + "_weight_float", List.of(to(ElementType.FLOAT)), weight + "_int8");
            add("Mul", y + "_weight", y + "_weight_float", weight + "_scales");
            nodes.add(node.toBuilder().setInput(1, y + "_weight").build());
            return nodes;
        }

        private void dynamic(String x, String weight, String y) {
            addColumns(weight);
            String p = y + "_int8";
            nodes.add(builder("DynamicQuantizeLinear", p, x)
                    .addOutput(p + "_scale")
                    .addOutput(p + "_zero")
                    .build());
            add("MatMulInteger", p + "_product", p, weight + "_int8", p + "_zero");
            add("Cast", p + "_float", List.of(to(ElementType.FLOAT)), p + "_product");
            add("Mul", p + "_scales", p + "_scale", weight + "_scales");
            add("Mul", y, p + "_float", p + "_scales");
        }

        /** int8 rows with a scale each: gather both, multiply. */
        List<NodeProto> gather(NodeProto node) {
            nodes = new ArrayList<>();
            String table = node.getInput(0);
            int rows = Math.toIntExact(graph.shape(table)[0]);
            int width = Math.toIntExact(graph.shape(table)[1]);
            if (!graph.initializerNames().contains(table + "_int8")) {
                float[] values = graph.floats(table);
                byte[] bytes = new byte[values.length];
                float[] scales = new float[rows];
                for (int row = 0; row < rows; row++) {
                    scales[row] = quantize(values, row * width, 1, width, bytes, row * width, 1, 0);
                }
                graph.addInitializer(table + "_int8", ElementType.INT8, new long[] {rows, width}, bytes);
                graph.addInitializer(table + "_scales", new long[] {rows, 1}, scales);
            }
            String y = node.getOutput(0);
            add("Gather", y + "_int8", table + "_int8", node.getInput(1));
            add("Cast", y + "_float", List.of(to(ElementType.FLOAT)), y + "_int8");
            add("Gather", y + "_scale", table + "_scales", node.getInput(1));
            add("Mul", y, y + "_float", y + "_scale");
            return nodes;
        }

        /** {@code _int8} [k, n], {@code _scales} [n] and the {@code _sums} [n] of the columns of what they stand for. */
        private void addColumns(String weight) {
            if (graph.initializerNames().contains(weight + "_int8")) {
                return;
            }
            int k = Math.toIntExact(graph.shape(weight)[0]);
            int n = Math.toIntExact(graph.shape(weight)[1]);
            float[] values = graph.floats(weight);
            byte[] bytes = new byte[values.length];
            float[] scales = new float[n];
            float[] sums = new float[n];
            for (int column = 0; column < n; column++) {
                scales[column] = quantize(values, column, n, k, bytes, column, n, 0);
                int sum = 0;
                for (int row = 0; row < k; row++) {
                    sum += bytes[row * n + column];
                }
                sums[column] = sum * scales[column];
            }
            graph.addInitializer(weight + "_int8", ElementType.INT8, new long[] {k, n}, bytes);
            graph.addInitializer(weight + "_scales", new long[] {n}, scales);
            graph.addInitializer(weight + "_sums", new long[] {n}, sums);
        }

        /** {@code _int8} uint8 [n, k / 32, 32] around 128 and {@code _scales} [n * k / 32]. */
        private void addBlocks(String weight, int k, int n) {
            if (graph.initializerNames().contains(weight + "_int8")) {
                return;
            }
            float[] values = graph.floats(weight);
            byte[] bytes = new byte[values.length];
            int blocks = k / BLOCK;
            float[] scales = new float[n * blocks];
            for (int i = 0; i < scales.length; i++) {
                int from = i % blocks * BLOCK * n + i / blocks;
                scales[i] = quantize(values, from, n, BLOCK, bytes, i * BLOCK, 1, 128);
            }
            graph.addInitializer(weight + "_int8", ElementType.UINT8, new long[] {n, blocks, BLOCK}, bytes);
            graph.addInitializer(weight + "_scales", new long[] {scales.length}, scales);
        }

        private void add(String operator, String output, String... inputs) {
            nodes.add(builder(operator, output, inputs).build());
        }

        private void add(String operator, String output, List<AttributeProto> attributes, String... inputs) {
            nodes.add(builder(operator, output, inputs)
                    .addAllAttribute(attributes)
                    .build());
        }

        private String scalar(String name, float value) {
            return graph.initializerNames().contains(name) ? name : graph.addInitializer(name, new long[0], value);
        }

        private String longs(String name, long... values) {
            return graph.initializerNames().contains(name)
                    ? name
                    : graph.addInitializer(name, new long[] {values.length}, values);
        }

        private String zeroPoint() {
            String name = "int8_zero_point";
            return graph.initializerNames().contains(name)
                    ? name
                    : graph.addInitializer(name, ElementType.UINT8, new long[0], new byte[] {(byte) 128});
        }
    }

    /** Writes {@code round(value / scale) + zero} for {@code count} elements and returns the scale, max(abs) / 127. */
    private static float quantize(
            float[] from, int offset, int stride, int count, byte[] to, int toOffset, int toStride, int zero) {
        float max = 0;
        for (int i = 0; i < count; i++) {
            max = Math.max(max, Math.abs(from[offset + i * stride]));
        }
        float scale = max == 0 ? 1 : max / 127;
        for (int i = 0; i < count; i++) {
            to[toOffset + i * toStride] = (byte) (Math.round(from[offset + i * stride] / scale) + zero);
        }
        return scale;
    }

    private static AttributeProto to(ElementType type) {
        return OnnxGraph.attribute("to", (long) type.code());
    }

    private static NodeProto.Builder builder(String operator, String output, String... inputs) {
        return NodeProto.newBuilder()
                .setOpType(operator)
                .setName(output)
                .addAllInput(List.of(inputs))
                .addOutput(output);
    }
}
