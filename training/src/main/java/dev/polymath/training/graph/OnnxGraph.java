package dev.polymath.training.graph;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A mutable ONNX model: its nodes in topological order, initialisers, inputs and outputs, with the surgery that
 * fine-tuning needs and the builder calls with which whole new architectures are written.
 *
 * <p>Values are named by strings as in ONNX itself. Tensors are dense, little-endian, row-major. Nothing here computes:
 * see {@link TrainableGraph}. Not thread-safe; {@link #copy()} is cheap, because the tensors are shared and immutable.
 */
public final class OnnxGraph {

    /** Element types by the names ONNX uses. */
    public enum ElementType {
        FLOAT(TensorProto.DataType.FLOAT_VALUE, 4),
        UINT8(TensorProto.DataType.UINT8_VALUE, 1),
        INT8(TensorProto.DataType.INT8_VALUE, 1),
        INT32(TensorProto.DataType.INT32_VALUE, 4),
        INT64(TensorProto.DataType.INT64_VALUE, 8),
        BOOL(TensorProto.DataType.BOOL_VALUE, 1);

        private final int code;
        private final int bytes;

        ElementType(int code, int bytes) {
            this.code = code;
            this.bytes = bytes;
        }

        /** Returns the number that ONNX files hold, as in {@code TensorProto.DataType} and the attribute of Cast. */
        public int code() {
            return code;
        }
    }

    private final ModelProto header;
    private final String name;
    private final List<NodeProto> nodes;
    private final Map<String, TensorProto> initializers;
    private final List<ValueInfoProto> inputs;
    private final List<ValueInfoProto> outputs;
    private final Map<String, Long> operatorSets;
    private final Set<String> taken = new HashSet<>();

    private OnnxGraph(
            ModelProto header,
            String name,
            List<NodeProto> nodes,
            Map<String, TensorProto> initializers,
            List<ValueInfoProto> inputs,
            List<ValueInfoProto> outputs,
            Map<String, Long> operatorSets) {
        this.header = header;
        this.name = name;
        this.nodes = new ArrayList<>(nodes);
        this.initializers = new LinkedHashMap<>(initializers);
        this.inputs = new ArrayList<>(inputs);
        this.outputs = new ArrayList<>(outputs);
        this.operatorSets = new LinkedHashMap<>(operatorSets);
        taken.addAll(this.initializers.keySet());
        this.inputs.forEach(value -> taken.add(value.getName()));
        this.nodes.forEach(node -> taken.addAll(node.getOutputList()));
    }

    /** Starts an empty graph for the given version of the default operator set, for example 13. */
    public static OnnxGraph create(String name, int operatorSet) {
        ModelProto header = ModelProto.newBuilder()
                .setIrVersion(8)
                .setProducerName("polymath")
                .build();
        return new OnnxGraph(header, name, List.of(), Map.of(), List.of(), List.of(), Map.of("", (long) operatorSet));
    }

    /** Reads a model file; weights in external files are not supported. */
    public static OnnxGraph read(Path file) throws IOException {
        return read(Files.readAllBytes(file));
    }

    /** Reads a model to the end of the stream, which stays open. */
    public static OnnxGraph read(InputStream in) throws IOException {
        return read(in.readAllBytes());
    }

    /** Reads a serialised {@code ModelProto}. */
    public static OnnxGraph read(byte[] model) throws IOException {
        ModelProto proto = ModelProto.parseFrom(UnsafeByteOperations.unsafeWrap(model));
        GraphProto graph = proto.getGraph();
        Map<String, TensorProto> initializers = new LinkedHashMap<>();
        for (TensorProto tensor : graph.getInitializerList()) {
            if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
                throw new IOException("initializer " + tensor.getName() + ": external data (expected: inline)");
            }
            initializers.put(tensor.getName(), tensor);
        }
        // Before IR version 4 every initialiser was also listed as an input.
        List<ValueInfoProto> inputs = graph.getInputList().stream()
                .filter(value -> !initializers.containsKey(value.getName()))
                .toList();
        Map<String, Long> operatorSets = new LinkedHashMap<>();
        proto.getOpsetImportList().forEach(set -> operatorSets.put(set.getDomain(), set.getVersion()));
        return new OnnxGraph(
                proto.toBuilder().clearGraph().clearOpsetImport().build(),
                graph.getName(),
                graph.getNodeList(),
                initializers,
                inputs,
                graph.getOutputList(),
                operatorSets);
    }

    /** Returns an independent graph that shares the tensors. */
    public OnnxGraph copy() {
        return new OnnxGraph(header, name, nodes, initializers, inputs, outputs, operatorSets);
    }

    /** Returns the graph as the ONNX message. */
    public ModelProto toProto() {
        GraphProto graph = GraphProto.newBuilder()
                .setName(name)
                .addAllNode(nodes)
                .addAllInitializer(initializers.values())
                .addAllInput(inputs)
                .addAllOutput(outputs)
                .build();
        ModelProto.Builder model = header.toBuilder().setGraph(graph);
        operatorSets.forEach((domain, version) -> model.addOpsetImport(
                OperatorSetIdProto.newBuilder().setDomain(domain).setVersion(version)));
        return model.build();
    }

    /** Returns the serialised model. */
    public byte[] toBytes() {
        return toProto().toByteArray();
    }

    /** Writes the model, replacing the file. */
    public void write(Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            toProto().writeTo(out);
        }
    }

    // ---- what is there

    /** Returns the names of the inputs in graph order, without initialisers. */
    public List<String> inputNames() {
        return inputs.stream().map(ValueInfoProto::getName).toList();
    }

    /** Returns the shape of an input; -1 for a size that is not fixed; empty if the graph does not say. */
    public long[] inputShape(String input) {
        int index = inputNames().indexOf(input);
        if (index < 0) {
            throw new IllegalArgumentException("no input " + input + " (expected: one of " + inputNames() + ")");
        }
        return inputs.get(index).getType().getTensorType().getShape().getDimList().stream()
                .mapToLong(dimension -> dimension.hasDimValue() ? dimension.getDimValue() : -1)
                .toArray();
    }

    /** Returns the names of the outputs in graph order. */
    public List<String> outputNames() {
        return outputs.stream().map(ValueInfoProto::getName).toList();
    }

    /** Returns the nodes in topological order; a live, unmodifiable view. */
    public List<NodeProto> nodes() {
        return Collections.unmodifiableList(nodes);
    }

    /** Returns the names of all initialisers in file order. */
    public Set<String> initializerNames() {
        return Collections.unmodifiableSet(initializers.keySet());
    }

    /** Returns the version of the default operator set. */
    public long operatorSet() {
        return operatorSets.getOrDefault("", 1L);
    }

    /** Returns the initialiser's tensor, or that of a Constant node; null when the value is computed. */
    public @Nullable TensorProto constant(String value) {
        TensorProto tensor = initializers.get(value);
        if (tensor != null) {
            return tensor;
        }
        NodeProto producer = producer(value);
        if (producer == null || !producer.getOpType().equals("Constant")) {
            return null;
        }
        return constantOf(producer);
    }

    /** Returns the shape of an initialiser or constant. */
    public long[] shape(String initializer) {
        return shape(tensor(initializer));
    }

    /** Returns whether the initialiser holds 32-bit floats. */
    public boolean isFloat(String initializer) {
        return tensor(initializer).getDataType() == ElementType.FLOAT.code;
    }

    /** Returns a copy of the elements of a float initialiser or constant. */
    public float[] floats(String initializer) {
        return floats(tensor(initializer));
    }

    /** Returns a copy of the elements of an integer or bool initialiser or constant. */
    public long[] longs(String initializer) {
        return longs(tensor(initializer));
    }

    /** Returns the node that computes the value, or null for inputs and initialisers. */
    public @Nullable NodeProto producer(String value) {
        for (NodeProto node : nodes) {
            if (node.getOutputList().contains(value)) {
                return node;
            }
        }
        return null;
    }

    /** Returns the nodes that read the value, in graph order. */
    public List<NodeProto> consumers(String value) {
        return nodes.stream()
                .filter(node -> node.getInputList().contains(value))
                .toList();
    }

    // ---- surgery

    /**
     * Names the outputs and nothing else: {@code setOutputs(value("logits", FLOAT, "batch_size", "sequence_length",
     * "9"))}. Call {@link #prune()} afterwards to drop what is no longer needed.
     */
    public void setOutputs(ValueInfoProto... values) {
        for (ValueInfoProto value : values) {
            requireValue(value.getName());
        }
        outputs.clear();
        outputs.addAll(Arrays.asList(values));
    }

    /** Appends an input. */
    public void addInput(ValueInfoProto value) {
        claim(value.getName());
        inputs.add(value);
    }

    /** Describes an input of the same name anew, for example with a batch of any size. */
    public void setInput(ValueInfoProto value) {
        int index = inputNames().indexOf(value.getName());
        if (index < 0) {
            throw new IllegalArgumentException(
                    "no input " + value.getName() + " (expected: one of " + inputNames() + ")");
        }
        inputs.set(index, value);
    }

    /** Gives an input or a computed value another name, wherever it is used. */
    public void renameValue(String from, String to) {
        if (from.equals(to)) {
            return;
        }
        requireValue(from);
        if (initializers.containsKey(from)) {
            throw new IllegalArgumentException(from + ": an initializer (expected: an input or a computed value)");
        }
        claim(to);
        taken.remove(from);
        inputs.replaceAll(value -> renamed(value, from, to));
        outputs.replaceAll(value -> renamed(value, from, to));
        nodes.replaceAll(node -> {
            NodeProto.Builder builder = redirect(node, Map.of(from, to)).toBuilder();
            for (int i = 0; i < builder.getOutputCount(); i++) {
                if (builder.getOutput(i).equals(from)) {
                    builder.setOutput(i, to);
                }
            }
            return builder.build();
        });
    }

    private static ValueInfoProto renamed(ValueInfoProto value, String from, String to) {
        return value.getName().equals(from) ? value.toBuilder().setName(to).build() : value;
    }

    /** Adds a float initialiser, which a {@link TrainableGraph} trains if it is used as a weight; returns its name. */
    public String addInitializer(String initializer, long[] shape, float... values) {
        requireCount(initializer, shape, values.length);
        return addTensor(floatTensor(initializer, shape, values));
    }

    /** Adds an int64 initialiser; returns its name. */
    public String addInitializer(String initializer, long[] shape, long... values) {
        requireCount(initializer, shape, values.length);
        ByteBuffer bytes = littleEndian(values.length * Long.BYTES);
        bytes.asLongBuffer().put(values);
        return addTensor(rawTensor(initializer, ElementType.INT64, shape, bytes.array()));
    }

    /** Adds an initialiser of any type from its little-endian bytes; returns its name. */
    public String addInitializer(String initializer, ElementType type, long[] shape, byte[] littleEndian) {
        requireCount(initializer, shape, littleEndian.length / type.bytes);
        return addTensor(rawTensor(initializer, type, shape, littleEndian));
    }

    /** Replaces the elements of a float initialiser; the shape stays. */
    public void setFloats(String initializer, float[] values) {
        long[] shape = shape(initializer);
        requireCount(initializer, shape, values.length);
        initializers.put(initializer, floatTensor(initializer, shape, values));
    }

    /** Replaces a float initialiser by one of another shape, for example an enlarged embedding table. */
    public void replaceInitializer(String initializer, long[] shape, float[] values) {
        tensor(initializer);
        requireCount(initializer, shape, values.length);
        initializers.put(initializer, floatTensor(initializer, shape, values));
    }

    /**
     * Enlarges an embedding table {@code [rows, width]} to {@code rows} rows; each new row begins as a copy of {@code
     * template}, so that the graph computes for a new id what it computed for the template's.
     */
    public void enlargeEmbedding(String initializer, int rows, int template) {
        long[] shape = shape(initializer);
        if (shape.length != 2 || shape[0] > rows || template < 0 || template >= shape[0]) {
            throw new IllegalArgumentException(
                    "%s: shape %s to %d rows like row %d (expected: a table of at most %d rows)"
                            .formatted(initializer, Arrays.toString(shape), rows, template, rows));
        }
        int width = Math.toIntExact(shape[1]);
        float[] old = floats(initializer);
        float[] table = Arrays.copyOf(old, rows * width);
        for (int row = (int) shape[0]; row < rows; row++) {
            System.arraycopy(old, template * width, table, row * width, width);
        }
        replaceInitializer(initializer, new long[] {rows, width}, table);
    }

    /** Renames an initialiser wherever it is used. */
    public void renameInitializer(String from, String to) {
        TensorProto tensor = initializers.get(from);
        if (tensor == null) {
            throw new IllegalArgumentException("no initializer " + from);
        }
        claim(to);
        Map<String, TensorProto> renamed = new LinkedHashMap<>();
        initializers.forEach((key, value) -> {
            if (key.equals(from)) {
                renamed.put(to, tensor.toBuilder().setName(to).build());
            } else {
                renamed.put(key, value);
            }
        });
        initializers.clear();
        initializers.putAll(renamed);
        taken.remove(from);
        rewire(Map.of(from, to));
    }

    /**
     * Gives weights without a name of their own (exporters call them {@code onnx::MatMul_787}) the name of the module
     * that uses them, {@code encoder.layer.0.attention.self.query.weight}, read off the node's name.
     */
    public void nameAnonymousWeights() {
        for (NodeProto node : List.copyOf(nodes)) {
            String[] path = node.getName().split("/");
            for (String input : node.getInputList()) {
                if (!input.startsWith("onnx::") || !initializers.containsKey(input) || path.length < 2) {
                    continue;
                }
                String module = String.join(".", Arrays.copyOf(path, path.length - 1));
                boolean bias = input.equals(node.getInputCount() > 2 ? node.getInput(2) : "");
                String target = module.replaceFirst("^\\.", "") + (bias ? ".bias" : ".weight");
                if (!taken.contains(target)) {
                    renameInitializer(input, target);
                }
            }
        }
    }

    /**
     * Puts a Dropout after each of the named values: whatever read the value reads the Dropout's output. Dropout acts in
     * training only and is gone from an exported graph.
     */
    public void insertDropout(Predicate<NodeProto> after, float ratio) {
        if (!(ratio >= 0 && ratio < 1)) {
            throw new IllegalArgumentException("dropout ratio: " + ratio + " (expected: 0 <= ratio < 1)");
        }
        Map<String, String> moved = new HashMap<>();
        List<NodeProto> result = new ArrayList<>();
        String ratioName = "";
        for (NodeProto node : nodes) {
            result.add(redirect(node, moved));
            if (!after.test(node)) {
                continue;
            }
            if (ratioName.isEmpty()) {
                ratioName = operatorSet() < 12 ? "" : addInitializer(unique("dropout_ratio"), new long[0], ratio);
            }
            String value = node.getOutput(0);
            String dropped = unique(value + "_dropout");
            NodeProto.Builder dropout = NodeProto.newBuilder()
                    .setOpType("Dropout")
                    .setName(dropped)
                    .addInput(value)
                    .addOutput(dropped);
            if (ratioName.isEmpty()) {
                dropout.addAttribute(attribute("ratio", ratio));
            } else {
                dropout.addInput(ratioName);
            }
            result.add(dropout.build());
            moved.put(value, dropped);
        }
        nodes.clear();
        nodes.addAll(result);
    }

    /** Replaces nodes one by one: each node becomes the listed ones (none removes it). Topological order is the caller's. */
    public void replaceNodes(Function<NodeProto, List<NodeProto>> replacement) {
        List<NodeProto> result = new ArrayList<>();
        for (NodeProto node : List.copyOf(nodes)) {
            result.addAll(replacement.apply(node));
        }
        nodes.clear();
        nodes.addAll(result);
        nodes.forEach(node -> taken.addAll(node.getOutputList()));
    }

    /** Makes every reader of a key read the mapped value instead. Outputs of the graph keep their names. */
    public void rewire(Map<String, String> moved) {
        nodes.replaceAll(node -> redirect(node, moved));
    }

    /** Drops nodes and initialisers that no output needs. Inputs stay, so that callers need not change. */
    public void prune() {
        Set<String> needed = new HashSet<>(outputNames());
        List<NodeProto> kept = new ArrayList<>();
        for (int i = nodes.size() - 1; i >= 0; i--) {
            NodeProto node = nodes.get(i);
            if (node.getOutputList().stream().anyMatch(needed::contains)) {
                kept.add(node);
                needed.addAll(node.getInputList());
            }
        }
        Collections.reverse(kept);
        nodes.clear();
        nodes.addAll(kept);
        initializers.keySet().retainAll(needed);
    }

    /** Declares another operator set, for example {@code com.microsoft} version 1. */
    public void importOperatorSet(String domain, long version) {
        operatorSets.merge(domain, version, Math::max);
    }

    // ---- building

    /** Appends a node with one output of a fresh name derived from {@code hint}; returns that name. */
    public String add(String operator, String hint, List<String> nodeInputs, AttributeProto... attributes) {
        return add(operator, List.of(hint), nodeInputs, attributes).get(0);
    }

    /** Appends a node with one output per hint, each of a fresh name derived from it; returns those names. */
    public List<String> add(
            String operator, List<String> hints, List<String> nodeInputs, AttributeProto... attributes) {
        for (String input : nodeInputs) {
            if (!input.isEmpty()) {
                requireValue(input);
            }
        }
        List<String> names = hints.stream().map(this::unique).toList();
        nodes.add(NodeProto.newBuilder()
                .setOpType(operator)
                .setName(names.get(0))
                .addAllInput(nodeInputs)
                .addAllOutput(names)
                .addAllAttribute(Arrays.asList(attributes))
                .build());
        taken.addAll(names);
        return names;
    }

    /**
     * Appends {@code x @ W + b} with new initialisers {@code <module>.weight} of shape {@code [in, out]} (row-major, as
     * given) and {@code <module>.bias} of shape {@code [out]}; returns the name of the sum.
     */
    public String addLinear(String module, String x, int in, int out, float[] weight, float[] bias) {
        String w = addInitializer(module + ".weight", new long[] {in, out}, weight);
        String b = addInitializer(module + ".bias", new long[] {out}, bias);
        return add("Add", module + ".output", List.of(add("MatMul", module + ".matmul", List.of(x, w)), b));
    }

    /** Returns {@code hint} if no value has that name, else the first free {@code hint_1, hint_2, ...}; not claimed. */
    public String unique(String hint) {
        String candidate = hint;
        for (int i = 1; taken.contains(candidate); i++) {
            candidate = hint + "_" + i;
        }
        return candidate;
    }

    /**
     * Describes an input or output. A dimension of digits is a size, any other is a name: {@code "batch_size", "384"};
     * without dimensions the shape stays open.
     */
    public static ValueInfoProto value(String name, ElementType type, String... dimensions) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (String dimension : dimensions) {
            TensorShapeProto.Dimension.Builder dim = shape.addDimBuilder();
            if (dimension.chars().allMatch(Character::isDigit)) {
                dim.setDimValue(Long.parseLong(dimension));
            } else {
                dim.setDimParam(dimension);
            }
        }
        TypeProto.Tensor.Builder tensor = TypeProto.Tensor.newBuilder().setElemType(type.code);
        if (dimensions.length > 0) {
            tensor.setShape(shape);
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder().setTensorType(tensor))
                .build();
    }

    /** An integer attribute. */
    public static AttributeProto attribute(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }

    /** A float attribute. */
    public static AttributeProto attribute(String name, float value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.FLOAT)
                .setF(value)
                .build();
    }

    /** A string attribute. */
    public static AttributeProto attribute(String name, String value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.STRING)
                .setS(ByteString.copyFromUtf8(value))
                .build();
    }

    /** A list-of-integers attribute. */
    public static AttributeProto attribute(String name, long[] values) {
        AttributeProto.Builder attribute =
                AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
        for (long value : values) {
            attribute.addInts(value);
        }
        return attribute.build();
    }

    // ---- tensors

    static TensorProto constantOf(NodeProto node) {
        for (AttributeProto attribute : node.getAttributeList()) {
            switch (attribute.getName()) {
                case "value":
                    return attribute.getT();
                case "value_float":
                    return floatTensor(node.getOutput(0), new long[0], attribute.getF());
                case "value_int":
                    return TensorProto.newBuilder()
                            .setDataType(ElementType.INT64.code)
                            .addInt64Data(attribute.getI())
                            .build();
                case "value_ints":
                    return TensorProto.newBuilder()
                            .setDataType(ElementType.INT64.code)
                            .addDims(attribute.getIntsCount())
                            .addAllInt64Data(attribute.getIntsList())
                            .build();
                case "value_floats":
                    return TensorProto.newBuilder()
                            .setDataType(ElementType.FLOAT.code)
                            .addDims(attribute.getFloatsCount())
                            .addAllFloatData(attribute.getFloatsList())
                            .build();
                default:
                    throw new IllegalArgumentException("Constant " + node.getOutput(0) + ": attribute "
                            + attribute.getName() + " is not supported");
            }
        }
        throw new IllegalArgumentException("Constant " + node.getOutput(0) + " has no value");
    }

    static long[] shape(TensorProto tensor) {
        return tensor.getDimsList().stream().mapToLong(Long::longValue).toArray();
    }

    static float[] floats(TensorProto tensor) {
        int count = count(shape(tensor));
        float[] values = new float[count];
        if (tensor.getDataType() == ElementType.FLOAT.code) {
            if (tensor.hasRawData()) {
                littleEndian(tensor).asFloatBuffer().get(values);
            } else {
                for (int i = 0; i < count; i++) {
                    values[i] = tensor.getFloatData(i);
                }
            }
        } else if (tensor.getDataType() == TensorProto.DataType.DOUBLE_VALUE) {
            for (int i = 0; i < count; i++) {
                values[i] =
                        (float) (tensor.hasRawData() ? littleEndian(tensor).getDouble(8 * i) : tensor.getDoubleData(i));
            }
        } else {
            throw new IllegalArgumentException("tensor %s: element type %s (expected: FLOAT)"
                    .formatted(tensor.getName(), TensorProto.DataType.forNumber(tensor.getDataType())));
        }
        return values;
    }

    static long[] longs(TensorProto tensor) {
        int count = count(shape(tensor));
        long[] values = new long[count];
        ByteBuffer raw = littleEndian(tensor);
        boolean hasRaw = tensor.hasRawData();
        TensorProto.DataType type = TensorProto.DataType.forNumber(tensor.getDataType());
        for (int i = 0; i < count; i++) {
            values[i] = switch (type) {
                case INT64 -> hasRaw ? raw.getLong(8 * i) : tensor.getInt64Data(i);
                case INT32 -> hasRaw ? raw.getInt(4 * i) : tensor.getInt32Data(i);
                case INT8 -> hasRaw ? raw.get(i) : tensor.getInt32Data(i);
                case UINT8, BOOL -> hasRaw ? raw.get(i) & 0xff : tensor.getInt32Data(i);
                default ->
                    throw new IllegalArgumentException(
                            "tensor %s: element type %s (expected: integer or BOOL)".formatted(tensor.getName(), type));
            };
        }
        return values;
    }

    static int count(long[] shape) {
        long count = 1;
        for (long size : shape) {
            count = Math.multiplyExact(count, size);
        }
        return Math.toIntExact(count);
    }

    private TensorProto tensor(String initializer) {
        TensorProto tensor = constant(initializer);
        if (tensor == null) {
            throw new IllegalArgumentException("no initializer " + initializer);
        }
        return tensor;
    }

    private String addTensor(TensorProto tensor) {
        claim(tensor.getName());
        initializers.put(tensor.getName(), tensor);
        return tensor.getName();
    }

    private void claim(String value) {
        if (!taken.add(value)) {
            throw new IllegalArgumentException("value " + value + " exists already");
        }
    }

    private void requireValue(String value) {
        if (!taken.contains(value)) {
            throw new IllegalArgumentException("no value " + value + " in the graph");
        }
    }

    private static void requireCount(String initializer, long[] shape, int count) {
        if (count(shape) != count) {
            throw new IllegalArgumentException("%s: %d elements (expected: %d for shape %s)"
                    .formatted(initializer, count, count(shape), Arrays.toString(shape)));
        }
    }

    private static NodeProto redirect(NodeProto node, Map<String, String> moved) {
        Collection<String> nodeInputs = node.getInputList();
        if (nodeInputs.stream().noneMatch(moved::containsKey)) {
            return node;
        }
        NodeProto.Builder builder = node.toBuilder().clearInput();
        nodeInputs.forEach(input -> builder.addInput(moved.getOrDefault(input, input)));
        return builder.build();
    }

    private static TensorProto floatTensor(String name, long[] shape, float... values) {
        ByteBuffer bytes = littleEndian(values.length * Float.BYTES);
        bytes.asFloatBuffer().put(values);
        return rawTensor(name, ElementType.FLOAT, shape, bytes.array());
    }

    private static TensorProto rawTensor(String name, ElementType type, long[] shape, byte[] bytes) {
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setName(name)
                .setDataType(type.code)
                .setRawData(UnsafeByteOperations.unsafeWrap(bytes));
        for (long size : shape) {
            tensor.addDims(size);
        }
        return tensor.build();
    }

    private static ByteBuffer littleEndian(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static ByteBuffer littleEndian(TensorProto tensor) {
        return tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }
}
