package dev.polymath.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import acme.weather.v1.GetWeatherRequest;
import acme.weather.v1.Weather;
import io.grpc.CallOptions;
import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.NameResolverRegistry;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.StatusOr;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How calls spread over the replicas behind one name, which is answered anew only when a client asks again, as DNS is. */
@Timeout(120)
@NullUnmarked
class LoadBalancingTest {
    private final Names names = new Names();
    private final List<Replica> replicas = new ArrayList<>();
    private GatewayFixture gateway;

    /** A replica that counts its calls, and asks its callers to connect anew as services do. */
    private static final class Replica {
        final AtomicInteger calls = new AtomicInteger();
        final HealthStatusManager health = new HealthStatusManager();
        final Server server;

        Replica(Duration maxConnectionAge, int port) throws IOException {
            server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", port))
                    .maxConnectionAge(maxConnectionAge.toMillis(), TimeUnit.MILLISECONDS)
                    .addService(health.getHealthService())
                    .addService(ServerServiceDefinition.builder("acme.weather.v1.WeatherService")
                            .addMethod(FakeServices.PING, ServerCalls.asyncUnaryCall((request, answer) -> {
                                calls.incrementAndGet();
                                answer.onNext(Weather.getDefaultInstance());
                                answer.onCompleted();
                            }))
                            .build())
                    .build()
                    .start();
        }
    }

    /** The name {@code replicas:///weather}. */
    private static final class Names extends NameResolverProvider {
        final List<EquivalentAddressGroup> addresses = new CopyOnWriteArrayList<>();

        @Override
        public NameResolver newNameResolver(URI target, NameResolver.Args arguments) {
            if (!target.getScheme().equals(getDefaultScheme())) {
                return null;
            }
            return new NameResolver() {
                private Listener2 listener;

                @Override
                public String getServiceAuthority() {
                    return "weather";
                }

                @Override
                public void start(Listener2 firstListener) {
                    listener = firstListener;
                    refresh();
                }

                @Override
                public void refresh() {
                    arguments
                            .getSynchronizationContext()
                            .execute(() -> listener.onResult2(ResolutionResult.newBuilder()
                                    .setAddressesOrError(StatusOr.fromValue(List.copyOf(addresses)))
                                    .build()));
                }

                @Override
                public void shutdown() {}
            };
        }

        @Override
        public String getDefaultScheme() {
            return "replicas";
        }

        @Override
        protected boolean isAvailable() {
            return true;
        }

        @Override
        protected int priority() {
            return 5;
        }
    }

    @BeforeEach
    void register() {
        NameResolverRegistry.getDefaultRegistry().register(names);
    }

    @AfterEach
    void stop() throws Exception {
        gateway.close();
        replicas.forEach(replica -> replica.server.shutdownNow());
        NameResolverRegistry.getDefaultRegistry().deregister(names);
    }

    private void start(Duration maxConnectionAge) throws IOException {
        for (int i = 0; i < 3; i++) {
            add(maxConnectionAge);
        }
        gateway = new GatewayFixture(Map.of(GatewayFixture.PREFIX + "services.weather.address", "replicas:///weather"));
        do {
            ping();
        } while (replicas.stream().anyMatch(replica -> replica.calls.get() == 0));
    }

    private void add(Duration maxConnectionAge) throws IOException {
        Replica replica = new Replica(maxConnectionAge, 0);
        replicas.add(replica);
        names.addresses.add(
                new EquivalentAddressGroup(replica.server.getListenSockets().get(0)));
    }

    private void ping() {
        ClientCalls.blockingUnaryCall(
                gateway.channel,
                FakeServices.PING,
                CallOptions.DEFAULT.withDeadlineAfter(30, TimeUnit.SECONDS),
                GetWeatherRequest.getDefaultInstance());
    }

    private List<Integer> shares(int calls) {
        replicas.forEach(replica -> replica.calls.set(0));
        for (int i = 0; i < calls; i++) {
            ping();
        }
        return replicas.stream().map(replica -> replica.calls.get()).toList();
    }

    @Test
    void eachOfThreeReplicasGetsItsShareOfTheCallsWithinATenth() throws IOException {
        start(Duration.ofMinutes(5));

        assertThat(shares(900)).allSatisfy(share -> assertThat(share).isBetween(270, 330));
    }

    @Test
    void aNewReplicaGetsItsShareWithinSecondsAndNoCallFailsMeanwhile() throws IOException {
        start(Duration.ofSeconds(1));
        add(Duration.ofSeconds(1));
        long start = System.nanoTime();

        List<Integer> shares;
        Duration elapsed;
        do {
            shares = shares(400);
            elapsed = Duration.ofNanos(System.nanoTime() - start);
        } while (!shares.stream().allMatch(share -> share >= 90 && share <= 110)
                && elapsed.compareTo(Duration.ofSeconds(60)) < 0);

        assertThat(shares).hasSize(4).allSatisfy(share -> assertThat(share).isBetween(90, 110));
    }

    @Test
    void aReplicaThatIsNotReadyGetsNothingUntilItIs() throws IOException {
        start(Duration.ofMinutes(5));

        replicas.get(1).health.setStatus("", ServingStatus.NOT_SERVING);
        while (shares(30).get(1) > 0) {
            // until the gateway has heard of it
        }
        assertThat(shares(300))
                .satisfiesExactly(
                        share -> assertThat(share).isBetween(135, 165),
                        share -> assertThat(share).isZero(),
                        share -> assertThat(share).isBetween(135, 165));

        replicas.get(1).health.setStatus("", ServingStatus.SERVING);
        while (shares(30).get(1) == 0) {
            // until the gateway has heard of it
        }
        assertThat(shares(300)).allSatisfy(share -> assertThat(share).isBetween(90, 110));
    }

    @Test
    void aReplicaThatWasAwayIsTriedEverySecondWhileTheOthersGoOn() throws Exception {
        start(Duration.ofMinutes(5));
        Replica gone = replicas.get(1);
        int port = gone.server.getPort();
        gone.server.shutdownNow().awaitTermination();
        long start = System.nanoTime();
        // three failed attempts, after which gRPC alone would wait for more than three seconds
        while (System.nanoTime() - start < TimeUnit.SECONDS.toNanos(5)) {
            ping();
        }
        replicas.set(1, new Replica(Duration.ofMinutes(5), port));
        gateway.routes.backends().forEach(Backend::reconnect);

        start = System.nanoTime();
        while (shares(30).get(1) == 0) {
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
        }
    }

    @Test
    void withoutConnectionsThatAgeANewReplicaGetsNothing() throws IOException {
        start(Duration.ofMinutes(5));
        add(Duration.ofMinutes(5));

        assertThat(shares(400).get(3)).isZero();
    }
}
