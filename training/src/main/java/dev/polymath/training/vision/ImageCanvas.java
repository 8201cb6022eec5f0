package dev.polymath.training.vision;

import dev.polymath.image.ImagePreprocessing;
import dev.polymath.image.RgbImage;
import java.util.Arrays;

/**
 * A square picture that is put together of others, coloured and mirrored, as training wants it. Values are 0 to 255. Not
 * thread-safe.
 */
public final class ImageCanvas {
    private static final float[] ONES = {1, 1, 1};
    private static final float[] ZEROS = {0, 0, 0};

    private final int size;
    private final float[] planes;

    /**
     * @param size in pixels
     * @param background grey of what nothing is drawn on, 0 to 255
     */
    public ImageCanvas(int size, int background) {
        this.size = size;
        planes = new float[3 * size * size];
        Arrays.fill(planes, background);
    }

    /** A part of the canvas; {@code right} and {@code bottom} are where it ends. */
    public record Area(int left, int top, int right, int bottom) {
        /** What both cover; may be empty. */
        public Area intersect(Area other) {
            return new Area(
                    Math.max(left, other.left),
                    Math.max(top, other.top),
                    Math.min(right, other.right),
                    Math.min(bottom, other.bottom));
        }
    }

    /** The whole of it. */
    public Area all() {
        return new Area(0, 0, size, size);
    }

    /**
     * Draws a picture into an area, which may reach beyond the canvas, and only where {@code within} is.
     *
     * @param to gets the whole picture, shrunk with all pixels taken into account
     */
    public void draw(RgbImage image, Area to, Area within) {
        int width = to.right - to.left;
        int height = to.bottom - to.top;
        Area visible = to.intersect(within).intersect(all());
        if (width < 1 || height < 1 || visible.right <= visible.left || visible.bottom <= visible.top) {
            return;
        }
        ImagePreprocessing resize =
                new ImagePreprocessing(width, height, ImagePreprocessing.Fit.STRETCH, 0, false, ONES, ZEROS);
        float[] resized = new float[resize.size()];
        resize.apply(image, resized, 0);
        for (int plane = 0; plane < 3; plane++) {
            for (int y = visible.top; y < visible.bottom; y++) {
                System.arraycopy(
                        resized,
                        (plane * height + y - to.top) * width + visible.left - to.left,
                        planes,
                        (plane * size + y) * size + visible.left,
                        visible.right - visible.left);
            }
        }
    }

    /** Swaps left and right. */
    public void mirror() {
        for (int row = 0; row < 3 * size; row++) {
            for (int a = row * size, b = a + size - 1; a < b; a++, b--) {
                float value = planes[a];
                planes[a] = planes[b];
                planes[b] = value;
            }
        }
    }

    /**
     * Changes all colours alike.
     *
     * @param hue turn of the colour circle, 1 being once around
     * @param saturation factor on the distance from grey
     * @param brightness factor on all
     */
    public void colour(double hue, double saturation, double brightness) {
        // a turn about the grey axis, as a matrix, is what a change of hue is but for the lightness
        double cos = Math.cos(2 * Math.PI * hue);
        double sin = Math.sin(2 * Math.PI * hue) / Math.sqrt(3);
        float same = (float) (brightness * saturation * (cos + (1 - cos) / 3));
        float next = (float) (brightness * saturation * ((1 - cos) / 3 - sin));
        float last = (float) (brightness * saturation * ((1 - cos) / 3 + sin));
        float grey = (float) (brightness * (1 - saturation) / 3);
        int plane = size * size;
        for (int i = 0; i < plane; i++) {
            float red = planes[i];
            float green = planes[plane + i];
            float blue = planes[2 * plane + i];
            float mean = grey * (red + green + blue);
            planes[i] = clip(same * red + next * green + last * blue + mean);
            planes[plane + i] = clip(last * red + same * green + next * blue + mean);
            planes[2 * plane + i] = clip(next * red + last * green + same * blue + mean);
        }
    }

    /** Writes the planes as a model wants them, which must be of this size. */
    public void write(ImagePreprocessing preprocessing, float[] values, int offset) {
        if (preprocessing.width() != size || preprocessing.height() != size) {
            throw new IllegalArgumentException("preprocessing: %d x %d (expected: %d x %d)"
                    .formatted(preprocessing.width(), preprocessing.height(), size, size));
        }
        int plane = size * size;
        for (int c = 0; c < 3; c++) {
            int from = (preprocessing.bgr() ? 2 - c : c) * plane;
            float scale = preprocessing.scale()[c];
            float shift = preprocessing.offset()[c];
            for (int i = 0; i < plane; i++) {
                values[offset + c * plane + i] = planes[from + i] * scale + shift;
            }
        }
    }

    private static float clip(float value) {
        return Math.max(0, Math.min(255, value));
    }
}
