package dev.polymath.ner.grpc;

import dev.polymath.ner.v1.RecognizeEntitiesRequest;
import dev.polymath.service.OpenInferenceModel;
import dev.polymath.service.TextInferenceModel;
import dev.polymath.service.Violations;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Over the Open Inference Protocol: texts in, for each an EntitiesResult out. */
@Dependent
class NerOpenInferenceModel {
    @Produces
    @Singleton
    OpenInferenceModel entities(NerModels models, NerConfig config) {
        return new TextInferenceModel(models::slots, "entities", (model, documents, call) -> {
            Violations violations = new Violations();
            NerRequest checked = NerRequest.of(
                    RecognizeEntitiesRequest.newBuilder()
                            .addAllDocuments(documents)
                            .build(),
                    models.get(model),
                    config,
                    violations);
            violations.throwIfAny();
            return NerTask.recognize(documents, checked, call, new EntitiesMapper(checked))
                    .thenApply(answer -> answer.results());
        });
    }
}
