package dev.polymath.translation.grpc;

import dev.polymath.common.v1.ModelRef;
import dev.polymath.service.Agreement;
import dev.polymath.service.ErrorStatus;
import dev.polymath.service.ModelKind;
import dev.polymath.service.ModelSlot;
import dev.polymath.service.ModelSlots;
import dev.polymath.translation.GeneratorTranslationModel;
import dev.polymath.translation.Routes;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The models of the service: slots {@code translation}, the default, and {@code translation-...} for more languages.
 * Thread-safe.
 */
@ApplicationScoped
class TranslationModels {
    static final String SLOT = "translation";

    private static final ModelKind<GeneratorTranslationModel> KIND = new ModelKind<>(
            "translation",
            GeneratorTranslationModel::load,
            GeneratorTranslationModel::device,
            model -> List.of(),
            GeneratorTranslationModel::maxTokens,
            Agreement.ofTexts("polymath.translation.v1.TextTranslation", "text"));

    private final ModelSlots modelSlots;
    private final TranslationConfig config;
    private volatile List<ModelSlot<GeneratorTranslationModel>> slots = List.of();
    private volatile @Nullable Combined combined;

    @Inject
    TranslationModels(ModelSlots modelSlots, TranslationConfig config) {
        this.modelSlots = modelSlots;
        this.config = config;
    }

    /** The ways of some models together. */
    private record Combined(List<GeneratorTranslationModel> models, Routes routes) {}

    void start(@Observes StartupEvent event) {
        slots = modelSlots.loadNamed(SLOT, KIND);
        modelSlots.requireNamed(SLOT);
    }

    /**
     * The ways of a model, or of all models together if none is asked for.
     *
     * @throws dev.polymath.inference.InferenceException MODEL_NOT_READY
     */
    Routes routes(ModelRef ref) {
        if (slots.isEmpty()) {
            throw ErrorStatus.modelNotFound("model", ref.getName().isEmpty() ? SLOT : ref.getName(), List.of());
        }
        if (!ref.getName().isEmpty() || !ref.getVersion().isEmpty()) {
            return new Routes(List.of(ModelSlots.select(slots, ref).model()), config.pivotLanguage());
        }
        List<GeneratorTranslationModel> models =
                slots.stream().map(slot -> slot.current().model()).toList();
        Combined known = combined;
        if (known == null || !known.models().equals(models)) {
            known = new Combined(models, new Routes(models, config.pivotLanguage()));
            combined = known;
        }
        return known.routes();
    }

    /** The model that answers if there is nothing to do. */
    GeneratorTranslationModel first(ModelRef ref) {
        return ModelSlots.select(slots, ref).model();
    }
}
