package dev.polymath.image;

/**
 * Where an image lies in what the model reads: a coordinate of the model is that of the image times the scale plus
 * {@code left} or {@code top}. Coordinates are continuous; the first pixel reaches from 0 to 1.
 */
public record Placement(float scaleX, float scaleY, float left, float top) {
    /** Of a coordinate of the model that of the image, in pixels; outside of the image for what lies in the padding. */
    public float imageX(float modelX) {
        return (modelX - left) / scaleX;
    }

    /** As {@link #imageX}. */
    public float imageY(float modelY) {
        return (modelY - top) / scaleY;
    }
}
