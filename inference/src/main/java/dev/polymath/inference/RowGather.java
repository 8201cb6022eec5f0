package dev.polymath.inference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Takes rows of native arrays, in the engine: DJL's arrays of ONNX Runtime have no operators, and a copy through the heap
 * would leave its memory to the garbage collector. A graph of nothing but {@code Gather} does it, for all arrays at once.
 * Thread-safe.
 */
final class RowGather implements AutoCloseable {
    private static final int FLOAT = 1;
    private static final int FLOAT16 = 10;
    private static final int INT64 = 7;

    /** What a graph was made for. */
    private record Key(int arrays, DataType type) {}

    private final InferenceOptions options;
    private final Map<Key, LoadedModel> graphs = new ConcurrentHashMap<>();

    RowGather(InferenceOptions options) {
        this.options = options;
    }

    /**
     * Takes rows.
     *
     * @param arrays of one type, single or half precision; closed afterwards
     * @param rows which, in the order of the result; they may repeat
     * @return as many arrays, with the names of the old ones
     */
    NDList take(NDManager manager, List<NDArray> arrays, int[] rows) {
        long[] indices = new long[rows.length];
        for (int i = 0; i < rows.length; i++) {
            indices[i] = rows[i];
        }
        LoadedModel graph = graphs.computeIfAbsent(
                new Key(arrays.size(), arrays.get(0).getDataType()),
                key -> LoadedModel.load("gather", graph(key), options));
        NDList inputs = new NDList(arrays.size() + 1);
        try (NDArray index = manager.create(indices)) {
            index.setName("rows");
            inputs.add(index);
            String[] names = new String[arrays.size()];
            for (int i = 0; i < names.length; i++) {
                names[i] = arrays.get(i).getName();
                arrays.get(i).setName("in" + i);
                inputs.add(arrays.get(i));
            }
            NDList taken = graph.forward(manager, inputs);
            for (int i = 0; i < names.length; i++) {
                taken.get(i).setName(names[i]);
                arrays.get(i).close();
            }
            return taken;
        }
    }

    @Override
    public void close() {
        graphs.values().forEach(LoadedModel::close);
    }

    /** A ModelProto of operator set 13. The field numbers are those of onnx.proto. */
    private static byte[] graph(Key key) {
        int type = key.type() == DataType.FLOAT16 ? FLOAT16 : FLOAT;
        Message graph = new Message();
        for (int i = 0; i < key.arrays(); i++) {
            graph.add(
                    1,
                    new Message()
                            .add(1, "in" + i)
                            .add(1, "rows")
                            .add(2, "out" + i)
                            .add(4, "Gather"));
        }
        graph.add(2, "gather").add(11, value("rows", INT64));
        for (int i = 0; i < key.arrays(); i++) {
            graph.add(11, value("in" + i, type));
        }
        for (int i = 0; i < key.arrays(); i++) {
            graph.add(12, value("out" + i, type));
        }
        return new Message()
                .add(1, 8)
                .add(7, graph)
                .add(8, new Message().add(2, 13))
                .bytes();
    }

    /** A ValueInfoProto of any shape. */
    private static Message value(String name, int type) {
        return new Message().add(1, name).add(2, new Message().add(1, new Message().add(1, type)));
    }

    /** A protobuf message, as much as is needed of one here. */
    private static final class Message {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        Message add(int field, int value) {
            varint(field << 3);
            varint(value);
            return this;
        }

        Message add(int field, String value) {
            return add(field, value.getBytes(StandardCharsets.UTF_8));
        }

        Message add(int field, Message value) {
            return add(field, value.bytes());
        }

        byte[] bytes() {
            return bytes.toByteArray();
        }

        private Message add(int field, byte[] value) {
            varint(field << 3 | 2);
            varint(value.length);
            bytes.writeBytes(value);
            return this;
        }

        private void varint(int value) {
            int left = value;
            for (; left > 0x7f; left >>>= 7) {
                bytes.write(left & 0x7f | 0x80);
            }
            bytes.write(left);
        }
    }
}
