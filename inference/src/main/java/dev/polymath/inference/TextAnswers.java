package dev.polymath.inference;

import java.util.List;

/**
 * What a reader finds in a text as the answer to a question.
 *
 * @param answers the most probable first; no two overlap
 * @param noAnswer probability in [0, 1] that the text does not answer the question
 * @param tokens of the text, the question not counted
 * @param windows in which the model read the text
 * @param receipt what it took
 */
public record TextAnswers(List<AnswerSpan> answers, double noAnswer, int tokens, int windows, Receipt receipt) {}
