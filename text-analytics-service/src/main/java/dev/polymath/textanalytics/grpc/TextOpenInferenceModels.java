package dev.polymath.textanalytics.grpc;

import com.google.protobuf.Message;
import dev.polymath.common.v1.Document;
import dev.polymath.common.v1.ModelRef;
import dev.polymath.inference.Call;
import dev.polymath.inference.OffsetUnit;
import dev.polymath.service.DocumentBatch;
import dev.polymath.service.OpenInferenceModel;
import dev.polymath.service.TextInferenceModel;
import dev.polymath.service.Violations;
import dev.polymath.textanalytics.v1.AnalyzeSentimentRequest;
import dev.polymath.textanalytics.v1.ClassifyTextRequest;
import dev.polymath.textanalytics.v1.EmbedTextRequest;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;

/**
 * Over the Open Inference Protocol: texts in, for each an EmbeddingResult, SentimentResult or ClassificationResult out, with
 * the options of a request that says nothing but its model. Readers are not offered: they want a question too.
 */
@Dependent
class TextOpenInferenceModels {
    private final TextModels models;
    private final FeatureRequests requests;
    private final TextAnalyticsConfig config;

    @Inject
    TextOpenInferenceModels(TextModels models, FeatureRequests requests, TextAnalyticsConfig config) {
        this.models = models;
        this.requests = requests;
        this.config = config;
    }

    @Produces
    @Singleton
    OpenInferenceModel embeddings() {
        return new TextInferenceModel(
                models::encoders,
                "embedding",
                (model, documents, call) -> analyze(
                        documents,
                        call,
                        (violations, ref) -> EmbeddingFeature.of(
                                EmbedTextRequest.newBuilder().setModel(ref).build(), models),
                        model));
    }

    @Produces
    @Singleton
    OpenInferenceModel sentiments() {
        return new TextInferenceModel(
                models::sentiments,
                "sentiment",
                (model, documents, call) -> analyze(
                        documents,
                        call,
                        (violations, ref) -> SentimentFeature.of(
                                AnalyzeSentimentRequest.newBuilder()
                                        .setModel(ref)
                                        .build(),
                                "",
                                models,
                                violations),
                        model));
    }

    @Produces
    @Singleton
    OpenInferenceModel classifiers() {
        return new TextInferenceModel(
                models::classifiers,
                "classification",
                (model, documents, call) -> analyze(
                        documents,
                        call,
                        (violations, ref) -> ClassificationFeature.of(
                                ClassifyTextRequest.newBuilder().setModel(ref).build(),
                                "",
                                models,
                                config,
                                call,
                                violations),
                        model));
    }

    private <R extends Message> CompletionStage<List<R>> analyze(
            List<Document> documents,
            Call call,
            BiFunction<Violations, ModelRef, TextFeature<R>> feature,
            ModelRef model) {
        Violations violations = requests.check(documents);
        TextFeature<R> chosen = feature.apply(violations, model);
        violations.throwIfAny();
        return DocumentBatch.analyze(
                        "documents", documents, new FeatureTask<>(chosen, requests.checks(), OffsetUnit.UTF16, call))
                .thenApply(DocumentBatch.Answer::results);
    }
}
