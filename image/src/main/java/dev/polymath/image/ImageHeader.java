package dev.polymath.image;

/**
 * What a file says of the image in it.
 *
 * @param format {@code JPEG}, {@code PNG}, {@code WebP}, {@code GIF}, {@code BMP} or {@code TIFF}
 * @param width in pixels, as it is seen: after the orientation that EXIF says
 * @param height in pixels, as it is seen
 */
public record ImageHeader(String format, int width, int height) {}
