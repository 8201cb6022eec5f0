package dev.polymath.vision.grpc;

import dev.polymath.common.v1.ErrorReason;
import dev.polymath.common.v1.ModelRef;
import dev.polymath.inference.DetectionOptions;
import dev.polymath.inference.GenerationOptions;
import dev.polymath.inference.Receipt;
import dev.polymath.service.Checks;
import dev.polymath.service.DocumentLimits;
import dev.polymath.service.Violations;
import dev.polymath.vision.CaptioningModel;
import dev.polymath.vision.DetectionModel;
import dev.polymath.vision.ImagePlan;
import dev.polymath.vision.TaggingModel;
import dev.polymath.vision.grpc.VisionModels.Hosted;
import dev.polymath.vision.v1.AnalyzeImageRequest;
import dev.polymath.vision.v1.AnnotateImageRequest;
import dev.polymath.vision.v1.CaptionImageRequest;
import dev.polymath.vision.v1.DetectObjectsRequest;
import dev.polymath.vision.v1.Feature;
import dev.polymath.vision.v1.TagOptions;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What requests ask for beside their images, checked. Thread-safe. */
@ApplicationScoped
class VisionPlans {
    /** Labels that a message lists before it points to ListLabels. */
    private static final int LISTED = 100;

    private static final int MIN_ANNOTATED_SIDE = 64;
    private static final double MIN_TAG_CONFIDENCE = 0.1;
    private static final int TAGS = 5;

    private final VisionModels models;
    private final VisionConfig.Limits limits;

    @Inject
    VisionPlans(VisionModels models, VisionConfig config) {
        this.models = models;
        this.limits = config.limits();
    }

    /**
     * A plan, checked.
     *
     * @param languageCode that captions are in; empty if there are none, or their language is not known
     * @param noWork the receipts if no image reaches a model, in the order in which receipts are sent
     */
    record Checked(ImagePlan plan, String languageCode, List<Receipt> noWork) {}

    /** Finds out what a request asks for; what is wrong is a violation, and the plan is not for use then. */
    Checked detection(DetectObjectsRequest request, Violations violations) {
        Hosted<DetectionModel> detector = models.detector(request.getModel());
        DetectionOptions options = options(request, detector.model(), "", violations);
        return new Checked(
                new ImagePlan(new ImagePlan.Objects(detector.model(), options), null, null, 0),
                "",
                List.of(detector.noWork()));
    }

    /** As {@link #detection}. */
    Checked annotation(AnnotateImageRequest request, Violations violations) {
        Hosted<DetectionModel> detector = models.detector(request.getModel());
        DetectObjectsRequest.Builder detection = DetectObjectsRequest.newBuilder()
                .setMaxResults(request.getMaxResults())
                .addAllLabels(request.getLabelsList());
        if (request.hasMinConfidence()) {
            detection.setMinConfidence(request.getMinConfidence());
        }
        if (request.hasIouThreshold()) {
            detection.setIouThreshold(request.getIouThreshold());
        }
        DetectionOptions options = options(detection.build(), detector.model(), "", violations);
        int side = request.getMaxSide();
        if (side != 0 && (side < MIN_ANNOTATED_SIDE || side > limits.maxAnnotatedSide())) {
            violations.add(
                    "max_side",
                    side + " (expected: " + MIN_ANNOTATED_SIDE + " to " + limits.maxAnnotatedSide() + ", or 0)");
        }
        return new Checked(
                new ImagePlan(
                        new ImagePlan.Objects(detector.model(), options),
                        null,
                        null,
                        side <= 0 ? limits.maxAnnotatedSide() : side),
                "",
                List.of(detector.noWork()));
    }

    /** As {@link #detection}. */
    Checked caption(CaptionImageRequest request, Violations violations) {
        Hosted<CaptioningModel> captioner = models.captioner(request.getModel());
        String language = language(request, captioner.model(), "", violations);
        ImagePlan.Captions captions = captions(request, captioner.model(), language, "", violations);
        Hosted<DetectionModel> detector = captions.maxRegions() > 0 ? regionDetector() : null;
        ImagePlan.Objects objects = detector == null
                ? null
                : new ImagePlan.Objects(
                        detector.model(), withMaxResults(detector.model().defaults(), captions.maxRegions()));
        return new Checked(
                new ImagePlan(objects, captions, null, 0),
                language,
                detector == null ? List.of(captioner.noWork()) : List.of(captioner.noWork(), detector.noWork()));
    }

    /** As {@link #detection}. */
    Checked analysis(AnalyzeImageRequest request, Violations violations) {
        Set<Feature> features = features(request, violations);
        ImagePlan.Objects objects = null;
        ImagePlan.Captions captions = null;
        ImagePlan.Tags tags = null;
        String language = "";
        List<Receipt> noWork = new ArrayList<>();
        noImages(request.getObjects().getImagesCount(), "objects", violations);
        noImages(request.getCaption().getImagesCount(), "caption", violations);
        if (features.contains(Feature.FEATURE_OBJECTS)) {
            Hosted<DetectionModel> detector =
                    models.detector(request.getObjects().getModel());
            objects = new ImagePlan.Objects(
                    detector.model(), options(request.getObjects(), detector.model(), "objects.", violations));
            noWork.add(detector.noWork());
        }
        if (features.contains(Feature.FEATURE_CAPTION)) {
            Hosted<CaptioningModel> captioner =
                    models.captioner(request.getCaption().getModel());
            language = language(request.getCaption(), captioner.model(), "caption.", violations);
            captions = captions(request.getCaption(), captioner.model(), language, "caption.", violations);
            if (captions.maxRegions() > 0 && objects == null) {
                Hosted<DetectionModel> detector = regionDetector();
                objects = new ImagePlan.Objects(
                        detector.model(), withMaxResults(detector.model().defaults(), captions.maxRegions()));
                noWork.add(detector.noWork());
            }
            noWork.add(captioner.noWork());
        }
        if (features.contains(Feature.FEATURE_TAGS)) {
            Hosted<TaggingModel> tagger = models.tagger(request.getTags().getModel());
            tags = tags(request.getTags(), tagger.model(), "tags.", violations);
            noWork.add(tagger.noWork());
        }
        return new Checked(new ImagePlan(objects, captions, tags, 0), language, noWork);
    }

    private Set<Feature> features(AnalyzeImageRequest request, Violations violations) {
        Set<Feature> features = EnumSet.noneOf(Feature.class);
        for (int i = 0; i < request.getFeaturesCount(); i++) {
            Feature feature = request.getFeatures(i);
            if (feature == Feature.UNRECOGNIZED || feature == Feature.FEATURE_UNSPECIFIED) {
                violations.add(
                        "features[" + i + "]",
                        request.getFeaturesValue(i) + " (expected: one of "
                                + Arrays.stream(Feature.values())
                                        .filter(each ->
                                                each != Feature.UNRECOGNIZED && each != Feature.FEATURE_UNSPECIFIED)
                                        .map(each -> each.name().substring("FEATURE_".length()))
                                        .collect(Collectors.joining(", "))
                                + ")");
            } else {
                features.add(feature);
            }
        }
        if (request.getFeaturesCount() > 0) {
            return features;
        }
        if (!models.detectors().isEmpty()) {
            features.add(Feature.FEATURE_OBJECTS);
        }
        if (!models.captioners().isEmpty()) {
            features.add(Feature.FEATURE_CAPTION);
        }
        if (!models.taggers().isEmpty()) {
            features.add(Feature.FEATURE_TAGS);
        }
        if (features.isEmpty()) {
            models.detector(ModelRef.getDefaultInstance()); // says that there is none
        }
        return features;
    }

    private static void noImages(int images, String field, Violations violations) {
        if (images > 0) {
            violations.add(field + ".images", images + " images (expected: 0)");
        }
    }

    private Hosted<DetectionModel> regionDetector() {
        return models.detector(ModelRef.getDefaultInstance());
    }

    private DetectionOptions options(
            DetectObjectsRequest request, DetectionModel model, String path, Violations violations) {
        DetectionOptions defaults = model.defaults();
        double minConfidence = request.hasMinConfidence() ? request.getMinConfidence() : defaults.minConfidence();
        Checks.confidence(minConfidence, path + "min_confidence", violations);
        double iouThreshold = request.hasIouThreshold() ? request.getIouThreshold() : defaults.iouThreshold();
        Checks.confidence(iouThreshold, path + "iou_threshold", violations);
        int maxResults = Checks.count(
                request.getMaxResults(),
                Math.min(defaults.maxResults(), limits.maxResults()),
                limits.maxResults(),
                path + "max_results",
                violations);
        Set<String> known = Set.copyOf(model.labels());
        for (int i = 0; i < request.getLabelsCount(); i++) {
            if (!known.contains(request.getLabels(i))) {
                violations.add(
                        path + "labels[" + i + "]",
                        Violations.quote(request.getLabels(i)) + " (expected: " + expected(model.labels()) + ")");
            }
        }
        if (!violations.isEmpty()) {
            return defaults;
        }
        return new DetectionOptions(minConfidence, maxResults, iouThreshold, new HashSet<>(request.getLabelsList()));
    }

    private static String expected(List<String> labels) {
        return labels.size() <= LISTED
                ? "one of " + String.join(", ", labels)
                : "one of the " + labels.size() + " labels that ListLabels has";
    }

    private static DetectionOptions withMaxResults(DetectionOptions options, int maxResults) {
        return new DetectionOptions(options.minConfidence(), maxResults, options.iouThreshold(), options.labels());
    }

    private static String language(
            CaptionImageRequest request, CaptioningModel model, String path, Violations violations) {
        String field = path + "language_code";
        String code = request.getLanguageCode();
        if (code.isEmpty()) {
            return model.languages().isEmpty() ? "" : model.languages().get(0);
        }
        if (model.languages().isEmpty()) {
            violations.add(
                    ErrorReason.ERROR_REASON_UNSUPPORTED_LANGUAGE,
                    field,
                    Violations.quote(code) + " (expected: empty, as the model does not say which language it writes)");
            return "";
        }
        Optional<Locale> locale = DocumentLimits.locale(code, model.languages(), field, violations);
        return locale.map(Locale::getLanguage).orElse("");
    }

    private ImagePlan.Captions captions(
            CaptionImageRequest request, CaptioningModel model, String language, String path, Violations violations) {
        int alternatives =
                Checks.count(request.getAlternatives(), 0, limits.maxAlternatives(), path + "alternatives", violations);
        int beamSize = Checks.count(request.getBeamSize(), 0, limits.maxBeamSize(), path + "beam_size", violations);
        if (beamSize > 0 && alternatives >= beamSize) {
            violations.add(
                    path + "alternatives",
                    alternatives + " (expected: fewer than the beam_size, which is " + beamSize + ")");
        }
        int maxRegions =
                Checks.count(request.getMaxRegions(), 0, limits.maxRegions(), path + "max_regions", violations);
        GenerationOptions options = model.options(violations.isEmpty() ? language : defaultLanguage(model));
        if (beamSize > 0) {
            options = options.withBeamSize(beamSize);
        }
        return new ImagePlan.Captions(model, options.withAlternatives(alternatives + 1), maxRegions);
    }

    private static String defaultLanguage(CaptioningModel model) {
        return model.languages().isEmpty() ? "" : model.languages().get(0);
    }

    private ImagePlan.Tags tags(TagOptions request, TaggingModel model, String path, Violations violations) {
        double minConfidence = request.hasMinConfidence() ? request.getMinConfidence() : MIN_TAG_CONFIDENCE;
        Checks.confidence(minConfidence, path + "min_confidence", violations);
        int maxResults =
                Checks.count(request.getMaxResults(), TAGS, limits.maxResults(), path + "max_results", violations);
        return new ImagePlan.Tags(model, minConfidence, maxResults);
    }
}
