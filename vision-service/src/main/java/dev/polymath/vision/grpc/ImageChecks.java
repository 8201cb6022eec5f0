package dev.polymath.vision.grpc;

import dev.polymath.service.DocumentLimits;
import dev.polymath.service.Violations;
import dev.polymath.vision.v1.Image;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What must be true of images before they are decoded. Immutable. */
record ImageChecks(int maxImages) {
    private static final Set<String> SAY_NOTHING =
            Set.of("", "application/octet-stream", "binary/octet-stream", "multipart/form-data");

    /** Adds what is wrong with the images of a request as a whole: none, too many, an id twice. */
    void check(List<Image> images, Violations violations) {
        // DocumentLimits knows how to say it; texts there are none
        new DocumentLimits(maxImages, 0).check("images", images, Image::getId, violations);
    }

    /** Adds what is wrong with an image: no bytes, a type that is none of an image. */
    static void check(Image image, String path, Violations violations) {
        String type = image.getMimeType().split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        if (!SAY_NOTHING.contains(type) && !type.startsWith("image/")) {
            violations.add(
                    path + ".mime_type",
                    Violations.quote(image.getMimeType())
                            + " (expected: that of an image, such as image/jpeg, or empty)");
        }
        if (image.getContent().isEmpty()) {
            violations.add(path + ".content", "0 bytes (expected: a file with an image)");
        }
    }
}
