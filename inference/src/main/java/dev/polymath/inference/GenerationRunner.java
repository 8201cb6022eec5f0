package dev.polymath.inference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Runs batches of sources through an encoder, once, and the {@link Decoder}, step by step. The first output of the encoder is
 * {@code last_hidden_state} {@code [batch, length, width]}.
 *
 * @param <S> a source as the encoder reads it
 */
final class GenerationRunner<S> implements BatchRunner<GenerationRunner.Item<S>, Generation> {
    /**
     * A source and how it is answered.
     *
     * @param maxTokens most tokens of the answer
     */
    record Item<S>(S source, GenerationOptions options, int maxTokens, Call call) {}

    /** How sources become what an encoder reads. */
    interface Inputs<S> {
        /** The encoder's inputs for a batch. */
        NDList arrays(NDManager manager, List<String> names, List<S> sources);

        /** States of the encoder that are a source's own, of so many. */
        int length(S source, int states);
    }

    /** Texts: {@code input_ids}, {@code attention_mask} (int64 {@code [batch, length]}). */
    static final Inputs<TokenSequence> TEXTS = new Inputs<>() {
        @Override
        public NDList arrays(NDManager manager, List<String> names, List<TokenSequence> sources) {
            return SequenceRunner.arrays(manager, names, true, sources);
        }

        @Override
        public int length(TokenSequence source, int states) {
            return source.length();
        }
    };

    private final LoadedModel encoder;
    private final Inputs<S> inputs;
    private final Decoder decoder;
    private final String device;
    private final IntConsumer steps;

    /** A runner; {@code steps} is told the rows of each step of the decoder. */
    GenerationRunner(LoadedModel encoder, Inputs<S> inputs, Decoder decoder, String device, IntConsumer steps) {
        this.encoder = encoder;
        this.inputs = inputs;
        this.decoder = decoder;
        this.device = device;
        this.steps = steps;
    }

    @Override
    public String device() {
        return device;
    }

    @Override
    public List<Generation> run(List<Item<S>> batch) {
        return run(batch, (index, output) -> {});
    }

    @Override
    public List<Generation> run(List<Item<S>> batch, Early<Generation> early) {
        return run(
                batch.stream().map(Item::source).toList(),
                batch.stream()
                        .map(item -> new Decoder.Task(
                                new BeamSearch(decoder.config(), item.options(), item.maxTokens()), item.call()))
                        .toList(),
                early,
                steps);
    }

    /** Runs a batch for a few steps, whatever the decoder says; returns the states that the encoder has of each source. */
    int warmUp(int rows, S source, GenerationOptions options) {
        GenerationConfig endless = decoder.config().withoutEnd();
        List<Decoder.Task> tasks = Collections.nCopies(rows, options).stream()
                .map(each -> new Decoder.Task(
                        new BeamSearch(endless, each, Math.min(4, endless.maxTokens())), Call.unbounded()))
                .toList();
        try (NDManager manager = decoder.newManager()) {
            EncodedSources sources = encode(manager, Collections.nCopies(rows, source));
            int states = Arrays.stream(sources.lengths()).max().orElseThrow();
            decoder.generate(manager, sources, tasks, (index, output) -> {}, step -> {});
            return states;
        }
    }

    private List<Generation> run(
            List<S> sources, List<Decoder.Task> tasks, Early<Generation> early, IntConsumer counter) {
        try (NDManager manager = decoder.newManager()) {
            return decoder.generate(manager, encode(manager, sources), tasks, early, counter);
        }
    }

    private EncodedSources encode(NDManager manager, List<S> sources) {
        NDList arrays = inputs.arrays(manager, encoder.inputs(), sources);
        NDList outputs = encoder.forward(manager, arrays);
        arrays.close();
        NDArray states = outputs.head();
        for (NDArray output : outputs.subList(1, outputs.size())) {
            output.close();
        }
        int longest = (int) states.getShape().get(1);
        return new EncodedSources(
                states,
                sources.stream()
                        .mapToInt(source -> inputs.length(source, longest))
                        .toArray());
    }
}
