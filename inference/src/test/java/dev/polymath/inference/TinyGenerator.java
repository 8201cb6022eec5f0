package dev.polymath.inference;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.gson.Gson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Writes encoder-decoder models that are small but have the shapes of the real ones, in the layout of Hugging Face Optimum.
 * Their weights are random (seeded), so that what they generate is nonsense of all lengths. {@code nan} has a NaN in the
 * encoder's embedding, and {@code poison} is outside of it, so that the engine fails on it.
 */
final class TinyGenerator {
    /** Whose shape a model has. */
    enum Family {
        /** Fixed positions, normalised after each block, a bias of the logits. */
        MARIAN,
        /** Relative positions that are computed in the graph, normalised before each block. */
        T5,
        /**
         * The decoder of vision-encoder-decoders such as ViT-GPT2: fixed positions, normalised before each block, no mask of what the
         * encoder says and no memory of it either: each step reads it again.
         */
        GPT2
    }

    /** Ways in which exports differ. */
    enum Export {
        /** {@code decoder_model_merged} in place of the pair. */
        MERGED,
        /** {@code decoder_with_past_model} wants {@code encoder_hidden_states} too. */
        PAST_READS_STATES,
        /** {@code decoder_with_past_model} has the encoder's keys and values as output again. */
        PAST_REPEATS_ENCODER,
        /** {@code decoder_model} alone, without keys and values. */
        NO_PAST,
        /** The decoder has an {@code attention_mask} of what is written, as that of BLIP. */
        OWN_MASK,
        /** The decoder wants {@code position_ids}, which no one has for it. */
        POSITIONS,
        /** The decoder has no {@code encoder_attention_mask}, as for images, which have no padding. */
        NO_MASK
    }

    static final int PAD = 0;
    static final int END = 1;
    static final int GERMAN = 3;
    static final int VOCABULARY = 24;
    static final int MAX_SOURCE = 64;

    /** Pixels on each side of an image. */
    static final int SIDE = 4;

    private static final int LAYERS = 2;
    private static final int HEADS = 2;
    private static final int HEAD_WIDTH = 8;
    private static final int WIDTH = HEADS * HEAD_WIDTH;
    private static final int HIDDEN = 32;
    private static final int BUCKETS = 8;
    private static final int POSITIONS = 128;
    private static final float FAR = -1e9f;

    private final Family family;
    private final Set<Export> exports;
    private final Random random;
    /** The weights of all graphs, by name. */
    private final Map<String, TensorProto> weights = new LinkedHashMap<>();

    private TinyGenerator(Family family, Set<Export> exports, long seed) {
        this.family = family;
        this.exports = exports;
        this.random = new Random(seed);
        weights();
    }

    static Path write(Path models, Family family, Export... exports) throws IOException {
        return write(models, family, Map.of(), Map.of(), exports);
    }

    /** Writes {@code tiny/1} below {@code models} and returns it. */
    static Path write(
            Path models,
            Family family,
            Map<String, Object> generationConfig,
            Map<String, String> servingProperties,
            Export... exports)
            throws IOException {
        return new TinyGenerator(family, exports(exports), 11)
                .write(models, false, generationConfig, servingProperties);
    }

    /** As {@link #write}, with an encoder that reads {@code pixel_values} {@code [batch, 3, SIDE, SIDE]}. */
    static Path writeVision(
            Path models,
            Family family,
            Map<String, Object> generationConfig,
            Map<String, String> servingProperties,
            Export... exports)
            throws IOException {
        return new TinyGenerator(family, exports(exports), 11).write(models, true, generationConfig, servingProperties);
    }

    private static Set<Export> exports(Export... exports) {
        Set<Export> set = EnumSet.noneOf(Export.class);
        set.addAll(List.of(exports));
        return set;
    }

    private Path write(
            Path models, boolean vision, Map<String, Object> generationConfig, Map<String, String> servingProperties)
            throws IOException {
        Path directory = Files.createDirectories(models.resolve("tiny").resolve("1"));
        Files.write(directory.resolve("encoder_model.onnx"), vision ? imageEncoder() : encoder());
        if (exports.contains(Export.MERGED)) {
            Files.write(directory.resolve("decoder_model_merged.onnx"), merged());
        } else {
            Files.write(directory.resolve("decoder_model.onnx"), decoder(false));
            if (!exports.contains(Export.NO_PAST)) {
                Files.write(directory.resolve("decoder_with_past_model.onnx"), decoder(true));
            }
        }
        Files.writeString(directory.resolve("config.json"), new Gson().toJson(config()));
        Map<String, Object> generation = new LinkedHashMap<>(Map.of(
                "decoder_start_token_id",
                PAD,
                "eos_token_id",
                END,
                "pad_token_id",
                PAD,
                "max_length",
                60,
                "bad_words_ids",
                List.of(List.of(PAD))));
        generation.putAll(generationConfig);
        Files.writeString(directory.resolve("generation_config.json"), new Gson().toJson(generation));
        Files.writeString(directory.resolve("tokenizer.json"), tokenizer());
        if (vision) {
            Map<String, Object> preprocessor = Map.of(
                    "size",
                    Map.of("height", SIDE, "width", SIDE),
                    "do_rescale",
                    true,
                    "do_normalize",
                    true,
                    "image_mean",
                    List.of(0.5, 0.5, 0.5),
                    "image_std",
                    List.of(0.25, 0.25, 0.25));
            Files.writeString(directory.resolve("preprocessor_config.json"), new Gson().toJson(preprocessor));
        }
        StringBuilder properties = new StringBuilder("polymath.max-length=" + MAX_SOURCE + "\n");
        servingProperties.forEach(
                (key, value) -> properties.append(key).append('=').append(value).append('\n'));
        Files.writeString(directory.resolve("serving.properties"), properties);
        TinyModel.writeChecksums(directory);
        return directory;
    }

    /** Words {@code a} to {@code t}, of which texts for the model are made. */
    static String text(Random random, int words) {
        StringBuilder text = new StringBuilder(">>de<<");
        random.ints(words, 0, 20).forEach(word -> text.append(' ').append((char) ('a' + word)));
        return text.toString();
    }

    private static String tokenizer() {
        List<String> tokens = new ArrayList<>(List.of("<pad>", "</s>", "<unk>", ">>de<<"));
        IntStream.range(0, 20).forEach(i -> tokens.add(Character.toString('a' + i)));
        tokens.add("nan");
        // after the last row of the encoder's embedding
        tokens.add("poison");
        Map<String, Integer> vocabulary = new LinkedHashMap<>();
        tokens.forEach(token -> vocabulary.put(token, vocabulary.size()));
        List<Map<String, Object>> special = new ArrayList<>();
        for (String token : tokens.subList(0, 4)) {
            special.add(Map.of(
                    "id",
                    vocabulary.get(token),
                    "content",
                    token,
                    "single_word",
                    false,
                    "lstrip",
                    false,
                    "rstrip",
                    false,
                    "normalized",
                    false,
                    "special",
                    true));
        }
        Map<String, Object> end = Map.of("SpecialToken", Map.of("id", "</s>", "type_id", 0));
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("version", "1.0");
        json.put("truncation", null);
        json.put("padding", null);
        json.put("added_tokens", special);
        json.put("normalizer", null);
        json.put("pre_tokenizer", Map.of("type", "WhitespaceSplit"));
        json.put(
                "post_processor",
                Map.of(
                        "type",
                        "TemplateProcessing",
                        "single",
                        List.of(Map.of("Sequence", Map.of("id", "A", "type_id", 0)), end),
                        "pair",
                        List.of(
                                Map.of("Sequence", Map.of("id", "A", "type_id", 0)),
                                end,
                                Map.of("Sequence", Map.of("id", "B", "type_id", 0)),
                                end),
                        "special_tokens",
                        Map.of("</s>", Map.of("id", "</s>", "ids", List.of(END), "tokens", List.of("</s>")))));
        json.put("decoder", null);
        json.put("model", Map.of("type", "WordLevel", "unk_token", "<unk>", "vocab", vocabulary));
        return new Gson().newBuilder().serializeNulls().create().toJson(json);
    }

    private Map<String, Object> config() {
        return switch (family) {
            case T5 ->
                Map.of(
                        "model_type",
                        "t5",
                        "is_encoder_decoder",
                        true,
                        "d_model",
                        WIDTH,
                        "num_heads",
                        HEADS,
                        "d_kv",
                        HEAD_WIDTH,
                        "num_decoder_layers",
                        LAYERS);
            case MARIAN ->
                Map.of(
                        "model_type",
                        "marian",
                        "is_encoder_decoder",
                        true,
                        "d_model",
                        WIDTH,
                        "decoder_attention_heads",
                        HEADS,
                        "decoder_layers",
                        LAYERS,
                        "max_position_embeddings",
                        POSITIONS);
            case GPT2 ->
                Map.of(
                        "model_type",
                        "vision-encoder-decoder",
                        "is_encoder_decoder",
                        true,
                        "encoder",
                        Map.of("model_type", "vit", "hidden_size", 3 * WIDTH, "num_attention_heads", 3 * HEADS),
                        "decoder",
                        Map.of("model_type", "gpt2", "n_embd", WIDTH, "n_head", HEADS, "n_layer", LAYERS));
        };
    }

    private void weights() {
        weight("encoder.embed", 1, VOCABULARY + 1, WIDTH);
        weight("decoder.embed", 2, VOCABULARY, WIDTH);
        weight("head", 1.5 / Math.sqrt(WIDTH), WIDTH, VOCABULARY);
        weight("positions", 1.5, POSITIONS, WIDTH);
        weight("encoder.buckets", 1, BUCKETS, HEADS);
        weight("decoder.buckets", 1, BUCKETS, HEADS);
        weight("bias", 0.3, VOCABULARY);
        for (int layer = 0; layer < LAYERS; layer++) {
            for (String block : List.of(
                    "encoder." + layer + ".self", "decoder." + layer + ".self", "decoder." + layer + ".cross")) {
                for (String part : List.of("q", "k", "v", "o")) {
                    weight(block + "." + part, (part.equals("o") ? 0.8 : 1.5) / Math.sqrt(WIDTH), WIDTH, WIDTH);
                }
            }
            for (String side : List.of("encoder.", "decoder.")) {
                weight(side + layer + ".in", 1.5 / Math.sqrt(WIDTH), WIDTH, HIDDEN);
                weight(side + layer + ".out", 1.5 / Math.sqrt(HIDDEN), HIDDEN, WIDTH);
            }
        }
        float[] ones = new float[WIDTH];
        Arrays.fill(ones, 1);
        weights.put("ones", floats("ones", ones, WIDTH));
        weight("patches", 1, 3, WIDTH);
    }

    private void weight(String name, double scale, int... shape) {
        int size = IntStream.of(shape).reduce(1, (a, b) -> a * b);
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) (random.nextGaussian() * scale);
        }
        if (name.equals("encoder.embed")) {
            values[size - 1] = Float.NaN;
        }
        if (name.equals("head")) {
            // without this the end is too rare
            for (int i = END; i < size; i += VOCABULARY) {
                values[i] *= 2.2f;
            }
        }
        weights.put(
                name, floats(name, values, IntStream.of(shape).asLongStream().toArray()));
    }

    private byte[] encoder() {
        Graph g = new Graph("");
        String zero = g.constant(0);
        String length = g.size("input_ids", 1);
        String positions = g.range(zero, length);
        String x = g.op("Gather", "encoder.embed", "input_ids");
        String bias = g.padding("attention_mask");
        if (family == Family.MARIAN) {
            x = g.op("Add", x, g.op("Gather", "positions", positions));
        } else {
            String relative =
                    g.op("Sub", g.op("Unsqueeze", positions, g.axes(0)), g.op("Unsqueeze", positions, g.axes(1)));
            String bucket = g.op("Add", g.clip(relative, -4, 3), g.constant(4));
            bias = g.op("Add", bias, g.buckets("encoder.buckets", bucket));
        }
        encode(g, x, bias);
        g.input("input_ids", TensorProto.DataType.INT64, 2);
        g.input("attention_mask", TensorProto.DataType.INT64, 2);
        return g.model();
    }

    /** A pixel is a place. */
    private byte[] imageEncoder() {
        Graph g = new Graph("");
        String places = g.transpose(g.op("Reshape", "pixel_values", g.axes(0, 3, SIDE * SIDE)), 0, 2, 1);
        String positions = g.op("Gather", "positions", g.range(g.constant(0), g.constant(SIDE * SIDE)));
        encode(g, g.op("Add", g.op("MatMul", places, "patches"), positions), g.scalar(0));
        g.input("pixel_values", TensorProto.DataType.FLOAT, 4);
        return g.model();
    }

    private void encode(Graph g, String embedded, String bias) {
        String x = embedded;
        for (int layer = 0; layer < LAYERS; layer++) {
            String name = "encoder." + layer;
            String y = g.before(x);
            String q = g.heads(g.op("MatMul", y, name + ".self.q"));
            String k = g.heads(g.op("MatMul", y, name + ".self.k"));
            String v = g.heads(g.op("MatMul", y, name + ".self.v"));
            x = g.after(x, g.op("MatMul", g.attend(q, k, v, bias), name + ".self.o"));
            x = g.after(x, g.feedForward(g.before(x), name));
        }
        g.output("last_hidden_state", g.op("Identity", g.before(x)), TensorProto.DataType.FLOAT, 3);
    }

    private byte[] decoder(boolean past) {
        Graph g = new Graph("");
        Map<String, String> outputs = decode(g, past);
        if (past) {
            // the engine refuses more than one token
            g.graph.addInput(fixed("input_ids", TensorProto.DataType.INT64));
        } else {
            g.input("input_ids", TensorProto.DataType.INT64, 2);
        }
        if (!past || family == Family.GPT2 || exports.contains(Export.PAST_READS_STATES)) {
            g.input("encoder_hidden_states", TensorProto.DataType.FLOAT, 3);
        }
        inputMask(g);
        if (past) {
            inputPast(g);
        }
        outputs.forEach((name, value) -> {
            if (name.equals("logits") || !exports.contains(Export.NO_PAST)) {
                g.output(name, value, TensorProto.DataType.FLOAT, name.equals("logits") ? 3 : 4);
            }
        });
        return g.model();
    }

    /** As Optimum merges them: in the branch with past, the outputs of the encoder's keys and values are empty. */
    private byte[] merged() {
        Graph g = new Graph("");
        g.input("input_ids", TensorProto.DataType.INT64, 2);
        g.input("encoder_hidden_states", TensorProto.DataType.FLOAT, 3);
        inputMask(g);
        inputPast(g);
        g.input("use_cache_branch", TensorProto.DataType.BOOL, 1);
        List<AttributeProto> branches = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (boolean past : new boolean[] {true, false}) {
            Graph branch = new Graph(past ? "then_" : "else_");
            Map<String, String> outputs = decode(branch, past);
            names.clear();
            outputs.forEach((name, value) -> {
                names.add(name);
                String result = past && name.contains(".encoder.") ? branch.empty() : value;
                branch.output(branch.prefix + name, result, TensorProto.DataType.FLOAT, name.equals("logits") ? 3 : 4);
            });
            branches.add(AttributeProto.newBuilder()
                    .setName(past ? "then_branch" : "else_branch")
                    .setType(AttributeProto.AttributeType.GRAPH)
                    .setG(branch.graph.setName(branch.prefix + "branch"))
                    .build());
        }
        g.graph.addNode(NodeProto.newBuilder()
                .setOpType("If")
                .setName("if")
                .addInput("use_cache_branch")
                .addAllOutput(names)
                .addAllAttribute(branches));
        names.forEach(
                name -> g.graph.addOutput(value(name, TensorProto.DataType.FLOAT, name.equals("logits") ? 3 : 4)));
        return g.model();
    }

    private void inputPast(Graph g) {
        List<String> parts = family == Family.GPT2
                ? List.of("key", "value")
                : List.of("decoder.key", "decoder.value", "encoder.key", "encoder.value");
        for (int layer = 0; layer < LAYERS; layer++) {
            for (String part : parts) {
                g.input("past_key_values." + layer + "." + part, TensorProto.DataType.FLOAT, 4);
            }
        }
    }

    private boolean masked() {
        return family != Family.GPT2 && !exports.contains(Export.NO_MASK);
    }

    private void inputMask(Graph g) {
        if (exports.contains(Export.OWN_MASK)) {
            g.input("attention_mask", TensorProto.DataType.INT64, 2);
        }
        if (exports.contains(Export.POSITIONS)) {
            g.input("position_ids", TensorProto.DataType.INT64, 2);
        }
        if (masked()) {
            g.input("encoder_attention_mask", TensorProto.DataType.INT64, 2);
        }
    }

    /** The decoder's nodes; returns what is output, by name. */
    private Map<String, String> decode(Graph g, boolean past) {
        Map<String, String> outputs = new LinkedHashMap<>();
        outputs.put("logits", "");
        boolean memory = family != Family.GPT2;
        String own = memory ? "decoder." : "";
        String offset = past ? g.size("past_key_values.0." + own + "key", 2) : g.constant(0);
        String length = g.op("Add", offset, g.size("input_ids", 1));
        String now = g.range(offset, length);
        String all = g.range(g.constant(0), length);
        String distance = g.op("Sub", g.op("Unsqueeze", now, g.axes(1)), g.op("Unsqueeze", all, g.axes(0)));
        String later = g.op("Cast", g.op("Less", distance, g.constant(0)));
        String bias = g.op("Mul", later, g.scalar(FAR));
        if (exports.contains(Export.OWN_MASK)) {
            bias = g.op("Add", bias, g.padding("attention_mask"));
        }
        String x = g.op("Gather", "decoder.embed", "input_ids");
        if (family != Family.T5) {
            x = g.op("Add", x, g.op("Gather", "positions", now));
        } else {
            bias = g.op("Add", bias, g.buckets("decoder.buckets", g.clip(distance, 0, BUCKETS - 1)));
        }
        String padding = masked() ? g.padding("encoder_attention_mask") : g.scalar(0);
        if (past && exports.contains(Export.PAST_READS_STATES)) {
            // exports that keep the input do so because the graph still mentions it
            String nothing = g.op("Mul", g.op("ReduceMean", "encoder_hidden_states"), g.scalar(0));
            x = g.op("Add", x, nothing);
        }
        for (int layer = 0; layer < LAYERS; layer++) {
            String name = "decoder." + layer;
            String before = "past_key_values." + layer + ".";
            String after = "present." + layer + ".";
            String y = g.before(x);
            String q = g.heads(g.op("MatMul", y, name + ".self.q"));
            String k = g.heads(g.op("MatMul", y, name + ".self.k"));
            String v = g.heads(g.op("MatMul", y, name + ".self.v"));
            if (past) {
                k = g.op("Concat", before + own + "key", k);
                v = g.op("Concat", before + own + "value", v);
            }
            outputs.put(after + own + "key", k);
            outputs.put(after + own + "value", v);
            x = g.after(x, g.op("MatMul", g.attend(q, k, v, bias), name + ".self.o"));
            y = g.before(x);
            q = g.heads(g.op("MatMul", y, name + ".cross.q"));
            boolean remembered = past && memory;
            k = remembered
                    ? before + "encoder.key"
                    : g.heads(g.op("MatMul", "encoder_hidden_states", name + ".cross.k"));
            v = remembered
                    ? before + "encoder.value"
                    : g.heads(g.op("MatMul", "encoder_hidden_states", name + ".cross.v"));
            if (memory && (!past || exports.contains(Export.PAST_REPEATS_ENCODER) || exports.contains(Export.MERGED))) {
                outputs.put(after + "encoder.key", k);
                outputs.put(after + "encoder.value", v);
            }
            x = g.after(x, g.op("MatMul", g.attend(q, k, v, padding), name + ".cross.o"));
            x = g.after(x, g.feedForward(g.before(x), name));
        }
        String logits = g.op("MatMul", g.before(x), "head");
        outputs.put("logits", family == Family.MARIAN ? g.op("Add", logits, "bias") : logits);
        return outputs;
    }

    private static TensorProto floats(String name, float[] values, long... shape) {
        TensorProto.Builder tensor =
                TensorProto.newBuilder().setName(name).setDataType(TensorProto.DataType.FLOAT.getNumber());
        for (long dimension : shape) {
            tensor.addDims(dimension);
        }
        for (float value : values) {
            tensor.addFloatData(value);
        }
        return tensor.build();
    }

    private static TensorProto longs(String name, boolean scalar, long... values) {
        TensorProto.Builder tensor =
                TensorProto.newBuilder().setName(name).setDataType(TensorProto.DataType.INT64.getNumber());
        if (!scalar) {
            tensor.addDims(values.length);
        }
        for (long value : values) {
            tensor.addInt64Data(value);
        }
        return tensor.build();
    }

    private static ValueInfoProto value(String name, TensorProto.DataType type, int dimensions) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (int i = 0; i < dimensions; i++) {
            shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimParam(name + "_" + i));
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(type.getNumber())
                                .setShape(shape)))
                .build();
    }

    /** A value {@code [batch, 1]}. */
    private static ValueInfoProto fixed(String name, TensorProto.DataType type) {
        ValueInfoProto.Builder value = value(name, type, 2).toBuilder();
        value.getTypeBuilder()
                .getTensorTypeBuilder()
                .getShapeBuilder()
                .setDim(1, TensorShapeProto.Dimension.newBuilder().setDimValue(1));
        return value.build();
    }

    /** A graph that is being written; names of values are handed on as strings. */
    private final class Graph {
        final String prefix;
        final GraphProto.Builder graph = GraphProto.newBuilder().setName("tiny");
        private int count;

        Graph(String prefix) {
            this.prefix = prefix;
        }

        byte[] model() {
            graph.addAllInitializer(weights.values());
            return ModelProto.newBuilder()
                    .setIrVersion(8)
                    .addOpsetImport(
                            OperatorSetIdProto.newBuilder().setDomain("").setVersion(17))
                    .setGraph(graph)
                    .build()
                    .toByteArray();
        }

        void input(String name, TensorProto.DataType type, int dimensions) {
            graph.addInput(value(name, type, dimensions));
        }

        void output(String name, String from, TensorProto.DataType type, int dimensions) {
            graph.addNode(NodeProto.newBuilder()
                    .setOpType("Identity")
                    .setName(name)
                    .addInput(from)
                    .addOutput(name));
            graph.addOutput(value(name, type, dimensions));
        }

        String op(String operator, String... inputs) {
            String name = prefix + operator + count++;
            NodeProto.Builder node = NodeProto.newBuilder()
                    .setOpType(operator)
                    .setName(name)
                    .addAllInput(List.of(inputs))
                    .addOutput(name);
            switch (operator) {
                case "Concat" -> node.addAttribute(number("axis", 2));
                case "Softmax" -> node.addAttribute(number("axis", -1));
                case "Cast" -> node.addAttribute(number("to", TensorProto.DataType.FLOAT.getNumber()));
                default -> {}
            }
            graph.addNode(node);
            return name;
        }

        String constant(long value) {
            return initializer(longs(prefix + "constant" + count++, true, value));
        }

        String axes(long... values) {
            return initializer(longs(prefix + "axes" + count++, false, values));
        }

        String scalar(float value) {
            return initializer(floats(prefix + "scalar" + count++, new float[] {value}));
        }

        String empty() {
            return initializer(floats(prefix + "empty" + count++, new float[0], 0, HEADS, 1, HEAD_WIDTH));
        }

        private String initializer(TensorProto tensor) {
            graph.addInitializer(tensor);
            return tensor.getName();
        }

        String size(String value, long axis) {
            return op("Gather", op("Shape", value), constant(axis));
        }

        String range(String from, String to) {
            return op("Range", from, to, constant(1));
        }

        String clip(String value, long min, long max) {
            return op("Min", op("Max", value, constant(min)), constant(max));
        }

        /** {@code [batch, length]} of ones and zeros to what is added to the scores {@code [batch, heads, from, to]}. */
        String padding(String mask) {
            String none = op("Sub", scalar(1), op("Cast", mask));
            return op("Unsqueeze", op("Mul", none, scalar(FAR)), axes(1, 2));
        }

        /** {@code [from, to]} to {@code [1, heads, from, to]}. */
        String buckets(String table, String bucket) {
            return op("Unsqueeze", transpose(op("Gather", table, bucket), 2, 0, 1), axes(0));
        }

        String heads(String x) {
            return transpose(op("Reshape", x, axes(0, 0, HEADS, HEAD_WIDTH)), 0, 2, 1, 3);
        }

        String attend(String q, String k, String v, String bias) {
            String scores = op("MatMul", q, transpose(k, 0, 1, 3, 2));
            String scaled = op("Mul", scores, scalar((float) (1 / Math.sqrt(HEAD_WIDTH))));
            String attention = op("Softmax", op("Add", scaled, bias));
            return op("Reshape", transpose(op("MatMul", attention, v), 0, 2, 1, 3), axes(0, 0, WIDTH));
        }

        String feedForward(String x, String name) {
            return op("MatMul", op("Relu", op("MatMul", x, name + ".in")), name + ".out");
        }

        /** What a block reads. */
        String before(String x) {
            if (family == Family.MARIAN) {
                return x;
            }
            String mean = prefix + "mean" + count++;
            graph.addNode(NodeProto.newBuilder()
                    .setOpType("ReduceMean")
                    .setName(mean)
                    .addInput(op("Mul", x, x))
                    .addOutput(mean)
                    .addAttribute(AttributeProto.newBuilder()
                            .setName("axes")
                            .setType(AttributeProto.AttributeType.INTS)
                            .addInts(-1)));
            return op("Div", x, op("Sqrt", op("Add", mean, scalar(1e-6f))));
        }

        /** What there is after a block. */
        String after(String x, String block) {
            String sum = op("Add", x, block);
            return family == Family.MARIAN ? op("LayerNormalization", sum, "ones") : sum;
        }

        String transpose(String value, long... axes) {
            String name = prefix + "Transpose" + count++;
            AttributeProto.Builder permutation =
                    AttributeProto.newBuilder().setName("perm").setType(AttributeProto.AttributeType.INTS);
            for (long axis : axes) {
                permutation.addInts(axis);
            }
            graph.addNode(NodeProto.newBuilder()
                    .setOpType("Transpose")
                    .setName(name)
                    .addInput(value)
                    .addOutput(name)
                    .addAttribute(permutation));
            return name;
        }

        private AttributeProto number(String name, long value) {
            return AttributeProto.newBuilder()
                    .setName(name)
                    .setType(AttributeProto.AttributeType.INT)
                    .setI(value)
                    .build();
        }
    }
}
