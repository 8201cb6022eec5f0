package dev.polymath.textanalytics.grpc;

import dev.polymath.common.v1.Document;
import dev.polymath.inference.Call;
import dev.polymath.inference.OffsetUnit;
import dev.polymath.service.CommonMessages;
import dev.polymath.service.LanguagesConfig;
import dev.polymath.service.Violations;
import dev.polymath.text.LanguageDetector;
import dev.polymath.textanalytics.grpc.CombinedTask.Part;
import dev.polymath.textanalytics.v1.AnalysisResult;
import dev.polymath.textanalytics.v1.AnalyzeTextRequest;
import dev.polymath.textanalytics.v1.AnswerQuestionRequest;
import dev.polymath.textanalytics.v1.ClassifyTextRequest;
import dev.polymath.textanalytics.v1.DetectLanguageRequest;
import dev.polymath.textanalytics.v1.EmbedTextRequest;
import dev.polymath.textanalytics.v1.ExtractKeyPhrasesRequest;
import dev.polymath.textanalytics.v1.Feature;
import dev.polymath.textanalytics.v1.SummarizeTextRequest;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;

/** Makes features of requests. Thread-safe. */
@ApplicationScoped
class FeatureRequests {
    private final TextModels models;
    private final TextAnalyticsConfig config;
    private final LanguageDetector detector;
    private final DocumentChecks checks;

    @Inject
    FeatureRequests(TextModels models, TextAnalyticsConfig config) {
        this.models = models;
        this.config = config;
        this.detector = LanguagesConfig.detector(config.languages());
        this.checks = new DocumentChecks(config, detector);
    }

    LanguageDetector detector() {
        return detector;
    }

    DocumentChecks checks() {
        return checks;
    }

    /** Begins to check a request with its documents as a whole. */
    Violations check(List<Document> documents) {
        Violations violations = new Violations();
        checks.limits().check(documents, violations);
        return violations;
    }

    /** The features of AnalyzeText; throws if something is wrong with the options. */
    CombinedTask combined(AnalyzeTextRequest request, Call call, Violations violations) {
        OffsetUnit unit = CommonMessages.offsetUnit(
                request.getOffsetUnit(), request.getOffsetUnitValue(), "offset_unit", violations);
        List<Part<?>> parts = new ArrayList<>();
        for (Feature feature : features(request, violations)) {
            switch (feature) {
                case FEATURE_SENTIMENT -> {
                    var options = request.getSentiment();
                    noDocuments(options.getDocumentsCount(), options.getOffsetUnitValue(), "sentiment.", violations);
                    parts.add(part(
                            SentimentFeature.of(options, "sentiment.", models, violations),
                            unit,
                            call,
                            AnalysisResult.Builder::setSentiment));
                }
                case FEATURE_CLASSIFICATION -> {
                    ClassifyTextRequest options = request.getClassification();
                    noDocuments(
                            options.getDocumentsCount(), options.getOffsetUnitValue(), "classification.", violations);
                    parts.add(part(
                            ClassificationFeature.of(options, "classification.", models, config, call, violations),
                            unit,
                            call,
                            AnalysisResult.Builder::setClassification));
                }
                case FEATURE_KEY_PHRASES -> {
                    ExtractKeyPhrasesRequest options = request.getKeyPhrases();
                    noDocuments(options.getDocumentsCount(), options.getOffsetUnitValue(), "key_phrases.", violations);
                    parts.add(part(
                            KeyPhrasesFeature.of(options, "key_phrases.", models, violations),
                            unit,
                            call,
                            AnalysisResult.Builder::setKeyPhrases));
                }
                case FEATURE_SUMMARY -> {
                    SummarizeTextRequest options = request.getSummary();
                    noDocuments(options.getDocumentsCount(), options.getOffsetUnitValue(), "summary.", violations);
                    parts.add(part(
                            SummaryFeature.of(options, "summary.", models, config, violations),
                            unit,
                            call,
                            AnalysisResult.Builder::setSummary));
                }
                case FEATURE_LANGUAGE -> {
                    DetectLanguageRequest options = request.getLanguage();
                    noDocuments(options.getDocumentsCount(), options.getOffsetUnitValue(), "language.", violations);
                    parts.add(part(
                            LanguageFeature.of(options, "language.", detector, violations),
                            unit,
                            call,
                            AnalysisResult.Builder::setLanguage));
                }
                case FEATURE_EMBEDDING -> {
                    EmbedTextRequest options = request.getEmbedding();
                    noDocuments(options.getDocumentsCount(), options.getOffsetUnitValue(), "embedding.", violations);
                    parts.add(part(
                            EmbeddingFeature.of(options, models), unit, call, AnalysisResult.Builder::setEmbedding));
                }
                case FEATURE_ANSWERS -> {
                    AnswerQuestionRequest options = request.getAnswers();
                    noDocuments(options.getDocumentsCount(), options.getOffsetUnitValue(), "answers.", violations);
                    parts.add(part(
                            AnswersFeature.of(options, "answers.", models, config, violations),
                            unit,
                            call,
                            AnalysisResult.Builder::setAnswers));
                }
                case FEATURE_THEMES, FEATURE_UNSPECIFIED, UNRECOGNIZED -> throw new IllegalStateException();
            }
        }
        violations.throwIfAny();
        return new CombinedTask(parts, checks, unit, call);
    }

    private <R> Part<R> part(
            TextFeature<R> feature, OffsetUnit unit, Call call, BiConsumer<AnalysisResult.Builder, R> place) {
        return new Part<>(new FeatureTask<>(feature, checks, unit, call), place);
    }

    private static Set<Feature> features(AnalyzeTextRequest request, Violations violations) {
        return features(
                request.getFeaturesValueList(),
                EnumSet.complementOf(
                        EnumSet.of(Feature.FEATURE_UNSPECIFIED, Feature.FEATURE_THEMES, Feature.UNRECOGNIZED)),
                "features",
                violations);
    }

    /** The features of a list; at least one must be there, and each must be allowed. */
    static Set<Feature> features(List<Integer> numbers, Set<Feature> allowed, String field, Violations violations) {
        Set<Feature> features = EnumSet.noneOf(Feature.class);
        if (numbers.isEmpty()) {
            violations.add(field, "0 features (expected: of " + allowed + ")");
        }
        for (int i = 0; i < numbers.size(); i++) {
            Feature feature = Feature.forNumber(numbers.get(i));
            if (feature == null || !allowed.contains(feature)) {
                violations.add(
                        field + "[" + i + "]",
                        (feature == null ? numbers.get(i) : feature) + " (expected: one of " + allowed + ")");
            } else {
                features.add(feature);
            }
        }
        return features;
    }

    /** Options of a feature of AnalyzeText, where what belongs to the whole request must be empty. */
    static void noDocuments(int documents, int offsetUnit, String path, Violations violations) {
        if (documents > 0) {
            violations.add(path + "documents", documents + " documents (expected: 0)");
        }
        if (offsetUnit != 0) {
            violations.add(path + "offset_unit", "set (expected: only in the request itself)");
        }
    }
}
