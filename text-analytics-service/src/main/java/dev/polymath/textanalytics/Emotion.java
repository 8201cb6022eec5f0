package dev.polymath.textanalytics;

/**
 * An emotion that a text shows.
 *
 * @param label as the model names it
 * @param confidence probability in [0, 1] that a reader would see it there
 */
public record Emotion(String label, double confidence) {}
