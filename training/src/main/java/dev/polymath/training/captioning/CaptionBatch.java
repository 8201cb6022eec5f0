package dev.polymath.training.captioning;

import dev.polymath.training.generation.Targets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Captions of like length, and the images that they are of. Holds no native memory. */
record CaptionBatch(List<Caption> captions) {

    /**
     * A caption of an image as it is seen this time.
     *
     * @param image its file
     * @param mirrored whether its mirror image is seen
     * @param ids the token of the language, the caption, the end
     */
    record Caption(String image, boolean mirrored, int[] ids) {
        View view() {
            return new View(image, mirrored);
        }
    }

    record View(String image, boolean mirrored) {}

    CaptionBatch {
        captions = List.copyOf(captions);
    }

    /** Each that a caption is of, once. */
    List<View> views() {
        return captions.stream().map(Caption::view).distinct().toList();
    }

    /** The row of {@link #views()} that each caption is of. */
    long[] viewOfCaption() {
        Map<View, Integer> rows = new LinkedHashMap<>();
        views().forEach(view -> rows.put(view, rows.size()));
        return captions.stream()
                .mapToLong(caption -> rows.getOrDefault(caption.view(), 0))
                .toArray();
    }

    /** What the decoder writes; the language is given. */
    Targets targets() {
        return new Targets(new ArrayList<>(captions.stream().map(Caption::ids).toList()), 1);
    }
}
