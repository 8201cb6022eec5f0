package dev.polymath.vision.grpc;

import dev.polymath.common.v1.ModelRef;
import dev.polymath.inference.Receipt;
import dev.polymath.vision.CaptioningModel;
import dev.polymath.vision.DetectionModel;
import dev.polymath.vision.TaggingModel;
import java.util.List;

/** The models of the service. Implementations are thread-safe. */
interface VisionModels {
    /**
     * A loaded model.
     *
     * @param ref its name and version
     * @param noWork the receipt of a request for which it had nothing to do
     */
    record Hosted<T>(ModelRef ref, T model, Receipt noWork) {}

    /**
     * The detector that a request asks for.
     *
     * @throws io.grpc.StatusRuntimeException MODEL_NOT_FOUND
     * @throws dev.polymath.inference.InferenceException MODEL_NOT_READY
     */
    Hosted<DetectionModel> detector(ModelRef ref);

    /** As {@link #detector}. */
    Hosted<CaptioningModel> captioner(ModelRef ref);

    /** As {@link #detector}. */
    Hosted<TaggingModel> tagger(ModelRef ref);

    /** All detectors, the default one first; empty if none is configured. */
    List<Hosted<DetectionModel>> detectors();

    /** As {@link #detectors}. */
    List<Hosted<CaptioningModel>> captioners();

    /** As {@link #detectors}. */
    List<Hosted<TaggingModel>> taggers();
}
