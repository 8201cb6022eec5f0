package dev.polymath.training.captioning;

import java.util.List;
import java.util.Map;

/**
 * An image and what people said of it.
 *
 * @param file name of its file, below the folder of the images
 * @param split {@code train}, {@code val} or {@code test}
 * @param captions by language, in the order of the file; none is blank
 */
record CaptionedImage(String file, String split, Map<String, List<String>> captions) {
    /** The image with the captions in this language alone. */
    CaptionedImage only(String language) {
        return new CaptionedImage(file, split, Map.of(language, captions.getOrDefault(language, List.of())));
    }
}
