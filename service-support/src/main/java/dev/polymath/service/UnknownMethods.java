package dev.polymath.service;

import dev.polymath.common.v1.ErrorReason;
import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.StatusException;
import io.grpc.protobuf.StatusProto;
import io.quarkus.arc.Unremovable;
import io.quarkus.grpc.api.ServerBuilderCustomizer;
import io.quarkus.grpc.runtime.config.GrpcServerConfiguration;
import io.vertx.grpc.VertxServerBuilder;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Answers a call of a method that the server does not have with METHOD_NOT_FOUND, details and all. */
@Unremovable
@ApplicationScoped
public class UnknownMethods implements ServerBuilderCustomizer<VertxServerBuilder> {
    private static final MethodDescriptor.Marshaller<InputStream> UNREAD = new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(InputStream message) {
            return message;
        }

        @Override
        public InputStream parse(InputStream message) {
            return new ByteArrayInputStream(new byte[0]);
        }
    };

    @Override
    public void customize(GrpcServerConfiguration config, VertxServerBuilder builder) {
        builder.fallbackHandlerRegistry(new HandlerRegistry() {
            @Override
            public ServerMethodDefinition<?, ?> lookupMethod(String method, @Nullable String authority) {
                return ServerMethodDefinition.create(
                        MethodDescriptor.newBuilder(UNREAD, UNREAD)
                                .setType(MethodDescriptor.MethodType.UNKNOWN)
                                .setFullMethodName(method)
                                .build(),
                        (call, headers) -> refuse(call, method));
            }
        });
    }

    private static <Q, R> ServerCall.Listener<Q> refuse(ServerCall<Q, R> call, String method) {
        StatusException e = StatusProto.toStatusException(ErrorStatus.status(
                ErrorReason.ERROR_REASON_METHOD_NOT_FOUND,
                Violations.quote(method) + ": no such method (reflection lists those that there are)"));
        Metadata trailers = e.getTrailers();
        call.close(e.getStatus(), trailers == null ? new Metadata() : trailers);
        return new ServerCall.Listener<>() {};
    }
}
