package dev.polymath.vision.grpc;

import static dev.polymath.service.testing.GrpcTestClient.detail;
import static dev.polymath.service.testing.GrpcTestClient.reason;
import static dev.polymath.service.testing.GrpcTestClient.status;
import static dev.polymath.service.testing.GrpcTestClient.violatedFields;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.tuple;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.Durations;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.ResourceInfo;
import com.google.rpc.Status;
import dev.polymath.common.v1.ModelRef;
import dev.polymath.common.v1.Receipt;
import dev.polymath.image.ImageDecoder;
import dev.polymath.image.ImageHeader;
import dev.polymath.image.ImageLimits;
import dev.polymath.service.testing.GrpcTestClient;
import dev.polymath.vision.ScriptedModels;
import dev.polymath.vision.TestPictures;
import dev.polymath.vision.v1.AnalyzeImageRequest;
import dev.polymath.vision.v1.AnalyzeImageResponse;
import dev.polymath.vision.v1.AnnotateImageRequest;
import dev.polymath.vision.v1.AnnotateImageResponse;
import dev.polymath.vision.v1.BoundingBox;
import dev.polymath.vision.v1.Caption;
import dev.polymath.vision.v1.CaptionImageRequest;
import dev.polymath.vision.v1.CaptionImageResponse;
import dev.polymath.vision.v1.DetectObjectsRequest;
import dev.polymath.vision.v1.DetectObjectsResponse;
import dev.polymath.vision.v1.DetectedObject;
import dev.polymath.vision.v1.DetectionResult;
import dev.polymath.vision.v1.Feature;
import dev.polymath.vision.v1.Image;
import dev.polymath.vision.v1.ImageAnalysis;
import dev.polymath.vision.v1.ListLabelsRequest;
import dev.polymath.vision.v1.ListLabelsResponse;
import dev.polymath.vision.v1.ModelLabels;
import dev.polymath.vision.v1.StreamDetectObjectsRequest;
import dev.polymath.vision.v1.StreamDetectObjectsResponse;
import dev.polymath.vision.v1.Tag;
import dev.polymath.vision.v1.TagOptions;
import dev.polymath.vision.v1.VisionServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A real stub; behind it models that do as they are told. */
@QuarkusTest
@TestProfile(VisionGrpcServiceTest.Scripted.class)
class VisionGrpcServiceTest {
    private static final ByteString PHOTO = ByteString.copyFrom(TestPictures.file("jpg", 640, 480));

    @Inject
    ScriptedVisionModels scripted;

    @Inject
    MeterRegistry registry;

    @ConfigProperty(name = "quarkus.grpc.server.test-port")
    int port;

    private ScriptedModels models;
    private ManagedChannel channel;
    private VisionServiceGrpc.VisionServiceBlockingStub service;

    /** No model is loaded. */
    public static class Scripted implements QuarkusTestProfile {
        @Override
        public Set<Class<?>> getEnabledAlternatives() {
            return Set.of(ScriptedVisionModels.class);
        }

        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "polymath.models.detection.location", "",
                    "polymath.models.captioning.location", "",
                    "polymath.models.tagging.location", "");
        }
    }

    @BeforeEach
    void connect() {
        models = scripted.reset();
        channel = NettyChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .maxInboundMessageSize(32 * 1024 * 1024)
                .build();
        service = VisionServiceGrpc.newBlockingStub(channel).withDeadlineAfter(60, TimeUnit.SECONDS);
    }

    @AfterEach
    void disconnect() {
        models.gate.complete(null);
        channel.shutdownNow();
    }

    private static Image image(byte[] file) {
        return Image.newBuilder().setContent(ByteString.copyFrom(file)).build();
    }

    private static Image photo() {
        return Image.newBuilder().setContent(PHOTO).build();
    }

    private static DetectObjectsRequest.Builder request(Image... images) {
        return DetectObjectsRequest.newBuilder().addAllImages(List.of(images));
    }

    private static ModelRef model(String name) {
        return ModelRef.newBuilder().setName(name).build();
    }

    @Test
    void objectsAreFoundInEachImageInItsOrder() {
        DetectObjectsResponse response = service.detectObjects(request(
                        photo().toBuilder().setId("b").build(),
                        image(TestPictures.file("png", 100, 50)).toBuilder()
                                .setId("a")
                                .build())
                .build());

        assertThat(response.getResultsList())
                .extracting(DetectionResult::getId, DetectionResult::getWidth, DetectionResult::getHeight)
                .containsExactly(tuple("b", 640, 480), tuple("a", 100, 50));
        assertThat(response.getResults(0).getObjectsList())
                .containsExactly(
                        DetectedObject.newBuilder()
                                .setLabel("block")
                                .setConfidence(0.9)
                                .setBox(BoundingBox.newBuilder()
                                        .setXMin(0.25)
                                        .setYMin(0.25)
                                        .setXMax(0.75)
                                        .setYMax(0.75))
                                .build(),
                        DetectedObject.newBuilder()
                                .setLabel("sky")
                                .setConfidence(0.4)
                                .setBox(BoundingBox.newBuilder().setXMax(1).setYMax(0.5))
                                .build());
        assertThat(response.getResults(0).hasError()).isFalse();
        assertThat(response.getReceipt().getModel()).isEqualTo("detector");
        assertThat(Durations.toNanos(response.getImageDecodeDuration())).isPositive();
    }

    @ParameterizedTest
    @ValueSource(strings = {"jpg", "png", "gif", "bmp", "tiff"})
    void filesOfAllFormatsAreRead(String format) {
        DetectionResult result = service.detectObjects(
                        request(image(TestPictures.file(format, 64, 48))).build())
                .getResults(0);

        assertThat(result.getError()).isEqualTo(Status.getDefaultInstance());
        assertThat(result.getWidth()).isEqualTo(64);
        assertThat(result.getObjectsCount()).isEqualTo(2);
    }

    @Test
    void theOptionsChooseAmongTheObjects() {
        assertThat(service.detectObjects(request(photo()).setMinConfidence(0.5).build())
                        .getResults(0)
                        .getObjectsList())
                .extracting(DetectedObject::getLabel)
                .containsExactly("block");
        assertThat(service.detectObjects(request(photo()).addLabels("sky").build())
                        .getResults(0)
                        .getObjectsList())
                .extracting(DetectedObject::getLabel)
                .containsExactly("sky");
        assertThat(service.detectObjects(request(photo()).setMaxResults(1).build())
                        .getResults(0)
                        .getObjectsList())
                .extracting(DetectedObject::getLabel)
                .containsExactly("block");
        assertThat(service.detectObjects(request(photo()).setMinConfidence(0).build())
                        .getResults(0)
                        .getObjectsList())
                .hasSize(2);
    }

    static Stream<Arguments> badImages() {
        byte[] jpeg = TestPictures.file("jpg", 640, 480);
        return Stream.of(
                Arguments.of("zero bytes", image(new byte[0]), "INVALID_INPUT", "images[1].content"),
                Arguments.of("no image", image(bytes("hello")), "UNDECODABLE_IMAGE", "images[1].content"),
                Arguments.of(
                        "a truncated JPEG",
                        image(Arrays.copyOf(jpeg, jpeg.length / 2)),
                        "UNDECODABLE_IMAGE",
                        "images[1].content"),
                Arguments.of(
                        "an SVG",
                        image(bytes("<svg xmlns=\"http://www.w3.org/2000/svg\"/>")).toBuilder()
                                .setMimeType("image/svg+xml")
                                .build(),
                        "UNDECODABLE_IMAGE",
                        "images[1].content"),
                Arguments.of("one pixel", image(TestPictures.file("png", 1, 1)), "INVALID_INPUT", "images[1].content"),
                Arguments.of("a bomb", image(TestPictures.bomb(30_000, 30_000)), "INPUT_TOO_LONG", "images[1].content"),
                Arguments.of("20 MB", image(new byte[20_000_000]), "INPUT_TOO_LONG", "images[1].content"),
                Arguments.of(
                        "a wrong content type",
                        photo().toBuilder().setMimeType("application/pdf").build(),
                        "INVALID_INPUT",
                        "images[1].mime_type"));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badImages")
    void aBadImageHasItsOwnErrorAndTheOthersTheirAnswer(String name, Image bad, String reason, String field) {
        DetectObjectsResponse response =
                service.detectObjects(request(photo(), bad, photo()).build());

        assertThat(response.getResultsList())
                .extracting(DetectionResult::getObjectsCount)
                .containsExactly(2, 0, 2);
        Status error = response.getResults(1).getError();
        assertThat(error.getCode()).isEqualTo(Code.INVALID_ARGUMENT_VALUE);
        assertThat(detail(error, ErrorInfo.class).getReason()).isEqualTo(reason);
        assertThat(detail(error, BadRequest.class).getFieldViolationsList())
                .singleElement()
                .satisfies(violation -> {
                    assertThat(violation.getField()).isEqualTo(field);
                    assertThat(error.getMessage()).isEqualTo(field + ": " + violation.getDescription());
                });
    }

    @Test
    void theBytesOfAnImageAreBelievedAndNotItsType() {
        assertThat(service.detectObjects(request(
                                        photo().toBuilder()
                                                .setMimeType("image/png")
                                                .build(),
                                        photo().toBuilder()
                                                .setMimeType("application/octet-stream")
                                                .build())
                                .build())
                        .getResultsList())
                .allSatisfy(result -> assertThat(result.getObjectsCount()).isEqualTo(2));
    }

    @Test
    void everythingThatIsWrongWithARequestIsSaidAtOnce() {
        Status status = status(catchThrowable(() -> service.detectObjects(request(
                        photo().toBuilder().setId("x").build(),
                        photo().toBuilder().setId("x").build())
                .setMinConfidence(Double.NaN)
                .setIouThreshold(1.5)
                .setMaxResults(-1)
                .addLabels("dog")
                .addLabels("unicorn")
                .build())));

        assertThat(reason(status)).isEqualTo("INVALID_INPUT");
        assertThat(violatedFields(status))
                .containsExactly("images[1].id", "min_confidence", "iou_threshold", "max_results", "labels[1]");
        assertThat(detail(status, BadRequest.class).getFieldViolations(4).getDescription())
                .isEqualTo("\"unicorn\" (expected: one of sky, block, dog)");
        assertThat(models.detected).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"-0.1", "1.1", "NaN", "Infinity"})
    void aConfidenceIsAProbability(double confidence) {
        Status status = status(catchThrowable(() -> service.detectObjects(
                request(photo()).setMinConfidence(confidence).build())));

        assertThat(violatedFields(status)).containsExactly("min_confidence");
    }

    @Test
    void thereAreOneToAsManyImagesAsTheLimit() {
        Status none =
                status(catchThrowable(() -> service.detectObjects(request().build())));
        Status many = status(catchThrowable(() -> service.detectObjects(DetectObjectsRequest.newBuilder()
                .addAllImages(Collections.nCopies(65, image(TestPictures.file("png", 16, 16))))
                .build())));

        assertThat(none.getMessage()).isEqualTo("images: 0 images (expected: 1 to 64)");
        assertThat(reason(many)).isEqualTo("INPUT_TOO_LONG");
        assertThat(many.getMessage()).isEqualTo("images: 65 images (expected: 1 to 64)");
    }

    @Test
    void aModelThatIsNotHostedIsNotFound() {
        Status status = status(catchThrowable(() ->
                service.detectObjects(request(photo()).setModel(model("yolo")).build())));

        assertThat(status.getCode()).isEqualTo(Code.NOT_FOUND_VALUE);
        assertThat(reason(status)).isEqualTo("MODEL_NOT_FOUND");
        assertThat(detail(status, ResourceInfo.class).getResourceName()).isEqualTo("yolo");
    }

    @Test
    void aModelThatLoadsIsNotReady() {
        Status status = status(catchThrowable(() -> service.detectObjects(
                request(photo()).setModel(model("loading")).build())));

        assertThat(reason(status)).isEqualTo("MODEL_NOT_READY");
    }

    @Test
    void aFailureOfTheEngineIsThatOfTheImage() {
        DetectObjectsResponse response = service.detectObjects(
                request(photo()).setModel(model(ScriptedVisionModels.POISON)).build());

        assertThat(reason(response.getResults(0).getError())).isEqualTo("ENGINE_FAILURE");
        assertThat(response.getReceipt().getModel()).isEqualTo(ScriptedVisionModels.POISON);
    }

    @Test
    void anImageIsDescribedInTheLanguageAndWithTheAlternativesThatAreAskedFor() {
        CaptionImageResponse response = service.captionImage(CaptionImageRequest.newBuilder()
                .addImages(photo())
                .setLanguageCode("de-AT")
                .setAlternatives(2)
                .build());

        assertThat(response.getLanguageCode()).isEqualTo("de");
        assertThat(response.getResults(0).getCaptionsList())
                .extracting(Caption::getScore)
                .containsExactly(-0.1, -1.1, -2.1);
        assertThat(response.getResults(0).getCaptions(0).getText())
                .startsWith("ein Bild von ")
                .endsWith(" 3");
        assertThat(response.getResults(0).getRegionsList()).isEmpty();
        assertThat(response.getReceipt().getModel()).isEqualTo("captioner");
        assertThat(response.getFurtherReceiptsList()).isEmpty();
        assertThat(models.detected).isEmpty();
    }

    @Test
    void anImageIsDescribedInTheFirstLanguageOfTheModelIfNoneIsAskedFor() {
        CaptionImageResponse response = service.captionImage(CaptionImageRequest.newBuilder()
                .addImages(photo())
                .setBeamSize(4)
                .build());

        assertThat(response.getLanguageCode()).isEqualTo("en");
        assertThat(response.getResults(0).getCaptionsList())
                .singleElement()
                .satisfies(caption -> assertThat(caption.getText())
                        .startsWith("a picture of ")
                        .endsWith(" 4"));
    }

    @Test
    void theBoxesOfTheBestObjectsAreDescribedToo() {
        CaptionImageResponse response = service.captionImage(CaptionImageRequest.newBuilder()
                .addImages(photo())
                .setMaxRegions(1)
                .build());

        assertThat(response.getResults(0).getRegionsList()).singleElement().satisfies(region -> {
            assertThat(region.getObject().getLabel()).isEqualTo("block");
            assertThat(region.getCaptionsList()).extracting(Caption::getText).containsExactly("a picture of 320x240 2");
        });
        assertThat(response.getResults(0).getCaptions(0).getText()).isEqualTo("a picture of 640x480 2");
        assertThat(response.getFurtherReceiptsList())
                .extracting(Receipt::getModel)
                .containsExactly("detector");
    }

    @Test
    void aLanguageThatTheModelDoesNotWriteIsUnsupportedAndTheOthersNamed() {
        Status status = status(catchThrowable(() -> service.captionImage(CaptionImageRequest.newBuilder()
                .addImages(photo())
                .setLanguageCode("fr")
                .build())));

        assertThat(reason(status)).isEqualTo("UNSUPPORTED_LANGUAGE");
        assertThat(status.getMessage()).isEqualTo("language_code: \"fr\" (expected: one of en, de)");
    }

    @Test
    void theNumbersOfACaptionHaveLimits() {
        Status status = status(catchThrowable(() -> service.captionImage(CaptionImageRequest.newBuilder()
                .addImages(photo())
                .setAlternatives(10)
                .setBeamSize(11)
                .setMaxRegions(21)
                .setLanguageCode("not a language")
                .build())));
        Status beam = status(catchThrowable(() -> service.captionImage(CaptionImageRequest.newBuilder()
                .addImages(photo())
                .setAlternatives(3)
                .setBeamSize(3)
                .build())));

        assertThat(violatedFields(status)).containsExactly("language_code", "alternatives", "beam_size", "max_regions");
        assertThat(beam.getMessage()).isEqualTo("alternatives: 3 (expected: fewer than the beam_size, which is 3)");
    }

    @Test
    void allFeaturesThatThereIsAModelForAreAnalyzedIfNoneIsNamed() {
        AnalyzeImageResponse response = service.analyzeImage(
                AnalyzeImageRequest.newBuilder().addImages(photo()).build());

        ImageAnalysis result = response.getResults(0);
        assertThat(result.getWidth()).isEqualTo(640);
        assertThat(result.getObjectsCount()).isEqualTo(2);
        assertThat(result.getCaptionsCount()).isEqualTo(1);
        assertThat(result.getTagsList())
                .extracting(Tag::getLabel, Tag::getConfidence)
                .containsExactly(tuple("wide", 0.8), tuple("square", 0.15));
        assertThat(response.getLanguageCode()).isEqualTo("en");
        assertThat(response.getReceiptsList())
                .extracting(Receipt::getModel)
                .containsExactly("detector", "captioner", "tagger");
    }

    @Test
    void onlyTheNamedFeaturesAreAnalyzed() {
        AnalyzeImageResponse response = service.analyzeImage(AnalyzeImageRequest.newBuilder()
                .addImages(photo())
                .addFeatures(Feature.FEATURE_TAGS)
                .setTags(TagOptions.newBuilder().setMaxResults(1).setMinConfidence(0))
                .build());

        assertThat(response.getResults(0).getTagsList())
                .extracting(Tag::getLabel)
                .containsExactly("wide");
        assertThat(response.getReceiptsList()).extracting(Receipt::getModel).containsExactly("tagger");
        assertThat(models.detected).isEmpty();
        assertThat(models.captioned).isEmpty();
    }

    @Test
    void regionsAreThoseOfTheObjectsThatAreAskedFor() {
        AnalyzeImageResponse objects = service.analyzeImage(AnalyzeImageRequest.newBuilder()
                .addImages(photo())
                .addFeatures(Feature.FEATURE_OBJECTS)
                .addFeatures(Feature.FEATURE_CAPTION)
                .setObjects(DetectObjectsRequest.newBuilder().addLabels("sky"))
                .setCaption(CaptionImageRequest.newBuilder().setMaxRegions(5))
                .build());
        AnalyzeImageResponse captionAlone = service.analyzeImage(AnalyzeImageRequest.newBuilder()
                .addImages(photo())
                .addFeatures(Feature.FEATURE_CAPTION)
                .setCaption(CaptionImageRequest.newBuilder().setMaxRegions(1))
                .build());

        assertThat(objects.getResults(0).getRegionsList())
                .extracting(region -> region.getObject().getLabel())
                .containsExactly("sky");
        assertThat(captionAlone.getResults(0).getObjectsList()).isEmpty();
        assertThat(captionAlone.getResults(0).getRegionsList())
                .extracting(region -> region.getObject().getLabel())
                .containsExactly("block");
        assertThat(models.detected).hasSize(2);
    }

    @Test
    void whatIsWrongWithTheOptionsOfAFeatureIsNamedByItsPath() {
        Status status = status(catchThrowable(() -> service.analyzeImage(AnalyzeImageRequest.newBuilder()
                .addImages(photo())
                .addFeaturesValue(9)
                .addFeatures(Feature.FEATURE_OBJECTS)
                .addFeatures(Feature.FEATURE_CAPTION)
                .addFeatures(Feature.FEATURE_TAGS)
                .setObjects(DetectObjectsRequest.newBuilder().addImages(photo()).setMinConfidence(2))
                .setCaption(CaptionImageRequest.newBuilder().setLanguageCode("fr"))
                .setTags(TagOptions.newBuilder().setMinConfidence(Double.NaN))
                .build())));

        assertThat(violatedFields(status))
                .containsExactly(
                        "features[0]",
                        "objects.images",
                        "objects.min_confidence",
                        "caption.language_code",
                        "tags.min_confidence");
    }

    @Test
    void theObjectsAreDrawnIntoThePicture() {
        AnnotateImageResponse response = service.annotateImage(AnnotateImageRequest.newBuilder()
                .setImage(photo())
                .setMaxSide(320)
                .build());

        ImageHeader header = new ImageDecoder(ImageLimits.defaults())
                .readHeader(response.getContent().toByteArray());
        assertThat(header).isEqualTo(new ImageHeader("PNG", 320, 240));
        assertThat(response.getMimeType()).isEqualTo("image/png");
        assertThat(response.getWidth()).isEqualTo(640);
        assertThat(response.getHeight()).isEqualTo(480);
        assertThat(response.getObjectsList())
                .extracting(DetectedObject::getLabel)
                .containsExactly("block", "sky");
        assertThat(response.getReceipt().getModel()).isEqualTo("detector");
        assertThat(response.getContent())
                .isNotEqualTo(service.annotateImage(AnnotateImageRequest.newBuilder()
                                .setImage(photo())
                                .setMaxSide(320)
                                .addLabels("dog")
                                .build())
                        .getContent());
    }

    @Test
    void whatIsWrongWithTheImageOfAPictureIsAnErrorOfTheCall() {
        Status none = status(catchThrowable(() -> service.annotateImage(AnnotateImageRequest.getDefaultInstance())));
        Status text = status(catchThrowable(() -> service.annotateImage(AnnotateImageRequest.newBuilder()
                .setImage(image(bytes("hello")))
                .build())));
        Status side = status(catchThrowable(() -> service.annotateImage(AnnotateImageRequest.newBuilder()
                .setImage(photo())
                .setMaxSide(63)
                .build())));

        assertThat(none.getMessage()).isEqualTo("image.content: 0 bytes (expected: a file with an image)");
        assertThat(reason(text)).isEqualTo("UNDECODABLE_IMAGE");
        assertThat(violatedFields(text)).containsExactly("image.content");
        assertThat(side.getMessage()).isEqualTo("max_side: 63 (expected: 64 to 2048, or 0)");
    }

    @Test
    void imagesOfAStreamAreAnsweredInTheirOrderBadOnesToo() {
        List<StreamDetectObjectsResponse> answers = GrpcTestClient.converse(
                VisionServiceGrpc.newStub(channel)::streamDetectObjects,
                StreamDetectObjectsRequest.newBuilder()
                        .setOptions(DetectObjectsRequest.newBuilder().addLabels("sky"))
                        .build(),
                frame("a", PHOTO),
                frame("b", ByteString.copyFromUtf8("hello")),
                frame("a", PHOTO));

        assertThat(answers)
                .extracting(
                        answer -> answer.getResult().getId(),
                        answer -> answer.getResult().getObjectsCount())
                .containsExactly(tuple("a", 1), tuple("b", 0), tuple("a", 1));
        assertThat(reason(answers.get(1).getResult().getError())).isEqualTo("UNDECODABLE_IMAGE");
        assertThat(violatedFields(answers.get(1).getResult().getError())).containsExactly("image.content");
        assertThat(answers)
                .allSatisfy(answer -> assertThat(answer.getReceipt().getModel()).isEqualTo("detector"));
    }

    private static StreamDetectObjectsRequest frame(String id, ByteString content) {
        return StreamDetectObjectsRequest.newBuilder()
                .setImage(Image.newBuilder().setId(id).setContent(content))
                .build();
    }

    @Test
    void optionsComeFirstAndWithoutImages() {
        Status late = status(catchThrowable(() -> GrpcTestClient.converse(
                VisionServiceGrpc.newStub(channel)::streamDetectObjects,
                frame("a", PHOTO),
                StreamDetectObjectsRequest.newBuilder()
                        .setOptions(request(photo()))
                        .build())));
        Status neither = status(catchThrowable(() -> GrpcTestClient.converse(
                VisionServiceGrpc.newStub(channel)::streamDetectObjects,
                StreamDetectObjectsRequest.getDefaultInstance())));

        assertThat(violatedFields(late)).containsExactly("options", "options.images");
        assertThat(neither.getMessage()).isEqualTo("item: not set (expected: options or image)");
    }

    @Test
    void noMoreImagesOfAStreamThanTheWindowAreOnTheServer() {
        CompletableFuture<Object> gate = new CompletableFuture<>();
        models.gate = gate;
        CompletableFuture<List<String>> done = new CompletableFuture<>();
        List<String> ids = new ArrayList<>();
        StreamObserver<StreamDetectObjectsRequest> requests = VisionServiceGrpc.newStub(channel)
                .streamDetectObjects(new StreamObserver<>() {
                    @Override
                    public void onNext(StreamDetectObjectsResponse answer) {
                        ids.add(answer.getResult().getId());
                    }

                    @Override
                    public void onError(Throwable failure) {
                        done.completeExceptionally(failure);
                    }

                    @Override
                    public void onCompleted() {
                        done.complete(ids);
                    }
                });
        List<String> sent = IntStream.range(0, 40).mapToObj(Integer::toString).toList();
        sent.forEach(id -> requests.onNext(frame(id, PHOTO)));
        requests.onCompleted();
        while (models.detected.size() < 8) {
            Thread.onSpinWait();
        }

        gate.complete("open");

        assertThat(done.orTimeout(60, TimeUnit.SECONDS).join()).isEqualTo(sent);
        assertThat(models.mostOpen).hasValue(8);
    }

    @Test
    void aCallWhoseTimeIsOverFails() {
        models.gate = new CompletableFuture<>();

        assertThat(catchThrowable(() -> service.withDeadlineAfter(300, TimeUnit.MILLISECONDS)
                        .detectObjects(request(photo()).build())))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessageContaining("DEADLINE_EXCEEDED");
    }

    @Test
    void theMetricsTellOfImagesThatAreDecodedAndOfPixelsThatAreKept() {
        CompletableFuture<Object> gate = new CompletableFuture<>();
        models.gate = gate;
        double before = registry.get("polymath.vision.decode.duration").timer().count();
        CompletableFuture<AnnotateImageResponse> answer = new CompletableFuture<>();
        VisionServiceGrpc.newStub(channel)
                .annotateImage(
                        AnnotateImageRequest.newBuilder().setImage(photo()).build(), new StreamObserver<>() {
                            @Override
                            public void onNext(AnnotateImageResponse response) {
                                answer.complete(response);
                            }

                            @Override
                            public void onError(Throwable failure) {
                                answer.completeExceptionally(failure);
                            }

                            @Override
                            public void onCompleted() {}
                        });
        while (models.detected.isEmpty()) {
            Thread.onSpinWait();
        }

        assertThat(registry.get("polymath.vision.pixels").gauge().value()).isEqualTo(308_000);
        assertThat(registry.get("polymath.vision.decode.duration").timer().count())
                .isEqualTo((long) before + 1);
        gate.complete("open");
        answer.orTimeout(60, TimeUnit.SECONDS).join();
        assertThat(registry.get("polymath.vision.pixels").gauge().value()).isZero();
        while (registry.get("polymath.vision.images").gauge().value() > 0) {
            Thread.onSpinWait(); // the thread of the decoder may still be on its way
        }
    }

    @Test
    void labelsLanguagesAndLimitsAreListed() {
        ListLabelsResponse response = service.listLabels(ListLabelsRequest.getDefaultInstance());

        assertThat(response.getModelsList())
                .extracting(
                        ModelLabels::getFeature,
                        model -> model.getModel().getName(),
                        ModelLabels::getDefault,
                        model -> List.copyOf(model.getLabelsList()),
                        model -> List.copyOf(model.getLanguageCodesList()))
                .containsExactly(
                        tuple(Feature.FEATURE_OBJECTS, "detector", true, List.of("sky", "block", "dog"), List.of()),
                        tuple(
                                Feature.FEATURE_OBJECTS,
                                ScriptedVisionModels.POISON,
                                false,
                                List.of("sky", "block", "dog"),
                                List.of()),
                        tuple(Feature.FEATURE_CAPTION, "captioner", true, List.of(), List.of("en", "de")),
                        tuple(Feature.FEATURE_TAGS, "tagger", true, List.of("wide", "high", "square"), List.of()));
        assertThat(response.getMaxImages()).isEqualTo(64);
        assertThat(response.getMaxImageBytes()).isEqualTo(16 * 1024 * 1024);
        assertThat(response.getMaxImagePixels()).isEqualTo(50_000_000);
        assertThat(response.getMaxResults()).isEqualTo(300);
        assertThat(response.getMaxAlternatives()).isEqualTo(9);
        assertThat(response.getMaxBeamSize()).isEqualTo(10);
        assertThat(response.getMaxRegions()).isEqualTo(20);
        assertThat(response.getMaxAnnotatedSide()).isEqualTo(2048);
    }
}
