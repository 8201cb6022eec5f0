package dev.polymath.gateway;

import io.grpc.Server;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The gRPC port: the proxy, health and reflection. A server of grpc-java of its own, because the one of Quarkus does not start
 * without a service of the application, runs all calls in one event loop, and does not wait for running calls when it stops.
 */
final class GrpcServer {
    private static final Logger LOG = Logger.getLogger(GrpcServer.class);

    private final Server server;
    private final HealthStatusManager health = new HealthStatusManager();
    private final String host;
    private final int port;
    private final boolean tls;

    GrpcServer(String host, int port, @Nullable SslContext tls, Routes routes, Access access, CallLog log) {
        GatewayConfig.Limits limits = routes.limits();
        this.host = host;
        this.port = port;
        this.tls = tls != null;
        NettyServerBuilder builder = NettyServerBuilder.forAddress(new InetSocketAddress(host, port));
        if (tls != null) {
            builder.sslContext(tls);
        }
        server = builder.directExecutor() // nothing blocks in here; a hop to another thread would cost more than the
                // work
                .maxInboundMessageSize(RawMessage.CUT_OFF_BYTES)
                .maxInboundMetadataSize(RawMessage.MAX_METADATA_BYTES)
                .maxConcurrentCallsPerConnection(limits.callsPerConnection())
                .handshakeTimeout(limits.headTimeout().toMillis(), TimeUnit.MILLISECONDS)
                .maxConnectionIdle(limits.idleTimeout().toMillis(), TimeUnit.MILLISECONDS)
                .keepAliveTime(2, TimeUnit.MINUTES)
                .keepAliveTimeout(20, TimeUnit.SECONDS)
                .permitKeepAliveTime(20, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .addService(health.getHealthService())
                .addService(ProtoReflectionServiceV1.newInstance())
                .fallbackHandlerRegistry(new GrpcProxy(routes, log))
                .intercept(new SignIn(access, routes, log))
                .build();
        routes.backends()
                .forEach(backend -> backend.watch((changed, reachable) -> routes.servicesOf(changed)
                        .forEach(service -> health.setStatus(
                                service,
                                routes.reachable(service) ? ServingStatus.SERVING : ServingStatus.NOT_SERVING))));
    }

    void start() {
        try {
            server.start();
            LOG.infof("gRPC on %s:%d%s", host, server.getPort(), tls ? " with TLS" : "");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot listen on " + host + ":" + port + " for gRPC", e);
        }
    }

    int port() {
        return server.getPort();
    }

    /** Takes no new calls, waits for the running ones, then ends those that are left. */
    void stop(Duration timeout) throws InterruptedException {
        health.enterTerminalState();
        server.shutdown();
        if (!server.awaitTermination(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
            server.shutdownNow();
        }
    }
}
