package dev.polymath.training.objectdetection;

import java.nio.file.Path;
import java.util.List;

/**
 * A picture and what can be seen in it.
 *
 * @param file of the picture
 * @param width of the picture in the unit of the boxes
 * @param height likewise
 */
record AnnotatedImage(Path file, int width, int height, List<Item> objects) {
    AnnotatedImage {
        objects = List.copyOf(objects);
    }

    /**
     * Something in a picture.
     *
     * @param label its name
     * @param box inside of the picture, not empty
     * @param crowd whether the box is around a number of them, or hard to tell: not trained on, and no fault to find or to miss
     */
    record Item(String label, Rectangle box, boolean crowd) {}
}
