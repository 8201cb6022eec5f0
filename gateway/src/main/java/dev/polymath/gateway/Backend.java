package dev.polymath.gateway;

import com.google.protobuf.Descriptors.ServiceDescriptor;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** A service behind the gateway: its name and the channel to it. Thread-safe. */
final class Backend {
    private static final Logger LOG = Logger.getLogger(Backend.class);
    private static final Pattern ADDRESS = Pattern.compile("(\\[[0-9A-Fa-f:.]+]|[^\\[\\]:/\\s]+):\\d{1,5}");

    private final String name;
    private final ManagedChannel channel;

    private Backend(String name, ManagedChannel channel) {
        this.name = name;
        this.channel = channel;
    }

    /**
     * Makes the channel; connecting goes on in the background.
     *
     * @throws IllegalArgumentException if the address is not one
     */
    static Backend connect(String name, GatewayConfig.Service config, Schema schema) {
        String address = config.address();
        if (!address.contains("://") && !ADDRESS.matcher(address).matches()) {
            throw new IllegalArgumentException("polymath.gateway.services." + name + ".address: " + address
                    + " (expected: host:port or a gRPC target such as dns:///host:port)");
        }
        NettyChannelBuilder builder = NettyChannelBuilder.forTarget(
                        address.contains("://") ? address : "dns:///" + address)
                .directExecutor() // nothing blocks in here; a hop to another thread would cost more than the work
                .maxInboundMessageSize(RawMessage.MAX_BYTES)
                .maxInboundMetadataSize(RawMessage.MAX_METADATA_BYTES)
                // Longer than the five minutes that servers allow by default before they call pings too many.
                .keepAliveTime(6, TimeUnit.MINUTES)
                .keepAliveTimeout(20, TimeUnit.SECONDS)
                // Always connected, so that the first call is as fast as any and health knows the state.
                .idleTimeout(365, TimeUnit.DAYS)
                .disableServiceConfigLookUp()
                .defaultServiceConfig(serviceConfig(config, schema))
                .perRpcBufferLimit(2L * RawMessage.MAX_BYTES)
                .retryBufferSize(8L * RawMessage.MAX_BYTES);
        if (!config.tls()) {
            builder.usePlaintext();
        }
        return new Backend(name, builder.build());
    }

    /**
     * Round robin over the addresses that say they are ready (gRPC health; who has no such service counts as ready), and one retry for
     * unary methods that fail with UNAVAILABLE before any answer. gRPC itself keeps the deadline over both attempts, does not retry
     * when the service forbids it ({@code grpc-retry-pushback-ms}), and stops retrying while most calls fail, so that retries do not
     * keep an overloaded service down. docs/adr/0021-replicas-and-retries.md has the reasons.
     */
    private static Map<String, ?> serviceConfig(GatewayConfig.Service config, Schema schema) {
        List<Map<String, String>> unary = new ArrayList<>();
        for (String name : config.grpcServices()) {
            ServiceDescriptor service = schema.service(name);
            if (service != null) {
                service.getMethods().stream()
                        .filter(method -> !method.isClientStreaming() && !method.isServerStreaming())
                        .forEach(method -> unary.add(Map.of("service", name, "method", method.getName())));
            }
        }
        List<?> roundRobin = List.of(Map.of("round_robin", Map.of()));
        Map<String, ?> health = Map.of("serviceName", "");
        if (unary.isEmpty()) {
            return Map.of("loadBalancingConfig", roundRobin, "healthCheckConfig", health);
        }
        Map<String, ?> retry = Map.of(
                "maxAttempts",
                2.0,
                "initialBackoff",
                "0.02s",
                "maxBackoff",
                "0.1s",
                "backoffMultiplier",
                2.0,
                "retryableStatusCodes",
                List.of("UNAVAILABLE"));
        return Map.of(
                "loadBalancingConfig",
                roundRobin,
                "healthCheckConfig",
                health,
                "methodConfig",
                List.of(Map.of("name", unary, "retryPolicy", retry)),
                "retryThrottling",
                // Half of them are the calls that a replica may have open when it dies, and that are all tried again.
                Map.of("maxTokens", 200.0, "tokenRatio", 0.1));
    }

    String name() {
        return name;
    }

    ManagedChannel channel() {
        return channel;
    }

    boolean reachable() {
        return channel.getState(true) == ConnectivityState.READY;
    }

    /** Calls back with each change between reachable and not; a service counts as not reachable until it is known to be. */
    void watch(BiConsumer<Backend, Boolean> listener) {
        listener.accept(this, false);
        watch(listener, null);
    }

    private void watch(BiConsumer<Backend, Boolean> listener, @Nullable Boolean before) {
        ConnectivityState state = channel.getState(true);
        // CONNECTING says nothing: what was reachable a moment ago may just be moving.
        Boolean now = switch (state) {
            case READY -> Boolean.TRUE;
            case TRANSIENT_FAILURE, SHUTDOWN -> Boolean.FALSE;
            case CONNECTING, IDLE -> before;
        };
        if (now != null && !now.equals(before)) {
            listener.accept(this, now);
            LOG.infof("service '%s' is %s", name, now ? "reachable" : "not reachable");
        }
        if (state != ConnectivityState.SHUTDOWN) {
            channel.notifyWhenStateChanged(state, () -> watch(listener, now));
        }
    }

    /** Tries those addresses again now that were not reachable; gRPC alone would wait for up to two minutes. */
    void reconnect() {
        channel.resetConnectBackoff();
    }
}
