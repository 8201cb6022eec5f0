package dev.polymath.inference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.onnxruntime.engine.OrtNDArray;
import ai.djl.util.Float16Utils;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs batches of token sequences through a model with inputs {@code input_ids}, {@code attention_mask} and, if it has
 * it, {@code token_type_ids} (int64 {@code [batch, length]}). The output for a sequence is an array for each
 * {@link ModelOutput} that is asked for: {@code float[length * width]} without padding of what the model says per token,
 * {@code float[width]} of all else.
 */
final class SequenceRunner implements BatchRunner<TokenSequence, float[][]> {
    private static final List<String> INPUTS = List.of("input_ids", "attention_mask", "token_type_ids");

    private final LoadedModel model;
    private final String device;
    private final List<ModelOutput> outputs;
    private final List<String> inputs;
    private final boolean named;

    SequenceRunner(LoadedModel model, String device, List<ModelOutput> outputs) {
        this.model = model;
        this.device = device;
        this.outputs = outputs;
        this.named = !model.inputs().isEmpty();
        this.inputs = named ? model.inputs() : INPUTS;
    }

    @Override
    public String device() {
        return device;
    }

    @Override
    public List<float[][]> run(List<TokenSequence> batch) {
        int longest = batch.stream().mapToInt(TokenSequence::length).max().orElseThrow();
        try (NDManager manager = model.newManager()) {
            NDList results = model.forward(manager, arrays(manager, inputs, named, batch));
            List<float[][]> rows = new ArrayList<>(batch.size());
            for (int row = 0; row < batch.size(); row++) {
                rows.add(new float[outputs.size()][]);
            }
            for (int i = 0; i < outputs.size(); i++) {
                read(outputs.get(i), result(results, i), batch, longest, rows, i);
            }
            return rows;
        }
    }

    /** The inputs of a model, padded to the longest sequence. */
    static NDList arrays(NDManager manager, List<String> inputs, boolean named, List<TokenSequence> batch) {
        int longest = batch.stream().mapToInt(TokenSequence::length).max().orElseThrow();
        NDList arrays = new NDList(inputs.size());
        Shape shape = new Shape(batch.size(), longest);
        for (String input : inputs) {
            NDArray array = manager.create(pad(batch, longest, input), shape);
            if (named) {
                array.setName(input);
            }
            arrays.add(array);
        }
        return arrays;
    }

    /** The values of an array in single or half precision. */
    static float[] floats(NDArray array) {
        if (array instanceof OrtNDArray tensor && array.getDataType() == DataType.FLOAT32) {
            // DJL would copy twice
            return tensor.getTensor().getFloatBuffer().array();
        }
        return array.getDataType() == DataType.FLOAT16
                ? Float16Utils.fromByteBuffer(array.toByteBuffer())
                : array.toFloatArray();
    }

    private NDArray result(NDList results, int i) {
        String name = outputs.get(i).name();
        if (name == null) {
            return results.head();
        }
        for (NDArray result : results) {
            if (name.equals(result.getName())) {
                return result;
            }
        }
        if (i < results.size() && results.get(i).getName() == null) {
            return results.get(i);
        }
        throw new IllegalStateException("output: none of the model's is named " + name);
    }

    private static void read(
            ModelOutput output, NDArray result, List<TokenSequence> batch, int longest, List<float[][]> rows, int i) {
        Shape shape = result.getShape();
        boolean perToken = output.kind() != ModelOutput.Kind.SEQUENCE;
        boolean scalar = output.width() == 1 && shape.dimension() == 2;
        int width = output.width() > 0 ? output.width() : (int) shape.get(shape.dimension() - 1);
        Shape expected = new Shape(batch.size());
        if (perToken) {
            expected = expected.add(longest);
        }
        if (!(perToken && scalar)) {
            expected = expected.add(width);
        }
        if (!shape.equals(expected)) {
            throw new IllegalStateException("output: " + shape + " (expected: " + expected
                    + (output.width() > 1 ? ", the last the number of id2label in config.json)" : ")"));
        }
        float[] values = floats(result);
        int stride = perToken ? longest * width : width;
        for (int row = 0; row < batch.size(); row++) {
            int begin = row * stride;
            int length = batch.get(row).length();
            rows.get(row)[i] = switch (output.kind()) {
                case TOKENS -> Arrays.copyOfRange(values, begin, begin + length * width);
                case MEAN_OF_TOKENS -> mean(values, begin, length, width);
                case FIRST_TOKEN, SEQUENCE -> Arrays.copyOfRange(values, begin, begin + width);
            };
        }
    }

    private static float[] mean(float[] values, int begin, int length, int width) {
        float[] mean = new float[width];
        for (int token = 0; token < length; token++) {
            for (int i = 0; i < width; i++) {
                mean[i] += values[begin + token * width + i];
            }
        }
        for (int i = 0; i < width; i++) {
            mean[i] /= length;
        }
        return mean;
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
