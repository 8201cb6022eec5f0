package dev.polymath.image;

/** The eight ways in which EXIF and TIFF store an image, and how it is put upright. */
final class Orientation {
    private Orientation() {}

    /** Whether width and height change places. */
    static boolean swaps(int orientation) {
        return orientation >= 5;
    }

    static RgbImage upright(RgbImage image, int orientation) {
        if (orientation == 1) {
            return image;
        }
        int w = image.width();
        int h = image.height();
        int last = w * h - 1;
        // where the first pixel comes from, and how far the next one of a row and of a column is from it
        int first = switch (orientation) {
            case 2 -> w - 1;
            case 3, 7 -> last;
            case 4, 6 -> last - (w - 1);
            case 5 -> 0;
            case 8 -> w - 1;
            default -> throw new IllegalArgumentException("orientation: " + orientation + " (expected: 1 to 8)");
        };
        int right = switch (orientation) {
            case 2, 3 -> -1;
            case 4 -> 1;
            case 5, 8 -> w;
            default -> -w;
        };
        int down = switch (orientation) {
            case 2 -> w;
            case 3, 4 -> -w;
            case 5, 6 -> 1;
            default -> -1;
        };
        int width = swaps(orientation) ? h : w;
        int height = swaps(orientation) ? w : h;
        byte[] from = image.pixels();
        byte[] to = new byte[from.length];
        int t = 0;
        for (int y = 0; y < height; y++) {
            int f = 3 * (first + y * down);
            for (int x = 0; x < width; x++, t += 3, f += 3 * right) {
                to[t] = from[f];
                to[t + 1] = from[f + 1];
                to[t + 2] = from[f + 2];
            }
        }
        return new RgbImage(width, height, to);
    }
}
