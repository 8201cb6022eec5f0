package dev.polymath.inference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the decoder has read so far of the rows of a batch: the encoder's states, and the keys and values of its own tokens,
 * which stay native. Arrays are closed as soon as nothing reads them; after an exception the manager closes the rest. Not
 * thread-safe.
 */
final class DecoderState {
    static final String PAST = "past_key_values.";
    private static final String PRESENT = "present.";
    private static final String STATES = "encoder_hidden_states";

    /**
     * What the decoder says of the next tokens. The logits of row {@code r} are {@code vocabulary} values from
     * {@code begin + r * stride} on.
     */
    record Logits(float[] values, int begin, int stride, int vocabulary) {}

    private final NDManager manager;
    private final LoadedModel first;
    private final @Nullable LoadedModel next;
    private final RowGather gather;
    private final int heads;
    private final int headWidth;
    private final int[] lengths;
    private final int longest;

    /** The source of each row. */
    private int[] sources;
    /** Null when no graph reads it any more. */
    private @Nullable NDArray states;

    private @Nullable NDArray mask;
    /** Of the encoder's states; they do not change from step to step. */
    private final Map<String, NDArray> encoderPast = new LinkedHashMap<>();

    private final Map<String, NDArray> decoderPast = new LinkedHashMap<>();
    /** All tokens of each row, which a decoder without past must read again. */
    private int[][] tokens;

    /** Tokens that each row has read. */
    private int read;

    private boolean cached;

    /** With one row per source. */
    DecoderState(
            NDManager manager,
            EncodedSources encoded,
            LoadedModel first,
            @Nullable LoadedModel next,
            RowGather gather,
            int heads,
            int headWidth) {
        this.manager = manager;
        this.first = first;
        this.next = next;
        this.gather = gather;
        this.heads = heads;
        this.headWidth = headWidth;
        this.lengths = encoded.lengths();
        this.longest = (int) encoded.states().getShape().get(1);
        this.states = encoded.states();
        this.states.setName(STATES);
        this.sources = new int[lengths.length];
        Arrays.setAll(sources, i -> i);
        this.tokens = new int[lengths.length][0];
    }

    int rows() {
        return sources.length;
    }

    /**
     * Reads one more token of each row.
     *
     * @param last the tokens, one per row
     */
    Logits step(int[] last) {
        read++;
        for (int row = 0; row < last.length; row++) {
            tokens[row] = cached ? new int[] {last[row]} : append(tokens[row], last[row]);
        }
        LoadedModel graph = cached && next != null ? next : first;
        List<NDArray> own = new ArrayList<>();
        NDList inputs = new NDList(graph.inputs().size());
        for (String name : graph.inputs()) {
            inputs.add(input(name, own));
        }
        NDList outputs = graph.forward(manager, inputs);
        own.forEach(NDArray::close);
        return read(outputs);
    }

    private NDArray input(String name, List<NDArray> own) {
        if (name.equals(STATES) && states != null) {
            return states;
        }
        if (name.equals("encoder_attention_mask")) {
            return mask == null ? mask = mask() : mask;
        }
        NDArray past = decoderPast.getOrDefault(name, encoderPast.get(name));
        if (past != null) {
            return past;
        }
        NDArray array;
        if (name.equals("input_ids")) {
            array = manager.create(ids(), new Shape(rows(), tokens[0].length));
        } else if (name.equals("attention_mask")) {
            // of what is written: all rows are of one length
            array = manager.create(ones(rows() * read), new Shape(rows(), read));
        } else if (name.equals("use_cache_branch")) {
            array = manager.create(new boolean[] {cached}, new Shape(1));
        } else if (name.startsWith(PAST) && !cached) {
            // A merged decoder wants to have them, though its first branch does not read them.
            Shape shape = new Shape(rows(), heads, 1, headWidth);
            array = manager.create(new float[(int) shape.size()], shape);
        } else {
            throw new IllegalStateException(
                    "input of the decoder: " + name + " (expected: what decoder_model has as output)");
        }
        array.setName(name);
        own.add(array);
        return array;
    }

    private Logits read(NDList outputs) {
        Logits logits = null;
        boolean found = false;
        for (NDArray output : outputs) {
            String name = output.getName();
            if (name.equals("logits")) {
                Shape shape = output.getShape();
                int vocabulary = (int) shape.get(2);
                int length = (int) shape.get(1);
                logits = new Logits(
                        SequenceRunner.floats(output), (length - 1) * vocabulary, length * vocabulary, vocabulary);
                output.close();
            } else if (name.startsWith(PRESENT) && keep(PAST + name.substring(PRESENT.length()), output)) {
                found = true;
            } else {
                output.close();
            }
        }
        if (logits == null) {
            throw new IllegalStateException("output of the decoder: no logits");
        }
        if (found) {
            cached = true;
            dropStates();
        }
        return logits;
    }

    /** Whether the next step reads the array. */
    private boolean keep(String name, NDArray array) {
        // Later steps repeat the keys and values of the encoder's states, or have a placeholder for them, or nothing.
        boolean ofEncoder = name.contains(".encoder.");
        if (next == null || !next.inputs().contains(name) || (ofEncoder && cached)) {
            return false;
        }
        array.setName(name);
        NDArray old = (ofEncoder ? encoderPast : decoderPast).put(name, array);
        if (old != null) {
            old.close();
        }
        return true;
    }

    private void dropStates() {
        if (states != null && next != null && !next.inputs().contains(STATES)) {
            states.close();
            states = null;
        }
    }

    /**
     * Goes on with these rows in place of all.
     *
     * @param rows of those that there are; they may repeat, and the order is that of the rows to come
     */
    void take(int[] rows) {
        int[] newSources = Arrays.stream(rows).map(row -> sources[row]).toArray();
        boolean sameSources = Arrays.equals(newSources, sources);
        boolean same = rows.length == rows();
        for (int i = 0; i < rows.length; i++) {
            same &= rows[i] == i;
        }
        if (same) {
            return;
        }
        tokens = Arrays.stream(rows).mapToObj(row -> tokens[row]).toArray(int[][]::new);
        List<NDArray> arrays = new ArrayList<>(decoderPast.values());
        if (!sameSources) {
            // Hypotheses of one source share what is the source's, so that only a source that leaves moves it.
            arrays.addAll(encoderPast.values());
            if (states != null) {
                arrays.add(states);
            }
            if (mask != null) {
                mask.close();
                mask = null;
            }
            sources = newSources;
        }
        if (arrays.isEmpty()) {
            return;
        }
        if (rows.length == 0) {
            arrays.forEach(NDArray::close);
            return;
        }
        for (NDArray array : gather.take(manager, arrays, rows)) {
            String name = array.getName();
            if (name.equals(STATES)) {
                states = array;
            } else {
                (decoderPast.containsKey(name) ? decoderPast : encoderPast).put(name, array);
            }
        }
    }

    private NDArray mask() {
        long[] values = new long[rows() * longest];
        for (int row = 0; row < rows(); row++) {
            Arrays.fill(values, row * longest, row * longest + lengths[sources[row]], 1);
        }
        NDArray array = manager.create(values, new Shape(rows(), longest));
        array.setName("encoder_attention_mask");
        return array;
    }

    private static long[] ones(int size) {
        long[] ones = new long[size];
        Arrays.fill(ones, 1);
        return ones;
    }

    private long[] ids() {
        int length = tokens[0].length;
        long[] ids = new long[rows() * length];
        for (int row = 0; row < rows(); row++) {
            for (int i = 0; i < length; i++) {
                ids[row * length + i] = tokens[row][i];
            }
        }
        return ids;
    }

    private static int[] append(int[] tokens, int token) {
        int[] longer = Arrays.copyOf(tokens, tokens.length + 1);
        longer[tokens.length] = token;
        return longer;
    }
}
