package dev.polymath.vision.grpc;

import dev.polymath.common.v1.ModelRef;
import dev.polymath.image.RgbImage;
import dev.polymath.inference.Call;
import dev.polymath.inference.DetectionOptions;
import dev.polymath.inference.GeneratedText;
import dev.polymath.inference.GenerationOptions;
import dev.polymath.inference.ImageCaptioner;
import dev.polymath.inference.ImageClassification;
import dev.polymath.inference.ImageClassifier;
import dev.polymath.inference.ObjectDetection;
import dev.polymath.inference.ObjectDetector;
import dev.polymath.inference.QueuedModel;
import dev.polymath.inference.Receipt;
import dev.polymath.service.Agreement;
import dev.polymath.service.ModelKind;
import dev.polymath.service.ModelSlot;
import dev.polymath.service.ModelSlots;
import dev.polymath.service.ModelVersion;
import dev.polymath.vision.CaptioningModel;
import dev.polymath.vision.DetectionModel;
import dev.polymath.vision.TaggingModel;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * The models of the configuration. A slot's kind is in its name: {@code detection}, {@code tagging} and {@code captioning}, and
 * {@code detection-...} and so on for more than one.
 */
@ApplicationScoped
class HostedVisionModels implements VisionModels {
    static final String DETECTION = "detection";
    static final String TAGGING = "tagging";
    static final String CAPTIONING = "captioning";

    private static final String VISION = "polymath.vision.v1.";
    private static final ModelKind<ObjectDetector> DETECTOR = kind(
            "object-detection",
            ObjectDetector::load,
            ObjectDetector::labels,
            Agreement.ofBoxes(VISION + "DetectedObject", "label", "box"));
    private static final ModelKind<ImageClassifier> CLASSIFIER = kind(
            "image-classification",
            ImageClassifier::load,
            ImageClassifier::labels,
            Agreement.ofBest(VISION + "Tag", "label"));
    private static final ModelKind<ImageCaptioner> CAPTIONER = kind(
            "image-captioning",
            ImageCaptioner::load,
            captioner -> List.of(),
            Agreement.ofTexts(VISION + "Caption", "text"));

    private final ModelSlots modelSlots;
    private volatile List<ModelSlot<ObjectDetector>> detectors = List.of();
    private volatile List<ModelSlot<ImageClassifier>> classifiers = List.of();
    private volatile List<ModelSlot<ImageCaptioner>> captioners = List.of();

    @Inject
    HostedVisionModels(ModelSlots modelSlots) {
        this.modelSlots = modelSlots;
    }

    private static <M extends QueuedModel<?, ?, ?, ?>> ModelKind<M> kind(
            String task, ModelKind.Loader<M> loader, Function<M, List<String>> labels, Agreement agreement) {
        return new ModelKind<>(task, loader, QueuedModel::device, labels, model -> 0, agreement);
    }

    void start(@Observes StartupEvent event) {
        detectors = modelSlots.loadNamed(DETECTION, DETECTOR);
        classifiers = modelSlots.loadNamed(TAGGING, CLASSIFIER);
        captioners = modelSlots.loadNamed(CAPTIONING, CAPTIONER);
        modelSlots.requireNamed(DETECTION, TAGGING, CAPTIONING);
    }

    List<ModelSlot<ObjectDetector>> detectorSlots() {
        return detectors;
    }

    List<ModelSlot<ImageClassifier>> taggerSlots() {
        return classifiers;
    }

    List<ModelSlot<ImageCaptioner>> captionerSlots() {
        return captioners;
    }

    @Override
    public Hosted<DetectionModel> detector(ModelRef ref) {
        return hosted(ModelSlots.select(detectors, ref, DETECTION), Detector::new);
    }

    @Override
    public Hosted<TaggingModel> tagger(ModelRef ref) {
        return hosted(ModelSlots.select(classifiers, ref, TAGGING), Tagger::new);
    }

    @Override
    public Hosted<CaptioningModel> captioner(ModelRef ref) {
        return hosted(ModelSlots.select(captioners, ref, CAPTIONING), Captioner::new);
    }

    @Override
    public List<Hosted<DetectionModel>> detectors() {
        return all(detectors, Detector::new);
    }

    @Override
    public List<Hosted<TaggingModel>> taggers() {
        return all(classifiers, Tagger::new);
    }

    @Override
    public List<Hosted<CaptioningModel>> captioners() {
        return all(captioners, Captioner::new);
    }

    private static <M extends QueuedModel<?, ?, ?, ?>, T> List<Hosted<T>> all(
            List<ModelSlot<M>> slots, Function<M, T> maker) {
        return slots.stream().map(slot -> hosted(slot.current(), maker)).toList();
    }

    private static <M extends QueuedModel<?, ?, ?, ?>, T> Hosted<T> hosted(
            ModelVersion<M> version, Function<M, T> maker) {
        M model = version.model();
        return new Hosted<>(version.ref(), maker.apply(model), Receipt.none(model.model(), model.device()));
    }

    private record Detector(ObjectDetector model) implements DetectionModel {
        @Override
        public List<String> labels() {
            return model.labels();
        }

        @Override
        public DetectionOptions defaults() {
            return model.defaults();
        }

        @Override
        public int inputSide() {
            return model.preprocessing().minSide();
        }

        @Override
        public CompletableFuture<ObjectDetection> detect(RgbImage image, DetectionOptions options, Call call) {
            return model.detectWhenAdmitted(image, options, call);
        }
    }

    private record Tagger(ImageClassifier model) implements TaggingModel {
        @Override
        public List<String> labels() {
            return model.labels();
        }

        @Override
        public int inputSide() {
            return model.preprocessing().minSide();
        }

        @Override
        public CompletableFuture<ImageClassification> tag(RgbImage image, Call call) {
            return model.classifyWhenAdmitted(image, call);
        }
    }

    private record Captioner(ImageCaptioner model) implements CaptioningModel {
        @Override
        public List<String> languages() {
            return model.languages();
        }

        @Override
        public GenerationOptions options(String languageCode) {
            OptionalInt first = languageCode.isEmpty() ? OptionalInt.empty() : model.firstToken(languageCode);
            return first.isEmpty() ? model.defaults() : model.defaults().withFirstToken(first.getAsInt());
        }

        @Override
        public int inputSide() {
            return model.preprocessing().minSide();
        }

        @Override
        public CompletableFuture<GeneratedText> caption(RgbImage image, GenerationOptions options, Call call) {
            return model.captionWhenAdmitted(image, options, call);
        }
    }
}
