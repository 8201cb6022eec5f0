package dev.polymath.ner.grpc;

import com.google.rpc.Status;
import dev.polymath.common.v1.Document;
import dev.polymath.common.v1.ModelRef;
import dev.polymath.inference.Call;
import dev.polymath.ner.EntityRedactor;
import dev.polymath.ner.Recognition;
import dev.polymath.ner.RecordExtractor;
import dev.polymath.ner.RecordSchema;
import dev.polymath.ner.RedactedText;
import dev.polymath.ner.RedactionPolicy;
import dev.polymath.ner.v1.EntityRecognitionServiceGrpc;
import dev.polymath.ner.v1.ExtractRecordsRequest;
import dev.polymath.ner.v1.ExtractRecordsResponse;
import dev.polymath.ner.v1.ListEntityTypesRequest;
import dev.polymath.ner.v1.ListEntityTypesResponse;
import dev.polymath.ner.v1.RecognizeEntitiesRequest;
import dev.polymath.ner.v1.RecognizeEntitiesResponse;
import dev.polymath.ner.v1.RecordsResult;
import dev.polymath.ner.v1.RedactEntitiesRequest;
import dev.polymath.ner.v1.RedactEntitiesResponse;
import dev.polymath.ner.v1.RedactionResult;
import dev.polymath.ner.v1.StreamRecognizeEntitiesRequest;
import dev.polymath.ner.v1.StreamRecognizeEntitiesResponse;
import dev.polymath.service.CommonMessages;
import dev.polymath.service.DocumentBatch;
import dev.polymath.service.GrpcCalls;
import dev.polymath.service.InHandlerParsing;
import dev.polymath.service.StreamHandler;
import dev.polymath.service.StreamOptions;
import dev.polymath.service.Violations;
import io.grpc.BindableService;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import jakarta.inject.Inject;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Named-entity recognition on the wire: checks a request, maps it, asks the recognizer, maps the answer. */
@GrpcService
class EntityRecognitionGrpcService implements EntityRecognitionServiceGrpc.AsyncService, BindableService {
    private final NerModels models;
    private final NerConfig config;
    private final GrpcCalls calls;

    @Inject
    EntityRecognitionGrpcService(NerModels models, NerConfig config, GrpcCalls calls) {
        this.models = models;
        this.config = config;
        this.calls = calls;
    }

    @Override
    public ServerServiceDefinition bindService() {
        return InHandlerParsing.of(EntityRecognitionServiceGrpc.bindService(this));
    }

    @Override
    public void recognizeEntities(
            RecognizeEntitiesRequest request, StreamObserver<RecognizeEntitiesResponse> observer) {
        calls.answer(observer, call -> {
            Violations violations = new Violations();
            NerRequest checked = NerRequest.of(request, models.get(request.getModel()), config, violations);
            violations.throwIfAny();
            return NerTask.recognize(request.getDocumentsList(), checked, call, new EntitiesMapper(checked))
                    .thenApply(answer -> RecognizeEntitiesResponse.newBuilder()
                            .addAllResults(answer.results())
                            .setOffsetUnit(CommonMessages.offsetUnit(checked.unit()))
                            .setReceipt(CommonMessages.receipt(
                                    answer.receipt(checked.model().noWork())))
                            .build());
        });
    }

    @Override
    public StreamObserver<StreamRecognizeEntitiesRequest> streamRecognizeEntities(
            StreamObserver<StreamRecognizeEntitiesResponse> observer) {
        return calls.stream(observer, EntityStream::new);
    }

    @Override
    public void redactEntities(RedactEntitiesRequest request, StreamObserver<RedactEntitiesResponse> observer) {
        calls.answer(observer, call -> {
            Violations violations = new Violations();
            NerRequest checked = NerRequest.of(request, models.get(request.getModel()), config, violations);
            RedactionPolicy policy = NerSettings.policy(request.getPolicy(), violations);
            violations.throwIfAny();
            EntityRedactor redactor = new EntityRedactor(policy);
            return NerTask.recognize(request.getDocumentsList(), checked, call, new RedactionMapper(checked, redactor))
                    .thenApply(answer -> RedactEntitiesResponse.newBuilder()
                            .addAllResults(answer.results())
                            .setOffsetUnit(CommonMessages.offsetUnit(checked.unit()))
                            .setReceipt(CommonMessages.receipt(
                                    answer.receipt(checked.model().noWork())))
                            .build());
        });
    }

    @Override
    public void extractRecords(ExtractRecordsRequest request, StreamObserver<ExtractRecordsResponse> observer) {
        calls.answer(observer, call -> {
            NerModel model = models.get(request.getModel());
            Violations violations = new Violations();
            NerRequest checked = NerRequest.of(request, model, config, violations);
            RecordSchema schema = NerSettings.schema(request.getSchema(), checked, violations);
            RecordExtractor extractor = schema == null
                    ? null
                    : violations.collect(
                            "", () -> new RecordExtractor(schema, request.getReferenceMap(), model.patient()));
            if (extractor == null) {
                throw violations.exception();
            }
            violations.throwIfAny();
            return NerTask.recognize(request.getDocumentsList(), checked, call, new RecordsMapper(checked, extractor))
                    .thenApply(answer -> ExtractRecordsResponse.newBuilder()
                            .addAllResults(answer.results())
                            .setOffsetUnit(CommonMessages.offsetUnit(checked.unit()))
                            .setReceipt(CommonMessages.receipt(
                                    answer.receipt(checked.model().noWork())))
                            .build());
        });
    }

    @Override
    public void listEntityTypes(ListEntityTypesRequest request, StreamObserver<ListEntityTypesResponse> observer) {
        calls.answer(observer, call -> {
            NerModel model = models.get(ModelRef.getDefaultInstance());
            return CompletableFuture.completedFuture(ListEntityTypesResponse.newBuilder()
                    .addAllEntityTypes(model.patient().entityTypes().stream()
                            .map(NerMessages::entityType)
                            .toList())
                    .setMaxDocuments(config.maxDocuments())
                    .setMaxCharacters(config.maxCharacters())
                    .addAllLanguageCodes(model.languages())
                    .build());
        });
    }

    /** The handler of one stream: the options first, if there are any, then documents. */
    private final class EntityStream
            implements StreamHandler<StreamRecognizeEntitiesRequest, StreamRecognizeEntitiesResponse> {
        private final Call call;
        private final StreamOptions<RecognizeEntitiesRequest, NerRequest> options =
                new StreamOptions<>(RecognizeEntitiesRequest.getDefaultInstance(), this::check);

        EntityStream(Call call) {
            this.call = call;
        }

        @Override
        public CompletionStage<StreamRecognizeEntitiesResponse> next(StreamRecognizeEntitiesRequest message) {
            return switch (message.getItemCase()) {
                case OPTIONS ->
                    options.set(message.getOptions(), message.getOptions().getDocumentsCount());
                case DOCUMENT -> recognize(message.getDocument(), options.get());
                case ITEM_NOT_SET -> throw StreamOptions.neither();
            };
        }

        private CompletionStage<StreamRecognizeEntitiesResponse> recognize(Document document, NerRequest checked) {
            return DocumentBatch.analyzeOne(
                            "document", document, new NerTask<>(checked, call, new EntitiesMapper(checked)))
                    .thenApply(answer -> StreamRecognizeEntitiesResponse.newBuilder()
                            .setResult(answer.results().get(0))
                            .setOffsetUnit(CommonMessages.offsetUnit(checked.unit()))
                            .setReceipt(CommonMessages.receipt(
                                    answer.receipt(checked.model().noWork())))
                            .build());
        }

        private NerRequest check(RecognizeEntitiesRequest request) {
            Violations violations = new Violations();
            NerRequest checked = NerRequest.ofOptions(request, models.get(request.getModel()), config, violations);
            violations.throwIfAny();
            return checked;
        }
    }

    private record RedactionMapper(NerRequest request, EntityRedactor redactor)
            implements NerTask.ResultMapper<RedactionResult> {
        @Override
        public RedactionResult found(Document document, Locale locale, Recognition recognition) {
            NerMessages messages = new NerMessages(document.getText(), request.unit());
            RedactedText redacted = redactor.redact(document.getText(), recognition.entities());
            return RedactionResult.newBuilder()
                    .setId(document.getId())
                    .setRedactedText(redacted.text())
                    .addAllEntities(messages.redactedEntities(redacted))
                    .setCoverage(messages.coverage(recognition.windows()))
                    .build();
        }

        @Override
        public RedactionResult failed(Document document, Status error) {
            return RedactionResult.newBuilder()
                    .setId(document.getId())
                    .setError(error)
                    .build();
        }
    }

    private record RecordsMapper(NerRequest request, RecordExtractor extractor)
            implements NerTask.ResultMapper<RecordsResult> {
        @Override
        public RecordsResult found(Document document, Locale locale, Recognition recognition) {
            NerMessages messages = new NerMessages(document.getText(), request.unit());
            return RecordsResult.newBuilder()
                    .setId(document.getId())
                    .addAllRecords(extractor.extract(document.getText(), locale, recognition.entities()).stream()
                            .map(messages::record)
                            .toList())
                    .setCoverage(messages.coverage(recognition.windows()))
                    .build();
        }

        @Override
        public RecordsResult failed(Document document, Status error) {
            return RecordsResult.newBuilder()
                    .setId(document.getId())
                    .setError(error)
                    .build();
        }
    }
}
