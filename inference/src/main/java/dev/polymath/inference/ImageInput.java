package dev.polymath.inference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.util.Float16Utils;
import dev.polymath.image.ImagePreprocessing;
import dev.polymath.image.Placement;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a graph takes images: {@code [batch, 3, height, width]} or with the colours last, as numbers of a type, and perhaps a
 * {@code pixel_mask} {@code [batch, height, width]} that is 1 where the image is.
 *
 * @param image name of the input; null if the engine knows no names
 * @param mask whether there is one
 * @param maskWidth of the mask; its height is in proportion
 */
record ImageInput(@Nullable String image, boolean mask, DataType type, boolean coloursLast, int maskWidth) {
    private static final String MASK = "pixel_mask";

    /** The side that DETR is exported with: its mask is resized in the graph anyway. */
    private static final int EXPORTED_MASK = 64;

    /** All ways in which a graph with such inputs may take images, the usual one first. */
    static List<ImageInput> candidates(List<String> inputs, ImagePreprocessing preprocessing) {
        List<String> images = inputs.stream().filter(name -> !name.equals(MASK)).toList();
        if (images.size() > 1) {
            throw new IllegalStateException(
                    "inputs: " + String.join(", ", inputs) + " (expected: one for the images, and " + MASK + ")");
        }
        String image = images.isEmpty() ? null : images.get(0);
        boolean mask = inputs.contains(MASK);
        List<ImageInput> candidates = new ArrayList<>();
        for (int side : mask ? new int[] {preprocessing.width(), EXPORTED_MASK} : new int[] {0}) {
            candidates.add(new ImageInput(image, mask, DataType.FLOAT32, false, side));
            candidates.add(new ImageInput(image, mask, DataType.FLOAT16, false, side));
            candidates.add(new ImageInput(image, mask, DataType.UINT8, true, side));
            candidates.add(new ImageInput(image, mask, DataType.FLOAT32, true, side));
            candidates.add(new ImageInput(image, mask, DataType.UINT8, false, side));
        }
        return candidates;
    }

    NDList arrays(
            NDManager manager,
            List<String> inputs,
            List<? extends PreparedImage<?>> batch,
            ImagePreprocessing preprocessing) {
        int width = preprocessing.width();
        int height = preprocessing.height();
        Shape shape =
                coloursLast ? new Shape(batch.size(), height, width, 3) : new Shape(batch.size(), 3, height, width);
        NDArray images = create(manager, values(batch, preprocessing.size(), width * height), shape);
        if (image == null) {
            return new NDList(images);
        }
        NDList arrays = new NDList();
        for (String input : inputs) {
            NDArray array = input.equals(image) ? images : masks(manager, batch, width, height);
            array.setName(input);
            arrays.add(array);
        }
        return arrays;
    }

    private float[] values(List<? extends PreparedImage<?>> batch, int size, int plane) {
        if (batch.size() == 1 && !coloursLast) {
            return batch.get(0).planes();
        }
        float[] values = new float[batch.size() * size];
        int to = 0;
        for (PreparedImage<?> prepared : batch) {
            float[] planes = prepared.planes();
            if (coloursLast) {
                for (int i = 0; i < plane; i++, to += 3) {
                    values[to] = planes[i];
                    values[to + 1] = planes[plane + i];
                    values[to + 2] = planes[2 * plane + i];
                }
            } else {
                System.arraycopy(planes, 0, values, to, size);
                to += size;
            }
        }
        return values;
    }

    private NDArray create(NDManager manager, float[] values, Shape shape) {
        if (type == DataType.FLOAT16) {
            return manager.create(Float16Utils.toByteBuffer(manager, values), shape, DataType.FLOAT16);
        }
        if (type == DataType.UINT8) {
            ByteBuffer bytes = ByteBuffer.allocateDirect(values.length);
            for (float value : values) {
                bytes.put((byte) Math.max(0, Math.min(255, Math.round(value))));
            }
            return manager.create(bytes.flip(), shape, DataType.UINT8);
        }
        return manager.create(values, shape);
    }

    private NDArray masks(NDManager manager, List<? extends PreparedImage<?>> batch, int width, int height) {
        int maskHeight = Math.max(1, maskWidth * height / width);
        long[] masks = new long[batch.size() * maskWidth * maskHeight];
        int to = 0;
        for (PreparedImage<?> prepared : batch) {
            Placement placement = prepared.placement();
            for (int y = 0; y < maskHeight; y++) {
                float imageY = placement.imageY((y + 0.5f) * height / maskHeight);
                for (int x = 0; x < maskWidth; x++) {
                    float imageX = placement.imageX((x + 0.5f) * width / maskWidth);
                    masks[to++] = imageX >= 0 && imageX < prepared.width() && imageY >= 0 && imageY < prepared.height()
                            ? 1
                            : 0;
                }
            }
        }
        return manager.create(masks, new Shape(batch.size(), maskHeight, maskWidth));
    }
}
