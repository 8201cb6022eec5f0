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
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Writes models that are small but real: embeddings of tokens and types, one self-attention with a mask, and what the
 * {@link Task} puts on it; a token classifier where none is named. Their weights are random (seeded) except that the words below have the labels below, and that {@code nan}
 * has a NaN in its embedding, and that {@code poison} is outside of the embedding table, so that the engine fails on it.
 */
final class TinyModel {
    static final List<String> LABELS = List.of("O", "B-PERSON", "I-PERSON", "B-LOCATION", "I-LOCATION");

    /** What the model is for. */
    enum Task {
        /** Hidden states. */
        ENCODER(Map.of("hidden_size", 8)),
        /** {@code logits} over {@link #LABELS}: a text has that of most of its words. */
        ONE_HEAD(Map.of("problem_type", "single_label_classification", "id2label", id2label(LABELS))),
        /** Output {@code kind} over {@link #LABELS}, and {@code traits}, multi-label, with the first three of them. */
        TWO_HEADS(Map.of(
                "heads",
                Map.of(
                        "traits",
                        Map.of(
                                "problem_type",
                                "multi_label_classification",
                                "id2label",
                                id2label(LABELS.subList(0, 3)),
                                "thresholds",
                                List.of(0.5, 0.25, 0.75)),
                        "kind",
                        Map.of("id2label", id2label(LABELS), "temperature", 2)))),
        /** An answer begins with B-PERSON and ends with I-PERSON. */
        READER(Map.of()),
        TOKENS(Map.of("id2label", id2label(LABELS)));

        private final Map<String, Object> config;

        Task(Map<String, Object> config) {
            this.config = new LinkedHashMap<>(config);
            this.config.put("max_position_embeddings", 64);
        }
    }

    private static final Map<String, String> WORDS = words();
    private static final List<String> VOCABULARY = vocabulary();
    private static final int WIDTH = 8;

    private TinyModel() {}

    /** Writes {@code tiny/1} below {@code models} and returns it. */
    static Path write(Path models) throws IOException {
        return write(models, Map.of());
    }

    static Path write(Path models, Map<String, String> servingProperties) throws IOException {
        return write(models, Task.TOKENS, servingProperties);
    }

    static Path write(Path models, Task task, Map<String, String> servingProperties) throws IOException {
        Path directory = Files.createDirectories(models.resolve("tiny").resolve("1"));
        Files.write(
                directory.resolve("model.onnx"),
                model(task, TensorProto.DataType.FLOAT).toByteArray());
        Files.write(
                directory.resolve("model_fp16.onnx"),
                model(task, TensorProto.DataType.FLOAT16).toByteArray());
        Files.writeString(directory.resolve("tokenizer.json"), tokenizer());
        Files.writeString(directory.resolve("config.json"), new Gson().toJson(task.config));
        StringBuilder properties = new StringBuilder("polymath.token-type-ids=word-shape\n");
        servingProperties.forEach(
                (key, value) -> properties.append(key).append('=').append(value).append('\n'));
        Files.writeString(directory.resolve("serving.properties"), properties);
        writeChecksums(directory);
        return directory;
    }

    static void writeChecksums(Path directory) throws IOException {
        StringBuilder sums = new StringBuilder();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.sorted().toList()) {
                if (!file.endsWith(ModelDirectory.CHECKSUMS)) {
                    sums.append(sha256(file))
                            .append("  ")
                            .append(file.getFileName())
                            .append('\n');
                }
            }
        }
        Files.writeString(directory.resolve(ModelDirectory.CHECKSUMS), sums);
    }

    private static Map<String, String> id2label(List<String> labels) {
        Map<String, String> id2label = new LinkedHashMap<>();
        for (int i = 0; i < labels.size(); i++) {
            id2label.put(Integer.toString(i), labels.get(i));
        }
        return id2label;
    }

    private static String sha256(Path file) throws IOException {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static Map<String, String> words() {
        Map<String, String> words = new LinkedHashMap<>();
        words.put("alice", "B-PERSON");
        words.put("bob", "B-PERSON");
        words.put("smith", "I-PERSON");
        words.put("paris", "B-LOCATION");
        words.put("york", "I-LOCATION");
        words.put("new", "B-LOCATION");
        for (String word : List.of("met", "in", "the", "and", "saw", "one", "day", ".", ",", "'", "-")) {
            words.put(word, "O");
        }
        return words;
    }

    private static List<String> vocabulary() {
        List<String> tokens = new ArrayList<>(List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]"));
        tokens.addAll(WORDS.keySet());
        for (char c = 'a'; c <= 'z'; c++) {
            tokens.add(String.valueOf(c));
            tokens.add("##" + c);
        }
        tokens.add("nan");
        // after the last row of the embeddings
        tokens.add("poison");
        return tokens;
    }

    static String tokenizer() {
        Map<String, Integer> vocabulary = new LinkedHashMap<>();
        VOCABULARY.forEach(token -> vocabulary.put(token, vocabulary.size()));
        List<Map<String, Object>> special = new ArrayList<>();
        for (String token : VOCABULARY.subList(0, 4)) {
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
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("version", "1.0");
        json.put("truncation", null);
        json.put("padding", null);
        json.put("added_tokens", special);
        json.put(
                "normalizer",
                Map.of("type", "BertNormalizer", "clean_text", true, "handle_chinese_chars", true, "lowercase", true));
        json.put("pre_tokenizer", Map.of("type", "BertPreTokenizer"));
        json.put(
                "post_processor",
                Map.of(
                        "type",
                        "TemplateProcessing",
                        "single",
                        List.of(
                                Map.of("SpecialToken", Map.of("id", "[CLS]", "type_id", 0)),
                                Map.of("Sequence", Map.of("id", "A", "type_id", 0)),
                                Map.of("SpecialToken", Map.of("id", "[SEP]", "type_id", 0))),
                        "pair",
                        List.of(
                                Map.of("SpecialToken", Map.of("id", "[CLS]", "type_id", 0)),
                                Map.of("Sequence", Map.of("id", "A", "type_id", 0)),
                                Map.of("SpecialToken", Map.of("id", "[SEP]", "type_id", 0)),
                                Map.of("Sequence", Map.of("id", "B", "type_id", 1)),
                                Map.of("SpecialToken", Map.of("id", "[SEP]", "type_id", 1))),
                        "special_tokens",
                        Map.of(
                                "[CLS]", Map.of("id", "[CLS]", "ids", List.of(2), "tokens", List.of("[CLS]")),
                                "[SEP]", Map.of("id", "[SEP]", "ids", List.of(3), "tokens", List.of("[SEP]")))));
        json.put("decoder", null);
        json.put(
                "model",
                Map.of(
                        "type",
                        "WordPiece",
                        "unk_token",
                        "[UNK]",
                        "continuing_subword_prefix",
                        "##",
                        "max_input_chars_per_word",
                        100,
                        "vocab",
                        vocabulary));
        return new Gson().newBuilder().serializeNulls().create().toJson(json);
    }

    private static ModelProto model(Task task, TensorProto.DataType output) {
        Random random = new Random(7);
        int rows = VOCABULARY.size() - 1;
        float[] embeddings = new float[rows * WIDTH];
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < WIDTH; i++) {
                embeddings[row * WIDTH + i] = (float) random.nextGaussian() * 0.3f;
            }
            if (VOCABULARY.get(row).equals("nan")) {
                embeddings[row * WIDTH] = Float.NaN;
            }
            int label = LABELS.indexOf(WORDS.getOrDefault(VOCABULARY.get(row), "O"));
            embeddings[row * WIDTH + label] += 8;
        }
        float[] types = new float[WordShape.values().length * WIDTH];
        for (int i = 0; i < types.length; i++) {
            types[i] = (float) random.nextGaussian() * 0.1f;
        }
        float[] linear = new float[WIDTH * LABELS.size()];
        for (int i = 0; i < WIDTH; i++) {
            for (int label = 0; label < LABELS.size(); label++) {
                linear[i * LABELS.size() + label] = (i == label ? 1 : 0) + (float) random.nextGaussian() * 0.05f;
            }
        }
        GraphProto.Builder graph = GraphProto.newBuilder()
                .setName("tiny")
                .addInput(value("input_ids", TensorProto.DataType.INT64, "batch", "length"))
                .addInput(value("attention_mask", TensorProto.DataType.INT64, "batch", "length"))
                .addInput(value("token_type_ids", TensorProto.DataType.INT64, "batch", "length"))
                .addInitializer(floats("embeddings", embeddings, rows, WIDTH))
                .addInitializer(floats("types", types, types.length / WIDTH, WIDTH))
                .addInitializer(floats("linear", linear, WIDTH, LABELS.size()))
                .addInitializer(floats("one", new float[] {1}))
                .addInitializer(floats("far", new float[] {-10_000}))
                .addInitializer(floats("little", new float[] {0.1f}))
                .addInitializer(TensorProto.newBuilder()
                        .setName("axis")
                        .setDataType(TensorProto.DataType.INT64.getNumber())
                        .addDims(1)
                        .addInt64Data(1))
                .addNode(node("Gather", "words", "embeddings", "input_ids"))
                .addNode(node("Gather", "shapes", "types", "token_type_ids"))
                .addNode(node("Add", "x", "words", "shapes"))
                .addNode(node("Transpose", "xt", "x")
                        .addAttribute(AttributeProto.newBuilder()
                                .setName("perm")
                                .setType(AttributeProto.AttributeType.INTS)
                                .addAllInts(List.of(0L, 2L, 1L))))
                .addNode(node("MatMul", "scores", "x", "xt"))
                .addNode(node("Cast", "mask", "attention_mask")
                        .addAttribute(AttributeProto.newBuilder()
                                .setName("to")
                                .setType(AttributeProto.AttributeType.INT)
                                .setI(TensorProto.DataType.FLOAT.getNumber())))
                .addNode(node("Sub", "padding", "one", "mask"))
                .addNode(node("Mul", "bias", "padding", "far"))
                .addNode(node("Unsqueeze", "bias3", "bias", "axis"))
                .addNode(node("Mul", "softened", "scores", "little"))
                .addNode(node("Add", "masked", "softened", "bias3"))
                .addNode(node("Softmax", "attention", "masked")
                        .addAttribute(AttributeProto.newBuilder()
                                .setName("axis")
                                .setType(AttributeProto.AttributeType.INT)
                                .setI(-1)))
                .addNode(node("MatMul", "context", "attention", "x"))
                .addNode(node("Mul", "aside", "context", "little"))
                .addNode(node("Add", "y", "x", "aside"));
        switch (task) {
            case ENCODER -> cast(graph, "y", value("last_hidden_state", output, "batch", "length", "width"));
            case TOKENS -> {
                graph.addNode(node("MatMul", "linear_output", "y", "linear"));
                cast(graph, "linear_output", value("logits", output, "batch", "length", "labels"));
            }
            case ONE_HEAD -> {
                addMean(graph);
                graph.addNode(node("MatMul", "linear_output", "mean", "linear"));
                cast(graph, "linear_output", value("logits", output, "batch", "labels"));
            }
            case TWO_HEADS -> {
                addMean(graph);
                graph.addInitializer(floats(
                                "first", Arrays.copyOf(new float[] {1, 0, 0, 0, 1, 0, 0, 0, 1}, WIDTH * 3), WIDTH, 3))
                        .addNode(node("MatMul", "linear_output", "mean", "linear"))
                        .addNode(node("MatMul", "first_output", "mean", "first"));
                cast(graph, "linear_output", value("kind", output, "batch", "labels"));
                cast(graph, "first_output", value("traits", output, "batch", "traits"));
            }
            case READER -> {
                graph.addInitializer(floats("begins", new float[] {0, 1, -1, 0, -1, 0, 0, 0}, WIDTH))
                        .addInitializer(floats("ends", new float[] {0, 0.5f, 1, 0, -1, 0, 0, 0}, WIDTH))
                        .addNode(node("MatMul", "begin_output", "y", "begins"))
                        .addNode(node("MatMul", "end_output", "y", "ends"));
                cast(graph, "begin_output", value("start_logits", output, "batch", "length"));
                cast(graph, "end_output", value("end_logits", output, "batch", "length"));
            }
        }
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(13))
                .setGraph(graph)
                .build();
    }

    /** The mean of {@code y} over the tokens that the mask has. */
    private static void addMean(GraphProto.Builder graph) {
        graph.addInitializer(TensorProto.newBuilder()
                        .setName("last_axis")
                        .setDataType(TensorProto.DataType.INT64.getNumber())
                        .addDims(1)
                        .addInt64Data(2))
                .addNode(node("Unsqueeze", "mask3", "mask", "last_axis"))
                .addNode(node("Mul", "unpadded", "y", "mask3"))
                .addNode(sumOverTokens("sum", "unpadded"))
                .addNode(sumOverTokens("count", "mask3"))
                .addNode(node("Div", "mean", "sum", "count"));
    }

    private static NodeProto.Builder sumOverTokens(String output, String input) {
        return node("ReduceSum", output, input, "axis")
                .addAttribute(AttributeProto.newBuilder()
                        .setName("keepdims")
                        .setType(AttributeProto.AttributeType.INT)
                        .setI(0));
    }

    private static void cast(GraphProto.Builder graph, String from, ValueInfoProto output) {
        graph.addOutput(output)
                .addNode(node("Cast", output.getName(), from)
                        .addAttribute(AttributeProto.newBuilder()
                                .setName("to")
                                .setType(AttributeProto.AttributeType.INT)
                                .setI(output.getType().getTensorType().getElemType())));
    }

    private static NodeProto.Builder node(String operator, String output, String... inputs) {
        return NodeProto.newBuilder()
                .setOpType(operator)
                .setName(output)
                .addOutput(output)
                .addAllInput(List.of(inputs));
    }

    private static TensorProto floats(String name, float[] values, long... shape) {
        TensorProto.Builder tensor =
                TensorProto.newBuilder().setName(name).setDataType(TensorProto.DataType.FLOAT.getNumber());
        for (long dimension : shape.length == 0 ? new long[] {values.length} : shape) {
            tensor.addDims(dimension);
        }
        for (float value : values) {
            tensor.addFloatData(value);
        }
        return tensor.build();
    }

    private static ValueInfoProto value(String name, TensorProto.DataType type, String... dimensions) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (String dimension : dimensions) {
            shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimParam(dimension));
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(type.getNumber())
                                .setShape(shape)))
                .build();
    }
}
