package dev.polymath.textanalytics;

/**
 * A passage that answers a question.
 *
 * @param document number of the document that has it
 * @param begin UTF-16 index of its first character
 * @param end UTF-16 index after its last character
 * @param confidence probability in [0, 1] that it does
 */
public record Answer(int document, int begin, int end, double confidence) {}
