package dev.polymath.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polymath.common.v1.Document;
import dev.polymath.common.v1.ModelRef;
import dev.polymath.common.v1.Receipt;
import dev.polymath.models.v1.ListModelsRequest;
import dev.polymath.models.v1.LoadModelRequest;
import dev.polymath.models.v1.Model;
import dev.polymath.models.v1.ModelServiceGrpc;
import dev.polymath.models.v1.ModelShadow;
import dev.polymath.models.v1.SetModelTrafficRequest;
import dev.polymath.models.v1.UnloadModelRequest;
import dev.polymath.ner.v1.EntitiesResult;
import dev.polymath.ner.v1.Entity;
import dev.polymath.ner.v1.EntityRecognitionServiceGrpc;
import dev.polymath.ner.v1.RecognizeEntitiesRequest;
import dev.polymath.ner.v1.RecognizeEntitiesResponse;
import dev.polymath.ner.v1.StreamRecognizeEntitiesRequest;
import dev.polymath.ner.v1.StreamRecognizeEntitiesResponse;
import dev.polymath.service.FakeModels.FakeModel;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Calls and streams over a real port while their model changes. A closed model fails the call that uses it, so that an answer shows that
 * its model was open to the end.
 */
@Timeout(120)
class ModelSwitchTest {
    private static final ModelRef DEFAULT = ModelRef.getDefaultInstance();

    /** A document with this text is answered when the test says so. */
    private static final String HELD = "held";

    @TempDir
    Path folder;

    private final BlockingQueue<Runnable> held = new LinkedBlockingQueue<>();
    private FakeModels models;
    private GrpcCalls calls;
    private List<ModelSlot<FakeModel>> slots;
    private Server server;
    private ManagedChannel channel;
    private EntityRecognitionServiceGrpc.EntityRecognitionServiceStub stub;

    private record Config() implements CallsConfig {
        @Override
        public Duration stopDelay() {
            return Duration.ZERO;
        }

        @Override
        public int workerThreads() {
            return 4;
        }

        @Override
        public int maxWaiting() {
            return 1000;
        }

        @Override
        public long maxRequestBytes() {
            return 1000;
        }

        @Override
        public int maxStreams() {
            return 8;
        }

        @Override
        public int streamWindow() {
            return 4;
        }

        @Override
        public Duration maxConnectionAge() {
            return Duration.ofMinutes(10);
        }

        @Override
        public Duration drainTimeout() {
            return Duration.ofSeconds(1);
        }

        @Override
        public Optional<Path> gatewayKeys() {
            return Optional.empty();
        }

        @Override
        public boolean allowAnonymousOnAnyAddress() {
            return false;
        }
    }

    /** Answers with the version, after having asked for the model several times and on several threads. */
    private final class Service extends EntityRecognitionServiceGrpc.EntityRecognitionServiceImplBase {
        @Override
        public void recognizeEntities(
                RecognizeEntitiesRequest request, StreamObserver<RecognizeEntitiesResponse> observer) {
            calls.answer(observer, call -> {
                FakeModel first = model(request.getModel());
                FakeModel second = model(request.getModel());
                return answer(first, request.getDocuments(0)).thenApply(version -> {
                    assertThat(second.answer()).isEqualTo(version);
                    EntitiesResult.Builder result = EntitiesResult.newBuilder();
                    first.labels()
                            .forEach(label ->
                                    result.addEntities(Entity.newBuilder().setType(label)));
                    return RecognizeEntitiesResponse.newBuilder()
                            .addResults(result)
                            .setReceipt(Receipt.newBuilder().setVersion(version))
                            .build();
                });
            });
        }

        @Override
        public StreamObserver<StreamRecognizeEntitiesRequest> streamRecognizeEntities(
                StreamObserver<StreamRecognizeEntitiesResponse> observer) {
            return calls.stream(observer, call -> {
                StreamOptions<RecognizeEntitiesRequest, FakeModel> options =
                        new StreamOptions<>(RecognizeEntitiesRequest.getDefaultInstance(), this::check);
                return message -> message.hasOptions()
                        ? options.set(message.getOptions(), 0)
                        : answer(options.get(), message.getDocument())
                                .thenApply(version -> StreamRecognizeEntitiesResponse.newBuilder()
                                        .setResult(EntitiesResult.newBuilder().setId(version))
                                        .build());
            });
        }

        private FakeModel check(RecognizeEntitiesRequest request) {
            FakeModel model = model(request.getModel());
            Violations violations = new Violations();
            request.getTypesList().stream()
                    .filter(type -> !model.labels().contains(type))
                    .forEach(type -> violations.add("types", type + " (expected: one of " + model.labels() + ")"));
            violations.throwIfAny();
            return model;
        }

        private FakeModel model(ModelRef ref) {
            return ModelSlots.select(slots, ref).model();
        }

        private CompletableFuture<String> answer(FakeModel model, Document document) {
            CompletableFuture<Void> go = new CompletableFuture<>();
            if (document.getText().equals(HELD)) {
                held.add(() -> go.complete(null));
            } else {
                go.complete(null);
            }
            String before = model.answer();
            return go.thenApplyAsync(done -> {
                assertThat(model.answer()).isEqualTo(before);
                return model.answer();
            });
        }
    }

    @BeforeEach
    void start() throws IOException {
        for (String version : List.of("1", "2", "3")) {
            FakeModels.write(folder, "big/" + version, "PERSON,PLACE");
        }
        models = new FakeModels(folder, Map.of("main.location", "big/1"));
        slots = models.start("main");
        calls = new GrpcCalls(new Config(), new ShadowRuns(models.meters));
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(new Service())
                .addService(new ModelGrpcService(models.slots, models.changes, calls))
                .build()
                .start();
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
                .usePlaintext()
                .build();
        stub = EntityRecognitionServiceGrpc.newStub(channel);
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.shutdownNow();
    }

    @Test
    void noCallAndNoStreamFailsWhileVersionsChangeAndEachAnswerIsOfOneOfThem() {
        AtomicBoolean enough = new AtomicBoolean();
        Queue<CompletableFuture<String>> answers = new ConcurrentLinkedQueue<>();
        List<Thread> load = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Thread thread = new Thread(() -> {
                while (!enough.get()) {
                    CompletableFuture<String> answer = unary("text");
                    answers.add(answer);
                    answer.exceptionally(failure -> "").join();
                }
            });
            load.add(thread);
            thread.start();
        }
        List<Stream> streams = List.of(new Stream(), new Stream());
        Thread writer = new Thread(() -> {
            while (!enough.get()) {
                streams.forEach(stream -> stream.ask("text"));
                streams.forEach(Stream::next);
            }
        });
        load.add(writer);
        writer.start();
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 60; i++) {
            String version = "big/" + (1 + (i + 1) % 3);
            switchTo(version.substring(4), 100);
            // each version answers something before the next one comes
            int before = streams.get(0).answered.get();
            Await.until(() -> streams.get(0).answered.get() > before + 2 || !writer.isAlive());
            seen.add(unary("text").join());
        }
        enough.set(true);
        load.forEach(ModelSwitchTest::join);
        streams.forEach(Stream::end);

        assertThat(seen).containsExactlyInAnyOrder("big/1", "big/2", "big/3");
        assertThat(answers)
                .hasSizeGreaterThan(60)
                .allSatisfy(answer -> assertThat(answer.join()).startsWith("big/"));
        assertThat(streams)
                .allSatisfy(stream -> assertThat(stream.versions).containsExactlyInAnyOrder("big/1", "big/2", "big/3"));
        Await.until(() -> models.open().size() == 1);
        assertThat(models.loaded).hasSize(61);
    }

    @Test
    void aCallIsAnsweredByTheVersionThatItBeganWithWhichIsClosedAfterIt() throws Exception {
        CompletableFuture<String> answer = unary(HELD);
        Runnable go = held.take();

        switchTo("2", 100);
        assertThat(unary("text").join()).isEqualTo("big/2");
        assertThat(models.open()).containsExactly("big/1", "big/2");

        go.run();
        assertThat(answer.join()).isEqualTo("big/1");
        Await.until(() -> models.open().equals(List.of("big/2")));
    }

    @Test
    void aStreamGoesOverWithItsNextMessageAndWhatItHasBegunIsAnsweredAsBefore() throws Exception {
        Stream stream = new Stream();
        stream.ask(HELD);
        Runnable go = held.take();

        switchTo("2", 100);
        stream.ask("text");
        go.run();

        assertThat(stream.next()).isEqualTo("big/1");
        assertThat(stream.next()).isEqualTo("big/2");
        Await.until(() -> models.open().equals(List.of("big/2")));
        stream.end();
    }

    @Test
    void aStreamWhoseOptionsTheNewVersionRefusesStaysWithTheOldOne() {
        models.write("big/4", "DRUG");
        Stream stream = new Stream(RecognizeEntitiesRequest.newBuilder().addTypes("PERSON"));
        stream.ask("text");
        assertThat(stream.next()).isEqualTo("big/1");

        switchTo("4", 100);
        stream.ask("text");

        assertThat(stream.next()).isEqualTo("big/1");
        assertThat(models.open()).containsExactly("big/1", "big/4");
        stream.end();
        Await.until(() -> models.open().equals(List.of("big/4")));
    }

    @Test
    void aStreamThatNamesItsVersionHasItToTheEnd() {
        Stream stream = new Stream(RecognizeEntitiesRequest.newBuilder()
                .setModel(ModelRef.newBuilder().setName("big").setVersion("1")));
        stream.ask("text");
        stream.next();

        switchTo("2", 100);
        stream.ask("text");

        assertThat(stream.next()).isEqualTo("big/1");
        stream.end();
        Await.until(() -> models.open().equals(List.of("big/2")));
    }

    @Test
    void aStreamStaysWithItsVersionWhileThatHasAShare() {
        Stream stream = new Stream();
        stream.ask("text");
        stream.next();

        switchTo("2", 90);
        for (int i = 0; i < 20; i++) {
            stream.ask("text");
            assertThat(stream.next()).isEqualTo("big/1");
        }
        stream.end();
    }

    @Test
    void aStreamThatIsCancelledLetsItsVersionGo() throws Exception {
        Stream stream = new Stream();
        stream.ask("text");
        stream.next();
        switchTo("2", 100);
        assertThat(models.open()).contains("big/1");

        stream.requests.onError(io.grpc.Status.CANCELLED.asRuntimeException());

        Await.until(() -> models.open().equals(List.of("big/2")));
    }

    @Test
    void versionsAreListedWithTheirShares() {
        switchTo("2", 25);

        assertThat(ModelServiceGrpc.newBlockingStub(channel)
                        .listModels(ListModelsRequest.getDefaultInstance())
                        .getModelsList())
                .extracting(Model::getVersion, Model::getWeight)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("1", 75), org.assertj.core.groups.Tuple.tuple("2", 25));
    }

    @Test
    void aShadowIsGivenItsShareOfTheAnsweredRequestsAndCompared() {
        switchTo("2", 0);
        shadow("2", 50);
        for (int i = 1; i <= 20; i++) {
            assertThat(unary("text").join()).isEqualTo("big/1");
            int expected = i / 2;
            Await.until(() -> shadowed("compared") == expected);
        }

        assertThat(shadowed("agreed")).isEqualTo(10);
        assertThat(agreement()).isEqualTo(1);
        assertThat(models.meters
                        .get("polymath.shadow.duration")
                        .tags("of", "shadow")
                        .timer()
                        .count())
                .isEqualTo(10);
    }

    @Test
    void aShadowThatSaysSomethingElseAgreesLess() {
        models.write("big/4", "PERSON,DRUG");
        switchTo("4", 0);
        shadow("4", 100);
        unary("text").join();
        Await.until(() -> shadowed("compared") == 1);

        assertThat(shadowed("agreed")).isZero();
        assertThat(agreement()).isEqualTo(0.5);
    }

    @Test
    void aShadowThatIsBusyOrFailsCostsNobodyAnAnswer() throws Exception {
        switchTo("2", 0);
        shadow("2", 100);
        CompletableFuture<String> answer = unary(HELD);
        held.take().run();
        assertThat(answer.join()).isEqualTo("big/1");
        Runnable shadowsTurn = held.take();
        for (int i = 0; i < 5; i++) {
            assertThat(unary("text").join()).isEqualTo("big/1");
        }
        Await.until(() -> shadowed("dropped") == 4);

        models.loaded.get(1).close();
        shadowsTurn.run();

        Await.until(() -> shadowed("failed") == 2);
        assertThat(unary("text").join()).isEqualTo("big/1");
        Await.until(() -> shadowed("failed") == 3);
    }

    @Test
    void aShadowThatIsUnloadedFinishesWhatItHas() throws Exception {
        switchTo("2", 0);
        shadow("2", 100);
        CompletableFuture<String> answer = unary(HELD);
        held.take().run();
        answer.join();
        Runnable shadowsTurn = held.take();

        ModelServiceGrpc.newBlockingStub(channel)
                .unloadModel(UnloadModelRequest.newBuilder()
                        .setService(FakeModels.SERVICE)
                        .setVersion("2")
                        .build());
        assertThat(models.open()).containsExactly("big/1", "big/2");
        shadowsTurn.run();

        Await.until(() -> shadowed("compared") == 1);
        Await.until(() -> models.open().equals(List.of("big/1")));
        unary("text").join();
        assertThat(shadowed("compared")).isEqualTo(1);
    }

    private void shadow(String version, int percent) {
        ModelServiceGrpc.newBlockingStub(channel)
                .setModelTraffic(SetModelTrafficRequest.newBuilder()
                        .setService(FakeModels.SERVICE)
                        .setShadow(ModelShadow.newBuilder().setVersion(version).setPercent(percent))
                        .build());
    }

    private double shadowed(String what) {
        var counter = models.meters
                .find("polymath.shadow." + what)
                .tags("model", "big", "version", "1")
                .counter();
        return counter == null ? 0 : counter.count();
    }

    private double agreement() {
        return models.meters.get("polymath.shadow.agreement").summary().mean();
    }

    private void switchTo(String version, int weight) {
        ModelServiceGrpc.newBlockingStub(channel)
                .loadModel(LoadModelRequest.newBuilder()
                        .setService(FakeModels.SERVICE)
                        .setVersion(version)
                        .setWeight(weight)
                        .build());
    }

    private CompletableFuture<String> unary(String text) {
        CompletableFuture<String> answer = new CompletableFuture<>();
        stub.recognizeEntities(
                RecognizeEntitiesRequest.newBuilder()
                        .setModel(DEFAULT)
                        .addDocuments(Document.newBuilder().setText(text))
                        .build(),
                new StreamObserver<>() {
                    @Override
                    public void onNext(RecognizeEntitiesResponse response) {
                        answer.complete(response.getReceipt().getVersion());
                    }

                    @Override
                    public void onError(Throwable failure) {
                        answer.completeExceptionally(failure);
                    }

                    @Override
                    public void onCompleted() {}
                });
        return answer;
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** A stream of documents whose answers name the version. */
    private final class Stream {
        private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
        private final CompletableFuture<Void> done = new CompletableFuture<>();
        private final Set<String> versions = new HashSet<>();
        private final AtomicInteger answered = new AtomicInteger();
        private final StreamObserver<StreamRecognizeEntitiesRequest> requests =
                stub.streamRecognizeEntities(new StreamObserver<>() {
                    @Override
                    public void onNext(StreamRecognizeEntitiesResponse response) {
                        received.add(response.getResult().getId());
                    }

                    @Override
                    public void onError(Throwable failure) {
                        done.completeExceptionally(failure);
                        received.add("failed: " + failure.getMessage());
                    }

                    @Override
                    public void onCompleted() {
                        done.complete(null);
                    }
                });

        Stream() {}

        Stream(RecognizeEntitiesRequest.Builder options) {
            requests.onNext(StreamRecognizeEntitiesRequest.newBuilder()
                    .setOptions(options)
                    .build());
        }

        void ask(String text) {
            requests.onNext(StreamRecognizeEntitiesRequest.newBuilder()
                    .setDocument(Document.newBuilder().setText(text))
                    .build());
        }

        String next() {
            try {
                String version = received.poll(30, TimeUnit.SECONDS);
                versions.add(String.valueOf(version));
                answered.incrementAndGet();
                return String.valueOf(version);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        void end() {
            requests.onCompleted();
            done.join();
        }
    }
}
