package dev.polymath.inference;

import dev.polymath.image.Placement;

/**
 * An image as a model reads it.
 *
 * @param planes of the pixels, as {@link dev.polymath.image.ImagePreprocessing} writes them
 * @param placement where the image lies in them
 * @param width of the image
 * @param height of the image
 * @param question what is asked about it
 */
record PreparedImage<Q>(float[] planes, Placement placement, int width, int height, Q question) {}
