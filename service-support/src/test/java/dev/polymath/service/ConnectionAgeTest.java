package dev.polymath.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polymath.ner.v1.EntityRecognitionServiceGrpc;
import dev.polymath.ner.v1.RecognizeEntitiesRequest;
import dev.polymath.ner.v1.RecognizeEntitiesResponse;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.vertx.core.Vertx;
import io.vertx.grpc.VertxServer;
import io.vertx.grpc.VertxServerBuilder;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** On the server that Quarkus uses. */
@Timeout(60)
class ConnectionAgeTest {
    private final Vertx vertx = Vertx.vertx();
    private final BlockingQueue<StreamObserver<RecognizeEntitiesResponse>> running = new LinkedBlockingQueue<>();
    private Server server;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws Exception {
        CallsConfig config = new SmallRyeConfigBuilder()
                .withMapping(CallsConfig.class)
                .withSources(new PropertiesConfigSource(Map.of("polymath.calls.max-connection-age", "1s"), "test", 500))
                .withConverter(Duration.class, 200, new io.quarkus.runtime.configuration.DurationConverter())
                .build()
                .getConfigMapping(CallsConfig.class);
        VertxServerBuilder builder = VertxServerBuilder.forAddress(vertx, "127.0.0.1", 0);
        new ConnectionAge(config).limit(builder);
        CompletableFuture<Void> started = new CompletableFuture<>();
        VertxServer vertxServer = builder.addService(
                        new EntityRecognitionServiceGrpc.EntityRecognitionServiceImplBase() {
                            @Override
                            public void recognizeEntities(
                                    RecognizeEntitiesRequest request,
                                    StreamObserver<RecognizeEntitiesResponse> answer) {
                                running.add(answer);
                            }
                        })
                .build()
                .start(result -> {
                    if (result.succeeded()) {
                        started.complete(null);
                    } else {
                        started.completeExceptionally(result.cause());
                    }
                });
        server = vertxServer;
        started.join();
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
                .usePlaintext()
                .build();
    }

    @AfterEach
    void stop() throws InterruptedException {
        channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
        server.shutdown();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @Test
    void anOldConnectionIsGivenUpAndTheCallOnItIsAnswered() throws InterruptedException {
        BlockingQueue<Object> outcome = new LinkedBlockingQueue<>();
        EntityRecognitionServiceGrpc.newStub(channel)
                .recognizeEntities(RecognizeEntitiesRequest.getDefaultInstance(), new StreamObserver<>() {
                    @Override
                    public void onNext(RecognizeEntitiesResponse answer) {
                        outcome.add(answer);
                    }

                    @Override
                    public void onError(Throwable failure) {
                        outcome.add(failure);
                    }

                    @Override
                    public void onCompleted() {}
                });
        StreamObserver<RecognizeEntitiesResponse> call = running.take();
        assertThat(channel.getState(false)).isEqualTo(ConnectivityState.READY);

        CountDownLatch given = new CountDownLatch(1);
        channel.notifyWhenStateChanged(ConnectivityState.READY, given::countDown);
        assertThat(given.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(channel.getState(false)).isEqualTo(ConnectivityState.IDLE);

        call.onNext(RecognizeEntitiesResponse.getDefaultInstance());
        call.onCompleted();
        assertThat(outcome.take()).isEqualTo(RecognizeEntitiesResponse.getDefaultInstance());
    }
}
