package dev.polymath.training.graph;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * ONNX operators as differentiable NDArray operations of the PyTorch engine. An operator's result may belong to any
 * manager: {@link TrainableGraph} attaches it to the step's. Plain numbers are never multiplied, divided or raised:
 * DJL wraps them in temporary arrays that autograd still points to after they are gone.
 */
final class Operators {

    /** One run of one node. */
    @FunctionalInterface
    interface Operator {
        Object[] apply(Invocation call);
    }

    private static final Map<String, Operator> OPERATORS = new HashMap<>();

    static {
        binary("Add", NDArray::add);
        binary("Sub", NDArray::sub);
        binary("Mul", NDArray::mul);
        binary("Div", NDArray::div);
        binary("Equal", NDArray::eq);
        binary("Less", NDArray::lt);
        binary("LessOrEqual", NDArray::lte);
        binary("Greater", NDArray::gt);
        binary("GreaterOrEqual", NDArray::gte);
        binary("And", NDArray::logicalAnd);
        binary("Or", NDArray::logicalOr);
        binary("MatMul", NDArray::matMul);
        binary("Min", NDArray::minimum);
        binary("Max", NDArray::maximum);
        unary("Not", NDArray::logicalNot);
        unary("Neg", NDArray::neg);
        unary("Abs", NDArray::abs);
        unary("Sqrt", NDArray::sqrt);
        unary("Exp", NDArray::exp);
        unary("Log", NDArray::log);
        unary("Floor", NDArray::floor);
        unary("Ceil", NDArray::ceil);
        unary("Tanh", NDArray::tanh);
        unary("Erf", NDArray::erf);
        unary("Relu", x -> x.getNDArrayInternal().relu());
        unary("Sigmoid", x -> x.getNDArrayInternal().sigmoid());
        unary("Softplus", x -> x.getNDArrayInternal().softPlus());
        unary("Gelu", x -> x.getNDArrayInternal().gelu());
        unary("Identity", x -> x.reshape(x.getShape()));
        unary("Reciprocal", x -> x.getNDArrayInternal().rdiv(x.onesLike()));
        unary("GlobalAveragePool", x -> {
            NDArray result = x;
            for (int axis = x.getShape().dimension() - 1; axis >= 2; axis--) {
                result = result.mean(new int[] {axis}, true);
            }
            return result;
        });
        operator("LeakyRelu", call -> call.array(0).getNDArrayInternal().leakyRelu(call.attribute("alpha", 0.01f)));
        operator("Pow", Operators::pow);
        operator("Clip", Operators::clip);
        operator("Cast", call -> call.array(0).toType(HostTensor.dataType(call.attribute("to", 1)), false));
        operator("Dropout", Operators::dropout);
        operator("Linear", Operators::linear);
        operator("Gemm", Operators::gemm);
        operator("LayerNormalization", Operators::layerNormalization);
        operator("BatchNormalization", Operators::batchNormalization);
        operator("Softmax", call -> softmax(call, false));
        operator("LogSoftmax", call -> softmax(call, true));
        operator("ReduceMean", call -> {
            NDArray x = call.array(0);
            NDArray result = x;
            int[] axes = axes(call, x.getShape());
            for (int i = axes.length - 1; i >= 0; i--) {
                result = result.mean(new int[] {axes[i]}, call.attribute("keepdims", 1) == 1);
            }
            return result;
        });
        operator("ReduceMax", call -> {
            NDArray x = call.array(0);
            NDArray result = x;
            int[] axes = axes(call, x.getShape());
            for (int i = axes.length - 1; i >= 0; i--) {
                result = result.max(new int[] {axes[i]}, call.attribute("keepdims", 1) == 1);
            }
            return result;
        });
        operator("ReduceSum", call -> call.array(0).sum(axes(call, call.shape(0)), call.attribute("keepdims", 1) == 1));
        operator("Where", call -> {
            long[] shape = call.shape(0).getShape();
            shape = Shapes.broadcast(
                    Shapes.broadcast(shape, call.shape(1).getShape()),
                    call.shape(2).getShape());
            return call.array(1)
                    .broadcast(new Shape(shape))
                    .getNDArrayInternal()
                    .where(
                            call.array(0).broadcast(new Shape(shape)),
                            call.array(2).broadcast(new Shape(shape)));
        });
        operator("Gather", Operators::gather);
        operator("Slice", Operators::slice);
        operator("Reshape", call -> {
            NDArray x = call.array(0);
            return x.reshape(new Shape(
                    Shapes.reshape(x.getShape().getShape(), call.longs(1), call.attribute("allowzero", 0) == 1)));
        });
        operator("Flatten", call -> {
            long[] shape = call.shape(0).getShape();
            int axis = Shapes.axis(call.attribute("axis", 1), shape.length + 1);
            long rows = 1;
            for (int i = 0; i < axis; i++) {
                rows *= shape[i];
            }
            return call.array(0).reshape(rows, -1);
        });
        operator("Expand", call -> {
            NDArray x = call.array(0);
            return x.broadcast(new Shape(Shapes.broadcast(x.getShape().getShape(), call.longs(1))));
        });
        operator("Tile", call -> call.array(0).tile(call.longs(1)));
        operator("Transpose", call -> {
            NDArray x = call.array(0);
            long[] perm = call.attribute("perm");
            return perm == null
                    ? x.transpose()
                    : x.transpose(Arrays.stream(perm).mapToInt(Math::toIntExact).toArray());
        });
        operator("Unsqueeze", call -> {
            NDArray x = call.array(0);
            return x.reshape(new Shape(Shapes.unsqueeze(x.getShape().getShape(), call.attributeOrInput("axes", 1))));
        });
        operator("Squeeze", call -> {
            NDArray x = call.array(0);
            return x.reshape(new Shape(Shapes.squeeze(x.getShape().getShape(), call.attributeOrInput("axes", 1))));
        });
        operator("Concat", call -> {
            NDArray[] parts = new NDArray[call.size()];
            Arrays.setAll(parts, call::array);
            NDList list = new NDList(parts);
            return parts[0].getNDArrayInternal()
                    .concat(
                            list.subNDList(1),
                            Shapes.axis(
                                    call.attribute("axis", 0),
                                    parts[0].getShape().dimension()));
        });
        OPERATORS.put("Split", Operators::split);
        operator("Pad", Operators::pad);
        operator("Conv", Operators::conv);
        operator("MaxPool", Operators::maxPool);
        operator("AveragePool", Operators::averagePool);
        operator("Resize", Operators::resize);
    }

    private Operators() {}

    static @Nullable Operator find(String operator) {
        return OPERATORS.get(operator);
    }

    private static void operator(String name, Function<Invocation, NDArray> operator) {
        OPERATORS.put(name, call -> new Object[] {operator.apply(call)});
    }

    private static void unary(String name, UnaryOperator<NDArray> operator) {
        operator(name, call -> operator.apply(call.array(0)));
    }

    private static void binary(String name, BinaryOperator<NDArray> operator) {
        operator(name, call -> {
            NDArray result = operator.apply(call.array(0), call.array(1));
            for (int i = 2; i < call.size(); i++) {
                result = operator.apply(result, call.array(i));
            }
            return result;
        });
    }

    private static NDArray pow(Invocation call) {
        NDArray x = call.array(0);
        if (call.isHost(1) && call.host(1).values.length == 1) {
            double exponent = call.host(1).values[0];
            if (exponent == 2) {
                return x.square();
            }
            if (exponent == 0.5) {
                return x.sqrt();
            }
        }
        return x.pow(call.array(1));
    }

    private static NDArray clip(Invocation call) {
        double low = call.has(1) ? call.host(1).values[0] : call.attribute("min", -Float.MAX_VALUE);
        double high = call.has(2) ? call.host(2).values[0] : call.attribute("max", Float.MAX_VALUE);
        return call.array(0).clip((float) low, (float) high);
    }

    private static NDArray dropout(Invocation call) {
        NDArray x = call.array(0);
        float ratio = call.has(1) ? (float) call.host(1).values[0] : call.attribute("ratio", 0.5f);
        if (!call.training || ratio == 0) {
            return x.reshape(x.getShape());
        }
        return x.getNDArrayInternal().dropout(x, ratio, true).head();
    }

    /** Fused MatMul of {@code x} with a matrix {@code [in, out]} and an added bias {@code [out]}. */
    private static NDArray linear(Invocation call) {
        NDArray x = call.array(0);
        return x.getNDArrayInternal()
                .linear(x, call.array(1).transpose(), call.array(2))
                .head();
    }

    private static NDArray gemm(Invocation call) {
        NDArray a = call.attribute("transA", 0) == 1 ? call.array(0).transpose() : call.array(0);
        NDArray b = call.attribute("transB", 0) == 1 ? call.array(1).transpose() : call.array(1);
        NDArray product = scale(call, a.matMul(b), call.attribute("alpha", 1f));
        return call.has(2) ? product.add(scale(call, call.array(2), call.attribute("beta", 1f))) : product;
    }

    private static NDArray scale(Invocation call, NDArray x, float factor) {
        return factor == 1 ? x : x.mul(call.step().create(factor));
    }

    private static NDArray layerNormalization(Invocation call) {
        NDArray x = call.array(0);
        long[] shape = x.getShape().getShape();
        int axis = Shapes.axis(call.attribute("axis", -1), shape.length);
        Shape normalized = new Shape(Arrays.copyOfRange(shape, axis, shape.length));
        NDArray beta = call.has(2) ? call.array(2) : call.array(1).zerosLike();
        return x.getNDArrayInternal()
                .layerNorm(x, normalized, call.array(1), beta, call.attribute("epsilon", 1e-5f))
                .head();
    }

    /** Always with the running statistics of the graph, as a frozen BatchNorm: a fine-tuning batch is too small for its own. */
    private static NDArray batchNormalization(Invocation call) {
        NDArray x = call.array(0);
        long[] channels = new long[x.getShape().dimension()];
        Arrays.fill(channels, 1);
        channels[1] = -1;
        NDArray epsilon = call.array(4).add(call.attribute("epsilon", 1e-5f)).sqrt();
        NDArray factor = call.array(1).div(epsilon);
        NDArray offset = call.array(2).sub(call.array(3).mul(factor));
        return x.mul(factor.reshape(channels)).add(offset.reshape(channels));
    }

    private static NDArray softmax(Invocation call, boolean log) {
        NDArray x = call.array(0);
        long[] shape = x.getShape().getShape();
        boolean flattens = call.operatorSet() < 13;
        int axis = Shapes.axis(call.attribute("axis", flattens ? 1 : -1), shape.length);
        if (flattens && axis != shape.length - 1) {
            long rows = 1;
            for (int i = 0; i < axis; i++) {
                rows *= shape[i];
            }
            NDArray flat = x.reshape(rows, -1);
            return (log ? flat.logSoftmax(1) : flat.softmax(1)).reshape(x.getShape());
        }
        return log ? x.logSoftmax(axis) : x.softmax(axis);
    }

    private static int[] axes(Invocation call, Shape shape) {
        long[] axes = call.attributeOrInput("axes", 1);
        int rank = shape.dimension();
        int[] result = new int[axes == null || axes.length == 0 ? rank : axes.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = axes == null || axes.length == 0 ? i : Shapes.axis(axes[i], rank);
        }
        Arrays.sort(result);
        return result;
    }

    /** Rows of a table through the engine's embedding, whose gradient is a scatter; other axes by moving them to the front. */
    private static NDArray gather(Invocation call) {
        NDArray x = call.array(0);
        long[] shape = x.getShape().getShape();
        int axis = Shapes.axis(call.attribute("axis", 0), shape.length);
        NDArray indices;
        long[] indexShape = call.shape(1).getShape();
        if (call.isHost(1)) {
            HostTensor host = call.host(1);
            double[] positive = Arrays.stream(host.values)
                    .map(i -> i < 0 ? i + shape[axis] : i)
                    .toArray();
            if (positive.length == 1 && axis > 0) {
                NDArray one = x.get(range(shape.length, axis, (long) positive[0], (long) positive[0] + 1));
                return one.reshape(new Shape(Shapes.gather(shape, axis, indexShape)));
            }
            indices = new HostTensor(DataType.INT64, host.shape, positive).toArray(call.step());
        } else {
            indices = call.array(1).toType(DataType.INT64, false);
        }
        if (axis == 0 && shape.length == 2) {
            return embed(indices, x);
        }
        int[] toFront = new int[shape.length];
        toFront[0] = axis;
        for (int i = 0, next = 1; i < shape.length; i++) {
            if (i != axis) {
                toFront[next++] = i;
            }
        }
        NDArray rows = embed(indices.reshape(-1), (axis == 0 ? x : x.transpose(toFront)).reshape(shape[axis], -1));
        long[] gathered = new long[shape.length];
        int[] back = new int[shape.length];
        for (int i = 0; i < shape.length; i++) {
            gathered[i] = i == 0 ? -1 : shape[toFront[i]];
            back[toFront[i]] = i;
        }
        NDArray moved = rows.reshape(gathered);
        return (axis == 0 ? moved : moved.transpose(back)).reshape(new Shape(Shapes.gather(shape, axis, indexShape)));
    }

    private static NDArray embed(NDArray indices, NDArray table) {
        return indices.getNDArrayInternal()
                .embedding(indices, table, SparseFormat.DENSE)
                .head();
    }

    private static NDArray slice(Invocation call) {
        NDArray x = call.array(0);
        long[] shape = x.getShape().getShape();
        Shapes.Range[] ranges = Shapes.ranges(
                shape,
                call.operatorSet() < 10 ? Shapes.orEmpty(call.attribute("starts")) : call.longs(1),
                call.operatorSet() < 10 ? Shapes.orEmpty(call.attribute("ends")) : call.longs(2),
                call.attributeOrInput("axes", 3),
                call.has(4) ? call.longs(4) : null);
        NDIndex index = new NDIndex();
        NDArray source = x;
        for (int axis = 0; axis < shape.length; axis++) {
            Shapes.Range range = ranges[axis];
            if (range.step() < 0) {
                source = source.flip(axis);
                index.addSliceDim(shape[axis] - 1 - range.start(), shape[axis] - 1 - range.end(), -range.step());
            } else {
                index.addSliceDim(range.start(), range.end(), range.step());
            }
        }
        return source.get(index);
    }

    private static NDIndex range(int rank, int axis, long from, long to) {
        NDIndex index = new NDIndex();
        for (int i = 0; i < rank; i++) {
            if (i == axis) {
                index.addSliceDim(from, to);
            } else {
                index.addAllDim();
            }
        }
        return index;
    }

    private static Object[] split(Invocation call) {
        NDArray x = call.array(0);
        long[] shape = x.getShape().getShape();
        int axis = Shapes.axis(call.attribute("axis", 0), shape.length);
        long[] sizes = call.attributeOrInput("split", 1);
        Object[] parts = new Object[call.outputs];
        long chunk = (shape[axis] + parts.length - 1) / parts.length;
        long from = 0;
        for (int i = 0; i < parts.length; i++) {
            long to = Math.min(shape[axis], from + (sizes == null ? chunk : sizes[i]));
            parts[i] = x.get(range(shape.length, axis, from, to));
            from = to;
        }
        return parts;
    }

    private static NDArray pad(Invocation call) {
        String mode = call.attribute("mode", "constant");
        if (!mode.equals("constant") || call.has(3)) {
            throw new IllegalArgumentException("mode " + mode + (call.has(3) ? " with axes" : "")
                    + " is not supported (expected: constant, all axes)");
        }
        long[] pads = Shapes.orEmpty(call.attributeOrInput("pads", 1));
        float value = call.has(2) ? (float) call.host(2).values[0] : call.attribute("value", 0f);
        return pad(call.array(0), pads, 0, value);
    }

    /** Pads the axes from {@code first} on; {@code pads} are all beginnings, then all ends, as ONNX writes them. */
    private static NDArray pad(NDArray x, long[] pads, int first, float value) {
        int axes = pads.length / 2;
        long[] fromLast = new long[pads.length];
        boolean any = false;
        for (int i = 0; i < axes; i++) {
            fromLast[2 * i] = pads[axes - 1 - i];
            fromLast[2 * i + 1] = pads[pads.length - 1 - i];
            any |= fromLast[2 * i] != 0 || fromLast[2 * i + 1] != 0;
        }
        if (first + axes != x.getShape().dimension()) {
            throw new IllegalArgumentException(
                    "%d pads for %d axes".formatted(pads.length, x.getShape().dimension()));
        }
        return any ? x.pad(new Shape(fromLast), value) : x;
    }

    private static NDArray conv(Invocation call) {
        NDArray x = call.array(0);
        NDArray weight = call.array(1);
        long[] kernel = Arrays.copyOfRange(
                weight.getShape().getShape(), 2, weight.getShape().dimension());
        Window window = Window.of(call, x.getShape().getShape(), kernel);
        if (!window.symmetric()) {
            x = pad(x, window.pads, 2, 0);
        }
        return x.getNDArrayInternal()
                .convolution(
                        x,
                        weight,
                        call.has(2) ? call.array(2) : null,
                        new Shape(window.strides),
                        new Shape(window.symmetric() ? window.begins() : new long[kernel.length]),
                        new Shape(window.dilations),
                        Math.toIntExact(call.attribute("group", 1)))
                .head();
    }

    private static NDArray maxPool(Invocation call) {
        NDArray x = call.array(0);
        long[] kernel = Shapes.orEmpty(call.attribute("kernel_shape"));
        Window window = Window.of(call, x.getShape().getShape(), kernel);
        if (Arrays.stream(window.dilations).anyMatch(d -> d != 1) || call.outputs > 1) {
            throw new IllegalArgumentException("dilations and indices are not supported");
        }
        if (!window.symmetric()) {
            x = pad(x, window.pads, 2, -Float.MAX_VALUE);
        }
        return x.getNDArrayInternal()
                .maxPool(
                        new Shape(kernel),
                        new Shape(window.strides),
                        new Shape(window.symmetric() ? window.begins() : new long[kernel.length]),
                        call.attribute("ceil_mode", 0) == 1);
    }

    /** DJL counts the padding whatever it is told: pad by hand, then divide by the share of each window that is not. */
    private static NDArray averagePool(Invocation call) {
        NDArray x = call.array(0);
        long[] shape = x.getShape().getShape();
        long[] kernel = Shapes.orEmpty(call.attribute("kernel_shape"));
        Window window = Window.of(call, shape, kernel);
        if (Arrays.stream(window.dilations).anyMatch(d -> d != 1) || call.attribute("ceil_mode", 0) == 1) {
            throw new IllegalArgumentException("dilations and ceil_mode are not supported");
        }
        NDArray mean = average(pad(x, window.pads, 2, 0), kernel, window.strides);
        if (call.attribute("count_include_pad", 0) == 1
                || Arrays.stream(window.pads).allMatch(pad -> pad == 0)) {
            return mean;
        }
        long[] one = shape.clone();
        one[0] = 1;
        one[1] = 1;
        return mean.div(average(pad(call.step().ones(new Shape(one)), window.pads, 2, 0), kernel, window.strides));
    }

    private static NDArray average(NDArray x, long[] kernel, long[] strides) {
        return x.getNDArrayInternal()
                .avgPool(new Shape(kernel), new Shape(strides), new Shape(new long[kernel.length]), false, true);
    }

    /** Nearest with floor rounding and linear with half-pixel centres: what the engine's interpolation computes. */
    private static NDArray resize(Invocation call) {
        NDArray x = call.array(0);
        long[] shape = x.getShape().getShape();
        String mode = call.attribute("mode", "nearest");
        String transformation = call.attribute("coordinate_transformation_mode", "half_pixel");
        long[] sizes = new long[shape.length];
        boolean whole = true;
        for (int i = 0; i < shape.length; i++) {
            if (call.has(3)) {
                sizes[i] = call.longs(3)[i];
                whole &= sizes[i] % shape[i] == 0;
            } else {
                double scale = call.host(2).values[i];
                sizes[i] = (long) Math.floor(shape[i] * scale);
                whole &= scale == Math.rint(scale);
            }
        }
        // With whole factors every way of finding the nearest element that ends in the same cell agrees.
        boolean nearest = mode.equals("nearest")
                && (transformation.equals("asymmetric")
                                && call.attribute("nearest_mode", "round_prefer_floor")
                                        .equals("floor")
                        || whole && transformation.equals("half_pixel"));
        boolean linear = mode.equals("linear") && transformation.equals("half_pixel");
        if (shape.length != 4 || sizes[0] != shape[0] || sizes[1] != shape[1] || !(nearest || linear)) {
            throw new IllegalArgumentException(
                    "%s, %s, %s from %s to %s is not supported (expected: [N, C, H, W], nearest asymmetric floor or linear half_pixel)"
                            .formatted(
                                    mode,
                                    transformation,
                                    call.attribute("nearest_mode", "round_prefer_floor"),
                                    Arrays.toString(shape),
                                    Arrays.toString(sizes)));
        }
        // DJL numbers the modes as OpenCV does: 0 nearest, 1 (bi)linear.
        return x.getNDArrayInternal().interpolation(new long[] {sizes[2], sizes[3]}, nearest ? 0 : 1, false);
    }

    /** Strides, dilations and padding of a convolution or pooling. */
    private record Window(long[] strides, long[] dilations, long[] pads) {

        static Window of(Invocation call, long[] input, long[] kernel) {
            int axes = kernel.length;
            long[] strides = orOnes(call.attribute("strides"), axes);
            long[] dilations = orOnes(call.attribute("dilations"), axes);
            String auto = call.attribute("auto_pad", "NOTSET");
            long[] pads = new long[2 * axes];
            if (auto.startsWith("SAME")) {
                for (int i = 0; i < axes; i++) {
                    long size = input[i + 2];
                    long reach = (kernel[i] - 1) * dilations[i] + 1;
                    long total = Math.max(0, ((size + strides[i] - 1) / strides[i] - 1) * strides[i] + reach - size);
                    long less = total / 2;
                    pads[i] = auto.equals("SAME_UPPER") ? less : total - less;
                    pads[i + axes] = total - pads[i];
                }
            } else if (!auto.equals("VALID")) {
                long[] given = call.attribute("pads");
                pads = given == null ? pads : given;
            }
            return new Window(strides, dilations, pads);
        }

        boolean symmetric() {
            return Arrays.equals(begins(), Arrays.copyOfRange(pads, pads.length / 2, pads.length));
        }

        long[] begins() {
            return Arrays.copyOf(pads, pads.length / 2);
        }

        private static long[] orOnes(long @Nullable [] values, int count) {
            if (values != null) {
                return values;
            }
            long[] ones = new long[count];
            Arrays.fill(ones, 1);
            return ones;
        }
    }
}
