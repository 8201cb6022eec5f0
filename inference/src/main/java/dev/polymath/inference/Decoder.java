package dev.polymath.inference;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.polymath.inference.BatchRunner.Early;
import dev.polymath.inference.InferenceException.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The decoder of an encoder-decoder model on one device, and the loop that generates with it. It does not know what the
 * encoder read. {@link #generate} may be called from several threads at once; the owner closes it when none is running.
 *
 * <p>The graphs are those that Hugging Face Optimum exports: {@code decoder_model} with {@code decoder_with_past_model}, or
 * {@code decoder_model_merged}, which has both and an input {@code use_cache_branch}. With these the keys and values of what
 * is written already stay in the engine, and a step costs the same at every position but for the attention over them. A
 * {@code decoder_model} alone works too, but reads all that is written again at each step.
 */
final class Decoder implements QueuedModel.Weights {
    /** What the graphs may want to read; beside it {@code past_key_values.*}. */
    private static final List<String> INPUTS = List.of(
            "input_ids", "attention_mask", "encoder_hidden_states", "encoder_attention_mask", "use_cache_branch");

    private static final String FIRST = "decoder_model";
    private static final String NEXT = "decoder_with_past_model";
    private static final String MERGED = "decoder_model_merged";

    private final LoadedModel first;
    private final @Nullable LoadedModel next;
    private final RowGather gather;
    private final GenerationConfig config;
    private final int heads;
    private final int headWidth;

    private Decoder(
            LoadedModel first,
            @Nullable LoadedModel next,
            RowGather gather,
            GenerationConfig config,
            int heads,
            int headWidth) {
        this.first = first;
        this.next = next;
        this.gather = gather;
        this.config = config;
        this.heads = heads;
        this.headWidth = headWidth;
    }

    /**
     * A source's part in a batch.
     *
     * @param search at its start
     * @param call when its answer is no longer wanted
     */
    record Task(BeamSearch search, Call call) {}

    /**
     * Loads the decoder of a directory.
     *
     * @throws InferenceException MODEL_NOT_FOUND or MODEL_NOT_READY, naming the file
     */
    static Decoder load(ModelDirectory model, GenerationConfig config, InferenceOptions options, Device device) {
        boolean pair = LoadedModel.has(model, FIRST, options) && LoadedModel.has(model, NEXT, options);
        boolean merged = !pair && LoadedModel.has(model, MERGED, options);
        List<LoadedModel> loaded = new ArrayList<>();
        try {
            LoadedModel first = LoadedModel.load(model, merged ? MERGED : FIRST, options, device);
            loaded.add(first);
            LoadedModel next = merged ? first : null;
            if (pair) {
                next = LoadedModel.load(model, NEXT, options, device);
                loaded.add(next);
                requirePast(model, next.inputs());
            }
            for (LoadedModel graph : loaded) {
                requireKnown(model, graph.inputs());
            }
            JsonObject json = model.config();
            if (json.get("decoder") instanceof JsonObject own) {
                // an image encoder and a text decoder that were put together
                json = own;
            }
            int heads = number(json, 1, "num_heads", "decoder_attention_heads", "n_head", "num_attention_heads");
            int width = number(json, heads, "d_model", "n_embd", "hidden_size");
            return new Decoder(first, next, new RowGather(options), config, heads, number(json, width / heads, "d_kv"));
        } catch (RuntimeException e) {
            loaded.forEach(LoadedModel::close);
            throw e;
        }
    }

    /** How the model generates. */
    GenerationConfig config() {
        return config;
    }

    /** A manager on the decoder's device for the arrays of one batch; the caller closes it. */
    NDManager newManager() {
        return first.newManager();
    }

    /**
     * Generates for all sources of a batch at once. A source whose search is done, or whose call is over, leaves the batch.
     *
     * @param manager of the sources' states, which are closed as soon as they are not needed any more
     * @param tasks one per source
     * @param early told each answer when it is there
     * @param steps told the rows of each step
     * @return one answer per source, in the same order
     */
    List<Generation> generate(
            NDManager manager, EncodedSources sources, List<Task> tasks, Early<Generation> early, IntConsumer steps) {
        Generation[] answers = new Generation[tasks.size()];
        int[] live = answerDone(tasks, answers, early, range(tasks.size()));
        DecoderState state = new DecoderState(manager, sources, first, next, gather, heads, headWidth);
        state.take(live);
        while (live.length > 0) {
            steps.accept(state.rows());
            int[] begins = advance(tasks, live, state.step(lastTokens(tasks, live)));
            live = answerDone(tasks, answers, early, live);
            state.take(rows(tasks, live, begins));
        }
        return Arrays.asList(answers);
    }

    /** What the decoder reads next. */
    private static int[] lastTokens(List<Task> tasks, int[] live) {
        return Arrays.stream(live)
                .mapToObj(task -> tasks.get(task).search())
                .flatMapToInt(search -> Arrays.stream(range(search.rows())).map(search::token))
                .toArray();
    }

    /** Tells each search what the decoder says of its rows; returns the first row of each. */
    private static int[] advance(List<Task> tasks, int[] live, DecoderState.Logits logits) {
        int[] begins = new int[tasks.size()];
        int row = 0;
        for (int task : live) {
            BeamSearch search = tasks.get(task).search();
            begins[task] = row;
            int begin = logits.begin() + row * logits.stride();
            row += search.rows();
            search.advance(logits.values(), begin, logits.stride(), logits.vocabulary());
        }
        return begins;
    }

    /** The tasks that go on. */
    private static int[] answerDone(List<Task> tasks, Generation[] answers, Early<Generation> early, int[] live) {
        long now = System.nanoTime();
        return Arrays.stream(live)
                .filter(i -> {
                    Generation answer = answer(tasks.get(i), now);
                    if (answer != null) {
                        answers[i] = answer;
                        early.answer(i, answer);
                    }
                    return answer == null;
                })
                .toArray();
    }

    /** Null while the search goes on. */
    private static @Nullable Generation answer(Task task, long now) {
        BeamSearch search = task.search();
        if (search.failed()) {
            return Generation.failed(Kind.ENGINE_FAILURE);
        }
        if (search.done()) {
            return new Generation(search.best(), null);
        }
        Kind over = task.call().over(now);
        return over == null ? null : Generation.failed(over);
    }

    /** The rows of the last step that those of the next continue. */
    private static int[] rows(List<Task> tasks, int[] live, int[] begins) {
        return Arrays.stream(live)
                .flatMap(task -> {
                    BeamSearch search = tasks.get(task).search();
                    return Arrays.stream(range(search.rows())).map(row -> begins[task] + search.parent(row));
                })
                .toArray();
    }

    private static int[] range(int size) {
        int[] range = new int[size];
        Arrays.setAll(range, i -> i);
        return range;
    }

    @Override
    public void close() {
        first.close();
        if (next != null && next != first) {
            next.close();
        }
        gather.close();
    }

    private static void requirePast(ModelDirectory model, List<String> inputs) {
        if (inputs.stream().noneMatch(input -> input.startsWith(DecoderState.PAST))) {
            throw new InferenceException(
                    Kind.MODEL_NOT_READY,
                    model + ": inputs of " + NEXT + ": " + inputs + " (expected: " + DecoderState.PAST + "*, ...)");
        }
    }

    private static void requireKnown(ModelDirectory model, List<String> inputs) {
        for (String input : inputs) {
            if (!INPUTS.contains(input) && !input.startsWith(DecoderState.PAST)) {
                throw new InferenceException(
                        Kind.MODEL_NOT_READY,
                        model + ": input of the decoder: " + input + " (expected: one of " + String.join(", ", INPUTS)
                                + ", " + DecoderState.PAST + "*)");
            }
        }
        if (!inputs.contains("input_ids")) {
            throw new InferenceException(
                    Kind.MODEL_NOT_READY, model + ": inputs of the decoder: " + inputs + " (expected: input_ids, ...)");
        }
    }

    /** The first of the keys that config.json has. */
    private static int number(JsonObject config, int fallback, String... keys) {
        for (String key : keys) {
            JsonElement value = config.get(key);
            if (value != null && value.isJsonPrimitive()) {
                return value.getAsInt();
            }
        }
        return fallback;
    }
}
