package dev.polymath.textanalytics.grpc;

import dev.polymath.common.v1.Document;
import dev.polymath.common.v1.ModelRef;
import dev.polymath.common.v1.OffsetUnit;
import dev.polymath.inference.Call;
import dev.polymath.inference.Receipt;
import dev.polymath.service.CommonMessages;
import dev.polymath.service.DocumentBatch;
import dev.polymath.service.DocumentBatch.Answer;
import dev.polymath.service.GrpcCalls;
import dev.polymath.service.InHandlerParsing;
import dev.polymath.service.ModelSlot;
import dev.polymath.service.ModelVersion;
import dev.polymath.service.StreamOptions;
import dev.polymath.service.Violations;
import dev.polymath.textanalytics.grpc.TextModels.Hosted;
import dev.polymath.textanalytics.v1.AnalyzeCorpusRequest;
import dev.polymath.textanalytics.v1.AnalyzeCorpusResponse;
import dev.polymath.textanalytics.v1.AnalyzeSentimentRequest;
import dev.polymath.textanalytics.v1.AnalyzeSentimentResponse;
import dev.polymath.textanalytics.v1.AnalyzeTextRequest;
import dev.polymath.textanalytics.v1.AnalyzeTextResponse;
import dev.polymath.textanalytics.v1.AnswerQuestionRequest;
import dev.polymath.textanalytics.v1.AnswerQuestionResponse;
import dev.polymath.textanalytics.v1.AnsweredDocument;
import dev.polymath.textanalytics.v1.AnswersResult;
import dev.polymath.textanalytics.v1.ClassifyTextRequest;
import dev.polymath.textanalytics.v1.ClassifyTextResponse;
import dev.polymath.textanalytics.v1.CompareTextsRequest;
import dev.polymath.textanalytics.v1.CompareTextsResponse;
import dev.polymath.textanalytics.v1.DetectLanguageRequest;
import dev.polymath.textanalytics.v1.DetectLanguageResponse;
import dev.polymath.textanalytics.v1.EmbedTextRequest;
import dev.polymath.textanalytics.v1.EmbedTextResponse;
import dev.polymath.textanalytics.v1.ExtractKeyPhrasesRequest;
import dev.polymath.textanalytics.v1.ExtractKeyPhrasesResponse;
import dev.polymath.textanalytics.v1.Feature;
import dev.polymath.textanalytics.v1.FeatureInfo;
import dev.polymath.textanalytics.v1.ListFeaturesRequest;
import dev.polymath.textanalytics.v1.ListFeaturesResponse;
import dev.polymath.textanalytics.v1.StreamAnalyzeTextRequest;
import dev.polymath.textanalytics.v1.StreamAnalyzeTextResponse;
import dev.polymath.textanalytics.v1.SummarizeTextRequest;
import dev.polymath.textanalytics.v1.SummarizeTextResponse;
import dev.polymath.textanalytics.v1.TextAnalyticsServiceGrpc;
import dev.polymath.textanalytics.v1.TextPair;
import io.grpc.BindableService;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;

/** Text analytics on the wire: checks a request, maps it, asks the features, maps the answer. */
@GrpcService
class TextAnalyticsGrpcService implements TextAnalyticsServiceGrpc.AsyncService, BindableService {
    private final TextModels models;
    private final FeatureRequests requests;
    private final Corpora corpora;
    private final TextAnalyticsConfig config;
    private final GrpcCalls calls;

    @Inject
    TextAnalyticsGrpcService(
            TextModels models, FeatureRequests requests, Corpora corpora, TextAnalyticsConfig config, GrpcCalls calls) {
        this.models = models;
        this.requests = requests;
        this.corpora = corpora;
        this.config = config;
        this.calls = calls;
    }

    @Override
    public ServerServiceDefinition bindService() {
        return InHandlerParsing.of(TextAnalyticsServiceGrpc.bindService(this));
    }

    @Override
    public void analyzeSentiment(AnalyzeSentimentRequest request, StreamObserver<AnalyzeSentimentResponse> observer) {
        calls.answer(observer, call -> {
            Violations violations = requests.check(request.getDocumentsList());
            SentimentFeature feature = SentimentFeature.of(request, "", models, violations);
            return run(
                            request.getDocumentsList(),
                            feature,
                            unit(request.getOffsetUnit(), request.getOffsetUnitValue(), violations),
                            violations,
                            call)
                    .thenApply(answer -> AnalyzeSentimentResponse.newBuilder()
                            .addAllResults(answer.results())
                            .setOffsetUnit(echo(request.getOffsetUnit()))
                            .setReceipt(receipt(answer, feature.model()))
                            .build());
        });
    }

    @Override
    public void classifyText(ClassifyTextRequest request, StreamObserver<ClassifyTextResponse> observer) {
        calls.answer(observer, call -> {
            Violations violations = requests.check(request.getDocumentsList());
            ClassificationFeature feature = ClassificationFeature.of(request, "", models, config, call, violations);
            return run(
                            request.getDocumentsList(),
                            feature,
                            unit(request.getOffsetUnit(), request.getOffsetUnitValue(), violations),
                            violations,
                            call)
                    .thenApply(answer -> ClassifyTextResponse.newBuilder()
                            .addAllResults(answer.results())
                            .setOffsetUnit(echo(request.getOffsetUnit()))
                            .setReceipt(CommonMessages.receipt(answer.receipt(feature.noWork())))
                            .build());
        });
    }

    @Override
    public void extractKeyPhrases(
            ExtractKeyPhrasesRequest request, StreamObserver<ExtractKeyPhrasesResponse> observer) {
        calls.answer(observer, call -> {
            Violations violations = requests.check(request.getDocumentsList());
            KeyPhrasesFeature feature = KeyPhrasesFeature.of(request, "", models, violations);
            return run(
                            request.getDocumentsList(),
                            feature,
                            unit(request.getOffsetUnit(), request.getOffsetUnitValue(), violations),
                            violations,
                            call)
                    .thenApply(answer -> ExtractKeyPhrasesResponse.newBuilder()
                            .addAllResults(answer.results())
                            .setOffsetUnit(echo(request.getOffsetUnit()))
                            .setReceipt(receipt(answer, feature.model()))
                            .build());
        });
    }

    @Override
    public void summarizeText(SummarizeTextRequest request, StreamObserver<SummarizeTextResponse> observer) {
        calls.answer(observer, call -> {
            Violations violations = requests.check(request.getDocumentsList());
            SummaryFeature feature = SummaryFeature.of(request, "", models, config, violations);
            return run(
                            request.getDocumentsList(),
                            feature,
                            unit(request.getOffsetUnit(), request.getOffsetUnitValue(), violations),
                            violations,
                            call)
                    .thenApply(answer -> SummarizeTextResponse.newBuilder()
                            .addAllResults(answer.results())
                            .setOffsetUnit(echo(request.getOffsetUnit()))
                            .setReceipt(receipt(answer, feature.model()))
                            .build());
        });
    }

    @Override
    public void detectLanguage(DetectLanguageRequest request, StreamObserver<DetectLanguageResponse> observer) {
        calls.answer(observer, call -> {
            Violations violations = requests.check(request.getDocumentsList());
            LanguageFeature feature = LanguageFeature.of(request, "", requests.detector(), violations);
            return run(
                            request.getDocumentsList(),
                            feature,
                            unit(request.getOffsetUnit(), request.getOffsetUnitValue(), violations),
                            violations,
                            call)
                    .thenApply(answer -> DetectLanguageResponse.newBuilder()
                            .addAllResults(answer.results())
                            .setOffsetUnit(echo(request.getOffsetUnit()))
                            .build());
        });
    }

    @Override
    public void embedText(EmbedTextRequest request, StreamObserver<EmbedTextResponse> observer) {
        calls.answer(observer, call -> {
            Violations violations = requests.check(request.getDocumentsList());
            EmbeddingFeature feature = EmbeddingFeature.of(request, models);
            return run(
                            request.getDocumentsList(),
                            feature,
                            unit(request.getOffsetUnit(), request.getOffsetUnitValue(), violations),
                            violations,
                            call)
                    .thenApply(answer -> EmbedTextResponse.newBuilder()
                            .addAllResults(answer.results())
                            .setOffsetUnit(echo(request.getOffsetUnit()))
                            .setReceipt(receipt(answer, feature.model()))
                            .build());
        });
    }

    @Override
    public void compareTexts(CompareTextsRequest request, StreamObserver<CompareTextsResponse> observer) {
        calls.answer(observer, call -> {
            Violations violations = new Violations();
            requests.checks().limits().check("pairs", request.getPairsList(), TextPair::getId, violations);
            violations.throwIfAny();
            Hosted<TextModels.Encoder> model = models.encoder(request.getModel());
            return DocumentBatch.analyze(
                            "pairs", request.getPairsList(), new ComparisonTask(model, requests.checks(), call))
                    .thenApply(answer -> CompareTextsResponse.newBuilder()
                            .addAllResults(answer.results())
                            .setReceipt(receipt(answer, model))
                            .build());
        });
    }

    @Override
    public void answerQuestion(AnswerQuestionRequest request, StreamObserver<AnswerQuestionResponse> observer) {
        calls.answer(observer, call -> {
            Violations violations = requests.check(request.getDocumentsList());
            AnswersFeature feature = AnswersFeature.of(request, "", models, config, violations);
            return run(
                            request.getDocumentsList(),
                            feature,
                            unit(request.getOffsetUnit(), request.getOffsetUnitValue(), violations),
                            violations,
                            call)
                    .thenApply(answer -> merge(request.getDocumentsList(), answer.results(), feature.topK())
                            .setOffsetUnit(echo(request.getOffsetUnit()))
                            .setReceipt(receipt(answer, feature.model()))
                            .build());
        });
    }

    /** The best answers of all documents. */
    private static AnswerQuestionResponse.Builder merge(
            List<Document> documents, List<AnswersResult> results, int topK) {
        AnswerQuestionResponse.Builder response =
                AnswerQuestionResponse.newBuilder().setNoAnswerScore(1);
        List<dev.polymath.textanalytics.v1.Answer> answers = new ArrayList<>();
        for (int i = 0; i < results.size(); i++) {
            int index = i;
            AnswersResult result = results.get(i);
            result.getAnswersList()
                    .forEach(answer -> answers.add(
                            answer.toBuilder().setDocumentIndex(index).build()));
            AnsweredDocument.Builder document =
                    AnsweredDocument.newBuilder().setId(documents.get(i).getId());
            if (result.hasError()) {
                document.setError(result.getError());
            } else {
                document.setNoAnswerScore(result.getNoAnswerScore()).setCoverage(result.getCoverage());
                response.setNoAnswerScore(Math.min(response.getNoAnswerScore(), result.getNoAnswerScore()));
            }
            response.addDocuments(document);
        }
        answers.stream()
                .sorted(Comparator.comparingDouble(dev.polymath.textanalytics.v1.Answer::getConfidence)
                        .reversed())
                .limit(topK)
                .forEach(response::addAnswers);
        return response;
    }

    @Override
    public void analyzeText(AnalyzeTextRequest request, StreamObserver<AnalyzeTextResponse> observer) {
        calls.answer(observer, call -> {
            Violations violations = requests.check(request.getDocumentsList());
            CombinedTask task = requests.combined(request, call, violations);
            return DocumentBatch.analyze("documents", request.getDocumentsList(), task)
                    .thenApply(answer -> AnalyzeTextResponse.newBuilder()
                            .addAllResults(answer.results())
                            .setOffsetUnit(CommonMessages.offsetUnit(task.unit()))
                            .addAllReceipts(receipts(answer.receipts()))
                            .build());
        });
    }

    @Override
    public StreamObserver<StreamAnalyzeTextRequest> streamAnalyzeText(
            StreamObserver<StreamAnalyzeTextResponse> observer) {
        return calls.stream(observer, call -> {
            StreamOptions<AnalyzeTextRequest, CombinedTask> options =
                    new StreamOptions<>(AnalyzeTextRequest.getDefaultInstance(), request -> {
                        Violations violations = new Violations();
                        return requests.combined(request, call, violations);
                    });
            return message -> switch (message.getItemCase()) {
                case OPTIONS ->
                    options.set(message.getOptions(), message.getOptions().getDocumentsCount());
                case DOCUMENT -> stream(message.getDocument(), options.get());
                case ITEM_NOT_SET -> throw StreamOptions.neither();
            };
        });
    }

    private static CompletionStage<StreamAnalyzeTextResponse> stream(Document document, CombinedTask task) {
        return DocumentBatch.analyzeOne("document", document, task)
                .thenApply(answer -> StreamAnalyzeTextResponse.newBuilder()
                        .setResult(answer.results().get(0))
                        .setOffsetUnit(CommonMessages.offsetUnit(task.unit()))
                        .addAllReceipts(receipts(answer.receipts()))
                        .build());
    }

    @Override
    public StreamObserver<AnalyzeCorpusRequest> analyzeCorpus(StreamObserver<AnalyzeCorpusResponse> observer) {
        return calls.stream(observer, corpora::open);
    }

    @Override
    public void listFeatures(ListFeaturesRequest request, StreamObserver<ListFeaturesResponse> observer) {
        calls.answer(observer, call -> {
            List<String> emotions = models.sentiments().isEmpty()
                    ? List.of()
                    : models.sentiment(ModelRef.getDefaultInstance()).patient().emotionLabels();
            ListFeaturesResponse.Builder response = ListFeaturesResponse.newBuilder()
                    .setMaxDocuments(config.maxDocuments())
                    .setMaxCharacters(config.maxCharacters())
                    .setMaxLabels(config.maxLabels())
                    .setMaxQuestionCharacters(config.maxQuestionCharacters())
                    .setMaxCorpusDocuments(config.maxCorpusDocuments());
            add(response, Feature.FEATURE_SENTIMENT, models.sentiments(), emotions);
            add(
                    response,
                    Feature.FEATURE_CLASSIFICATION,
                    Stream.concat(models.encoders().stream(), models.classifiers().stream())
                            .toList(),
                    List.of());
            for (Feature feature : List.of(
                    Feature.FEATURE_KEY_PHRASES,
                    Feature.FEATURE_SUMMARY,
                    Feature.FEATURE_EMBEDDING,
                    Feature.FEATURE_THEMES)) {
                add(response, feature, models.encoders(), List.of());
            }
            add(response, Feature.FEATURE_ANSWERS, models.readers(), List.of());
            response.addFeatures(FeatureInfo.newBuilder()
                    .setFeature(Feature.FEATURE_LANGUAGE)
                    .addAllLanguageCodes(
                            requests.detector().languages().stream().sorted().toList()));
            return CompletableFuture.completedFuture(response.build());
        });
    }

    private static void add(
            ListFeaturesResponse.Builder response,
            Feature feature,
            List<? extends ModelSlot<?>> slots,
            List<String> labels) {
        if (slots.isEmpty()) {
            return;
        }
        FeatureInfo.Builder info = FeatureInfo.newBuilder().setFeature(feature).addAllLabels(labels);
        List<? extends ModelVersion<?>> versions =
                slots.stream().map(ModelSlot::current).toList();
        versions.forEach(version -> info.addModels(version.ref()));
        versions.stream()
                .flatMap(version -> version.languages().stream())
                .distinct()
                .forEach(info::addLanguageCodes);
        response.addFeatures(info);
    }

    private <R> CompletableFuture<Answer<R>> run(
            List<Document> documents,
            TextFeature<R> feature,
            dev.polymath.inference.OffsetUnit unit,
            Violations violations,
            Call call) {
        violations.throwIfAny();
        return DocumentBatch.analyze("documents", documents, new FeatureTask<>(feature, requests.checks(), unit, call));
    }

    private static dev.polymath.inference.OffsetUnit unit(OffsetUnit unit, int number, Violations violations) {
        return CommonMessages.offsetUnit(unit, number, "offset_unit", violations);
    }

    /** The unit of the answer to a request with this, valid, one. */
    private static OffsetUnit echo(OffsetUnit unit) {
        return unit == OffsetUnit.OFFSET_UNIT_UNSPECIFIED ? OffsetUnit.OFFSET_UNIT_UTF16 : unit;
    }

    private static dev.polymath.common.v1.Receipt receipt(Answer<?> answer, Hosted<?> model) {
        return CommonMessages.receipt(answer.receipt(model.noWork()));
    }

    static List<dev.polymath.common.v1.Receipt> receipts(List<Receipt> receipts) {
        return receipts.stream().map(CommonMessages::receipt).toList();
    }
}
