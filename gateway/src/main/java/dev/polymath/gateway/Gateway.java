package dev.polymath.gateway;

import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Puts the gateway together from its configuration, starts and stops it. */
@Singleton
public class Gateway {
    private final GatewayConfig config;
    private final Routes routes;
    private final GrpcServer grpc;
    private final HttpFront http;
    private final ScheduledExecutorService reconnect = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "polymath-reconnect");
        thread.setDaemon(true);
        return thread;
    });

    @Inject
    Gateway(
            GatewayConfig config,
            MeterRegistry meters,
            OpenTelemetry telemetry,
            Vertx vertx,
            @ConfigProperty(name = "quarkus.grpc.server.host") String host,
            @ConfigProperty(name = "quarkus.grpc.server.port") int port) {
        this.config = config;
        Schema schema = Schema.load(config.descriptorSets().orElse(List.of()));
        CallLog log = new CallLog(meters, telemetry);
        routes = new Routes(config, schema);
        grpc = new GrpcServer(host, port, routes, new GrpcProxy(routes, log));
        http = new HttpFront(routes, schema, log, vertx);
    }

    Routes routes() {
        return routes;
    }

    /** The port that gRPC listens on; of interest where the configured one is 0. */
    int grpcPort() {
        return grpc.port();
    }

    void register(@Observes Router router) {
        http.register(router);
    }

    void start(@Observes StartupEvent event) {
        grpc.start();
        var unused = reconnect.scheduleWithFixedDelay(
                () -> routes.backends().forEach(Backend::reconnect), 1, 1, TimeUnit.SECONDS);
    }

    void stop(@Observes ShutdownEvent event) throws InterruptedException {
        reconnect.shutdownNow();
        grpc.stop(config.shutdownTimeout());
        routes.backends().forEach(backend -> backend.channel().shutdownNow());
    }
}
