package dev.polymath.vision.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import dev.polymath.common.v1.ModelRef;
import dev.polymath.common.v1.Receipt;
import dev.polymath.models.v1.ListModelsRequest;
import dev.polymath.models.v1.Model;
import dev.polymath.models.v1.ModelServiceGrpc;
import dev.polymath.openinference.v2.GRPCInferenceServiceGrpc;
import dev.polymath.openinference.v2.InferTensorContents;
import dev.polymath.openinference.v2.ModelInferRequest;
import dev.polymath.openinference.v2.ModelInferRequest.InferInputTensor;
import dev.polymath.service.testing.GrpcTestClient;
import dev.polymath.vision.v1.AnalyzeImageRequest;
import dev.polymath.vision.v1.AnalyzeImageResponse;
import dev.polymath.vision.v1.BoundingBox;
import dev.polymath.vision.v1.CaptionImageRequest;
import dev.polymath.vision.v1.CaptionImageResponse;
import dev.polymath.vision.v1.DetectObjectsRequest;
import dev.polymath.vision.v1.DetectObjectsResponse;
import dev.polymath.vision.v1.DetectedObject;
import dev.polymath.vision.v1.Feature;
import dev.polymath.vision.v1.Image;
import dev.polymath.vision.v1.ListLabelsRequest;
import dev.polymath.vision.v1.ModelLabels;
import dev.polymath.vision.v1.Tag;
import dev.polymath.vision.v1.TagOptions;
import dev.polymath.vision.v1.VisionServiceGrpc;
import io.grpc.ManagedChannel;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.assertj.core.data.Offset;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A real stub and the embedded models, on a drawn street with a stop sign. */
@QuarkusTest
class EmbeddedModelsTest {
    private static final Offset<Double> NEAR = Offset.offset(0.05);

    @ConfigProperty(name = "quarkus.grpc.server.test-port")
    int port;

    private ManagedChannel channel;
    private VisionServiceGrpc.VisionServiceBlockingStub service;
    private Image street;

    @BeforeEach
    void connect() throws IOException {
        channel = GrpcTestClient.channel(port);
        service = VisionServiceGrpc.newBlockingStub(channel).withDeadlineAfter(120, TimeUnit.SECONDS);
        street = Image.newBuilder()
                .setContent(ByteString.copyFrom(Files.readAllBytes(Path.of("../docs/street.jpg"))))
                .build();
    }

    @AfterEach
    void disconnect() {
        channel.shutdownNow();
    }

    @Test
    void theStopSignIsFoundWhereItIs() {
        DetectObjectsResponse response = service.detectObjects(DetectObjectsRequest.newBuilder()
                .addImages(street)
                .setMaxResults(1)
                .build());

        DetectedObject sign = response.getResults(0).getObjects(0);
        assertThat(sign.getLabel()).isEqualTo("stop sign");
        assertThat(sign.getConfidence()).isBetween(0.5, 1.0);
        BoundingBox box = sign.getBox();
        assertThat(box.getXMin()).isCloseTo(259 / 480.0, NEAR);
        assertThat(box.getXMax()).isCloseTo(383 / 480.0, NEAR);
        assertThat(box.getYMin()).isCloseTo(48 / 360.0, NEAR);
        assertThat(box.getYMax()).isCloseTo(172 / 360.0, NEAR);
        assertThat(response.getReceipt().getModel()).isEqualTo("detector-coco");
        assertThat(response.getReceipt().getBatchSize()).isPositive();
    }

    @Test
    void theImagesOfARequestShareBatches() {
        DetectObjectsResponse response = service.detectObjects(DetectObjectsRequest.newBuilder()
                .addAllImages(Collections.nCopies(16, street))
                .build());

        assertThat(response.getResultsList())
                .hasSize(16)
                .allSatisfy(result -> assertThat(result.getObjectsList())
                        .extracting(DetectedObject::getLabel)
                        .contains("stop sign"));
    }

    @Test
    void theStreetIsDescribedInEachLanguage() {
        CaptionImageResponse english = service.captionImage(
                CaptionImageRequest.newBuilder().addImages(street).build());
        CaptionImageResponse german = service.captionImage(CaptionImageRequest.newBuilder()
                .addImages(street)
                .setLanguageCode("de")
                .setAlternatives(1)
                .setMaxRegions(1)
                .build());

        assertThat(english.getLanguageCode()).isEqualTo("en");
        assertThat(english.getResults(0).getCaptions(0).getText()).isNotBlank();
        assertThat(english.getResults(0).getCaptions(0).getScore()).isNegative();
        assertThat(english.getReceipt().getGeneratedTokens()).isPositive();
        assertThat(german.getLanguageCode()).isEqualTo("de");
        assertThat(german.getResults(0).getCaptionsCount()).isBetween(1, 2);
        assertThat(german.getResults(0).getCaptions(0).getText())
                .isNotBlank()
                .isNotEqualTo(english.getResults(0).getCaptions(0).getText());
        assertThat(german.getResults(0).getRegions(0).getObject().getLabel()).isEqualTo("stop sign");
        assertThat(german.getResults(0).getRegions(0).getCaptions(0).getText()).isNotBlank();
    }

    @Test
    void theStreetIsAnalyzedInOneCall() {
        AnalyzeImageResponse response = service.analyzeImage(AnalyzeImageRequest.newBuilder()
                .addImages(street)
                .setTags(TagOptions.newBuilder().setMinConfidence(0).setMaxResults(300))
                .build());

        assertThat(response.getResults(0).getObjectsList())
                .extracting(DetectedObject::getLabel)
                .contains("stop sign");
        assertThat(response.getResults(0).getCaptionsList()).isNotEmpty();
        assertThat(response.getResults(0).getTagsList()).hasSize(300);
        assertThat(response.getResults(0).getTagsList().subList(0, 10))
                .extracting(Tag::getLabel)
                .contains("street sign");
        assertThat(response.getReceiptsList())
                .extracting(Receipt::getModel)
                .containsExactly("detector-coco", "captioner", "tagger-imagenet");
    }

    @Test
    void theModelsAreListedWithTheirLicences() {
        List<Model> models = ModelServiceGrpc.newBlockingStub(channel)
                .listModels(ListModelsRequest.getDefaultInstance())
                .getModelsList();

        assertThat(models)
                .extracting(Model::getName, Model::getTask, Model::getDefault)
                .containsExactlyInAnyOrder(
                        tuple("detector-coco", "object-detection", true),
                        tuple("tagger-imagenet", "image-classification", true),
                        tuple("captioner", "image-captioning", true));
        assertThat(models).allSatisfy(model -> assertThat(model.getLicense()).isNotBlank());
        assertThat(models)
                .filteredOn(model -> model.getName().equals("captioner"))
                .singleElement()
                .satisfies(model -> assertThat(model.getLicense()).containsIgnoringCase("research"));
    }

    @Test
    void theLabelsAreThoseOfTheModels() {
        List<ModelLabels> models =
                service.listLabels(ListLabelsRequest.getDefaultInstance()).getModelsList();

        assertThat(models)
                .extracting(ModelLabels::getFeature, ModelLabels::getModel)
                .containsExactly(
                        tuple(Feature.FEATURE_OBJECTS, model("detector-coco")),
                        tuple(Feature.FEATURE_CAPTION, model("captioner")),
                        tuple(Feature.FEATURE_TAGS, model("tagger-imagenet")));
        assertThat(models.get(0).getLabelsList())
                .hasSize(80)
                .startsWith("person")
                .contains("stop sign");
        assertThat(models.get(1).getLanguageCodesList()).containsExactly("en", "de");
        assertThat(models.get(2).getLabelsList()).hasSizeGreaterThanOrEqualTo(1000);
    }

    private static ModelRef model(String name) {
        return ModelRef.newBuilder().setName(name).setVersion("1").build();
    }

    @Test
    void filesGoThroughTheOpenInferenceProtocolToo() {
        ByteString answer = GRPCInferenceServiceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(60, TimeUnit.SECONDS)
                .modelInfer(ModelInferRequest.newBuilder()
                        .setModelName("detector-coco")
                        .addInputs(InferInputTensor.newBuilder()
                                .setName("image")
                                .setDatatype("BYTES")
                                .addShape(2)
                                .setContents(InferTensorContents.newBuilder()
                                        .addBytesContents(street.getContent())
                                        .addBytesContents(ByteString.copyFromUtf8("no image"))))
                        .build())
                .getOutputs(0)
                .getContents()
                .getBytesContents(0);

        assertThat(JsonParser.parseString(answer.toStringUtf8())
                        .getAsJsonObject()
                        .getAsJsonArray("objects")
                        .get(0)
                        .getAsJsonObject()
                        .get("label")
                        .getAsString())
                .isEqualTo("stop sign");
    }
}
