package dev.polymath.vision.grpc;

import static dev.polymath.service.testing.GrpcTestClient.reason;
import static dev.polymath.service.testing.GrpcTestClient.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import com.google.rpc.Status;
import dev.polymath.vision.TestPictures;
import dev.polymath.vision.v1.AnalyzeImageRequest;
import dev.polymath.vision.v1.AnnotateImageRequest;
import dev.polymath.vision.v1.CaptionImageRequest;
import dev.polymath.vision.v1.DetectObjectsRequest;
import dev.polymath.vision.v1.Feature;
import dev.polymath.vision.v1.Image;
import dev.polymath.vision.v1.ListLabelsRequest;
import dev.polymath.vision.v1.VisionServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The service without any model. */
@QuarkusTest
@TestProfile(MissingModelsTest.NoModels.class)
class MissingModelsTest {
    private static final Image PHOTO = Image.newBuilder()
            .setContent(ByteString.copyFrom(TestPictures.file("jpg", 64, 48)))
            .build();

    @ConfigProperty(name = "quarkus.grpc.server.test-port")
    int port;

    private ManagedChannel channel;
    private VisionServiceGrpc.VisionServiceBlockingStub service;

    /** Every slot has an empty location. */
    public static class NoModels implements QuarkusTestProfile {
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
        channel =
                NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
        service = VisionServiceGrpc.newBlockingStub(channel).withDeadlineAfter(60, TimeUnit.SECONDS);
    }

    @AfterEach
    void disconnect() {
        channel.shutdownNow();
    }

    @Test
    void aFeatureWithoutAModelSaysWhichModelIsMissing() {
        Status detection = status(catchThrowable(() -> service.detectObjects(
                DetectObjectsRequest.newBuilder().addImages(PHOTO).build())));
        Status caption = status(catchThrowable(() -> service.captionImage(
                CaptionImageRequest.newBuilder().addImages(PHOTO).build())));
        Status annotation = status(catchThrowable(() -> service.annotateImage(
                AnnotateImageRequest.newBuilder().setImage(PHOTO).build())));
        Status tags = status(catchThrowable(() -> service.analyzeImage(AnalyzeImageRequest.newBuilder()
                .addImages(PHOTO)
                .addFeatures(Feature.FEATURE_TAGS)
                .build())));
        Status all = status(catchThrowable(() -> service.analyzeImage(
                AnalyzeImageRequest.newBuilder().addImages(PHOTO).build())));

        assertThat(detection.getCode()).isEqualTo(Code.NOT_FOUND_VALUE);
        assertThat(reason(detection)).isEqualTo("MODEL_NOT_FOUND");
        assertThat(detection.getMessage())
                .isEqualTo("model: \"detection\" (expected: none; no such model is hosted here)");
        assertThat(caption.getMessage()).contains("\"captioning\"");
        assertThat(annotation.getMessage()).contains("\"detection\"");
        assertThat(tags.getMessage()).contains("\"tagging\"");
        assertThat(reason(all)).isEqualTo("MODEL_NOT_FOUND");
    }

    @Test
    void limitsAreListedWithoutModelsToo() {
        assertThat(service.listLabels(ListLabelsRequest.getDefaultInstance()))
                .satisfies(response -> assertThat(response.getModelsList()).isEmpty())
                .satisfies(response -> assertThat(response.getMaxImages()).isEqualTo(64));
    }
}
