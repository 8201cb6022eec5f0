package dev.polymath.training.encoder;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.polymath.inference.TokenSequence;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Texts of like length that go through the model together. Holds no native memory.
 *
 * @param <E> what the task knows of a text
 */
public record SequenceBatch<E extends EncodedText>(List<E> rows) {

    /**
     * Puts texts of like length together.
     *
     * @param maxTokens most tokens of a batch with its padding; a longer text is a batch of its own
     */
    public static <E extends EncodedText> List<SequenceBatch<E>> of(List<E> texts, int maxTokens) {
        List<E> sorted = new ArrayList<>(texts);
        sorted.sort(Comparator.comparingInt(EncodedText::length));
        List<SequenceBatch<E>> batches = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < sorted.size(); i++) {
            if (i > from && (i - from + 1) * sorted.get(i).length() > maxTokens) {
                batches.add(new SequenceBatch<>(List.copyOf(sorted.subList(from, i))));
                from = i;
            }
        }
        if (from < sorted.size()) {
            batches.add(new SequenceBatch<>(List.copyOf(sorted.subList(from, sorted.size()))));
        }
        return batches;
    }

    /** Number of rows. */
    public int size() {
        return rows.size();
    }

    /** Length of the longest text. */
    public int width() {
        return rows.stream().mapToInt(EncodedText::length).max().orElse(0);
    }

    /** Tokens that are not padding. */
    public int tokens() {
        return rows.stream().mapToInt(EncodedText::length).sum();
    }

    /** Row-major {@code [size, width]}: token ids, attention mask, token type ids. */
    public long[][] inputs() {
        int width = width();
        long[][] inputs = new long[3][size() * width];
        for (int row = 0; row < size(); row++) {
            TokenSequence input = rows.get(row).input();
            for (int t = 0; t < input.length(); t++) {
                int at = row * width + t;
                inputs[0][at] = input.ids()[t];
                inputs[1][at] = 1;
                inputs[2][at] = input.typeIds()[t];
            }
        }
        return inputs;
    }

    /** The inputs in the order of the model's input names. */
    public NDList inputs(NDManager manager, List<String> names) {
        long[][] values = inputs();
        Shape shape = new Shape(size(), width());
        NDList list = new NDList();
        for (String name : names) {
            list.add(manager.create(values[inputIndex(name)], shape));
        }
        return list;
    }

    /** Where the input of this name is in {@link #inputs()}. */
    public static int inputIndex(String name) {
        return switch (name) {
            case "input_ids" -> 0;
            case "attention_mask" -> 1;
            case "token_type_ids" -> 2;
            default ->
                throw new IllegalArgumentException(
                        "model input " + name + " (expected: input_ids, attention_mask or token_type_ids)");
        };
    }
}
