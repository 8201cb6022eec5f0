package dev.polymath.ner.grpc;

import static dev.polymath.service.testing.GrpcTestClient.reason;
import static dev.polymath.service.testing.GrpcTestClient.status;
import static dev.polymath.service.testing.GrpcTestClient.violatedFields;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import com.google.rpc.Status;
import dev.polymath.models.v1.ListModelsRequest;
import dev.polymath.models.v1.ModelServiceGrpc;
import dev.polymath.openinference.v2.GRPCInferenceServiceGrpc;
import dev.polymath.openinference.v2.InferTensorContents;
import dev.polymath.openinference.v2.ModelInferRequest;
import dev.polymath.openinference.v2.ModelInferRequest.InferInputTensor;
import dev.polymath.openinference.v2.ModelInferResponse;
import dev.polymath.openinference.v2.ModelMetadataRequest;
import dev.polymath.openinference.v2.ModelMetadataResponse;
import dev.polymath.openinference.v2.ModelReadyRequest;
import dev.polymath.openinference.v2.ServerLiveRequest;
import dev.polymath.openinference.v2.ServerMetadataRequest;
import dev.polymath.openinference.v2.ServerReadyRequest;
import dev.polymath.service.testing.GrpcTestClient;
import grpc.health.v1.HealthGrpc;
import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import io.grpc.ManagedChannel;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.StreamObserver;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
class StandardServicesTest {
    private static final String MERKEL = "Angela Merkel visited Paris.";

    @ConfigProperty(name = "quarkus.grpc.server.test-port")
    int port;

    @ConfigProperty(name = "quarkus.http.test-port")
    int httpPort;

    private ManagedChannel channel;
    private GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub inference;

    @BeforeEach
    void connect() {
        channel = GrpcTestClient.channel(port);
        inference = GRPCInferenceServiceGrpc.newBlockingStub(channel);
    }

    @AfterEach
    void disconnect() {
        channel.shutdownNow();
    }

    @Test
    void modelsAreListed() {
        assertThat(ModelServiceGrpc.newBlockingStub(channel)
                        .listModels(ListModelsRequest.getDefaultInstance())
                        .getModelsList())
                .singleElement()
                .satisfies(model -> {
                    assertThat(model.getName()).isEqualTo("ner-en");
                    assertThat(model.getVersion()).isEqualTo("1");
                    assertThat(model.getTask()).isEqualTo("token-classification");
                    assertThat(model.getService()).isEqualTo("ner-service");
                    assertThat(model.getDefault()).isTrue();
                    assertThat(model.getLanguageCodesList()).contains("en");
                    assertThat(model.getLabelsList()).contains("PERSON", "ORGANIZATION", "LOCATION");
                    assertThat(model.getLicense()).isNotEmpty();
                    assertThat(model.getEngine()).isEqualTo("OnnxRuntime");
                    assertThat(model.getDevicesList()).containsExactly("cpu");
                    assertThat(model.getMaxTokens()).isPositive();
                    assertThat(model.getReady()).isTrue();
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "polymath.ner.v1.EntityRecognitionService", "inference.GRPCInferenceService"})
    void grpcHealthIsServing(String service) {
        assertThat(HealthGrpc.newBlockingStub(channel)
                        .check(HealthCheckRequest.newBuilder()
                                .setService(service)
                                .build())
                        .getStatus())
                .isEqualTo(ServingStatus.SERVING);
    }

    @Test
    void reflectionListsTheServices() {
        CompletableFuture<List<String>> services = new CompletableFuture<>();
        ServerReflectionGrpc.newStub(channel)
                .serverReflectionInfo(new StreamObserver<>() {
                    @Override
                    public void onNext(ServerReflectionResponse response) {
                        services.complete(response.getListServicesResponse().getServiceList().stream()
                                .map(ServiceResponse::getName)
                                .toList());
                    }

                    @Override
                    public void onError(Throwable failure) {
                        services.completeExceptionally(failure);
                    }

                    @Override
                    public void onCompleted() {}
                })
                .onNext(ServerReflectionRequest.newBuilder()
                        .setListServices("*")
                        .build());

        assertThat(services.join())
                .contains(
                        "polymath.ner.v1.EntityRecognitionService",
                        "polymath.models.v1.ModelService",
                        "inference.GRPCInferenceService");
    }

    @ParameterizedTest
    @ValueSource(strings = {"health/live", "health/ready"})
    void httpHealthIsUp(String path) throws Exception {
        HttpResponse<String> response = get(path);

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).contains("\"status\": \"UP\"");
    }

    @Test
    void metricsMoveWithARequest() throws Exception {
        inference.modelInfer(inferRequest(MERKEL));

        assertThat(get("metrics").body())
                .contains(
                        "polymath_inference_requests_total{model=\"ner-en\",outcome=\"OK\",version=\"1\"}",
                        "polymath_inference_queue_duration_seconds_count{model=\"ner-en\",version=\"1\"}",
                        "polymath_inference_inference_duration_seconds_count{model=\"ner-en\",version=\"1\"}",
                        "polymath_inference_batch_size_count{model=\"ner-en\",version=\"1\"}",
                        "polymath_inference_batch_padding_ratio_count{model=\"ner-en\",version=\"1\"}",
                        "polymath_inference_queue_size{model=\"ner-en\",version=\"1\"}",
                        "polymath_model_info{device=\"cpu\",model=\"ner-en\"")
                .doesNotContain("Merkel");
    }

    @Test
    void openInferenceDescribesServerAndModel() {
        assertThat(inference.serverLive(ServerLiveRequest.getDefaultInstance()).getLive())
                .isTrue();
        assertThat(inference
                        .serverReady(ServerReadyRequest.getDefaultInstance())
                        .getReady())
                .isTrue();
        assertThat(inference
                        .serverMetadata(ServerMetadataRequest.getDefaultInstance())
                        .getName())
                .isEqualTo("ner-service");
        assertThat(inference
                        .modelReady(
                                ModelReadyRequest.newBuilder().setName("ner-en").build())
                        .getReady())
                .isTrue();
        ModelMetadataResponse metadata = inference.modelMetadata(
                ModelMetadataRequest.newBuilder().setName("ner-en").build());
        assertThat(metadata.getVersionsList()).containsExactly("1");
        assertThat(metadata.getPlatform()).isEqualTo("onnxruntime_onnx");
        assertThat(metadata.getInputs(0).getName()).isEqualTo("text");
        assertThat(metadata.getInputs(0).getDatatype()).isEqualTo("BYTES");
        assertThat(metadata.getOutputs(0).getName()).isEqualTo("entities");
    }

    @Test
    void openInferenceAnswersEachTextWithJson() {
        ModelInferResponse response = inference.modelInfer(inferRequest(MERKEL, ""));

        assertThat(response.getId()).isEqualTo("7");
        assertThat(response.getModelName()).isEqualTo("ner-en");
        assertThat(response.getOutputs(0).getShapeList()).containsExactly(2L);
        JsonObject found =
                json(response.getOutputs(0).getContents().getBytesContents(0).toStringUtf8());
        assertThat(found.getAsJsonArray("entities")).hasSize(2);
        assertThat(found.getAsJsonArray("entities")
                        .get(1)
                        .getAsJsonObject()
                        .get("text")
                        .getAsString())
                .isEqualTo("Paris");
        JsonObject failed =
                json(response.getOutputs(0).getContents().getBytesContents(1).toStringUtf8());
        assertThat(failed.getAsJsonObject("error").get("code").getAsInt()).isEqualTo(3);
    }

    @Test
    void openInferenceReadsAndWritesRawTensors() {
        byte[] text = MERKEL.getBytes(StandardCharsets.UTF_8);
        ByteBuffer raw = ByteBuffer.allocate(4 + text.length).order(ByteOrder.LITTLE_ENDIAN);
        raw.putInt(text.length).put(text).flip();

        ModelInferResponse response = inference.modelInfer(inferRequest().toBuilder()
                .setInputs(0, tensor().addShape(1).addShape(1))
                .addRawInputContents(ByteString.copyFrom(raw))
                .build());

        ByteBuffer output =
                response.getRawOutputContents(0).asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        assertThat(response.getOutputs(0).getShapeList()).containsExactly(1L, 1L);
        assertThat(response.getOutputs(0).hasContents()).isFalse();
        assertThat(output.getInt()).isEqualTo(output.remaining());
        assertThat(json(StandardCharsets.UTF_8.decode(output).toString()).getAsJsonArray("entities"))
                .hasSize(2);
    }

    @Test
    void openInferenceNamesWhatIsWrongWithTensors() {
        Status status = status(catchThrowable(() -> inference.modelInfer(ModelInferRequest.newBuilder()
                .setModelName("ner-en")
                .addInputs(InferInputTensor.newBuilder()
                        .setName("input_ids")
                        .setDatatype("INT64")
                        .addShape(3))
                .addOutputs(ModelInferRequest.InferRequestedOutputTensor.newBuilder()
                        .setName("logits"))
                .build())));

        assertThat(reason(status)).isEqualTo("INVALID_INPUT");
        assertThat(violatedFields(status))
                .containsExactlyInAnyOrder(
                        "inputs[0].name", "inputs[0].datatype", "inputs[0].shape", "outputs[0].name");
    }

    @Test
    void openInferenceRefusesBytesThatAreNotUtf8() {
        Status status = status(catchThrowable(() -> inference.modelInfer(inferRequest().toBuilder()
                .setInputs(
                        0,
                        tensor().addShape(1)
                                .setContents(InferTensorContents.newBuilder()
                                        .addBytesContents(ByteString.copyFrom(new byte[] {(byte) 0xff}))))
                .build())));

        assertThat(reason(status)).isEqualTo("INVALID_INPUT");
        assertThat(violatedFields(status)).containsExactly("inputs[0][0]");
    }

    @Test
    void openInferenceDoesNotKnowOtherModels() {
        Status status = status(catchThrowable(() -> inference.modelMetadata(
                ModelMetadataRequest.newBuilder().setName("resnet").build())));

        assertThat(reason(status)).isEqualTo("MODEL_NOT_FOUND");
    }

    private static ModelInferRequest inferRequest(String... texts) {
        InferTensorContents.Builder contents = InferTensorContents.newBuilder();
        for (String text : texts) {
            contents.addBytesContents(ByteString.copyFromUtf8(text));
        }
        return ModelInferRequest.newBuilder()
                .setModelName("ner-en")
                .setId("7")
                .addInputs(tensor().addShape(texts.length).setContents(contents))
                .build();
    }

    private static InferInputTensor.Builder tensor() {
        return InferInputTensor.newBuilder().setName("text").setDatatype("BYTES");
    }

    private static JsonObject json(String text) {
        return JsonParser.parseString(text).getAsJsonObject();
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + httpPort + "/q/" + path))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }
}
