package dev.polymath.training.graph;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.onnx.proto.OnnxMl.AttributeProto;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What an operator sees of one run of one node: inputs (NDArray or HostTensor, null when absent) and attributes. */
final class Invocation {

    private final Map<String, AttributeProto> attributes;
    private final long operatorSet;
    private final @Nullable Object[] inputs;
    private final NDManager constants;
    private final NDManager step;
    final int outputs;
    final boolean training;

    Invocation(
            Map<String, AttributeProto> attributes,
            long operatorSet,
            @Nullable Object[] inputs,
            int outputs,
            NDManager constants,
            NDManager step,
            boolean training) {
        this.attributes = attributes;
        this.operatorSet = operatorSet;
        this.inputs = inputs;
        this.outputs = outputs;
        this.constants = constants;
        this.step = step;
        this.training = training;
    }

    /**
     * A handle of the step's on an array that outlives it. Results belong to the manager of their first operand: without
     * this, whatever is computed from a weight would stay with the weights for ever.
     */
    static NDArray view(NDArray array, NDManager step) {
        NDArray view = array.reshape(array.getShape());
        view.attach(step);
        return view;
    }

    int size() {
        return inputs.length;
    }

    boolean has(int i) {
        return i < inputs.length && inputs[i] != null;
    }

    boolean isHost(int i) {
        return has(i) && inputs[i] instanceof HostTensor;
    }

    boolean allHost() {
        for (Object input : inputs) {
            if (input instanceof NDArray) {
                return false;
            }
        }
        return true;
    }

    NDManager step() {
        return step;
    }

    long operatorSet() {
        return operatorSet;
    }

    /** The input on the device. A constant is copied there once, anything else for this step. */
    NDArray array(int i) {
        Object input = require(i);
        if (input instanceof NDArray array) {
            return array;
        }
        return ((HostTensor) input).toArray(constants, step);
    }

    /** The input in Java memory; copying from the device is the rare case of a shape that depends on data. */
    HostTensor host(int i) {
        Object input = require(i);
        if (input instanceof HostTensor tensor) {
            return tensor;
        }
        NDArray array = (NDArray) input;
        DataType type = array.getDataType();
        double[] values;
        if (type.isFloating()) {
            float[] floats = array.toFloatArray();
            values = new double[floats.length];
            for (int k = 0; k < floats.length; k++) {
                values[k] = floats[k];
            }
        } else {
            try (NDArray longs = array.toType(DataType.INT64, true)) {
                values = Arrays.stream(longs.toLongArray()).asDoubleStream().toArray();
            }
        }
        return new HostTensor(type, array.getShape().getShape(), values);
    }

    long[] longs(int i) {
        return host(i).toLongs();
    }

    Shape shape(int i) {
        Object input = require(i);
        return input instanceof NDArray array ? array.getShape() : new Shape(((HostTensor) input).shape);
    }

    float attribute(String name, float other) {
        AttributeProto attribute = attributes.get(name);
        return attribute == null ? other : attribute.getF();
    }

    long attribute(String name, long other) {
        AttributeProto attribute = attributes.get(name);
        return attribute == null ? other : attribute.getI();
    }

    String attribute(String name, String other) {
        AttributeProto attribute = attributes.get(name);
        return attribute == null ? other : attribute.getS().toStringUtf8();
    }

    long @Nullable [] attribute(String name) {
        AttributeProto attribute = attributes.get(name);
        if (attribute == null) {
            return null;
        }
        List<Long> values = attribute.getIntsList();
        return values.stream().mapToLong(Long::longValue).toArray();
    }

    @Nullable
    AttributeProto rawAttribute(String name) {
        return attributes.get(name);
    }

    /** Integers that older operator sets hold in an attribute and newer ones in an input. */
    long @Nullable [] attributeOrInput(String name, int i) {
        long[] values = attribute(name);
        return values != null || !has(i) ? values : longs(i);
    }

    private Object require(int i) {
        Object input = i < inputs.length ? inputs[i] : null;
        if (input == null) {
            throw new IllegalArgumentException("input " + i + " is missing");
        }
        return input;
    }
}
