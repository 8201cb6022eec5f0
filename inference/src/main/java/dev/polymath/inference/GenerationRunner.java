package dev.polymath.inference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.Collections;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Runs batches of texts through an encoder, once, and the {@link Decoder}, step by step. The encoder has inputs
 * {@code input_ids}, {@code attention_mask} (int64 {@code [batch, length]}) and an output {@code last_hidden_state}
 * {@code [batch, length, width]}.
 */
final class GenerationRunner implements BatchRunner<GenerationRunner.Item, Generation> {
    /**
     * A text and how it is answered.
     *
     * @param maxTokens most tokens of the answer
     */
    record Item(TokenSequence source, GenerationOptions options, int maxTokens, Call call) {}

    private final LoadedModel encoder;
    private final Decoder decoder;
    private final String device;
    private final IntConsumer steps;

    /** A runner; {@code steps} is told the rows of each step of the decoder. */
    GenerationRunner(LoadedModel encoder, Decoder decoder, String device, IntConsumer steps) {
        this.encoder = encoder;
        this.decoder = decoder;
        this.device = device;
        this.steps = steps;
    }

    @Override
    public String device() {
        return device;
    }

    @Override
    public List<Generation> run(List<Item> batch) {
        return run(batch, (index, output) -> {});
    }

    @Override
    public List<Generation> run(List<Item> batch, Early<Generation> early) {
        return run(
                batch.stream().map(Item::source).toList(),
                batch.stream()
                        .map(item -> new Decoder.Task(
                                new BeamSearch(decoder.config(), item.options(), item.maxTokens()), item.call()))
                        .toList(),
                early,
                steps);
    }

    /** Runs a batch for a few steps, whatever the decoder says. */
    void warmUp(int rows, int length, GenerationOptions options) {
        GenerationConfig endless = decoder.config().withoutEnd();
        run(
                Collections.nCopies(rows, new TokenSequence(new int[length], new int[length])),
                Collections.nCopies(rows, options).stream()
                        .map(each -> new Decoder.Task(
                                new BeamSearch(endless, each, Math.min(4, endless.maxTokens())), Call.unbounded()))
                        .toList(),
                (index, output) -> {},
                step -> {});
    }

    private List<Generation> run(
            List<TokenSequence> sources, List<Decoder.Task> tasks, Early<Generation> early, IntConsumer counter) {
        try (NDManager manager = decoder.newManager()) {
            NDList inputs = SequenceRunner.arrays(manager, encoder.inputs(), true, sources);
            NDList outputs = encoder.forward(manager, inputs);
            inputs.close();
            NDArray states = outputs.head();
            for (NDArray output : outputs.subList(1, outputs.size())) {
                output.close();
            }
            int[] lengths = sources.stream().mapToInt(TokenSequence::length).toArray();
            return decoder.generate(manager, new EncodedSources(states, lengths), tasks, early, counter);
        }
    }
}
