package dev.polymath.inference;

/**
 * A rectangle in an image: shares of its width and height, 0 to 1, from the top left. {@code xMin < xMax}, {@code yMin < yMax}.
 */
public record Box(double xMin, double yMin, double xMax, double yMax) {}
