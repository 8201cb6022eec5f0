package dev.polymath.ner.grpc;

import static dev.polymath.service.testing.GrpcTestClient.reason;
import static dev.polymath.service.testing.GrpcTestClient.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.google.protobuf.ByteString;
import dev.polymath.common.v1.Document;
import dev.polymath.models.v1.ListModelsRequest;
import dev.polymath.models.v1.LoadModelRequest;
import dev.polymath.models.v1.Model;
import dev.polymath.models.v1.ModelServiceGrpc;
import dev.polymath.models.v1.UnloadModelRequest;
import dev.polymath.ner.v1.EntityRecognitionServiceGrpc;
import dev.polymath.ner.v1.RecognizeEntitiesRequest;
import dev.polymath.ner.v1.RecognizeEntitiesResponse;
import dev.polymath.ner.v1.StreamRecognizeEntitiesRequest;
import dev.polymath.ner.v1.StreamRecognizeEntitiesResponse;
import dev.polymath.openinference.v2.GRPCInferenceServiceGrpc;
import dev.polymath.openinference.v2.InferTensorContents;
import dev.polymath.openinference.v2.ModelInferRequest;
import dev.polymath.openinference.v2.ModelInferRequest.InferInputTensor;
import dev.polymath.openinference.v2.ModelMetadataRequest;
import dev.polymath.service.testing.GrpcTestClient;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The embedded model, three times, changed while it serves. */
@QuarkusTest
@WithTestResource(value = HotModelTest.ThreeVersions.class, scope = TestResourceScope.GLOBAL)
class HotModelTest {
    private static final String TEXT = "Angela Merkel visited Paris.";

    @ConfigProperty(name = "quarkus.grpc.server.test-port")
    int port;

    private ManagedChannel channel;
    private EntityRecognitionServiceGrpc.EntityRecognitionServiceBlockingStub ner;
    private ModelServiceGrpc.ModelServiceBlockingStub models;

    /** A folder of models whose versions are one and the same; for all tests, as natives are loaded once in a process. */
    public static class ThreeVersions implements QuarkusTestResourceLifecycleManager {
        @Override
        public Map<String, String> start() {
            try {
                Path folder = Files.createTempDirectory("models");
                Path versions = Files.createDirectories(folder.resolve("ner-en"));
                for (String version : List.of("1", "2", "3")) {
                    Files.createSymbolicLink(
                            versions.resolve(version),
                            Path.of("../models/ner-en/1").toAbsolutePath().normalize());
                }
                return Map.of("polymath.models.directory", folder.toString());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void stop() {}
    }

    @BeforeEach
    void connect() {
        channel = GrpcTestClient.channel(port);
        ner = EntityRecognitionServiceGrpc.newBlockingStub(channel);
        models = ModelServiceGrpc.newBlockingStub(channel);
    }

    @AfterEach
    void disconnect() {
        load("1", 100);
        channel.shutdownNow();
    }

    @Test
    void callsAndAStreamAreAnsweredWhileVersionsChange() {
        AtomicBoolean enough = new AtomicBoolean();
        Queue<String> answers = new ConcurrentLinkedQueue<>();
        List<Thread> load = IntStream.range(0, 2)
                .mapToObj(i -> new Thread(() -> {
                    while (!enough.get()) {
                        answers.add(version(ner.recognizeEntities(request(TEXT))));
                    }
                }))
                .toList();
        // a stream that always has a few documents on the way
        Semaphore window = new Semaphore(4);
        Queue<String> streamed = new ConcurrentLinkedQueue<>();
        CompletableFuture<Void> ended = new CompletableFuture<>();
        StreamObserver<StreamRecognizeEntitiesRequest> requests = EntityRecognitionServiceGrpc.newStub(channel)
                .streamRecognizeEntities(new StreamObserver<>() {
                    @Override
                    public void onNext(StreamRecognizeEntitiesResponse response) {
                        assertThat(response.getResult().getEntitiesList()).hasSize(2);
                        streamed.add(response.getReceipt().getVersion());
                        window.release();
                    }

                    @Override
                    public void onError(Throwable failure) {
                        ended.completeExceptionally(failure);
                        window.release(1000);
                    }

                    @Override
                    public void onCompleted() {
                        ended.complete(null);
                    }
                });
        Thread writer = new Thread(() -> {
            while (!enough.get()) {
                window.acquireUninterruptibly();
                requests.onNext(StreamRecognizeEntitiesRequest.newBuilder()
                        .setDocument(Document.newBuilder().setText(TEXT))
                        .build());
            }
            requests.onCompleted();
        });
        load.forEach(Thread::start);
        writer.start();
        List<String> first = new ArrayList<>();
        try {
            for (String version : List.of("2", "3", "1")) {
                load(version, 100);
                first.add(version(ner.recognizeEntities(request(TEXT))));
            }
        } finally {
            enough.set(true);
            load.forEach(HotModelTest::join);
            join(writer);
        }
        ended.join();

        assertThat(first).containsExactly("2", "3", "1");
        assertThat(answers).contains("1", "2").isSubsetOf("1", "2", "3");
        assertThat(streamed).contains("1", "2").isSubsetOf("1", "2", "3");
        assertThat(listed()).containsExactly("1: 100");
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aCanaryHasItsShareAndIsAskedForByItsVersionOverEveryProtocol() {
        load("2", 20);
        List<String> answers = IntStream.range(0, 50)
                .mapToObj(i -> version(ner.recognizeEntities(request(TEXT))))
                .toList();

        assertThat(answers).filteredOn("2"::equals).hasSize(10);
        assertThat(listed()).containsExactly("1: 80", "2: 20");
        var inference = GRPCInferenceServiceGrpc.newBlockingStub(channel);
        assertThat(inference
                        .modelMetadata(ModelMetadataRequest.newBuilder()
                                .setName("ner-en")
                                .build())
                        .getVersionsList())
                .containsExactly("1", "2");
        assertThat(inference
                        .modelInfer(ModelInferRequest.newBuilder()
                                .setModelName("ner-en")
                                .setModelVersion("2")
                                .addInputs(InferInputTensor.newBuilder()
                                        .setName("text")
                                        .setDatatype("BYTES")
                                        .addShape(1)
                                        .setContents(InferTensorContents.newBuilder()
                                                .addBytesContents(ByteString.copyFromUtf8(TEXT))))
                                .build())
                        .getModelVersion())
                .isEqualTo("2");
        models.unloadModel(UnloadModelRequest.newBuilder()
                .setService("ner-service")
                .setVersion("2")
                .build());
        assertThat(listed()).containsExactly("1: 100");
    }

    @Test
    void aVersionThatIsNotThereIsNotFound() {
        Throwable failure = catchThrowable(() -> load("7", 100));

        assertThat(reason(status(failure))).isEqualTo("MODEL_NOT_FOUND");
        assertThat(listed()).containsExactly("1: 100");
    }

    private void load(String version, int weight) {
        models.loadModel(LoadModelRequest.newBuilder()
                .setService("ner-service")
                .setVersion(version)
                .setWeight(weight)
                .build());
    }

    private List<String> listed() {
        return models.listModels(ListModelsRequest.getDefaultInstance()).getModelsList().stream()
                .map((Model model) -> model.getVersion() + ": " + model.getWeight())
                .toList();
    }

    private static RecognizeEntitiesRequest request(String text) {
        return RecognizeEntitiesRequest.newBuilder()
                .addDocuments(Document.newBuilder().setText(text))
                .build();
    }

    private static String version(RecognizeEntitiesResponse response) {
        assertThat(response.getResults(0).getEntitiesList()).hasSize(2);
        return response.getReceipt().getVersion();
    }
}
