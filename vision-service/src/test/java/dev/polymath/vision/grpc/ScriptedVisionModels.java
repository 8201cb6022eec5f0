package dev.polymath.vision.grpc;

import dev.polymath.common.v1.ModelRef;
import dev.polymath.inference.InferenceException;
import dev.polymath.inference.InferenceException.Kind;
import dev.polymath.service.ErrorStatus;
import dev.polymath.vision.CaptioningModel;
import dev.polymath.vision.DetectionModel;
import dev.polymath.vision.ScriptedModels;
import dev.polymath.vision.TaggingModel;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Alternative;
import java.util.List;

/** Models that do as they are told, in the place of those of the configuration. */
@Alternative
@ApplicationScoped
class ScriptedVisionModels implements VisionModels {
    static final String POISON = "poison";

    private volatile ScriptedModels models = new ScriptedModels();

    /** Forgets what happened. */
    ScriptedModels reset() {
        models = new ScriptedModels();
        return models;
    }

    @Override
    public Hosted<DetectionModel> detector(ModelRef ref) {
        if (ref.getName().equals(POISON)) {
            return hosted(POISON, ScriptedModels.failing(Kind.ENGINE_FAILURE));
        }
        if (ref.getName().equals("loading")) {
            throw new InferenceException(Kind.MODEL_NOT_READY, "the model is being loaded");
        }
        return named(ref, "detector", models.detection);
    }

    @Override
    public Hosted<CaptioningModel> captioner(ModelRef ref) {
        return named(ref, "captioner", models.captioning);
    }

    @Override
    public Hosted<TaggingModel> tagger(ModelRef ref) {
        return named(ref, "tagger", models.tagging);
    }

    @Override
    public List<Hosted<DetectionModel>> detectors() {
        return List.of(hosted("detector", models.detection), hosted(POISON, models.detection));
    }

    @Override
    public List<Hosted<CaptioningModel>> captioners() {
        return List.of(hosted("captioner", models.captioning));
    }

    @Override
    public List<Hosted<TaggingModel>> taggers() {
        return List.of(hosted("tagger", models.tagging));
    }

    private static <T> Hosted<T> named(ModelRef ref, String name, T model) {
        if (!ref.getName().isEmpty() && !ref.getName().equals(name)) {
            throw ErrorStatus.modelNotFound("model", ref.getName(), List.of(name + "/1"));
        }
        return hosted(name, model);
    }

    private static <T> Hosted<T> hosted(String name, T model) {
        return new Hosted<>(
                ModelRef.newBuilder().setName(name).setVersion("1").build(), model, ScriptedModels.receipt(name));
    }
}
