package dev.polymath.training.graph;

import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The operators of shape arithmetic on {@link HostTensor}s. {@link TrainableGraph} prefers them when no input of the node
 * is on the device, so that a Reshape never waits for one.
 */
final class HostOperators {

    private static final Map<String, Function<Invocation, HostTensor>> OPERATORS = new HashMap<>();

    static {
        binary("Add", (a, b) -> a + b);
        binary("Sub", (a, b) -> a - b);
        binary("Mul", (a, b) -> a * b);
        binary("Min", Math::min);
        binary("Max", Math::max);
        binary("Pow", Math::pow);
        OPERATORS.put("Div", call -> {
            boolean whole = !call.host(0).type.isFloating();
            return combine(call, call.host(0).type, (a, b) -> whole ? (double) ((long) a / (long) b) : a / b);
        });
        compare("Equal", (a, b) -> a == b ? 1 : 0);
        compare("Less", (a, b) -> a < b ? 1 : 0);
        compare("LessOrEqual", (a, b) -> a <= b ? 1 : 0);
        compare("Greater", (a, b) -> a > b ? 1 : 0);
        compare("GreaterOrEqual", (a, b) -> a >= b ? 1 : 0);
        compare("And", (a, b) -> a * b);
        compare("Or", Math::max);
        unary("Not", a -> 1 - a);
        unary("Neg", a -> -a);
        unary("Floor", Math::floor);
        unary("Ceil", Math::ceil);
        unary("Sqrt", Math::sqrt);
        unary("Identity", a -> a);
        OPERATORS.put("Cast", call -> {
            HostTensor x = call.host(0);
            DataType to = HostTensor.dataType(call.attribute("to", 1));
            return map(x, to, a -> switch (to) {
                case FLOAT32 -> (float) a;
                case BOOLEAN -> a == 0 ? 0 : 1;
                default -> Math.abs(a) < 9e15 ? (double) (long) a : a;
            });
        });
        OPERATORS.put("Reshape", call -> {
            HostTensor x = call.host(0);
            return shaped(x, Shapes.reshape(x.shape, call.longs(1), call.attribute("allowzero", 0) == 1));
        });
        OPERATORS.put("Unsqueeze", call -> {
            HostTensor x = call.host(0);
            return shaped(x, Shapes.unsqueeze(x.shape, call.attributeOrInput("axes", 1)));
        });
        OPERATORS.put("Squeeze", call -> {
            HostTensor x = call.host(0);
            return shaped(x, Shapes.squeeze(x.shape, call.attributeOrInput("axes", 1)));
        });
        OPERATORS.put("Gather", HostOperators::gather);
        OPERATORS.put("Slice", HostOperators::slice);
        OPERATORS.put("Concat", HostOperators::concat);
        OPERATORS.put("Range", call -> {
            double start = call.host(0).values[0];
            double limit = call.host(1).values[0];
            double delta = call.host(2).values[0];
            double[] values = new double[(int) Math.max(0, Math.ceil((limit - start) / delta))];
            Arrays.setAll(values, i -> start + i * delta);
            return new HostTensor(call.host(0).type, new long[] {values.length}, values);
        });
        OPERATORS.put("ConstantOfShape", call -> {
            var attribute = call.rawAttribute("value");
            HostTensor fill = attribute == null
                    ? new HostTensor(DataType.FLOAT32, new long[] {1}, new double[1])
                    : HostTensor.of(attribute.getT());
            long[] shape = call.longs(0);
            double[] values = new double[OnnxGraph.count(shape)];
            Arrays.fill(values, fill.values[0]);
            return new HostTensor(fill.type, shape, values);
        });
        OPERATORS.put("Expand", call -> {
            HostTensor x = call.host(0);
            long[] shape = Shapes.broadcast(x.shape, call.longs(1));
            return combine(x, new HostTensor(x.type, shape, new double[OnnxGraph.count(shape)]), x.type, (a, b) -> a);
        });
        OPERATORS.put("Where", call -> {
            HostTensor yes = call.host(1);
            HostTensor no = call.host(2);
            HostTensor condition = call.host(0);
            // NaN marks "take the other": no shape holds one.
            HostTensor left = combine(condition, yes, yes.type, (c, a) -> c != 0 ? a : Double.NaN);
            return combine(left, no, yes.type, (a, b) -> Double.isNaN(a) ? b : a);
        });
        OPERATORS.put("ReduceProd", call -> {
            HostTensor x = call.host(0);
            boolean keep = call.attribute("keepdims", 1) == 1;
            long[] axes = call.attributeOrInput("axes", 1);
            if (x.rank() > 1 || axes != null && axes.length > 1) {
                throw new IllegalArgumentException("shape " + Arrays.toString(x.shape) + " (expected: one axis)");
            }
            double product = Arrays.stream(x.values).reduce(1, (a, b) -> a * b);
            return new HostTensor(x.type, keep ? new long[] {1} : new long[0], new double[] {product});
        });
    }

    private HostOperators() {}

    static @Nullable Function<Invocation, HostTensor> find(String operator) {
        return OPERATORS.get(operator);
    }

    private static void binary(String name, DoubleBinaryOperator operator) {
        OPERATORS.put(name, call -> combine(call, call.host(0).type, operator));
    }

    private static void compare(String name, DoubleBinaryOperator operator) {
        OPERATORS.put(name, call -> combine(call, DataType.BOOLEAN, operator));
    }

    private static void unary(String name, DoubleUnaryOperator operator) {
        OPERATORS.put(name, call -> map(call.host(0), call.host(0).type, operator));
    }

    private static HostTensor map(HostTensor x, DataType type, DoubleUnaryOperator operator) {
        return new HostTensor(
                type, x.shape, Arrays.stream(x.values).map(operator).toArray());
    }

    private static HostTensor shaped(HostTensor x, long[] shape) {
        return new HostTensor(x.type, shape, x.values);
    }

    private static HostTensor combine(Invocation call, DataType type, DoubleBinaryOperator operator) {
        return combine(call.host(0), call.host(1), type, operator);
    }

    private static HostTensor combine(HostTensor a, HostTensor b, DataType type, DoubleBinaryOperator operator) {
        long[] shape = Shapes.broadcast(a.shape, b.shape);
        double[] values = new double[OnnxGraph.count(shape)];
        long[] position = new long[shape.length];
        for (int i = 0; i < values.length; i++) {
            double value =
                    operator.applyAsDouble(a.values[offset(a.shape, position)], b.values[offset(b.shape, position)]);
            values[i] = type == DataType.FLOAT32 ? (float) value : value;
            advance(position, shape);
        }
        return new HostTensor(type, shape, values);
    }

    private static int offset(long[] shape, long[] position) {
        int offset = 0;
        int skip = position.length - shape.length;
        for (int i = 0; i < shape.length; i++) {
            offset = offset * (int) shape[i] + (shape[i] == 1 ? 0 : (int) position[i + skip]);
        }
        return offset;
    }

    private static void advance(long[] position, long[] shape) {
        for (int i = shape.length - 1; i >= 0; i--) {
            if (++position[i] < shape[i]) {
                return;
            }
            position[i] = 0;
        }
    }

    private static HostTensor gather(Invocation call) {
        HostTensor x = call.host(0);
        HostTensor indices = call.host(1);
        int axis = Shapes.axis(call.attribute("axis", 0), x.rank());
        long[] shape = Shapes.gather(x.shape, axis, indices.shape);
        int inner = OnnxGraph.count(Arrays.copyOfRange(x.shape, axis + 1, x.rank()));
        int outer = OnnxGraph.count(Arrays.copyOf(x.shape, axis));
        int size = (int) x.shape[axis];
        double[] values = new double[OnnxGraph.count(shape)];
        int next = 0;
        for (int o = 0; o < outer; o++) {
            for (double index : indices.values) {
                int row = (int) (index < 0 ? index + size : index);
                System.arraycopy(x.values, (o * size + row) * inner, values, next, inner);
                next += inner;
            }
        }
        return new HostTensor(x.type, shape, values);
    }

    private static HostTensor slice(Invocation call) {
        HostTensor x = call.host(0);
        boolean attributes = call.operatorSet() < 10;
        Shapes.Range[] ranges = Shapes.ranges(
                x.shape,
                attributes ? Shapes.orEmpty(call.attribute("starts")) : call.longs(1),
                attributes ? Shapes.orEmpty(call.attribute("ends")) : call.longs(2),
                call.attributeOrInput("axes", 3),
                call.has(4) ? call.longs(4) : null);
        long[] shape = Arrays.stream(ranges).mapToLong(Shapes.Range::count).toArray();
        double[] values = new double[OnnxGraph.count(shape)];
        long[] position = new long[shape.length];
        long[] source = new long[shape.length];
        for (int i = 0; i < values.length; i++) {
            for (int axis = 0; axis < shape.length; axis++) {
                source[axis] = ranges[axis].start() + position[axis] * ranges[axis].step();
            }
            values[i] = x.values[offset(x.shape, source)];
            advance(position, shape);
        }
        return new HostTensor(x.type, shape, values);
    }

    private static HostTensor concat(Invocation call) {
        HostTensor first = call.host(0);
        int axis = Shapes.axis(call.attribute("axis", 0), first.rank());
        if (axis != 0) {
            throw new IllegalArgumentException("axis " + axis + " of a shape computation (expected: 0)");
        }
        long[] shape = first.shape.clone();
        shape[0] = 0;
        double[] values = new double[0];
        for (int i = 0; i < call.size(); i++) {
            HostTensor part = call.host(i);
            shape[0] += part.shape[0];
            int end = values.length;
            values = Arrays.copyOf(values, end + part.values.length);
            System.arraycopy(part.values, 0, values, end, part.values.length);
        }
        return new HostTensor(first.type, shape, values);
    }
}
