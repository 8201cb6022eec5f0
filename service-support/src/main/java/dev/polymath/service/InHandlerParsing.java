package dev.polymath.service;

import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * Lets a service's messages be parsed inside of the interceptors. grpc-java answers a request that does not parse, a
 * string that is not UTF-8 for one, with UNKNOWN "Application error"; parsed here, it reaches
 * {@link StatusExceptionHandlerProvider} and becomes INVALID_ARGUMENT.
 */
public final class InHandlerParsing {
    private static final Marshaller<InputStream> BYTES = new Marshaller<>() {
        @Override
        public InputStream stream(InputStream message) {
            return message;
        }

        @Override
        public InputStream parse(InputStream message) {
            try {
                // a copy, because interceptors pass the message on after gRPC has released its buffers
                return new ByteArrayInputStream(message.readAllBytes());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    };

    private static final Marshaller<InputStream> AS_IT_IS = new Marshaller<>() {
        @Override
        public InputStream stream(InputStream message) {
            return message;
        }

        @Override
        public InputStream parse(InputStream message) {
            return message;
        }
    };

    private InHandlerParsing() {}

    public static ServerServiceDefinition of(ServerServiceDefinition service) {
        return ServerInterceptors.useMarshalledMessages(service, BYTES, AS_IT_IS);
    }
}
