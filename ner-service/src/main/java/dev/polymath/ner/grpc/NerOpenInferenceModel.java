package dev.polymath.ner.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RequestInfo;
import dev.polymath.common.v1.Document;
import dev.polymath.inference.Call;
import dev.polymath.ner.v1.EntitiesResult;
import dev.polymath.ner.v1.RecognizeEntitiesRequest;
import dev.polymath.service.ModelSlot;
import dev.polymath.service.OpenInferenceModel;
import dev.polymath.service.Violations;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Over the Open Inference Protocol: texts in, for each an EntitiesResult in protobuf's JSON out. */
@ApplicationScoped
class NerOpenInferenceModel implements OpenInferenceModel {
    private static final JsonFormat.Printer JSON = JsonFormat.printer()
            .omittingInsignificantWhitespace()
            .usingTypeRegistry(TypeRegistry.newBuilder()
                    .add(List.of(ErrorInfo.getDescriptor(), BadRequest.getDescriptor(), RequestInfo.getDescriptor()))
                    .build());

    private final NerModels models;
    private final NerConfig config;

    @Inject
    NerOpenInferenceModel(NerModels models, NerConfig config) {
        this.models = models;
        this.config = config;
    }

    @Override
    public List<? extends ModelSlot<?>> slots() {
        return models.slots();
    }

    @Override
    public String input() {
        return "text";
    }

    @Override
    public String output() {
        return "entities";
    }

    @Override
    public CompletionStage<List<ByteString>> infer(ModelSlot<?> slot, List<ByteString> elements, Call call) {
        Violations violations = new Violations();
        RecognizeEntitiesRequest.Builder request = RecognizeEntitiesRequest.newBuilder();
        for (int i = 0; i < elements.size(); i++) {
            if (!elements.get(i).isValidUtf8()) {
                violations.add("inputs[0][" + i + "]", "not UTF-8 (expected: a text in UTF-8)");
            }
            request.addDocuments(Document.newBuilder().setText(elements.get(i).toStringUtf8()));
        }
        NerRequest checked = NerRequest.of(request.build(), models.get(slot), config, violations);
        violations.throwIfAny();
        return NerTask.recognize(request.getDocumentsList(), checked, call, new EntitiesMapper(checked))
                .thenApply(answer -> answer.results().stream()
                        .map(NerOpenInferenceModel::json)
                        .toList());
    }

    private static ByteString json(EntitiesResult result) {
        try {
            return ByteString.copyFromUtf8(JSON.print(result));
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("an error detail of a type that is not registered", e);
        }
    }
}
