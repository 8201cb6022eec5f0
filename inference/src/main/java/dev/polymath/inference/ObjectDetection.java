package dev.polymath.inference;

import java.util.List;

/**
 * What an object detector says of an image.
 *
 * @param objects the most certain first
 * @param receipt what it took; {@code tokenize} is the time that it took to resize the image
 */
public record ObjectDetection(List<DetectedObject> objects, Receipt receipt) {
    public ObjectDetection {
        objects = List.copyOf(objects);
    }
}
