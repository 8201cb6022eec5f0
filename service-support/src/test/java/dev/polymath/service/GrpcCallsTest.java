package dev.polymath.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.google.rpc.ErrorInfo;
import dev.polymath.common.v1.Document;
import dev.polymath.inference.Call;
import dev.polymath.inference.InferenceException;
import dev.polymath.inference.InferenceException.Kind;
import dev.polymath.ner.v1.EntitiesResult;
import dev.polymath.ner.v1.EntityRecognitionServiceGrpc;
import dev.polymath.ner.v1.RecognizeEntitiesRequest;
import dev.polymath.ner.v1.RecognizeEntitiesResponse;
import dev.polymath.ner.v1.StreamRecognizeEntitiesRequest;
import dev.polymath.ner.v1.StreamRecognizeEntitiesResponse;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Over a real port, with a handler that the test controls. */
@Timeout(60)
class GrpcCallsTest {
    private static final int WINDOW = 4;

    private GrpcCalls calls = calls(Duration.ZERO, Duration.ofMillis(200));
    private final BlockingQueue<Begun> begun = new LinkedBlockingQueue<>();
    private volatile Function<Call, CompletionStage<RecognizeEntitiesResponse>> handler = call -> {
        CompletableFuture<RecognizeEntitiesResponse> answer = new CompletableFuture<>();
        begun.add(new Begun(call, () -> answer.complete(response())));
        return answer;
    };

    private volatile Supplier<CompletionStage<StreamRecognizeEntitiesResponse>> lastWord =
            () -> CompletableFuture.completedFuture(null);

    private final AtomicInteger closed = new AtomicInteger();

    private Server server;
    private ManagedChannel channel;
    private EntityRecognitionServiceGrpc.EntityRecognitionServiceStub stub;

    private volatile long bytes;

    private static GrpcCalls calls(Duration stopDelay, Duration drainTimeout) {
        return new GrpcCalls(
                new Config(1, 1, 1000, 1, WINDOW, Duration.ofMinutes(1), stopDelay, drainTimeout),
                new ShadowRuns(new SimpleMeterRegistry()));
    }

    private record Config(
            int workerThreads,
            int maxWaiting,
            long maxRequestBytes,
            int maxStreams,
            int streamWindow,
            Duration maxConnectionAge,
            Duration stopDelay,
            Duration drainTimeout)
            implements CallsConfig {
        @Override
        public Optional<Path> gatewayKeys() {
            return Optional.empty();
        }

        @Override
        public boolean allowAnonymousOnAnyAddress() {
            return false;
        }
    }

    /** Work that a handler has begun. */
    private record Begun(Call call, Runnable finish) {}

    @BeforeEach
    void start() throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(new EntityRecognitionServiceGrpc.EntityRecognitionServiceImplBase() {
                    @Override
                    public void recognizeEntities(
                            RecognizeEntitiesRequest request, StreamObserver<RecognizeEntitiesResponse> observer) {
                        calls.answer(observer, bytes, call -> handler.apply(call));
                    }

                    @Override
                    public StreamObserver<StreamRecognizeEntitiesRequest> streamRecognizeEntities(
                            StreamObserver<StreamRecognizeEntitiesResponse> observer) {
                        return calls.stream(
                                observer,
                                call ->
                                        new StreamHandler<
                                                StreamRecognizeEntitiesRequest, StreamRecognizeEntitiesResponse>() {
                                            @Override
                                            public CompletionStage<StreamRecognizeEntitiesResponse> next(
                                                    StreamRecognizeEntitiesRequest message) {
                                                return begin(
                                                        call,
                                                        message.getDocument().getId());
                                            }

                                            @Override
                                            public List<CompletionStage<StreamRecognizeEntitiesResponse>> all(
                                                    StreamRecognizeEntitiesRequest message) {
                                                String id =
                                                        message.getDocument().getId();
                                                return id.contains("+")
                                                        ? Arrays.stream(id.split("\\+"))
                                                                .map(part -> begin(call, part))
                                                                .toList()
                                                        : StreamHandler.super.all(message);
                                            }

                                            @Override
                                            public CompletionStage<StreamRecognizeEntitiesResponse> end() {
                                                return lastWord.get();
                                            }

                                            @Override
                                            public void closed() {
                                                closed.incrementAndGet();
                                            }
                                        });
                    }
                })
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

    private CompletionStage<StreamRecognizeEntitiesResponse> begin(Call call, String id) {
        CompletableFuture<StreamRecognizeEntitiesResponse> answer = new CompletableFuture<>();
        begun.add(new Begun(call, () -> {
            if (id.equals("bad")) {
                answer.completeExceptionally(new InferenceException(Kind.DEADLINE_EXCEEDED, "too late"));
            } else {
                answer.complete(result(id));
            }
        }));
        return answer;
    }

    private static StreamRecognizeEntitiesResponse result(String id) {
        return StreamRecognizeEntitiesResponse.newBuilder()
                .setResult(EntitiesResult.newBuilder().setId(id))
                .build();
    }

    @Test
    void theHandlerRunsOnAWorkerThread() {
        CompletableFuture<String> thread = new CompletableFuture<>();
        handler = call -> {
            thread.complete(Thread.currentThread().getName());
            return CompletableFuture.completedFuture(response());
        };

        assertThat(unary().join()).isEqualTo(response());
        assertThat(thread.join()).isEqualTo("polymath-worker");
    }

    @Test
    void whatTheHandlerThrowsIsSentWithDetails() {
        handler = call -> {
            throw new InferenceException(Kind.INVALID_INPUT, "x: 1 (expected: 2)");
        };

        assertThat(reason(unary())).isEqualTo("INVALID_INPUT");
    }

    @Test
    void aCallThatFindsNoThreadIsOverloaded() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch running = new CountDownLatch(1);
        handler = call -> {
            running.countDown();
            try {
                release.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return CompletableFuture.completedFuture(response());
        };
        CompletableFuture<RecognizeEntitiesResponse> first = unary();
        running.await();
        CompletableFuture<RecognizeEntitiesResponse> second = unary();
        Await.until(() -> calls.inFlight() == 2);

        assertThat(reason(unary())).isEqualTo("OVERLOADED");
        release.countDown();
        assertThat(first.join()).isEqualTo(second.join());
        Await.until(() -> calls.inFlight() == 0);
    }

    @Test
    void requestsWithMoreBytesThanTheServerTakesAreOverloadedUntilThoseBeforeAreAnswered() throws Exception {
        bytes = 600;
        CompletableFuture<RecognizeEntitiesResponse> first = unary();
        Begun work = begun.take();

        assertThat(reason(unary())).isEqualTo("OVERLOADED");

        work.finish().run();
        first.join();
        Await.until(() -> calls.inFlight() == 0);
        CompletableFuture<RecognizeEntitiesResponse> second = unary();
        begun.take().finish().run();
        assertThat(second.join()).isEqualTo(response());
    }

    @Test
    void aRequestWithMoreBytesThanAllMayHaveIsAnsweredAlone() throws Exception {
        bytes = 5000;
        CompletableFuture<RecognizeEntitiesResponse> answer = unary();
        begun.take().finish().run();

        assertThat(answer.join()).isEqualTo(response());
    }

    @Test
    void theDeadlineOfTheClientCancelsTheWork() throws Exception {
        CompletableFuture<RecognizeEntitiesResponse> answer = unary(stub.withDeadlineAfter(1, TimeUnit.SECONDS));
        Begun work = begun.take();

        assertThat(catchThrowable(answer::join)).hasMessageContaining("DEADLINE_EXCEEDED");
        Await.until(() -> work.call().isCancelled());
        work.finish().run();
        Await.until(() -> calls.inFlight() == 0);
    }

    @Test
    void answersOfAStreamKeepTheOrderOfTheMessages() throws Exception {
        Stream stream = new Stream("a", "b", "c");
        List<Begun> work = take(3);

        work.get(2).finish().run();
        work.get(1).finish().run();
        work.get(0).finish().run();

        assertThat(stream.done.join()).containsExactly("a", "b", "c");
        Await.until(() -> calls.inFlight() == 0);
    }

    @Test
    void aMessageMayHaveManyAnswersWhichComeInTheirOrderEachWhenItIsThere() throws Exception {
        Stream stream = new Stream("a+b+c", "d");
        List<Begun> work = take(4);

        work.get(3).finish().run();
        work.get(1).finish().run();
        work.get(0).finish().run();
        Await.until(() -> stream.received.size() == 2);
        work.get(2).finish().run();

        assertThat(stream.done.join()).containsExactly("a", "b", "c", "d");
        Await.until(() -> calls.inFlight() == 0);
    }

    @Test
    void aMessageIsOffTheServerWhenItsLastAnswerIs() throws Exception {
        Stream stream = new Stream("a+b", "c", "d", "e", "f", "g", "h");
        List<Begun> work = new ArrayList<>(take(WINDOW + 1));
        work.get(0).finish().run();
        Await.until(() -> stream.received.size() == 1);

        assertThat(begun).isEmpty();
        work.subList(1, work.size()).forEach(each -> each.finish().run());
        for (int i = work.size(); i < 8; i++) {
            begun.take().finish().run();
        }
        assertThat(stream.done.join()).hasSize(8);
    }

    @Test
    void noMoreMessagesThanTheWindowAreOnTheServer() throws Exception {
        int total = 50;
        Stream stream =
                new Stream(IntStream.range(0, total).mapToObj(Integer::toString).toArray(String[]::new));
        int most = 0;
        for (int finished = 0; finished < total; finished++) {
            Begun work = begun.take();
            most = Math.max(most, begun.size() + 1);
            work.finish().run();
        }

        assertThat(stream.done.join()).hasSize(total);
        assertThat(most).isBetween(1, WINDOW);
    }

    @Test
    void oneStreamTooManyIsOverloaded() throws Exception {
        Stream first = new Stream(false, "a");
        Begun work = begun.take();

        assertThat(reason(new Stream("b").done)).isEqualTo("OVERLOADED");

        work.finish().run();
        first.requests.onCompleted();
        assertThat(first.done.join()).containsExactly("a");
    }

    @Test
    void theLastWordComesAfterAllAnswers() throws Exception {
        lastWord = () -> CompletableFuture.completedFuture(result("last"));
        Stream stream = new Stream("a", "b");
        List<Begun> work = take(2);

        work.get(1).finish().run();
        work.get(0).finish().run();

        assertThat(stream.done.join()).containsExactly("a", "b", "last");
        Await.until(() -> calls.inFlight() == 0);
        assertThat(closed).hasValue(1);
    }

    @Test
    void aLastWordThatFailsEndsTheStreamWithItsError() throws Exception {
        lastWord = () -> {
            throw new InferenceException(Kind.INVALID_INPUT, "x: 1 (expected: 2)");
        };
        Stream stream = new Stream("a");
        begun.take().finish().run();

        assertThat(reason(stream.done)).isEqualTo("INVALID_INPUT");
        assertThat(stream.received).containsExactly("a");
    }

    @Test
    void aFailureEndsTheStreamAfterTheAnswersBeforeIt() throws Exception {
        Stream stream = new Stream("a", "bad", "c");
        List<Begun> work = take(3);

        work.forEach(begunWork -> begunWork.finish().run());

        assertThat(reason(stream.done)).isEqualTo("DEADLINE_EXCEEDED");
        assertThat(stream.received).containsExactly("a");
        assertThat(work.get(2).call().isCancelled()).isTrue();
        Await.until(() -> calls.inFlight() == 0);
    }

    @Test
    void aClientThatGoesAwayCancelsTheWorkOfItsStream() throws Exception {
        Stream stream = new Stream("a");
        Begun work = begun.take();

        stream.requests.cancel("no longer interested", null);

        Await.until(() -> work.call().isCancelled());
        Await.until(() -> calls.inFlight() == 0);
        assertThat(closed).hasValue(1);
    }

    @Test
    void aStoppingServerAnswersWhatItHasBegunAndRefusesTheRest() throws Exception {
        CompletableFuture<RecognizeEntitiesResponse> answer = unary();
        Begun work = begun.take();
        Stream stream = new Stream(false, "a");
        Begun message = begun.take();
        Thread drain = new Thread(this::drain);
        drain.start();
        // it refuses calls by the time that it waits for those that have begun
        Await.until(() -> drain.getState() == Thread.State.TIMED_WAITING);
        assertThat(reason(unary())).isEqualTo("SHUTTING_DOWN");

        work.finish().run();
        message.finish().run();

        assertThat(answer.join()).isEqualTo(response());
        assertThat(reason(stream.done)).isEqualTo("SHUTTING_DOWN");
        assertThat(stream.received).containsExactly("a");
        drain.join();
        assertThat(calls.inFlight()).isZero();
    }

    @Test
    void aStoppingServerStillTakesCallsForAWhile() throws Exception {
        calls = calls(Duration.ofSeconds(3), Duration.ofSeconds(20));
        Thread drain = new Thread(this::drain);
        drain.start();
        Await.until(() -> drain.getState() == Thread.State.TIMED_WAITING);

        CompletableFuture<RecognizeEntitiesResponse> answer = unary();
        begun.take().finish().run();

        assertThat(answer.join()).isEqualTo(response());
        drain.join();
        assertThat(reason(unary())).isEqualTo("SHUTTING_DOWN");
    }

    @Test
    void aStoppingServerDoesNotWaitForEver() throws Exception {
        CompletableFuture<RecognizeEntitiesResponse> answer = unary();
        begun.take();

        drain();

        assertThat(answer).isNotDone();
        assertThat(calls.inFlight()).isEqualTo(1);
    }

    private void drain() {
        try {
            calls.drain(new ShutdownEvent());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<Begun> take(int count) throws InterruptedException {
        List<Begun> work = new ArrayList<>();
        while (work.size() < count) {
            work.add(begun.take());
        }
        return work;
    }

    private CompletableFuture<RecognizeEntitiesResponse> unary() {
        return unary(stub);
    }

    private static CompletableFuture<RecognizeEntitiesResponse> unary(
            EntityRecognitionServiceGrpc.EntityRecognitionServiceStub stub) {
        CompletableFuture<RecognizeEntitiesResponse> answer = new CompletableFuture<>();
        stub.recognizeEntities(RecognizeEntitiesRequest.getDefaultInstance(), new StreamObserver<>() {
            @Override
            public void onNext(RecognizeEntitiesResponse response) {
                answer.complete(response);
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

    private static RecognizeEntitiesResponse response() {
        return RecognizeEntitiesResponse.newBuilder()
                .addResults(EntitiesResult.newBuilder().setId("x"))
                .build();
    }

    private static String reason(CompletableFuture<?> answer) {
        try {
            Throwable failure = catchThrowable(answer::join).getCause();
            return StatusProto.fromThrowable(failure)
                    .getDetails(0)
                    .unpack(ErrorInfo.class)
                    .getReason();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** A client's side of a stream. */
    private final class Stream implements StreamObserver<StreamRecognizeEntitiesResponse> {
        final List<String> received = new CopyOnWriteArrayList<>();
        final CompletableFuture<List<String>> done = new CompletableFuture<>();
        final ClientCallStreamObserver<StreamRecognizeEntitiesRequest> requests;

        Stream(String... ids) {
            this(true, ids);
        }

        Stream(boolean complete, String... ids) {
            requests = (ClientCallStreamObserver<StreamRecognizeEntitiesRequest>) stub.streamRecognizeEntities(this);
            for (String id : ids) {
                requests.onNext(StreamRecognizeEntitiesRequest.newBuilder()
                        .setDocument(Document.newBuilder().setId(id))
                        .build());
            }
            if (complete) {
                requests.onCompleted();
            }
        }

        @Override
        public void onNext(StreamRecognizeEntitiesResponse response) {
            received.add(response.getResult().getId());
        }

        @Override
        public void onError(Throwable failure) {
            done.completeExceptionally(failure);
        }

        @Override
        public void onCompleted() {
            done.complete(received);
        }
    }
}
