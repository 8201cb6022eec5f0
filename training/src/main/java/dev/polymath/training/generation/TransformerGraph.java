package dev.polymath.training.generation;

import ai.onnx.proto.OnnxMl.ValueInfoProto;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.OnnxGraph.ElementType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An encoder-decoder Transformer as ONNX graphs: one for training with the right words given, and the three that generate word by word.
 * LayerNorm comes before each part (pre-LN), positions are sinusoids, one table is embedding of both sides and output projection. The
 * encoder reads words, or, if the shape has a grid, what another network says of the places of an image.
 *
 * <p>All graphs hold the same weights under the same names; only the output projection, {@code lm_head.weight}, is a transposed copy of
 * the table in graphs that are not for training, because an 8-bit matrix needs it as a constant.
 */
public final class TransformerGraph {
    private static final int OPERATOR_SET = 17;
    private static final String POSITIONS = "positions";

    private final TransformerShape shape;
    private final TransformerWeights weights;
    private final OnnxGraph graph;
    private final float dropout;

    private TransformerGraph(String name, TransformerWeights weights, float dropout) {
        this(OnnxGraph.create(name, OPERATOR_SET), weights, dropout);
    }

    /** @param graph that it is appended to */
    private TransformerGraph(OnnxGraph graph, TransformerWeights weights, float dropout) {
        this.shape = weights.shape();
        this.weights = weights;
        this.dropout = dropout;
        this.graph = graph;
        graph.addInitializer(POSITIONS, new long[] {shape.positions(), shape.width()}, sinusoids(shape));
    }

    /** Keys and values of one attention, each [batch, heads, time, width of a head]. */
    private record Memory(String key, String value) {}

    /** Whether a float initialiser is no weight. */
    public static boolean isFixed(String initializer) {
        return initializer.equals(POSITIONS);
    }

    /**
     * {@code input_ids} [B, S], {@code attention_mask} [B, S], {@code decoder_input_ids} [B, T], all int64, to {@code logits}
     * [B * T, vocabulary] of the words that follow. With a grid: {@code features} [I, places, width] of I images, {@code
     * source_rows} [B] (int64), which says whose image each text has, and {@code decoder_input_ids}; what an image costs is paid
     * once for all its texts.
     */
    public static OnnxGraph training(TransformerWeights weights, float dropout) {
        TransformerGraph builder = new TransformerGraph("training", weights, dropout);
        OnnxGraph graph = builder.graph;
        boolean grid = !builder.shape.grid().isNone();
        if (grid) {
            builder.addFeatures();
            graph.addInput(OnnxGraph.value("source_rows", ElementType.INT64, "batch_size"));
        } else {
            builder.addSource();
        }
        graph.addInput(
                OnnxGraph.value("decoder_input_ids", ElementType.INT64, "batch_size", "decoder_sequence_length"));
        String mask = grid ? null : builder.mask("attention_mask");
        String encoded = grid
                ? builder.gridEncoder("features", "last_hidden_state")
                : builder.encoder("input_ids", mask, "last_hidden_state");
        String hidden = builder.decoder("decoder_input_ids", encoded, grid ? "source_rows" : null, mask, false);
        String rows = builder.reshape("hidden_rows", hidden, -1, builder.shape.width());
        String projection = graph.add(
                "Transpose",
                "projection",
                List.of(TransformerWeights.EMBEDDING),
                OnnxGraph.attribute("perm", new long[] {1, 0}));
        graph.add("MatMul", "logits", List.of(rows, projection));
        graph.setOutputs(OnnxGraph.value(
                "logits", ElementType.FLOAT, "positions", Integer.toString(builder.shape.vocabulary())));
        graph.prune();
        return graph;
    }

    private void addSource() {
        graph.addInput(OnnxGraph.value("input_ids", ElementType.INT64, "batch_size", "encoder_sequence_length"));
        graph.addInput(OnnxGraph.value("attention_mask", ElementType.INT64, "batch_size", "encoder_sequence_length"));
    }

    private void addFeatures() {
        graph.addInput(OnnxGraph.value(
                "features",
                ElementType.FLOAT,
                "images",
                Integer.toString(shape.grid().places()),
                Integer.toString(shape.grid().width())));
    }

    /** {@code input_ids}, {@code attention_mask} to {@code last_hidden_state}. */
    public static OnnxGraph encoder(TransformerWeights weights) {
        TransformerGraph builder = new TransformerGraph("encoder", weights, 0);
        OnnxGraph graph = builder.graph;
        builder.addSource();
        String encoded = builder.encoder("input_ids", builder.mask("attention_mask"), "last_hidden_state");
        graph.setOutputs(
                OnnxGraph.value(encoded, ElementType.FLOAT, "batch_size", "encoder_sequence_length", builder.width()));
        graph.prune();
        return graph;
    }

    /**
     * The network that sees an image and the encoder behind it: the network's inputs to {@code last_hidden_state}.
     *
     * @param network to the grid; it is changed
     * @param grid name of its value {@code [batch, places, width]}
     */
    public static OnnxGraph encoder(TransformerWeights weights, OnnxGraph network, String grid) {
        network.importOperatorSet("", OPERATOR_SET);
        TransformerGraph builder = new TransformerGraph(network, weights, 0);
        String encoded = builder.gridEncoder(grid, "last_hidden_state");
        network.setOutputs(OnnxGraph.value(
                encoded,
                ElementType.FLOAT,
                "batch_size",
                Integer.toString(builder.shape.grid().places()),
                builder.width()));
        network.prune();
        return network;
    }

    /** The decoder's first step, over any number of words: logits and the keys and values of all attentions. */
    public static OnnxGraph decoder(TransformerWeights weights) {
        TransformerGraph builder = new TransformerGraph("decoder", weights, 0);
        OnnxGraph graph = builder.graph;
        graph.addInput(OnnxGraph.value("input_ids", ElementType.INT64, "batch_size", "decoder_sequence_length"));
        graph.addInput(OnnxGraph.value(
                "encoder_hidden_states", ElementType.FLOAT, "batch_size", "encoder_sequence_length", builder.width()));
        String mask = builder.sourceMask();
        String hidden = builder.decoder("input_ids", "encoder_hidden_states", null, mask, true);
        List<ValueInfoProto> outputs = new ArrayList<>();
        outputs.add(builder.logits(hidden));
        for (int i = 0; i < builder.shape.decoderLayers(); i++) {
            outputs.add(builder.memory("present." + i + ".decoder.key", "decoder_sequence_length"));
            outputs.add(builder.memory("present." + i + ".decoder.value", "decoder_sequence_length"));
            outputs.add(builder.memory("present." + i + ".encoder.key", "encoder_sequence_length"));
            outputs.add(builder.memory("present." + i + ".encoder.value", "encoder_sequence_length"));
        }
        graph.setOutputs(outputs.toArray(ValueInfoProto[]::new));
        graph.prune();
        return graph;
    }

    /** The decoder's next step, of one word: logits and the longer keys and values of its self-attentions. */
    public static OnnxGraph decoderWithPast(TransformerWeights weights) {
        TransformerGraph builder = new TransformerGraph("decoder_with_past", weights, 0);
        OnnxGraph graph = builder.graph;
        graph.addInput(OnnxGraph.value("input_ids", ElementType.INT64, "batch_size", "1"));
        String mask = builder.sourceMask();
        int layers = builder.shape.decoderLayers();
        for (int i = 0; i < layers; i++) {
            String past = "past_key_values." + i;
            graph.addInput(builder.memory(past + ".decoder.key", "past_decoder_sequence_length"));
            graph.addInput(builder.memory(past + ".decoder.value", "past_decoder_sequence_length"));
            graph.addInput(builder.memory(past + ".encoder.key", "encoder_sequence_length"));
            graph.addInput(builder.memory(past + ".encoder.value", "encoder_sequence_length"));
        }
        String time = builder.dimension("past_key_values.0.decoder.key", 2);
        String next = graph.add("Add", "next_position", List.of(time, builder.longs(1)));
        String hidden = builder.embed("decoder.embedding", "input_ids", time, next);
        for (int i = 0; i < layers; i++) {
            String layer = "decoder.layers." + i + ".";
            String past = "past_key_values." + i;
            String x = builder.norm(layer + "self_attn.norm", hidden);
            Memory now = builder.remember(layer + "self_attn.", x);
            Memory all = new Memory(
                    graph.add(
                            "Concat",
                            "present." + i + ".decoder.key",
                            List.of(past + ".decoder.key", now.key),
                            OnnxGraph.attribute("axis", 2L)),
                    graph.add(
                            "Concat",
                            "present." + i + ".decoder.value",
                            List.of(past + ".decoder.value", now.value),
                            OnnxGraph.attribute("axis", 2L)));
            hidden = builder.attend(layer + "self_attn.", hidden, x, all, null);
            x = builder.norm(layer + "cross_attn.norm", hidden);
            hidden = builder.attend(
                    layer + "cross_attn.", hidden, x, new Memory(past + ".encoder.key", past + ".encoder.value"), mask);
            hidden = builder.feedForward(layer, hidden);
        }
        List<ValueInfoProto> outputs = new ArrayList<>();
        outputs.add(builder.logits(builder.norm("decoder.norm", hidden)));
        for (int i = 0; i < layers; i++) {
            outputs.add(builder.memory("present." + i + ".decoder.key", "decoder_sequence_length"));
            outputs.add(builder.memory("present." + i + ".decoder.value", "decoder_sequence_length"));
        }
        graph.setOutputs(outputs.toArray(ValueInfoProto[]::new));
        graph.prune();
        return graph;
    }

    /** What the decoder may see of its source; all of a grid. */
    private @Nullable String sourceMask() {
        if (!shape.grid().isNone()) {
            return null;
        }
        graph.addInput(
                OnnxGraph.value("encoder_attention_mask", ElementType.INT64, "batch_size", "encoder_sequence_length"));
        return mask("encoder_attention_mask");
    }

    private String encoder(String ids, @Nullable String mask, String output) {
        return encoderLayers(embed("encoder.embedding", ids, longs(0), dimension(ids, 1)), mask, output);
    }

    private String gridEncoder(String features, String output) {
        int width = shape.width();
        String projected = linear("encoder.grid", features, shape.grid().width(), width);
        String places = weight(TransformerWeights.PLACES, shape.grid().places(), width);
        return encoderLayers(drop(graph.add("Add", "encoder.places", List.of(projected, places))), null, output);
    }

    private String encoderLayers(String embedded, @Nullable String mask, String output) {
        String hidden = embedded;
        for (int i = 0; i < shape.encoderLayers(); i++) {
            String layer = "encoder.layers." + i + ".";
            String x = norm(layer + "self_attn.norm", hidden);
            hidden = attend(layer + "self_attn.", hidden, x, remember(layer + "self_attn.", x), mask);
            hidden = feedForward(layer, hidden);
        }
        return norm("encoder.norm", hidden, output);
    }

    /**
     * @param rows of the sources that the texts have; null if each has its own
     * @param present whether keys and values have the names of outputs
     */
    private String decoder(String ids, String encoded, @Nullable String rows, @Nullable String mask, boolean present) {
        String length = dimension(ids, 1);
        String causal = causalMask(length);
        String hidden = embed("decoder.embedding", ids, longs(0), length);
        for (int i = 0; i < shape.decoderLayers(); i++) {
            String layer = "decoder.layers." + i + ".";
            String x = norm(layer + "self_attn.norm", hidden);
            Memory own = remember(layer + "self_attn.", x, present ? "present." + i + ".decoder" : "");
            hidden = attend(layer + "self_attn.", hidden, x, own, causal);
            x = norm(layer + "cross_attn.norm", hidden);
            Memory source = remember(layer + "cross_attn.", encoded, present ? "present." + i + ".encoder" : "");
            hidden = attend(layer + "cross_attn.", hidden, x, rows == null ? source : take(source, rows), mask);
            hidden = feedForward(layer, hidden);
        }
        return norm("decoder.norm", hidden);
    }

    private Memory take(Memory memory, String rows) {
        return new Memory(
                graph.add("Gather", memory.key + "_rows", List.of(memory.key, rows), OnnxGraph.attribute("axis", 0L)),
                graph.add(
                        "Gather",
                        memory.value + "_rows",
                        List.of(memory.value, rows),
                        OnnxGraph.attribute("axis", 0L)));
    }

    private ValueInfoProto logits(String hidden) {
        int width = shape.width();
        int vocabulary = shape.vocabulary();
        float[] table = weights.get(TransformerWeights.EMBEDDING);
        float[] transposed = new float[table.length];
        for (int row = 0; row < vocabulary; row++) {
            for (int column = 0; column < width; column++) {
                transposed[column * vocabulary + row] = table[row * width + column];
            }
        }
        String projection = graph.addInitializer("lm_head.weight", new long[] {width, vocabulary}, transposed);
        String logits = graph.add("MatMul", "logits", List.of(hidden, projection));
        return OnnxGraph.value(
                logits, ElementType.FLOAT, "batch_size", "decoder_sequence_length", Integer.toString(vocabulary));
    }

    private ValueInfoProto memory(String name, String time) {
        return OnnxGraph.value(
                name,
                ElementType.FLOAT,
                "batch_size",
                Integer.toString(shape.heads()),
                time,
                Integer.toString(shape.headWidth()));
    }

    private String width() {
        return Integer.toString(shape.width());
    }

    /** Rows of the table times the root of their width, plus the positions from {@code start} to before {@code end}. */
    private String embed(String module, String ids, String start, String end) {
        String table = weight(TransformerWeights.EMBEDDING, shape.vocabulary(), shape.width());
        String rows = graph.add("Gather", module + ".rows", List.of(table, ids), OnnxGraph.attribute("axis", 0L));
        String scaled = graph.add("Mul", module + ".scaled", List.of(rows, scalar((float) Math.sqrt(shape.width()))));
        String positions = graph.add("Slice", module + ".positions", List.of(POSITIONS, start, end, longs(0)));
        return drop(graph.add("Add", module + ".output", List.of(scaled, positions)));
    }

    private Memory remember(String prefix, String x) {
        return remember(prefix, x, "");
    }

    private Memory remember(String prefix, String x, String name) {
        String key = heads(name.isEmpty() ? prefix + "key" : name + ".key", linear(prefix + "k", x, shape.width()));
        String value =
                heads(name.isEmpty() ? prefix + "value" : name + ".value", linear(prefix + "v", x, shape.width()));
        return new Memory(key, value);
    }

    /** Adds to {@code hidden} what {@code x} finds in the memory. */
    private String attend(String prefix, String hidden, String x, Memory memory, @Nullable String mask) {
        String query =
                graph.add("Mul", prefix + "query_scaled", List.of(linear(prefix + "q", x, shape.width()), scalar((float)
                        (1 / Math.sqrt(shape.headWidth())))));
        String transposed = graph.add(
                "Transpose", prefix + "key_transposed", List.of(memory.key), OnnxGraph.attribute("perm", new long[] {
                    0, 1, 3, 2
                }));
        String scores = graph.add("MatMul", prefix + "scores", List.of(heads(prefix + "query", query), transposed));
        if (mask != null) {
            scores = graph.add("Add", prefix + "masked", List.of(scores, mask));
        }
        String shares = graph.add("Softmax", prefix + "shares", List.of(scores), OnnxGraph.attribute("axis", -1L));
        String mixed = graph.add("MatMul", prefix + "mixed", List.of(shares, memory.value));
        String together = graph.add(
                "Transpose", prefix + "mixed_transposed", List.of(mixed), OnnxGraph.attribute("perm", new long[] {
                    0, 2, 1, 3
                }));
        String rows = reshape(prefix + "mixed_rows", together, 0, 0, shape.width());
        return graph.add("Add", prefix + "output", List.of(hidden, drop(linear(prefix + "out", rows, shape.width()))));
    }

    private String feedForward(String prefix, String hidden) {
        String x = norm(prefix + "ffn.norm", hidden);
        String inner = graph.add("Relu", prefix + "ffn.relu", List.of(linear(prefix + "ffn.fc1", x, shape.inner())));
        String out = linear(prefix + "ffn.fc2", inner, shape.inner(), shape.width());
        return graph.add("Add", prefix + "ffn.output", List.of(hidden, drop(out)));
    }

    /** [batch, time, width] to [batch, heads, time, width of a head]. */
    private String heads(String name, String x) {
        String split = reshape(name + "_heads", x, 0, 0, shape.heads(), shape.headWidth());
        return graph.add("Transpose", name, List.of(split), OnnxGraph.attribute("perm", new long[] {0, 2, 1, 3}));
    }

    private String norm(String module, String x) {
        return norm(module, x, module + ".output");
    }

    private String norm(String module, String x, String output) {
        return graph.add(
                "LayerNormalization",
                output,
                List.of(x, weight(module + ".weight", shape.width()), weight(module + ".bias", shape.width())),
                OnnxGraph.attribute("axis", -1L),
                OnnxGraph.attribute("epsilon", 1e-5f));
    }

    private String linear(String module, String x, int out) {
        return linear(module, x, shape.width(), out);
    }

    private String linear(String module, String x, int in, int out) {
        return graph.addLinear(module, x, in, out, weights.get(module + ".weight"), weights.get(module + ".bias"));
    }

    private String drop(String x) {
        return dropout == 0 ? x : graph.add("Dropout", x + "_dropout", List.of(x, constant("dropout_ratio", dropout)));
    }

    /** 0 where a word is, far below 0 where padding is, [batch, 1, 1, time]. */
    private String mask(String attentionMask) {
        String floats = graph.add("Cast", "mask_float", List.of(attentionMask), OnnxGraph.attribute("to", (long)
                ElementType.FLOAT.code()));
        String padding = graph.add("Sub", "mask_padding", List.of(constant("one", 1), floats));
        String far = graph.add("Mul", "mask_far", List.of(padding, constant("impossible", -1e9f)));
        return graph.add("Unsqueeze", "mask", List.of(far, longs(1, 2)));
    }

    /** Far below 0 where a word would see one after it, [time, time]. */
    private String causalMask(String length) {
        String count = graph.add("Squeeze", "causal_length", List.of(length, longs(0)));
        String zero = graph.addInitializer("causal_first", new long[0], 0L);
        String one = graph.addInitializer("causal_step", new long[0], 1L);
        String times = graph.add("Range", "causal_times", List.of(zero, count, one));
        String rows = graph.add("Unsqueeze", "causal_rows", List.of(times, longs(1)));
        String columns = graph.add("Unsqueeze", "causal_columns", List.of(times, longs(0)));
        String later = graph.add("Greater", "causal_later", List.of(columns, rows));
        String floats = graph.add(
                "Cast", "causal_float", List.of(later), OnnxGraph.attribute("to", (long) ElementType.FLOAT.code()));
        return graph.add("Mul", "causal", List.of(floats, constant("impossible", -1e9f)));
    }

    private String dimension(String value, int axis) {
        String sizes = graph.add("Shape", value + "_shape", List.of(value));
        return graph.add("Slice", value + "_size_" + axis, List.of(sizes, longs(axis), longs(axis + 1), longs(0)));
    }

    private String reshape(String name, String x, long... sizes) {
        return graph.add("Reshape", name, List.of(x, longs(sizes)));
    }

    private String weight(String name, long... size) {
        return graph.initializerNames().contains(name) ? name : graph.addInitializer(name, size, weights.get(name));
    }

    private String scalar(float value) {
        return constant("scalar_" + value, value);
    }

    private String constant(String name, float value) {
        return graph.initializerNames().contains(name) ? name : graph.addInitializer(name, new long[0], value);
    }

    private String longs(long... values) {
        StringBuilder name = new StringBuilder("longs");
        for (long value : values) {
            name.append('_').append(value);
        }
        return graph.initializerNames().contains(name.toString())
                ? name.toString()
                : graph.addInitializer(name.toString(), new long[] {values.length}, values);
    }

    /** Sines in the first half of the width and cosines in the second, as Marian has them. */
    private static float[] sinusoids(TransformerShape shape) {
        int half = shape.width() / 2;
        float[] table = new float[shape.positions() * shape.width()];
        for (int position = 0; position < shape.positions(); position++) {
            for (int i = 0; i < half; i++) {
                double angle = position / Math.pow(10_000, 2.0 * i / shape.width());
                table[position * shape.width() + i] = (float) Math.sin(angle);
                table[position * shape.width() + half + i] = (float) Math.cos(angle);
            }
        }
        return table;
    }
}
