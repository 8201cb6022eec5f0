package dev.polymath.training.graph;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A DJL block that interprets an ONNX graph with differentiable NDArray operations of the PyTorch engine.
 *
 * <p>The parameters are the float initialisers that are used as weights, by their names; scalars and what only configures
 * an operator (bounds of Clip, scales of Resize, running statistics) are not. {@link #export()} returns the same graph with
 * the trained values. Inputs are in the order of the graph's inputs, outputs in the order of its outputs.
 *
 * <p>Everything that a forward pass creates belongs to the manager of the first input: give every training step its own
 * sub-manager, keep it open until the backward pass is over, then close it. A graph of an unsupported operator is refused
 * by the constructor. Not thread-safe: one training per process, as DJL has it.
 */
public final class TrainableGraph extends AbstractBlock implements AutoCloseable {

    /** Inputs of these operators that configure and never are weights. */
    private static final Map<String, Set<Integer>> SETTINGS = Map.of(
            "Resize", Set.of(1, 2, 3),
            "Clip", Set.of(1, 2),
            "Pad", Set.of(1, 2, 3),
            "Pow", Set.of(1),
            "Dropout", Set.of(1),
            "BatchNormalization", Set.of(3, 4));

    private final OnnxGraph graph;
    private final TrainableGraphOptions options;
    private final NDManager manager;
    private final List<Node> nodes = new ArrayList<>();
    private final @Nullable Object[] constants;
    private final Map<Integer, Parameter> weights = new HashMap<>();
    private final int[] inputSlots;
    private final int[] outputSlots;
    private final long operatorSet;

    /** A node with its values resolved to slots; {@code release} are the slots that nobody reads after it. */
    private record Node(
            String description,
            Operators.@Nullable Operator device,
            @Nullable Function<Invocation, HostTensor> host,
            boolean shape,
            Map<String, AttributeProto> attributes,
            int[] inputs,
            int[] outputs,
            int[] release) {}

    /**
     * Copies the weights to the engine.
     *
     * @throws IllegalArgumentException if the graph holds operators that are not supported; the message names them all
     */
    public TrainableGraph(OnnxGraph graph, TrainableGraphOptions options) {
        this.graph = graph.copy();
        this.options = options;
        OnnxGraph runnable = graph.copy();
        if (options.fuse()) {
            Fusion.apply(runnable);
        }
        options.adapter().ifPresent(adapter -> adapter.attachTo(runnable));
        runnable.prune();
        operatorSet = runnable.operatorSet();
        manager = NDManager.newBaseManager("PyTorch");
        options.seed().ifPresent(seed -> manager.getEngine().setRandomSeed(seed));

        Map<String, Integer> slots = new HashMap<>();
        inputSlots = runnable.inputNames().stream()
                .mapToInt(name -> slot(slots, name))
                .toArray();
        List<NodeProto> computing = new ArrayList<>();
        Map<String, HostTensor> tensors = new HashMap<>();
        for (NodeProto node : runnable.nodes()) {
            if (node.getOpType().equals("Constant")) {
                tensors.put(
                        node.getOutput(0),
                        HostTensor.of(OnnxGraph.constantOf(node)).constant());
            } else {
                computing.add(node);
            }
        }
        requireSupported(computing);
        for (String name : runnable.initializerNames()) {
            TensorProto tensor = runnable.constant(name);
            if (tensor == null) {
                throw new IllegalStateException("initializer " + name + " has no tensor");
            }
            if (isWeight(name, tensor, computing)) {
                addWeight(name, tensor, slot(slots, name));
            } else {
                tensors.put(name, HostTensor.of(tensor).constant());
            }
        }
        tensors.keySet().forEach(name -> slot(slots, name));
        computing.forEach(node -> compile(node, slots));
        constants = new Object[slots.size()];
        tensors.forEach((name, tensor) -> constants[slot(slots, name)] = tensor);
        outputSlots = runnable.outputNames().stream()
                .mapToInt(name -> slot(slots, name))
                .toArray();
        planReleases(tensors.keySet().stream().map(slots::get).toList());
    }

    /** Returns the output of the graph without a parameter store: the weights as they are. */
    public NDList forward(NDList inputs, boolean training) {
        return forwardInternal(null, inputs, training);
    }

    /** Returns the trainable and frozen parameters by the names of their initialisers. */
    public Map<String, Parameter> parametersByName() {
        return Map.copyOf(parameters);
    }

    /** Returns a copy of the graph as it was given, with the initial values. */
    public OnnxGraph initialGraph() {
        return graph.copy();
    }

    /** Returns the adapters with which the graph was made trainable. */
    public Optional<LowRankAdapter> adapter() {
        return options.adapter();
    }

    /** Returns the manager of the weights, which lives until {@link #close()}. */
    public NDManager manager() {
        return manager;
    }

    /**
     * Returns the graph with the present values of the parameters: adapters merged into their weights, Dropout nodes gone.
     */
    public OnnxGraph export() {
        OnnxGraph result = graph.copy();
        parameters.forEach((name, parameter) -> {
            if (parameter.requiresGradient() && result.initializerNames().contains(name)) {
                result.setFloats(name, parameter.getArray().toFloatArray());
            }
        });
        options.adapter().ifPresent(adapter -> adapter.mergeInto(result, this::values));
        Map<String, String> around = new HashMap<>();
        result.replaceNodes(node -> {
            if (!node.getOpType().equals("Dropout") || result.outputNames().contains(node.getOutput(0))) {
                return List.of(node);
            }
            around.put(node.getOutput(0), around.getOrDefault(node.getInput(0), node.getInput(0)));
            return List.of();
        });
        result.rewire(around);
        result.prune();
        return result;
    }

    /** Returns a copy of a parameter's values. */
    public float[] values(String parameter) {
        return parameter(parameter).getArray().toFloatArray();
    }

    /** Replaces a parameter's values, row-major, in place. */
    public void setValues(String parameter, float[] values) {
        NDArray array = parameter(parameter).getArray();
        if (array.size() != values.length) {
            throw new IllegalArgumentException("%s: %d elements (expected: %d for shape %s)"
                    .formatted(parameter, values.length, array.size(), array.getShape()));
        }
        array.set(values);
    }

    /** Frees the weights. */
    @Override
    public void close() {
        manager.close();
    }

    /** Not known without a run: the shapes of an ONNX graph may depend on its inputs in any way. */
    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        throw new UnsupportedOperationException("run the graph to learn its output shapes");
    }

    @Override
    protected NDList forwardInternal(
            @Nullable ParameterStore store,
            NDList inputs,
            boolean training,
            @Nullable PairList<String, Object> params) {
        return forwardInternal(store, inputs, training);
    }

    private NDList forwardInternal(@Nullable ParameterStore store, NDList inputs, boolean training) {
        if (inputs.size() != inputSlots.length) {
            throw new IllegalArgumentException(
                    "%d inputs (expected: %d, %s)".formatted(inputs.size(), inputSlots.length, graph.inputNames()));
        }
        NDManager step = inputs.head().getManager();
        @Nullable Object[] values = constants.clone();
        for (int i = 0; i < inputSlots.length; i++) {
            values[inputSlots[i]] = inputs.get(i);
        }
        weights.forEach((slot, weight) -> values[slot] = Invocation.view(
                store == null
                        ? weight.getArray()
                        : store.getValue(weight, inputs.head().getDevice(), training),
                step));
        for (Node node : nodes) {
            try {
                run(node, values, step, training);
            } catch (RuntimeException e) {
                throw new IllegalArgumentException(node.description() + ": " + e.getMessage(), e);
            }
        }
        NDList outputs = new NDList(outputSlots.length);
        for (int slot : outputSlots) {
            Object value = values[slot];
            if (value instanceof HostTensor tensor) {
                outputs.add(tensor.toArray(step));
            } else if (value instanceof NDArray array) {
                outputs.add(array);
            }
        }
        return outputs;
    }

    private void run(Node node, @Nullable Object[] values, NDManager step, boolean training) {
        @Nullable Object[] inputs = new Object[node.inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = node.inputs[i] < 0 ? null : values[node.inputs[i]];
        }
        Invocation call =
                new Invocation(node.attributes, operatorSet, inputs, node.outputs.length, manager, step, training);
        if (node.shape) {
            values[node.outputs[0]] = HostTensor.longs(call.shape(0).getShape());
        } else if (node.host != null && (node.device == null || call.allHost())) {
            values[node.outputs[0]] = node.host.apply(call);
        } else if (node.device != null) {
            Object[] results = node.device.apply(call);
            for (int i = 0; i < results.length; i++) {
                Object result = results[i];
                for (Object input : inputs) {
                    // An operator that has nothing to do must not share a handle that is closed after its last reader.
                    if (result == input && result instanceof NDArray array) {
                        result = Invocation.view(array, step);
                    }
                }
                values[node.outputs[i]] = result;
            }
        }
        // Handles go as soon as they are read for the last time; what autograd needs it holds itself.
        for (int slot : node.release) {
            if (values[slot] instanceof NDArray array) {
                array.close();
            }
            values[slot] = null;
        }
    }

    private Parameter parameter(String name) {
        Parameter found = parameters.get(name);
        if (found == null) {
            throw new IllegalArgumentException("no parameter " + name);
        }
        return found;
    }

    private static int slot(Map<String, Integer> slots, String name) {
        Integer slot = slots.get(name);
        if (slot == null) {
            slot = slots.size();
            slots.put(name, slot);
        }
        return slot;
    }

    private static void requireSupported(List<NodeProto> nodes) {
        Set<String> unknown = new TreeSet<>();
        for (NodeProto node : nodes) {
            String operator = node.getOpType();
            if (Operators.find(operator) == null && HostOperators.find(operator) == null && !operator.equals("Shape")) {
                unknown.add(operator);
            }
        }
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException("operators " + unknown + " cannot be trained");
        }
    }

    private static boolean isWeight(String name, TensorProto tensor, List<NodeProto> nodes) {
        if (tensor.getDataType() != OnnxGraph.ElementType.FLOAT.code()
                || OnnxGraph.count(OnnxGraph.shape(tensor)) <= 1) {
            return false;
        }
        for (NodeProto node : nodes) {
            Set<Integer> settings = SETTINGS.getOrDefault(node.getOpType(), Set.of());
            for (int i = 0; i < node.getInputCount(); i++) {
                if (node.getInput(i).equals(name) && !settings.contains(i)) {
                    return true;
                }
            }
        }
        return false;
    }

    private void addWeight(String name, TensorProto tensor, int slot) {
        boolean trainable = !options.frozen().test(name)
                && !options.adapter()
                        .map(adapter -> adapter.adapts(graph, name))
                        .orElse(false);
        NDArray array;
        try (NDArray wrapped = manager.create(OnnxGraph.floats(tensor), new Shape(OnnxGraph.shape(tensor)))) {
            array = wrapped.duplicate();
        }
        array.setName(name);
        array.setRequiresGradient(trainable);
        Parameter parameter = Parameter.builder()
                .setName(name)
                .setType(OnnxGraph.shape(tensor).length > 1 ? Parameter.Type.WEIGHT : Parameter.Type.BIAS)
                .optArray(array)
                .optRequiresGrad(trainable)
                .build();
        addParameter(parameter);
        weights.put(slot, parameter);
    }

    private void compile(NodeProto node, Map<String, Integer> slots) {
        Map<String, AttributeProto> attributes = new HashMap<>();
        node.getAttributeList().forEach(attribute -> attributes.put(attribute.getName(), attribute));
        int[] inputs = node.getInputList().stream()
                .mapToInt(name -> name.isEmpty() ? -1 : slot(slots, name))
                .toArray();
        int[] outputs = node.getOutputList().stream()
                .filter(name -> !name.isEmpty())
                .mapToInt(name -> slot(slots, name))
                .toArray();
        String operator = node.getOpType();
        nodes.add(new Node(
                operator + " " + node.getOutput(0),
                Operators.find(operator),
                HostOperators.find(operator),
                operator.equals("Shape"),
                attributes,
                inputs,
                outputs,
                new int[0]));
    }

    private void planReleases(List<Integer> constantSlots) {
        boolean[] seen = new boolean[constants.length];
        constantSlots.forEach(slot -> seen[slot] = true);
        for (int slot : inputSlots) {
            seen[slot] = true;
        }
        for (int slot : outputSlots) {
            seen[slot] = true;
        }
        for (int i = nodes.size() - 1; i >= 0; i--) {
            Node node = nodes.get(i);
            int[] release = new int[node.inputs.length + node.outputs.length];
            int count = 0;
            for (int slot : concat(node.inputs, node.outputs)) {
                if (slot >= 0 && !seen[slot]) {
                    seen[slot] = true;
                    release[count++] = slot;
                }
            }
            nodes.set(
                    i,
                    new Node(
                            node.description,
                            node.device,
                            node.host,
                            node.shape,
                            node.attributes,
                            node.inputs,
                            node.outputs,
                            Arrays.copyOf(release, count)));
        }
    }

    private static int[] concat(int[] a, int[] b) {
        int[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }
}
