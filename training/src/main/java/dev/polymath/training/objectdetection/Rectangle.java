package dev.polymath.training.objectdetection;

/**
 * A box with sides along the axes, in pixels of whatever it belongs to; {@code right} and {@code bottom} are where it ends.
 */
record Rectangle(float left, float top, float right, float bottom) {
    float width() {
        return right - left;
    }

    float height() {
        return bottom - top;
    }

    double area() {
        return isEmpty() ? 0 : (double) width() * height();
    }

    boolean isEmpty() {
        return !(right > left && bottom > top);
    }

    /** What both cover; may be empty. */
    Rectangle intersect(Rectangle other) {
        return new Rectangle(
                Math.max(left, other.left),
                Math.max(top, other.top),
                Math.min(right, other.right),
                Math.min(bottom, other.bottom));
    }

    /** Intersection over union, in [0, 1]. */
    double overlap(Rectangle other) {
        double both = intersect(other).area();
        return both == 0 ? 0 : both / (area() + other.area() - both);
    }

    /** Every coordinate times a factor of its axis. */
    Rectangle scale(float x, float y) {
        return new Rectangle(left * x, top * y, right * x, bottom * y);
    }

    Rectangle shift(float x, float y) {
        return new Rectangle(left + x, top + y, right + x, bottom + y);
    }
}
