package dev.polymath.benchmarks;

import dev.polymath.common.v1.Document;
import dev.polymath.ner.v1.EntitiesResult;
import dev.polymath.ner.v1.EntityRecognitionServiceGrpc;
import dev.polymath.ner.v1.RecognizeEntitiesRequest;
import dev.polymath.ner.v1.RecognizeEntitiesResponse;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** All calls over one HTTP/2 connection, answers handled on its event loop: as little of the machine as a client can take. */
final class GrpcTarget extends Target {
    private final ManagedChannel channel;

    GrpcTarget(String address) {
        channel = Grpc.newChannelBuilder(address, InsecureChannelCredentials.create())
                .directExecutor()
                .build();
    }

    @Override
    Supplier<CompletableFuture<?>> encode(List<String> texts) {
        RecognizeEntitiesRequest.Builder builder = RecognizeEntitiesRequest.newBuilder();
        texts.forEach(text -> builder.addDocuments(Document.newBuilder().setText(text)));
        RecognizeEntitiesRequest request = builder.build();
        return () -> send(request);
    }

    private CompletableFuture<RecognizeEntitiesResponse> send(RecognizeEntitiesRequest request) {
        return UnaryCall.send(channel, EntityRecognitionServiceGrpc.getRecognizeEntitiesMethod(), request)
                .thenApply(response -> {
                    response.getResultsList().stream()
                            .filter(EntitiesResult::hasError)
                            .findFirst()
                            .ifPresent(failed -> {
                                throw new IllegalStateException(
                                        failed.getError().getMessage());
                            });
                    return response;
                });
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
