package dev.polymath.inference;

/**
 * One row of a model's input, special tokens included, without padding. The arrays are not copied and must not be
 * changed.
 *
 * @param ids token ids
 * @param typeIds token type ids, as many
 */
public record TokenSequence(int[] ids, int[] typeIds) {
    public int length() {
        return ids.length;
    }
}
