package dev.polymath.textanalytics;

/**
 * A class of a text.
 *
 * @param label its name
 * @param confidence probability in [0, 1]
 */
public record TextClass(String label, double confidence) {}
