package dev.polymath.inference;

/**
 * A named piece of a text.
 *
 * @param begin UTF-16 index of its first character
 * @param end UTF-16 index after its last character
 * @param label the entity type, without the IOB2 prefix: {@code PERSON}
 * @param confidence probability, 0 to 1: the geometric mean, over the words of the span, of the probability that the
 *     model gives to the word being of this type (beginning or inside)
 */
public record EntitySpan(int begin, int end, String label, float confidence) {}
