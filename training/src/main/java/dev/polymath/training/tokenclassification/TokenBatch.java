package dev.polymath.training.tokenclassification;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Sentences of like length that go through the model together. Holds no native memory. */
record TokenBatch(List<EncodedSentence> sentences) {

    /**
     * Puts sentences of like length together.
     *
     * @param maxTokens most tokens of a batch with its padding; a longer sentence is a batch of its own
     */
    static List<TokenBatch> of(List<EncodedSentence> sentences, int maxTokens) {
        List<EncodedSentence> sorted = new ArrayList<>(sentences);
        sorted.sort(Comparator.comparingInt(EncodedSentence::length));
        List<TokenBatch> batches = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < sorted.size(); i++) {
            if (i > from && (i - from + 1) * sorted.get(i).length() > maxTokens) {
                batches.add(new TokenBatch(List.copyOf(sorted.subList(from, i))));
                from = i;
            }
        }
        if (from < sorted.size()) {
            batches.add(new TokenBatch(List.copyOf(sorted.subList(from, sorted.size()))));
        }
        return batches;
    }

    int size() {
        return sentences.size();
    }

    /** Length of the longest sentence. */
    int width() {
        return sentences.stream().mapToInt(EncodedSentence::length).max().orElse(0);
    }

    /** Tokens that are not padding. */
    int tokens() {
        return sentences.stream().mapToInt(EncodedSentence::length).sum();
    }

    /** Row-major {@code [size, width]}: token ids, attention mask, token type ids. */
    long[][] inputs() {
        int width = width();
        long[][] inputs = new long[3][size() * width];
        for (int row = 0; row < size(); row++) {
            EncodedSentence sentence = sentences.get(row);
            for (int t = 0; t < sentence.length(); t++) {
                int at = row * width + t;
                inputs[0][at] = sentence.input().ids()[t];
                inputs[1][at] = 1;
                inputs[2][at] = sentence.input().typeIds()[t];
            }
        }
        return inputs;
    }

    /**
     * What the log-probabilities are multiplied with and summed over to give the mean loss: {@code [size * width, labels]},
     * minus the label's weight at the right label of each token that is asked, divided by the sum of those weights.
     *
     * @param labelWeights weight per label id
     * @param smoothing share of the target that is spread over all labels, in [0, 1)
     */
    NDArray targets(NDManager manager, float[] labelWeights, double smoothing) {
        int width = width();
        int labels = labelWeights.length;
        float[] targets = new float[size() * width * labels];
        double total = 0;
        for (EncodedSentence sentence : sentences) {
            for (int label : sentence.labels()) {
                total += label == EncodedSentence.IGNORED ? 0 : labelWeights[label];
            }
        }
        for (int row = 0; row < size(); row++) {
            int[] wanted = sentences.get(row).labels();
            for (int t = 0; t < wanted.length; t++) {
                if (wanted[t] == EncodedSentence.IGNORED) {
                    continue;
                }
                double weight = -labelWeights[wanted[t]] / total;
                int at = (row * width + t) * labels;
                for (int l = 0; l < labels; l++) {
                    targets[at + l] = (float) (weight * smoothing / labels);
                }
                targets[at + wanted[t]] += (float) (weight * (1 - smoothing));
            }
        }
        return manager.create(targets, new Shape((long) size() * width, labels));
    }

    /** The inputs in the order of the model's input names. */
    NDList inputs(NDManager manager, List<String> names) {
        long[][] values = inputs();
        Shape shape = new Shape(size(), width());
        NDList list = new NDList();
        for (String name : names) {
            list.add(manager.create(values[inputIndex(name)], shape));
        }
        return list;
    }

    /** Where the input of this name is in {@link #inputs()}. */
    static int inputIndex(String name) {
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
