package dev.polymath.gateway;

import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.tls.CertificateUpdatedEvent;
import io.quarkus.tls.TlsConfiguration;
import io.quarkus.tls.TlsConfigurationRegistry;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/** Puts the gateway together from its configuration, starts and stops it. */
@Singleton
public class Gateway {
    private final GatewayConfig config;
    private final Routes routes;
    private final @Nullable SigningKeys keys;
    private final @Nullable Revocation revocation;
    private final @Nullable ServerTls serverTls;
    private final @Nullable GatewayIdentity identity;
    private final @Nullable RedisBuckets redis;
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
            @ConfigProperty(name = "quarkus.http.tls-configuration-name") Optional<String> httpTls,
            @ConfigProperty(name = "quarkus.grpc.server.host") String host,
            @ConfigProperty(name = "quarkus.grpc.server.port") int port) {
        this.config = config;
        ConnectionLimits.install(config.limits());
        timer.setRemoveOnCancelPolicy(true); // most streams end long before their token
        Bindings.check(config.auth(), Map.of("quarkus.http.host", httpHost, "quarkus.grpc.server.host", host));
        Schema schema = Schema.load(config.descriptorSets().orElse(List.of()));
        CallLog log = new CallLog(meters, telemetry);
        identity = config.identity()
                .keyFile()
                .map(file -> new GatewayIdentity(file, Clock.systemUTC()))
                .orElse(null);
        GatewayConfig.Quota quota = config.quota();
        Buckets local = new LocalBuckets(System::nanoTime);
        redis = quota.redis()
                .map(uri -> new RedisBuckets(
                        uri, quota.redisTimeout(), quota.redisFailure(), local, meters, System::nanoTime))
                .orElse(null);
        routes = new Routes(
                config, schema, identity, new Quotas(quota, redis == null ? local : redis, meters, this::later));
        GatewayConfig.Auth auth = config.auth();
        if (auth.enabled()) {
            SignInServer server = new SignInServer(auth.timeout(), trust(auth, tls));
            keys = new SigningKeys(
                    issuer(auth),
                    auth.keysUrl().orElse(null),
                    server::get,
                    System::nanoTime,
                    auth.keysRefresh(),
                    auth.keysMinRefresh());
            revocation = auth.introspection().enabled() ? revocation(auth, server) : null;
        } else {
            keys = null;
            revocation = null;
        }
        Access access = new Access(
                keys == null ? null : new TokenVerifier(keys, issuer(auth), auth, Clock.systemUTC(), timer),
                revocation);
        serverTls = TlsConfiguration.from(tls, httpTls)
                .filter(configuration -> configuration.getKeyStoreOptions() != null)
                .map(configuration -> new ServerTls(configuration, vertx))
                .orElse(null);
        grpc = new GrpcServer(host, port, serverTls == null ? null : serverTls.context(), routes, access, log);
        http = new HttpFront(routes, schema, access, auth.adminScope(), log, vertx);
    }

    private Runnable later(Duration time, Runnable task) {
        ScheduledFuture<?> scheduled = timer.schedule(task, time.toNanos(), TimeUnit.NANOSECONDS);
        return () -> scheduled.cancel(false);
    }

    private static Revocation revocation(GatewayConfig.Auth auth, SignInServer server) {
        GatewayConfig.Auth.Introspection config = auth.introspection();
        String key = "polymath.gateway.auth.introspection";
        String client = config.clientId()
                .orElseThrow(() -> new IllegalArgumentException(
                        key + ".client-id: missing (expected: the gateway's own client at the sign-in server)"));
        String secret = config.clientSecret()
                .orElseThrow(() -> new IllegalArgumentException(
                        key + ".client-secret: missing (expected: the secret of the client " + client + ")"));
        Supplier<CompletionStage<URI>> url = () -> config.url()
                .map(CompletableFuture::completedStage)
                .orElseGet(() -> Discovery.find(issuer(auth), "introspection_endpoint", server::get));
        return new Revocation(
                token -> url.get()
                        .thenCompose(found -> server.post(
                                found, Map.of("token", token, "token_type_hint", "access_token"), client, secret)),
                System::nanoTime,
                config.interval());
    }

    private static String issuer(GatewayConfig.Auth auth) {
        return auth.issuer()
                .orElseThrow(() -> new IllegalArgumentException("polymath.gateway.auth.issuer: missing (expected: the"
                        + " issuer of the tokens, for example https://sign-in.example/realms/polymath)"));
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

    void reload(@Observes CertificateUpdatedEvent event) {
        if (serverTls != null) {
            serverTls.update(event.name(), event.tlsConfiguration());
        }
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
        if (revocation != null) {
            revocation.tick();
        }
        if (identity != null) {
            identity.tick();
        }
        if (redis != null) {
            redis.tick();
        }
    }

    void stop(@Observes ShutdownEvent event) throws InterruptedException {
        grpc.stop(config.shutdownTimeout());
        timer.shutdownNow();
        routes.backends().forEach(backend -> backend.channel().shutdownNow());
        if (redis != null) {
            redis.close();
        }
    }
}
