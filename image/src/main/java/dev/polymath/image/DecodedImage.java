package dev.polymath.image;

/**
 * An image that was read from a file.
 *
 * @param header of the file
 * @param pixels the image; it may have fewer pixels than the header says where a smaller one was good enough
 */
public record DecodedImage(ImageHeader header, RgbImage pixels) {}
