package dev.polymath.text;

/**
 * A language that a text may be in.
 *
 * @param languageCode BCP-47
 * @param confidence probability that the text is in it, in [0, 1]; over all languages that were asked for they sum to 1
 */
public record DetectedLanguage(String languageCode, double confidence) {}
