package dev.polymath.gateway;

import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.tls.TlsConfigurationRegistry;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/** Puts the gateway together from its configuration, starts and stops it. */
@Singleton
public class Gateway {
    private final GatewayConfig config;
    private final Routes routes;
    private final @Nullable SigningKeys keys;
    private final GrpcServer grpc;
    private final HttpFront http;
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, task -> {
        Thread thread = new Thread(task, "polymath-timer");
        thread.setDaemon(true);
        return thread;
    });

    @Inject
    Gateway(
            GatewayConfig config,
            MeterRegistry meters,
            OpenTelemetry telemetry,
            Vertx vertx,
            TlsConfigurationRegistry tls,
            @ConfigProperty(name = "quarkus.http.host") String httpHost,
            @ConfigProperty(name = "quarkus.grpc.server.host") String host,
            @ConfigProperty(name = "quarkus.grpc.server.port") int port) {
        this.config = config;
        timer.setRemoveOnCancelPolicy(true); // most streams end long before their token
        Bindings.check(config.auth(), Map.of("quarkus.http.host", httpHost, "quarkus.grpc.server.host", host));
        Schema schema = Schema.load(config.descriptorSets().orElse(List.of()));
        CallLog log = new CallLog(meters, telemetry);
        routes = new Routes(config, schema);
        keys = config.auth().enabled() ? keys(config.auth(), tls) : null;
        Access access = new Access(
                keys == null
                        ? null
                        : new TokenVerifier(keys, issuer(config.auth()), config.auth(), Clock.systemUTC(), timer));
        grpc = new GrpcServer(host, port, routes, access, log);
        http = new HttpFront(routes, schema, access, config.auth().adminScope(), log, vertx);
    }

    private static String issuer(GatewayConfig.Auth auth) {
        return auth.issuer()
                .orElseThrow(() -> new IllegalArgumentException("polymath.gateway.auth.issuer: missing (expected: the"
                        + " issuer of the tokens, for example https://sign-in.example/realms/polymath)"));
    }

    private static SigningKeys keys(GatewayConfig.Auth auth, TlsConfigurationRegistry tls) {
        SignInServer server = new SignInServer(auth.timeout(), trust(auth, tls));
        return new SigningKeys(
                issuer(auth),
                auth.keysUrl().orElse(null),
                server::get,
                System::nanoTime,
                auth.keysRefresh(),
                auth.keysMinRefresh());
    }

    private static @Nullable SSLContext trust(GatewayConfig.Auth auth, TlsConfigurationRegistry tls) {
        Optional<String> name = auth.tlsConfigurationName();
        if (name.isEmpty()) {
            return null;
        }
        try {
            return tls.get(name.get())
                    .orElseThrow(() -> new IllegalArgumentException("polymath.gateway.auth.tls-configuration-name: "
                            + name.get() + " (expected: a name of quarkus.tls.<name>.*)"))
                    .createSSLContext();
        } catch (IllegalArgumentException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalArgumentException("quarkus.tls." + name.get() + ": cannot be used", e);
        }
    }

    Routes routes() {
        return routes;
    }

    /** Whether the gateway can tell good tokens from bad ones; true if it needs none. */
    boolean canSignIn() {
        return keys == null || keys.known();
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
        var unused = timer.scheduleWithFixedDelay(this::tick, 0, 1, TimeUnit.SECONDS);
    }

    private void tick() {
        routes.backends().forEach(Backend::reconnect);
        if (keys != null) {
            keys.tick();
        }
    }

    void stop(@Observes ShutdownEvent event) throws InterruptedException {
        grpc.stop(config.shutdownTimeout());
        timer.shutdownNow();
        routes.backends().forEach(backend -> backend.channel().shutdownNow());
    }
}
