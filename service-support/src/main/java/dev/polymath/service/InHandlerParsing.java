package dev.polymath.service;

import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import java.io.InputStream;

/**
 * Lets a service's messages be parsed inside of the interceptors. grpc-java answers a request that does not parse, a
 * string that is not UTF-8 for one, with UNKNOWN "Application error"; parsed here, it reaches
 * {@link StatusExceptionHandlerProvider} and becomes INVALID_ARGUMENT.
 */
public final class InHandlerParsing {
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
        return ServerInterceptors.useMarshalledMessages(service, AS_IT_IS);
    }
}
