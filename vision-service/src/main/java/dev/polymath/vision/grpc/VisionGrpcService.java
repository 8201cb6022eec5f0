package dev.polymath.vision.grpc;

import com.google.protobuf.ByteString;
import dev.polymath.common.v1.ModelRef;
import dev.polymath.common.v1.Receipt;
import dev.polymath.service.DocumentBatch;
import dev.polymath.service.GrpcCalls;
import dev.polymath.service.InHandlerParsing;
import dev.polymath.service.Violations;
import dev.polymath.vision.ImageAnalyzer;
import dev.polymath.vision.grpc.VisionModels.Hosted;
import dev.polymath.vision.grpc.VisionPlans.Checked;
import dev.polymath.vision.v1.AnalyzeImageRequest;
import dev.polymath.vision.v1.AnalyzeImageResponse;
import dev.polymath.vision.v1.AnnotateImageRequest;
import dev.polymath.vision.v1.AnnotateImageResponse;
import dev.polymath.vision.v1.CaptionImageRequest;
import dev.polymath.vision.v1.CaptionImageResponse;
import dev.polymath.vision.v1.CaptionResult;
import dev.polymath.vision.v1.DetectObjectsRequest;
import dev.polymath.vision.v1.DetectObjectsResponse;
import dev.polymath.vision.v1.DetectionResult;
import dev.polymath.vision.v1.Feature;
import dev.polymath.vision.v1.Image;
import dev.polymath.vision.v1.ImageAnalysis;
import dev.polymath.vision.v1.ListLabelsRequest;
import dev.polymath.vision.v1.ListLabelsResponse;
import dev.polymath.vision.v1.ModelLabels;
import dev.polymath.vision.v1.StreamDetectObjectsRequest;
import dev.polymath.vision.v1.StreamDetectObjectsResponse;
import dev.polymath.vision.v1.VisionServiceGrpc;
import io.grpc.BindableService;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import jakarta.inject.Inject;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Function;

/** Vision on the wire: checks a request, maps it, asks the analyzer, maps the answer. */
@GrpcService
class VisionGrpcService implements VisionServiceGrpc.AsyncService, BindableService {
    private static final String PNG = "image/png";

    private final VisionModels models;
    private final VisionPlans plans;
    private final VisionConfig.Limits limits;
    private final ImageChecks checks;
    private final ImageAnalyzer analyzer;
    private final GrpcCalls calls;

    @Inject
    VisionGrpcService(
            VisionModels models, VisionPlans plans, VisionConfig config, ImageAnalyzer analyzer, GrpcCalls calls) {
        this.models = models;
        this.plans = plans;
        this.limits = config.limits();
        this.checks = new ImageChecks(limits.maxImages());
        this.analyzer = analyzer;
        this.calls = calls;
    }

    @Override
    public ServerServiceDefinition bindService() {
        return InHandlerParsing.of(VisionServiceGrpc.bindService(this));
    }

    @Override
    public void detectObjects(DetectObjectsRequest request, StreamObserver<DetectObjectsResponse> observer) {
        calls.answer(observer, request.getSerializedSize(), call -> {
            Checked checked = check(request.getImagesList(), violations -> plans.detection(request, violations));
            ImageTask<DetectionResult> task = new ImageTask<>(analyzer, checked.plan(), call, VisionMessages.DETECTION);
            return analyze(
                    request.getImagesList(),
                    task,
                    checked,
                    (results, receipts) -> DetectObjectsResponse.newBuilder()
                            .addAllResults(results)
                            .setReceipt(receipts.get(0))
                            .setImageDecodeDuration(VisionMessages.duration(task.decodeDuration()))
                            .build());
        });
    }

    @Override
    public void captionImage(CaptionImageRequest request, StreamObserver<CaptionImageResponse> observer) {
        calls.answer(observer, request.getSerializedSize(), call -> {
            Checked checked = check(request.getImagesList(), violations -> plans.caption(request, violations));
            ImageTask<CaptionResult> task = new ImageTask<>(analyzer, checked.plan(), call, VisionMessages.CAPTION);
            return analyze(
                    request.getImagesList(),
                    task,
                    checked,
                    (results, receipts) -> CaptionImageResponse.newBuilder()
                            .addAllResults(results)
                            .setLanguageCode(checked.languageCode())
                            .setReceipt(receipts.get(0))
                            .addAllFurtherReceipts(receipts.subList(1, receipts.size()))
                            .setImageDecodeDuration(VisionMessages.duration(task.decodeDuration()))
                            .build());
        });
    }

    @Override
    public void analyzeImage(AnalyzeImageRequest request, StreamObserver<AnalyzeImageResponse> observer) {
        calls.answer(observer, request.getSerializedSize(), call -> {
            Checked checked = check(request.getImagesList(), violations -> plans.analysis(request, violations));
            boolean objects =
                    request.getFeaturesCount() == 0 || request.getFeaturesList().contains(Feature.FEATURE_OBJECTS);
            ImageTask<ImageAnalysis> task =
                    new ImageTask<>(analyzer, checked.plan(), call, VisionMessages.analysis(objects));
            return analyze(
                    request.getImagesList(),
                    task,
                    checked,
                    (results, receipts) -> AnalyzeImageResponse.newBuilder()
                            .addAllResults(results)
                            .setLanguageCode(checked.languageCode())
                            .addAllReceipts(receipts)
                            .setImageDecodeDuration(VisionMessages.duration(task.decodeDuration()))
                            .build());
        });
    }

    @Override
    public void annotateImage(AnnotateImageRequest request, StreamObserver<AnnotateImageResponse> observer) {
        calls.answer(observer, request.getSerializedSize(), call -> {
            Violations violations = new Violations();
            ImageChecks.check(request.getImage(), "image", violations);
            Checked checked = plans.annotation(request, violations);
            violations.throwIfAny();
            return ImageTask.analyze(analyzer, request.getImage(), "image", checked.plan(), call, false)
                    .thenApply(found -> AnnotateImageResponse.newBuilder()
                            .setContent(ByteString.copyFrom(found.picture()))
                            .setMimeType(PNG)
                            .setWidth(found.width())
                            .setHeight(found.height())
                            .addAllObjects(VisionMessages.objects(found.objects()))
                            .setReceipt(VisionMessages.receipts(found.receipts().detection(), checked)
                                    .get(0))
                            .setImageDecodeDuration(
                                    VisionMessages.duration(found.receipts().decode()))
                            .build());
        });
    }

    @Override
    public StreamObserver<StreamDetectObjectsRequest> streamDetectObjects(
            StreamObserver<StreamDetectObjectsResponse> observer) {
        return calls.stream(
                observer,
                call -> new DetectionStream(analyzer, call, request -> {
                    Violations violations = new Violations();
                    Checked checked = plans.detection(request, violations);
                    violations.throwIfAny();
                    return checked;
                }));
    }

    @Override
    public void listLabels(ListLabelsRequest request, StreamObserver<ListLabelsResponse> observer) {
        calls.answer(observer, call -> CompletableFuture.completedFuture(labels()));
    }

    private ListLabelsResponse labels() {
        ListLabelsResponse.Builder response = ListLabelsResponse.newBuilder()
                .setMaxImages(limits.maxImages())
                .setMaxImageBytes(limits.maxBytes())
                .setMaxImagePixels(limits.maxPixels())
                .setMaxResults(limits.maxResults())
                .setMaxAlternatives(limits.maxAlternatives())
                .setMaxBeamSize(limits.maxBeamSize())
                .setMaxRegions(limits.maxRegions())
                .setMaxAnnotatedSide(limits.maxAnnotatedSide());
        add(response, Feature.FEATURE_OBJECTS, models.detectors(), model -> model.labels(), model -> List.of());
        add(response, Feature.FEATURE_CAPTION, models.captioners(), model -> List.of(), model -> model.languages());
        add(response, Feature.FEATURE_TAGS, models.taggers(), model -> model.labels(), model -> List.of());
        return response.build();
    }

    private static <M> void add(
            ListLabelsResponse.Builder response,
            Feature feature,
            List<Hosted<M>> hosted,
            Function<M, List<String>> labels,
            Function<M, List<String>> languages) {
        for (int i = 0; i < hosted.size(); i++) {
            ModelRef ref = hosted.get(i).ref();
            response.addModels(ModelLabels.newBuilder()
                    .setFeature(feature)
                    .setModel(ref)
                    .setDefault(i == 0)
                    .addAllLabels(labels.apply(hosted.get(i).model()))
                    .addAllLanguageCodes(languages.apply(hosted.get(i).model())));
        }
    }

    private Checked check(List<Image> images, Function<Violations, Checked> plan) {
        Violations violations = new Violations();
        checks.check(images, violations);
        Checked checked = plan.apply(violations);
        violations.throwIfAny();
        return checked;
    }

    private static <R, A> CompletionStage<A> analyze(
            List<Image> images, ImageTask<R> task, Checked checked, BiFunction<List<R>, List<Receipt>, A> answer) {
        return DocumentBatch.analyze("images", images, task)
                .thenApply(analyzed ->
                        answer.apply(analyzed.results(), VisionMessages.receipts(analyzed.receipts(), checked)));
    }
}
