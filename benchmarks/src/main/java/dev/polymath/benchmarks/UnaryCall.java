package dev.polymath.benchmarks;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A gRPC call with one request and one answer, as a future. */
final class UnaryCall {
    private UnaryCall() {}

    /** Sends the request without waiting. */
    static <Q, R> CompletableFuture<R> send(Channel channel, MethodDescriptor<Q, R> method, Q request) {
        CompletableFuture<R> answer = new CompletableFuture<>();
        ClientCalls.asyncUnaryCall(
                channel.newCall(
                        method, CallOptions.DEFAULT.withDeadlineAfter(Target.TIMEOUT_SECONDS, TimeUnit.SECONDS)),
                request,
                new StreamObserver<R>() {
                    @Override
                    public void onNext(R response) {
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
}
