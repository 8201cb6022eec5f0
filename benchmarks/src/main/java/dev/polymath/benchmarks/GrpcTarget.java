package dev.polymath.benchmarks;

import dev.polymath.common.v1.Document;
import dev.polymath.ner.v1.EntitiesResult;
import dev.polymath.ner.v1.EntityRecognitionServiceGrpc;
import dev.polymath.ner.v1.EntityRecognitionServiceGrpc.EntityRecognitionServiceStub;
import dev.polymath.ner.v1.RecognizeEntitiesRequest;
import dev.polymath.ner.v1.RecognizeEntitiesResponse;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** All calls over one HTTP/2 connection, answers handled on its event loop: as little of the machine as a client can take. */
final class GrpcTarget extends Target {
    private final ManagedChannel channel;
    private final EntityRecognitionServiceStub stub;

    GrpcTarget(String address) {
        channel = Grpc.newChannelBuilder(address, InsecureChannelCredentials.create())
                .directExecutor()
                .build();
        stub = EntityRecognitionServiceGrpc.newStub(channel);
    }

    @Override
    Supplier<CompletableFuture<?>> encode(List<String> texts) {
        RecognizeEntitiesRequest.Builder builder = RecognizeEntitiesRequest.newBuilder();
        texts.forEach(text -> builder.addDocuments(Document.newBuilder().setText(text)));
        RecognizeEntitiesRequest request = builder.build();
        return () -> send(request);
    }

    private CompletableFuture<RecognizeEntitiesResponse> send(RecognizeEntitiesRequest request) {
        CompletableFuture<RecognizeEntitiesResponse> answer = new CompletableFuture<>();
        stub.withDeadlineAfter(TIMEOUT_SECONDS, TimeUnit.SECONDS).recognizeEntities(request, new StreamObserver<>() {
            @Override
            public void onNext(RecognizeEntitiesResponse response) {
                response.getResultsList().stream()
                        .filter(EntitiesResult::hasError)
                        .findFirst()
                        .ifPresentOrElse(
                                failed -> answer.completeExceptionally(new IllegalStateException(
                                        failed.getError().getMessage())),
                                () -> answer.complete(response));
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

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
