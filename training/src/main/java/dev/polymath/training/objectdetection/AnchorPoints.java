package dev.polymath.training.objectdetection;

/**
 * Where the predictions of YOLOX sit: a point per cell of each level, level by level and row by row. A prediction {@code (x, y, w,
 * h)} of the cell {@code (column, row)} is a box around {@code ((x + column) * stride, (y + row) * stride)} of the size {@code
 * (exp(w) * stride, exp(h) * stride)}.
 */
final class AnchorPoints {
    private final int size;
    private final float[] column;
    private final float[] row;
    private final float[] stride;

    /**
     * @param size of the picture in pixels
     * @param strides of the levels
     * @throws IllegalArgumentException if the size is not a multiple of each stride
     */
    AnchorPoints(int size, int[] strides) {
        this.size = size;
        int count = 0;
        for (int step : strides) {
            if (size < step || size % step != 0) {
                throw new IllegalArgumentException("size: " + size + " (expected: a multiple of "
                        + strides[strides.length - 1] + ", the stride of the coarsest level)");
            }
            count += (size / step) * (size / step);
        }
        column = new float[count];
        row = new float[count];
        stride = new float[count];
        int at = 0;
        for (int step : strides) {
            for (int y = 0; y < size / step; y++) {
                for (int x = 0; x < size / step; x++, at++) {
                    column[at] = x;
                    row[at] = y;
                    stride[at] = step;
                }
            }
        }
    }

    int size() {
        return size;
    }

    int count() {
        return stride.length;
    }

    float column(int anchor) {
        return column[anchor];
    }

    float row(int anchor) {
        return row[anchor];
    }

    float stride(int anchor) {
        return stride[anchor];
    }

    /** Middle of the cell in pixels. */
    float x(int anchor) {
        return (column[anchor] + 0.5f) * stride[anchor];
    }

    float y(int anchor) {
        return (row[anchor] + 0.5f) * stride[anchor];
    }

    /** The box that a prediction means, in pixels. */
    Rectangle decode(int anchor, float x, float y, float w, float h) {
        float middleX = (x + column[anchor]) * stride[anchor];
        float middleY = (y + row[anchor]) * stride[anchor];
        float halfWidth = (float) Math.exp(w) * stride[anchor] / 2;
        float halfHeight = (float) Math.exp(h) * stride[anchor] / 2;
        return new Rectangle(middleX - halfWidth, middleY - halfHeight, middleX + halfWidth, middleY + halfHeight);
    }
}
