package dev.polymath.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.Status;
import dev.polymath.ner.v1.EntitiesResult;
import dev.polymath.ner.v1.EntityRecognitionServiceGrpc.EntityRecognitionServiceImplBase;
import dev.polymath.ner.v1.RecognizeEntitiesRequest;
import dev.polymath.ner.v1.RecognizeEntitiesResponse;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GrpcTargetTest {
    private final AtomicInteger calls = new AtomicInteger();
    private Server server;

    @BeforeEach
    void start() throws IOException {
        server = NettyServerBuilder.forAddress(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), InsecureServerCredentials.create())
                .addService(new Recognizer())
                .build()
                .start();
    }

    @AfterEach
    void stop() {
        server.shutdownNow();
    }

    @Test
    void everyAnswerIsCountedOnceWithAllItsDocuments() {
        try (Target target = Target.open(Target.Protocol.grpc, "127.0.0.1:" + server.getPort())) {
            List<Request> requests = target.requests(new Corpus(List.of("one two", "three", "four five six")), 2);
            assertThat(requests).extracting(Request::words).containsExactly(3, 3);

            LoadResult result = new LoadGenerator(requests, Clock.SYSTEM)
                    .closedLoop("4 callers", 4, Duration.ZERO, Duration.ofMillis(500));

            assertThat(result.failures()).isEmpty();
            assertThat(result.answers()).isEqualTo(calls.get()).isGreaterThan(4);
        }
    }

    @Test
    void errorOfOneDocumentMakesTheCallAFailure() {
        try (Target target = Target.open(Target.Protocol.grpc, "127.0.0.1:" + server.getPort())) {
            List<Request> requests = target.requests(new Corpus(List.of("good", "bad")), 2);

            LoadResult result = new LoadGenerator(requests, Clock.SYSTEM)
                    .closedLoop("1 caller", 1, Duration.ZERO, Duration.ofMillis(100));

            assertThat(result.answers()).isZero();
            assertThat(result.failures()).containsOnlyKeys("documents[N]: bad");
        }
    }

    private final class Recognizer extends EntityRecognitionServiceImplBase {
        @Override
        public void recognizeEntities(
                RecognizeEntitiesRequest request, StreamObserver<RecognizeEntitiesResponse> observer) {
            calls.incrementAndGet();
            RecognizeEntitiesResponse.Builder response = RecognizeEntitiesResponse.newBuilder();
            request.getDocumentsList().forEach(document -> {
                EntitiesResult.Builder result = EntitiesResult.newBuilder();
                if (document.getText().equals("bad")) {
                    result.setError(Status.newBuilder().setMessage("documents[1]: bad"));
                }
                response.addResults(result);
            });
            observer.onNext(response.build());
            observer.onCompleted();
        }
    }
}
