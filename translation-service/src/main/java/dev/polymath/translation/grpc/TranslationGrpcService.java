package dev.polymath.translation.grpc;

import com.google.rpc.Status;
import dev.polymath.common.v1.Document;
import dev.polymath.common.v1.LanguageResult;
import dev.polymath.common.v1.ModelRef;
import dev.polymath.inference.OffsetUnit;
import dev.polymath.inference.OffsetUnitConverter;
import dev.polymath.inference.Receipt;
import dev.polymath.service.CommonMessages;
import dev.polymath.service.DocumentBatch;
import dev.polymath.service.DocumentBatch.Analyzed;
import dev.polymath.service.GrpcCalls;
import dev.polymath.service.InHandlerParsing;
import dev.polymath.service.LanguageMessages;
import dev.polymath.service.Violations;
import dev.polymath.service.WorkerThreads;
import dev.polymath.translation.TextTranslator;
import dev.polymath.translation.v1.DetectLanguageRequest;
import dev.polymath.translation.v1.DetectLanguageResponse;
import dev.polymath.translation.v1.ListLanguagesRequest;
import dev.polymath.translation.v1.ListLanguagesResponse;
import dev.polymath.translation.v1.StreamTranslateTextRequest;
import dev.polymath.translation.v1.StreamTranslateTextResponse;
import dev.polymath.translation.v1.TranslateDocumentRequest;
import dev.polymath.translation.v1.TranslateDocumentResponse;
import dev.polymath.translation.v1.TranslateTextRequest;
import dev.polymath.translation.v1.TranslateTextResponse;
import dev.polymath.translation.v1.TranslationServiceGrpc;
import io.grpc.BindableService;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import jakarta.inject.Inject;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;

/** Translation on the wire: checks a request, maps it, asks the translator, maps the answer. */
@GrpcService
class TranslationGrpcService implements TranslationServiceGrpc.AsyncService, BindableService {
    private final TranslationModels models;
    private final LanguageChecks checks;
    private final TranslationConfig config;
    private final GrpcCalls calls;
    private final Executor later;
    private final TextTranslator translator;

    @Inject
    TranslationGrpcService(TranslationModels models, LanguageChecks checks, TranslationConfig config, GrpcCalls calls) {
        this.models = models;
        this.checks = checks;
        this.config = config;
        this.calls = calls;
        // takes every task: each belongs to a call that has been admitted
        this.later = WorkerThreads.pool("later", config.laterThreads(), new LinkedBlockingQueue<>());
        this.translator = new TextTranslator(later);
    }

    @Override
    public ServerServiceDefinition bindService() {
        return InHandlerParsing.of(TranslationServiceGrpc.bindService(this));
    }

    @Override
    public void translateText(TranslateTextRequest request, StreamObserver<TranslateTextResponse> observer) {
        calls.answer(observer, call -> {
            Violations violations = new Violations();
            checks.limits().check(request.getDocumentsList(), violations);
            TranslationOptions options = TranslationOptions.of(request, models, config, violations);
            violations.throwIfAny();
            return DocumentBatch.analyze(
                            "documents",
                            request.getDocumentsList(),
                            new TranslationTask(options, checks, translator, call))
                    .thenApply(answer -> TranslateTextResponse.newBuilder()
                            .addAllResults(answer.results())
                            .setReceipt(TranslationMessages.receipt(answer.receipts(), options))
                            .addAllFurtherReceipts(TranslationMessages.furtherReceipts(answer.receipts()))
                            .build());
        });
    }

    @Override
    public StreamObserver<StreamTranslateTextRequest> streamTranslateText(
            StreamObserver<StreamTranslateTextResponse> observer) {
        return calls.stream(
                observer,
                call -> new TranslationStream(call, checks, translator, later, request -> {
                    Violations violations = new Violations();
                    TranslationOptions options = TranslationOptions.of(request, models, config, violations);
                    violations.throwIfAny();
                    return options;
                }));
    }

    @Override
    public void translateDocument(
            TranslateDocumentRequest request, StreamObserver<TranslateDocumentResponse> observer) {
        calls.answer(observer, call -> {
            Violations violations = new Violations();
            DocumentTranslation file = DocumentTranslation.of(request, config, violations);
            TranslationOptions options =
                    TranslationOptions.of(request, file.kind().format(), models, config, violations);
            violations.throwIfAny();
            PreparedDocument prepared = new TranslationTask(options, checks, translator, call)
                    .prepare(file.document(), "content", "source_language_code", false);
            prepared.submit();
            return prepared.result().thenApply(analyzed -> {
                List<Receipt> receipts = DocumentBatch.mergeByModel(analyzed.receipts());
                return file.response(analyzed.result())
                        .setReceipt(TranslationMessages.receipt(receipts, options))
                        .addAllFurtherReceipts(TranslationMessages.furtherReceipts(receipts))
                        .build();
            });
        });
    }

    @Override
    public void detectLanguage(DetectLanguageRequest request, StreamObserver<DetectLanguageResponse> observer) {
        calls.answer(observer, call -> {
            Violations violations = new Violations();
            checks.limits().check(request.getDocumentsList(), violations);
            if (request.getTopK() < 0) {
                violations.add("top_k", request.getTopK() + " (expected: >= 0)");
            }
            OffsetUnit unit = CommonMessages.offsetUnit(
                    request.getOffsetUnit(), request.getOffsetUnitValue(), "offset_unit", violations);
            violations.throwIfAny();
            return DocumentBatch.analyze(
                            "documents",
                            request.getDocumentsList(),
                            new Detection(Math.max(1, request.getTopK()), unit))
                    .thenApply(answer -> DetectLanguageResponse.newBuilder()
                            .addAllResults(answer.results())
                            .setOffsetUnit(CommonMessages.offsetUnit(unit))
                            .build());
        });
    }

    @Override
    public void listLanguages(ListLanguagesRequest request, StreamObserver<ListLanguagesResponse> observer) {
        calls.answer(
                observer,
                call -> CompletableFuture.completedFuture(ListLanguagesResponse.newBuilder()
                        .addAllPairs(models.routes(ModelRef.getDefaultInstance()).all().stream()
                                .map(TranslationMessages::pair)
                                .toList())
                        .addAllDetectedLanguageCodes(
                                checks.detector().languages().stream().sorted().toList())
                        .setMaxDocuments(config.maxDocuments())
                        .setMaxCharacters(config.maxCharacters())
                        .setMaxTargets(config.maxTargets())
                        .setMaxTerms(config.maxTerms())
                        .setMaxAlternatives(config.maxAlternatives())
                        .setMaxBeamSize(config.maxBeamSize())
                        .build()));
    }

    /** The language of each document. */
    private final class Detection implements DocumentBatch.Task<Document, LanguageResult> {
        private final int topK;
        private final OffsetUnit unit;

        Detection(int topK, OffsetUnit unit) {
            this.topK = topK;
            this.unit = unit;
        }

        @Override
        public CompletionStage<Analyzed<LanguageResult>> analyze(Document document, String path, boolean patient) {
            Violations violations = new Violations();
            checks.limits().checkText(document.getText(), path + ".text", violations);
            violations.throwIfAny();
            LanguageResult result = LanguageMessages.result(
                    document.getId(),
                    OffsetUnitConverter.of(document.getText(), unit),
                    checks.detector().detect(document.getText(), topK));
            return CompletableFuture.completedFuture(new Analyzed<>(result, List.of()));
        }

        @Override
        public LanguageResult failed(Document document, Status error) {
            return LanguageResult.newBuilder()
                    .setId(document.getId())
                    .setError(error)
                    .build();
        }
    }
}
