package dev.polymath.vision;

import dev.polymath.image.RgbImage;
import dev.polymath.inference.Call;
import dev.polymath.inference.GeneratedText;
import dev.polymath.inference.GenerationOptions;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Describes images in sentences. Implementations are thread-safe. */
public interface CaptioningModel {
    /** The languages that it writes, BCP-47, the default one first; empty if the model does not say. */
    List<String> languages();

    /**
     * How it writes if not told otherwise.
     *
     * @param languageCode one of {@link #languages}; empty for the only language of a model that does not say which it is
     */
    GenerationOptions options(String languageCode);

    /** The larger side of what the model reads, in pixels: an image need not be finer by much. */
    int inputSide();

    /** Prepares the image on the calling thread, waits there until the model has room, and does not keep the image. */
    CompletableFuture<GeneratedText> caption(RgbImage image, GenerationOptions options, Call call);
}
