package dev.polymath.service;

import dev.polymath.common.v1.ErrorReason;
import dev.polymath.inference.Caller;
import dev.polymath.service.GatewayKeys.Identity;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusException;
import io.grpc.protobuf.StatusProto;
import io.quarkus.grpc.GlobalInterceptor;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.util.Arrays;
import java.util.Objects;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/**
 * Takes calls of the gateway alone, if the service has its keys ({@code polymath.calls.gateway-keys}); health is open. Without keys
 * the service takes calls of anybody, and starts on loopback only.
 */
@GlobalInterceptor
@ApplicationScoped
public class GatewayOnly implements ServerInterceptor {
    static final Metadata.Key<String> HEADER = Metadata.Key.of("polymath-identity", Metadata.ASCII_STRING_MARSHALLER);

    private static final String HEALTH = "grpc.health.v1.Health";
    private static final Context.Key<Caller> CALLER = Context.keyWithDefault("caller", Caller.UNKNOWN);

    private final @Nullable GatewayKeys keys;

    @Inject
    GatewayOnly(CallsConfig config) {
        this(config.gatewayKeys()
                .map(file -> new GatewayKeys(file, Clock.systemUTC()))
                .orElse(null));
    }

    GatewayOnly(@Nullable GatewayKeys keys) {
        this.keys = keys;
    }

    /** The client of the gateway for which the current call is made. */
    static Caller caller() {
        return CALLER.get();
    }

    void start(
            @Observes StartupEvent event,
            CallsConfig config,
            @ConfigProperty(name = "quarkus.grpc.server.host") String host) {
        check(host, config);
    }

    /**
     * Checks where the service is about to listen.
     *
     * @throws IllegalStateException if others than this machine's users could call, and nothing says that they may
     */
    static void check(String host, CallsConfig config) {
        if (config.gatewayKeys().isEmpty() && !config.allowAnonymousOnAnyAddress() && !isLoopback(host)) {
            throw new IllegalStateException("quarkus.grpc.server.host: " + host
                    + " (expected: an address of loopback, as long as the service takes calls of anybody;"
                    + " polymath.calls.gateway-keys=FILE restricts it to the gateway,"
                    + " polymath.calls.allow-anonymous-on-any-address=true opens it to whoever reaches it)");
        }
    }

    private static boolean isLoopback(String host) {
        try {
            return Arrays.stream(InetAddress.getAllByName(host)).allMatch(InetAddress::isLoopbackAddress);
        } catch (UnknownHostException e) {
            return false;
        }
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        String service = Objects.requireNonNullElse(call.getMethodDescriptor().getServiceName(), "");
        if (keys == null || service.equals(HEALTH)) {
            return next.startCall(call, headers);
        }
        String token = headers.get(HEADER);
        if (token == null) {
            return refuse(call, "is missing");
        }
        Identity identity;
        try {
            identity = keys.identify(token, service);
        } catch (IllegalArgumentException e) {
            return refuse(call, Objects.requireNonNullElse(e.getMessage(), "is not right"));
        }
        Caller caller = identity.client().isEmpty() ? Caller.UNKNOWN : new Caller(identity.client(), identity.weight());
        return Contexts.interceptCall(Context.current().withValue(CALLER, caller), call, headers, next);
    }

    private static <Q, R> ServerCall.Listener<Q> refuse(ServerCall<Q, R> call, String why) {
        StatusException e = StatusProto.toStatusException(ErrorStatus.status(
                ErrorReason.ERROR_REASON_UNAUTHENTICATED,
                "this service takes calls of its gateway alone, whose identity " + why
                        + " (expected: polymath-identity, signed with a key of polymath.calls.gateway-keys)"));
        Metadata trailers = e.getTrailers();
        call.close(e.getStatus(), trailers == null ? new Metadata() : trailers);
        return new ServerCall.Listener<>() {};
    }
}
