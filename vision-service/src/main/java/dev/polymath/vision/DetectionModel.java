package dev.polymath.vision;

import dev.polymath.image.RgbImage;
import dev.polymath.inference.Call;
import dev.polymath.inference.DetectionOptions;
import dev.polymath.inference.ObjectDetection;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Finds objects in images. Implementations are thread-safe. */
public interface DetectionModel {
    /** What it can find, in the model's order. */
    List<String> labels();

    /** What it does if not told otherwise. */
    DetectionOptions defaults();

    /** The larger side of what the model reads, in pixels: an image need not be finer by much. */
    int inputSide();

    /** Prepares the image on the calling thread, waits there until the model has room, and does not keep the image. */
    CompletableFuture<ObjectDetection> detect(RgbImage image, DetectionOptions options, Call call);
}
