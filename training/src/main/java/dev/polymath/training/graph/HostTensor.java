package dev.polymath.training.graph;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A small tensor in Java memory: constants and everything that comes of shapes. Elements are doubles whatever the type,
 * which holds every float and every size exactly and saturates the "to the end" of Slice as it should.
 */
final class HostTensor {

    final DataType type;
    final long[] shape;
    final double[] values;
    private boolean constant;
    private @Nullable NDArray kept;

    HostTensor(DataType type, long[] shape, double[] values) {
        this.type = type;
        this.shape = shape;
        this.values = values;
    }

    static HostTensor of(TensorProto tensor) {
        long[] shape = OnnxGraph.shape(tensor);
        DataType type = dataType(tensor.getDataType());
        if (type.isFloating()) {
            float[] floats = OnnxGraph.floats(tensor);
            double[] values = new double[floats.length];
            Arrays.setAll(values, i -> floats[i]);
            return new HostTensor(DataType.FLOAT32, shape, values);
        }
        return new HostTensor(
                type,
                shape,
                Arrays.stream(OnnxGraph.longs(tensor)).asDoubleStream().toArray());
    }

    /** Marks a tensor of the graph itself: its copy on the device is made once and kept. */
    HostTensor constant() {
        constant = true;
        return this;
    }

    /** Returns the tensor on the device, kept with {@code graph} if it is a constant, else for this {@code step}. */
    NDArray toArray(NDManager graph, NDManager step) {
        if (!constant) {
            return toArray(step);
        }
        if (kept == null) {
            kept = toArray(graph);
        }
        return Invocation.view(kept, step);
    }

    static HostTensor longs(long... values) {
        return new HostTensor(
                DataType.INT64,
                new long[] {values.length},
                Arrays.stream(values).asDoubleStream().toArray());
    }

    static DataType dataType(long code) {
        TensorProto.@Nullable DataType type = TensorProto.DataType.forNumber((int) code);
        if (type == null) {
            throw new IllegalArgumentException("element type " + code + " is not an ONNX element type");
        }
        return switch (type) {
            case FLOAT, DOUBLE -> DataType.FLOAT32;
            case INT64 -> DataType.INT64;
            case INT32 -> DataType.INT32;
            case INT8 -> DataType.INT8;
            case UINT8 -> DataType.UINT8;
            case BOOL -> DataType.BOOLEAN;
            default ->
                throw new IllegalArgumentException(
                        "element type " + type + " (expected: FLOAT, INT64, INT32, INT8, UINT8 or BOOL)");
        };
    }

    /** Copies the tensor into an array; its memory is as long-lived as the manager. */
    NDArray toArray(NDManager manager) {
        Shape to = new Shape(shape);
        switch (type) {
            case FLOAT32 -> {
                float[] floats = new float[values.length];
                for (int i = 0; i < floats.length; i++) {
                    floats[i] = (float) values[i];
                }
                return manager.create(floats, to);
            }
            case BOOLEAN -> {
                boolean[] booleans = new boolean[values.length];
                for (int i = 0; i < booleans.length; i++) {
                    booleans[i] = values[i] != 0;
                }
                return manager.create(booleans, to);
            }
            case INT64 -> {
                return manager.create(toLongs(), to);
            }
            default -> {
                int[] ints = new int[values.length];
                for (int i = 0; i < ints.length; i++) {
                    ints[i] = (int) values[i];
                }
                NDArray array = manager.create(ints, to);
                return type == DataType.INT32 ? array : array.toType(type, false);
            }
        }
    }

    long[] toLongs() {
        long[] longs = new long[values.length];
        for (int i = 0; i < longs.length; i++) {
            longs[i] = (long) values[i];
        }
        return longs;
    }

    int rank() {
        return shape.length;
    }
}
