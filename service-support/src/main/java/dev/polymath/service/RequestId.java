package dev.polymath.service;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.quarkus.grpc.GlobalInterceptor;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.UUID;

/**
 * The id of the current call: metadata {@code x-request-id}, which the gateway sets, or a new one. It is in the log and
 * in the answer of what goes wrong, so that one leads to the other.
 */
@GlobalInterceptor
@ApplicationScoped
public class RequestId implements ServerInterceptor {
    static final Metadata.Key<String> HEADER = Metadata.Key.of("x-request-id", Metadata.ASCII_STRING_MARSHALLER);

    private static final Context.Key<String> KEY = Context.key("request-id");
    private static final String ACCEPTED = "[A-Za-z0-9._-]{1,128}";

    /** The id of the call on whose thread this is asked, else a new one. */
    public static String current() {
        String id = KEY.get();
        return id != null ? id : UUID.randomUUID().toString();
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        String given = headers.get(HEADER);
        String id = given != null && given.matches(ACCEPTED)
                ? given
                : UUID.randomUUID().toString();
        return Contexts.interceptCall(Context.current().withValue(KEY, id), call, headers, next);
    }
}
