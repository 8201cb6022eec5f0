package dev.polymath.inference;

/**
 * A part of a text that answers a question.
 *
 * @param begin index of its first UTF-16 unit
 * @param end index after its last UTF-16 unit
 * @param probability in [0, 1] that it is the answer; of all parts of the text and "no answer" they sum to 1
 */
public record AnswerSpan(int begin, int end, double probability) {}
