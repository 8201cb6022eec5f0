package dev.polymath.inference;

import java.util.List;

/**
 * What a text classifier says of a text. Arrays must not be changed.
 *
 * @param heads the questions
 * @param probabilities per head, per label in the order of {@link ClassificationHead#labels}, each in [0, 1]: of a text with
 *     several windows the mean over them, weighted by the tokens that each window stands for
 * @param tokens of the text, special tokens not counted
 * @param windows in which the model read the text
 * @param receipt what it took
 */
public record TextClassification(
        List<ClassificationHead> heads, List<float[]> probabilities, int tokens, int windows, Receipt receipt) {
    /**
     * The probabilities of the labels of a head.
     *
     * @throws IllegalArgumentException if the model has no such head
     */
    public float[] probabilities(String head) {
        for (int i = 0; i < heads.size(); i++) {
            if (heads.get(i).name().equals(head)) {
                return probabilities.get(i);
            }
        }
        throw new IllegalArgumentException("head: " + head + " (expected: of "
                + heads.stream().map(ClassificationHead::name).toList() + ")");
    }
}
