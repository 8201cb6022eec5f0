package dev.polymath.inference;

import java.util.List;

/**
 * What an image classifier says of an image.
 *
 * @param labels all that the model knows, the most probable first; the probabilities sum to 1
 * @param receipt what it took; {@code tokenize} is the time that it took to resize the image
 */
public record ImageClassification(List<LabelProbability> labels, Receipt receipt) {
    public ImageClassification {
        labels = List.copyOf(labels);
    }
}
