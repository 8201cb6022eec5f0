package dev.polymath.training.graph;

import ai.djl.nn.Parameter;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * Low-rank adapters in the layout of Hugging Face PEFT: {@code adapter_config.json} and {@code adapter_model.safetensors}
 * with {@code base_model.model.<module>.lora_A.weight} and {@code .lora_B.weight}. What was trained in full beside them (a
 * new head) is there too, under the module's own name and listed in {@code modules_to_save}. Matrices have PyTorch's
 * orientation {@code [out, in]}.
 */
public final class PeftAdapter {

    private static final String CONFIG = "adapter_config.json";
    private static final String WEIGHTS = "adapter_model.safetensors";
    private static final String PREFIX = "base_model.model.";

    private PeftAdapter() {}

    /**
     * Writes the adapters and whatever else of the graph is trainable.
     *
     * @param baseModel what the adapters belong to, for {@code base_model_name_or_path}
     * @throws IllegalArgumentException if the graph has no adapters
     */
    public static void save(Path directory, TrainableGraph graph, String baseModel) throws IOException {
        LowRankAdapter adapter =
                graph.adapter().orElseThrow(() -> new IllegalArgumentException("the graph has no adapters"));
        Set<String> transposed = matrices(graph.initialGraph());
        Set<String> targets = new TreeSet<>();
        Set<String> whole = new TreeSet<>();
        Map<String, SafeTensors.Tensor> tensors = new LinkedHashMap<>();
        for (Map.Entry<String, Parameter> entry : new TreeMap<>(graph.parametersByName()).entrySet()) {
            String name = entry.getKey();
            if (!entry.getValue().requiresGradient()) {
                continue;
            }
            long[] shape = entry.getValue().getArray().getShape().getShape();
            SafeTensors.Tensor tensor = new SafeTensors.Tensor(shape, graph.values(name));
            tensors.put(PREFIX + name, transposed.contains(name) ? transpose(tensor) : tensor);
            int lora = name.indexOf(".lora_");
            if (lora >= 0) {
                targets.add(name.substring(0, lora));
            } else {
                whole.add(name.replaceFirst("\\.(weight|bias)$", ""));
            }
        }
        JsonObject config = new JsonObject();
        config.addProperty("peft_type", "LORA");
        config.addProperty("base_model_name_or_path", baseModel);
        config.addProperty("r", adapter.rank());
        config.addProperty("lora_alpha", adapter.alpha());
        config.addProperty("lora_dropout", adapter.dropout());
        config.addProperty("bias", "none");
        config.addProperty("fan_in_fan_out", false);
        config.addProperty("inference_mode", true);
        config.add("target_modules", array(targets));
        config.add("modules_to_save", array(whole));
        Files.createDirectories(directory);
        Files.writeString(
                directory.resolve(CONFIG),
                new GsonBuilder().setPrettyPrinting().create().toJson(config) + "\n");
        SafeTensors.write(directory.resolve(WEIGHTS), tensors);
    }

    /**
     * Reads the configuration: rank, alpha, dropout and targets. A target names a module whole or by its last parts, as in
     * PEFT ({@code query} or {@code attention.self.query}).
     */
    public static LowRankAdapter read(Path directory) throws IOException {
        Path file = directory.resolve(CONFIG);
        try {
            JsonObject config = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
            String type = config.get("peft_type").getAsString();
            if (!type.equals("LORA")) {
                throw new IOException(file + ": peft_type " + type + " (expected: LORA)");
            }
            List<String> targets = StreamSupport.stream(
                            config.getAsJsonArray("target_modules").spliterator(), false)
                    .map(JsonElement::getAsString)
                    .toList();
            JsonElement dropout = config.get("lora_dropout");
            return new LowRankAdapter(
                    config.get("r").getAsInt(),
                    config.get("lora_alpha").getAsFloat(),
                    dropout == null ? 0 : dropout.getAsFloat(),
                    weight -> {
                        String module = LowRankAdapter.module(weight);
                        return targets.stream().anyMatch(t -> module.equals(t) || module.endsWith("." + t));
                    });
        } catch (JsonParseException
                | ClassCastException
                | NullPointerException
                | NumberFormatException
                | IllegalStateException
                | UnsupportedOperationException e) {
            throw new IOException(file + ": not a LoRA configuration", e);
        }
    }

    /**
     * Puts the saved values into a graph that was made trainable with {@link #read}'s adapters.
     *
     * @throws IllegalArgumentException if a saved tensor has no parameter in the graph, or an adapter of the graph no tensor
     */
    public static void load(Path directory, TrainableGraph graph) throws IOException {
        Map<String, SafeTensors.Tensor> tensors = SafeTensors.read(directory.resolve(WEIGHTS));
        Set<String> missing = graph.parametersByName().keySet().stream()
                .filter(name -> name.contains(".lora_") && !tensors.containsKey(PREFIX + name))
                .collect(Collectors.toCollection(TreeSet::new));
        if (!missing.isEmpty()) {
            throw new IllegalArgumentException(directory.resolve(WEIGHTS) + " lacks " + missing);
        }
        Set<String> transposed = matrices(graph.initialGraph());
        tensors.forEach((key, tensor) -> {
            String name = key.startsWith(PREFIX) ? key.substring(PREFIX.length()) : key;
            graph.setValues(name, (transposed.contains(name) ? transpose(tensor) : tensor).values());
        });
    }

    /** The weights that ONNX multiplies from the right, {@code [in, out]}: PyTorch keeps them the other way round. */
    private static Set<String> matrices(OnnxGraph graph) {
        return graph.nodes().stream()
                .filter(node -> node.getOpType().equals("MatMul"))
                .map(node -> node.getInput(1))
                .filter(name -> graph.initializerNames().contains(name) && graph.shape(name).length == 2)
                .collect(Collectors.toSet());
    }

    private static SafeTensors.Tensor transpose(SafeTensors.Tensor tensor) {
        int rows = (int) tensor.shape()[0];
        int columns = (int) tensor.shape()[1];
        float[] values = new float[tensor.values().length];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                values[column * rows + row] = tensor.values()[row * columns + column];
            }
        }
        return new SafeTensors.Tensor(new long[] {columns, rows}, values);
    }

    private static JsonArray array(Set<String> names) {
        JsonArray array = new JsonArray();
        names.forEach(array::add);
        return array;
    }
}
