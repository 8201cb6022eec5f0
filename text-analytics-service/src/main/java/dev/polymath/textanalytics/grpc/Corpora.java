package dev.polymath.textanalytics.grpc;

import dev.polymath.common.v1.ModelRef;
import dev.polymath.inference.Call;
import dev.polymath.inference.InferenceException;
import dev.polymath.inference.InferenceException.Kind;
import dev.polymath.service.Checks;
import dev.polymath.service.StreamHandler;
import dev.polymath.service.Violations;
import dev.polymath.textanalytics.corpus.CorpusAnalyzer;
import dev.polymath.textanalytics.v1.AnalyzeCorpusRequest;
import dev.polymath.textanalytics.v1.AnalyzeCorpusResponse;
import dev.polymath.textanalytics.v1.CorpusOptions;
import dev.polymath.textanalytics.v1.Feature;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;

/** The collections that are being analyzed: so many at a time, as each takes memory until its report. Thread-safe. */
@ApplicationScoped
class Corpora {
    private static final Set<Feature> ALLOWED = EnumSet.of(
            Feature.FEATURE_THEMES, Feature.FEATURE_SENTIMENT, Feature.FEATURE_LANGUAGE, Feature.FEATURE_KEY_PHRASES);
    private static final Set<Feature> DEFAULT =
            EnumSet.of(Feature.FEATURE_THEMES, Feature.FEATURE_LANGUAGE, Feature.FEATURE_KEY_PHRASES);
    private static final int DEFAULT_THEMES = 10;
    private static final int MOST_THEMES = 100;
    private static final int DEFAULT_ITEMS = 20;
    private static final int MOST_ITEMS = 1000;
    private static final double DEFAULT_SIMILARITY = 0.8;

    private final TextModels models;
    private final FeatureRequests requests;
    private final TextAnalyticsConfig config;
    private final Semaphore free;

    @Inject
    Corpora(TextModels models, FeatureRequests requests, TextAnalyticsConfig config) {
        this.models = models;
        this.requests = requests;
        this.config = config;
        this.free = new Semaphore(config.maxCorpora());
    }

    /** The handler of a stream with one collection. */
    StreamHandler<AnalyzeCorpusRequest, AnalyzeCorpusResponse> open(Call call) {
        AtomicBoolean holds = new AtomicBoolean();
        return new CorpusStream(
                options -> {
                    CorpusPlan plan = plan(options);
                    if (!free.tryAcquire()) {
                        throw new InferenceException(
                                Kind.OVERLOADED,
                                "corpora: " + config.maxCorpora() + " are being analyzed (expected: fewer; try later)");
                    }
                    holds.set(true);
                    return plan;
                },
                requests.checks(),
                config.maxCorpusDocuments(),
                call,
                () -> {
                    if (holds.compareAndSet(true, false)) {
                        free.release();
                    }
                });
    }

    /** What to do with each document; throws if something is wrong with the options. */
    private CorpusPlan plan(CorpusOptions options) {
        Violations violations = new Violations();
        Set<Feature> features = options.getFeaturesCount() == 0
                ? DEFAULT
                : FeatureRequests.features(options.getFeaturesValueList(), ALLOWED, "options.features", violations);
        Checks.confidence(options.getDuplicateSimilarity(), "options.duplicate_similarity", violations);
        int themes =
                Checks.count(options.getMaxThemes(), DEFAULT_THEMES, MOST_THEMES, "options.max_themes", violations);
        int items = Checks.count(options.getMaxItems(), DEFAULT_ITEMS, MOST_ITEMS, "options.max_items", violations);
        violations.throwIfAny();
        ModelRef defaults = ModelRef.getDefaultInstance();
        boolean withThemes = features.contains(Feature.FEATURE_THEMES);
        return new CorpusPlan(
                new CorpusAnalyzer.Options(
                        withThemes,
                        features.contains(Feature.FEATURE_KEY_PHRASES),
                        themes,
                        options.getDuplicateSimilarity() == 0 ? DEFAULT_SIMILARITY : options.getDuplicateSimilarity(),
                        items),
                withThemes ? models.encoder(defaults) : null,
                features.contains(Feature.FEATURE_SENTIMENT) ? models.sentiment(defaults) : null,
                features.contains(Feature.FEATURE_LANGUAGE) ? requests.detector() : null);
    }
}
