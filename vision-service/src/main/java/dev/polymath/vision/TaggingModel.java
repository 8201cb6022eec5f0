package dev.polymath.vision;

import dev.polymath.image.RgbImage;
import dev.polymath.inference.Call;
import dev.polymath.inference.ImageClassification;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Says which of a list of classes an image shows. Implementations are thread-safe. */
public interface TaggingModel {
    /** The classes, in the model's order. */
    List<String> labels();

    /** The larger side of what the model reads, in pixels: an image need not be finer by much. */
    int inputSide();

    /** Prepares the image on the calling thread, waits there until the model has room, and does not keep the image. */
    CompletableFuture<ImageClassification> tag(RgbImage image, Call call);
}
