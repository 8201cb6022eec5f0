package dev.polymath.service;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.StatusException;
import io.grpc.protobuf.StatusProto;
import io.quarkus.grpc.ExceptionHandler;
import io.quarkus.grpc.ExceptionHandlerProvider;
import jakarta.enterprise.context.ApplicationScoped;

/** Sends what a gRPC method throws as {@link ErrorStatus} says. */
@ApplicationScoped
public class StatusExceptionHandlerProvider implements ExceptionHandlerProvider {
    @Override
    public <Q, R> ExceptionHandler<Q, R> createHandler(
            ServerCall.Listener<Q> listener, ServerCall<Q, R> serverCall, Metadata metadata) {
        return new ExceptionHandler<>(listener, serverCall, metadata) {
            private boolean failed;

            @Override
            protected void handleException(Throwable failure, ServerCall<Q, R> call, Metadata headers) {
                if (failed) {
                    return; // gRPC goes on with a call that is closed: a message that does not parse, then its end
                }
                failed = true;
                StatusException e = StatusProto.toStatusException(ErrorStatus.of(failure));
                Metadata trailers = e.getTrailers();
                call.close(e.getStatus(), trailers == null ? new Metadata() : trailers);
            }
        };
    }

    @Override
    public Throwable transform(Throwable failure) {
        return StatusProto.toStatusException(ErrorStatus.of(failure));
    }
}
