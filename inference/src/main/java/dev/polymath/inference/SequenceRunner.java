package dev.polymath.inference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.util.Float16Utils;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs batches of token sequences through a model with inputs {@code input_ids}, {@code attention_mask} and, if it has
 * it, {@code token_type_ids} (int64 {@code [batch, length]}) and a first output {@code [batch, length, labels]}. An
 * output row is {@code float[length * labels]} without padding.
 */
final class SequenceRunner implements BatchRunner<TokenSequence, float[]> {
    private static final List<String> INPUTS = List.of("input_ids", "attention_mask", "token_type_ids");

    private final LoadedModel model;
    private final String device;
    private final int labels;
    private final List<String> inputs;
    private final boolean named;

    SequenceRunner(LoadedModel model, String device, int labels) {
        this.model = model;
        this.device = device;
        this.labels = labels;
        this.named = !model.inputs().isEmpty();
        this.inputs = named ? model.inputs() : INPUTS;
    }

    @Override
    public String device() {
        return device;
    }

    @Override
    public List<float[]> run(List<TokenSequence> batch) {
        int rows = batch.size();
        int longest = batch.stream().mapToInt(TokenSequence::length).max().orElseThrow();
        try (NDManager manager = model.newManager()) {
            NDList arrays = new NDList(inputs.size());
            Shape shape = new Shape(rows, longest);
            for (String input : inputs) {
                NDArray array = manager.create(pad(batch, longest, input), shape);
                if (named) {
                    array.setName(input);
                }
                arrays.add(array);
            }
            NDArray logits = model.forward(manager, arrays).head();
            Shape expected = new Shape(rows, longest, labels);
            if (!logits.getShape().equals(expected)) {
                throw new IllegalStateException("output: " + logits.getShape() + " (expected: " + expected
                        + ", the last the number of id2label in config.json)");
            }
            float[] values = logits.getDataType() == DataType.FLOAT16
                    ? Float16Utils.fromByteBuffer(logits.toByteBuffer())
                    : logits.toFloatArray();
            List<float[]> outputs = new ArrayList<>(rows);
            for (int row = 0; row < rows; row++) {
                int begin = row * longest * labels;
                outputs.add(
                        Arrays.copyOfRange(values, begin, begin + batch.get(row).length() * labels));
            }
            return outputs;
        }
    }

    private static long[] pad(List<TokenSequence> batch, int longest, String input) {
        // Padding is id 0, type 0; the mask keeps the model from reading it.
        long[] values = new long[batch.size() * longest];
        for (int row = 0; row < batch.size(); row++) {
            TokenSequence sequence = batch.get(row);
            int begin = row * longest;
            switch (input) {
                case "input_ids" -> copy(sequence.ids(), values, begin);
                case "token_type_ids" -> copy(sequence.typeIds(), values, begin);
                case "attention_mask" -> Arrays.fill(values, begin, begin + sequence.length(), 1);
                default -> throw new IllegalStateException("input: " + input + " (expected: one of " + INPUTS + ")");
            }
        }
        return values;
    }

    private static void copy(int[] from, long[] to, int begin) {
        for (int i = 0; i < from.length; i++) {
            to[begin + i] = from[i];
        }
    }
}
