package dev.polymath.gateway;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;

/** A gateway as the application makes it, with fake services behind it, on free ports of loopback. */
@NullUnmarked
final class GatewayFixture implements AutoCloseable {
    static final String PREFIX = "polymath.gateway.";
    static final Path ACME = Path.of("target/test-classes/acme.protobin");

    final FakeServices ner;
    final FakeServices vision;
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final Routes routes;
    final GrpcServer grpc;
    final ManagedChannel channel;
    final int httpPort;
    private final Vertx vertx = Vertx.vertx();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

    GatewayFixture(Map<String, String> more) throws IOException {
        this(more, OpenTelemetry.noop());
    }

    GatewayFixture(Map<String, String> more, OpenTelemetry telemetry) throws IOException {
        this(more, telemetry, new Access(null, null), null, null);
    }

    GatewayFixture(Map<String, String> more, Access access) throws IOException {
        this(more, OpenTelemetry.noop(), access, null, null);
    }

    /** With buckets, and a way to wait, that a test holds. */
    GatewayFixture(Map<String, String> more, Access access, Buckets buckets, Quotas.Alarm alarm) throws IOException {
        this(more, OpenTelemetry.noop(), access, buckets, alarm);
    }

    private GatewayFixture(
            Map<String, String> more, OpenTelemetry telemetry, Access access, Buckets buckets, Quotas.Alarm alarm)
            throws IOException {
        ner = new FakeServices("ner");
        vision = new FakeServices("vision");
        Map<String, String> properties = new HashMap<>(Map.of(
                PREFIX + "descriptor-sets", ACME.toString(),
                PREFIX + "services.ner.address", ner.address(),
                PREFIX + "services.ner.grpc-services",
                        "polymath.ner.v1.EntityRecognitionService,polymath.models.v1.ModelService",
                PREFIX + "services.vision.address", vision.address(),
                PREFIX + "services.vision.grpc-services", "polymath.models.v1.ModelService",
                PREFIX + "services.weather.address", ner.address(),
                PREFIX + "services.weather.grpc-services", "acme.weather.v1.WeatherService"));
        properties.putAll(more);
        GatewayConfig config = config(properties);
        ConnectionLimits.install(config.limits());
        Schema schema = Schema.load(config.descriptorSets().orElse(List.of()));
        CallLog log = new CallLog(meters, telemetry);
        routes = new Routes(
                config,
                schema,
                config.identity()
                        .keyFile()
                        .map(file -> new GatewayIdentity(file, Clock.systemUTC()))
                        .orElse(null),
                new Quotas(
                        config.quota(),
                        buckets == null ? new LocalBuckets(System::nanoTime) : buckets,
                        meters,
                        alarm == null ? this::later : alarm));
        grpc = new GrpcServer("127.0.0.1", 0, null, routes, access, log);
        grpc.start();
        channel = NettyChannelBuilder.forAddress("127.0.0.1", grpc.port())
                .usePlaintext()
                .maxInboundMessageSize(64 * 1024 * 1024)
                .maxInboundMetadataSize(RawMessage.MAX_METADATA_BYTES)
                .build();
        Router router = Router.router(vertx);
        new HttpFront(routes, schema, access, config.auth().adminScope(), log, vertx).register(router);
        HttpServer http = vertx.createHttpServer(
                        new HttpServerOptions().setHost("127.0.0.1").setDecompressionSupported(true))
                .requestHandler(router)
                .listen(0)
                .toCompletionStage()
                .toCompletableFuture()
                .join();
        httpPort = http.actualPort();
    }

    private Runnable later(Duration time, Runnable task) {
        ScheduledFuture<?> scheduled = timer.schedule(task, time.toNanos(), TimeUnit.NANOSECONDS);
        return () -> scheduled.cancel(false);
    }

    static GatewayConfig config(Map<String, String> properties) {
        return new SmallRyeConfigBuilder()
                .withMapping(GatewayConfig.class)
                .withSources(new PropertiesConfigSource(properties, "test", 500))
                .withConverter(Duration.class, 200, new io.quarkus.runtime.configuration.DurationConverter())
                .build()
                .getConfigMapping(GatewayConfig.class);
    }

    double count(String method, String code) {
        var counter = meters.find("polymath.gateway.requests")
                .tags("method", method, "code", code)
                .counters();
        return counter.stream().mapToDouble(c -> c.count()).sum();
    }

    @Override
    public void close() throws Exception {
        channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
        grpc.stop(Duration.ofSeconds(1));
        routes.backends().forEach(backend -> backend.channel().shutdownNow());
        vertx.close().toCompletionStage().toCompletableFuture().join();
        ner.close();
        vision.close();
        timer.shutdownNow();
    }
}
