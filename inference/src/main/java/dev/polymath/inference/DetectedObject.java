package dev.polymath.inference;

/**
 * An object in an image.
 *
 * @param label one of the model's
 * @param confidence 0 to 1, as the model says it
 * @param box around it
 */
public record DetectedObject(String label, double confidence, Box box) {}
