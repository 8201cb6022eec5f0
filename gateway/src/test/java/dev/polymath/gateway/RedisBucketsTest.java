package dev.polymath.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import acme.weather.v1.GetWeatherRequest;
import dev.polymath.gateway.GatewayConfig.Quota.RedisFailure;
import io.grpc.CallOptions;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.lettuce.core.RedisClient;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Against a real Redis, which is started here if there is one on the PATH. */
@NullUnmarked
@Timeout(60)
class RedisBucketsTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(2);
    private static final Buckets.Key HUNDRED = new Buckets.Key("shop", Limit.CHARACTERS, 100);

    private final List<RedisBuckets> opened = new ArrayList<>();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private int port;
    private Process redis;

    @BeforeEach
    void start() throws Exception {
        String program = program();
        Assumptions.assumeTrue(
                program != null, "no redis-server on the PATH (apt-get install redis-server): Redis is not tested");
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        startRedis(program);
    }

    private static String program() {
        for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
            File file = new File(folder, "redis-server");
            if (file.canExecute()) {
                return file.getPath();
            }
        }
        return null;
    }

    private void startRedis(String program) throws Exception {
        redis = new ProcessBuilder(
                        program,
                        "--port",
                        Integer.toString(port),
                        "--bind",
                        "127.0.0.1",
                        "--save",
                        "",
                        "--appendonly",
                        "no")
                .redirectErrorStream(true)
                .start();
        var reader = redis.inputReader();
        String line = reader.readLine();
        while (line != null && !line.contains("Ready to accept connections")) {
            line = reader.readLine();
        }
        assertThat(line).as("what Redis says").isNotNull();
    }

    @AfterEach
    void stop() throws Exception {
        opened.forEach(RedisBuckets::close);
        if (redis != null) {
            redis.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
    }

    private RedisBuckets open(RedisFailure failure, Duration timeout) throws Exception {
        RedisBuckets buckets = new RedisBuckets(
                "redis://127.0.0.1:" + port,
                timeout,
                failure,
                new LocalBuckets(System::nanoTime),
                meters,
                System::nanoTime);
        opened.add(buckets);
        awaitConnected(buckets);
        return buckets;
    }

    private static void awaitConnected(RedisBuckets buckets) throws InterruptedException {
        BlockingQueue<Object> never = new LinkedBlockingQueue<>();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!buckets.isConnected() && System.nanoTime() < end) {
            buckets.tick();
            never.poll(10, TimeUnit.MILLISECONDS);
        }
        assertThat(buckets.isConnected()).isTrue();
    }

    private static Buckets.Level take(Buckets buckets, Buckets.Key key, long tokens) {
        return buckets.take(key, tokens).toCompletableFuture().join();
    }

    private double failures() {
        return meters.counter("polymath.quota.redis.failures").count();
    }

    @Test
    void twoGatewaysTogetherGiveNoMoreThanTheQuota() throws Exception {
        Buckets first = open(RedisFailure.REFUSE, TIMEOUT);
        Buckets second = open(RedisFailure.REFUSE, TIMEOUT);
        long begin = System.nanoTime();
        List<CompletableFuture<Buckets.Level>> asked = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            asked.add(first.take(HUNDRED, 1).toCompletableFuture());
            asked.add(second.take(HUNDRED, 1).toCompletableFuture());
        }
        long taken = asked.stream().filter(level -> level.join().taken()).count();
        long refilled = 1 + (System.nanoTime() - begin) * 100 / TimeUnit.MINUTES.toNanos(1);

        assertThat(taken).isBetween(100L, 100 + refilled);
    }

    @Test
    void twoGatewaysTogetherLetNoMoreCallsThroughThanTheQuota() throws Exception {
        Map<String, String> quota = Map.of("polymath.gateway.quota.default.characters-per-minute", "10");
        try (GatewayFixture first =
                        new GatewayFixture(quota, new Access(null, null), open(RedisFailure.REFUSE, TIMEOUT), null);
                GatewayFixture second =
                        new GatewayFixture(quota, new Access(null, null), open(RedisFailure.REFUSE, TIMEOUT), null)) {
            long begin = System.nanoTime();
            long passed = 0;
            for (int i = 0; i < 10; i++) {
                passed += call(first) + call(second);
            }
            long refilled = 1 + (System.nanoTime() - begin) * 10 / TimeUnit.MINUTES.toNanos(1);

            assertThat(passed).isBetween(10L, 10 + refilled);
        }
    }

    private static int call(GatewayFixture gateway) {
        try {
            ClientCalls.blockingUnaryCall(
                    gateway.channel,
                    FakeServices.GET_WEATHER,
                    CallOptions.DEFAULT,
                    GetWeatherRequest.newBuilder().setStation("x").build());
            return 1;
        } catch (StatusRuntimeException e) {
            assertThat(e.getStatus().getCode()).isEqualTo(Code.RESOURCE_EXHAUSTED);
            return 0;
        }
    }

    @Test
    void whatIsReservedAndGivenBackIsSo() throws Exception {
        Buckets buckets = open(RedisFailure.REFUSE, TIMEOUT);
        assertThat(take(buckets, HUNDRED, 90).left()).isEqualTo(10);

        Duration wait = buckets.reserve(HUNDRED, 40).toCompletableFuture().join();

        assertThat(wait).isBetween(Duration.ofSeconds(10), Duration.ofSeconds(18));
        assertThat(take(buckets, HUNDRED, 1).taken()).isFalse();
        buckets.giveBack(HUNDRED, 40);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        Buckets.Level level = take(buckets, HUNDRED, 10);
        while (!level.taken() && System.nanoTime() < end) {
            level = take(buckets, HUNDRED, 10);
        }
        assertThat(level.taken()).isTrue();
        assertThat(Duration.ofNanos(System.nanoTime() - end).plusSeconds(10))
                .as("sooner than it would have been there by itself")
                .isLessThan(Duration.ofSeconds(10));
    }

    @Test
    void keyTellsClientAndLimitAndEndsWhenItsBucketIsFull() throws Exception {
        take(open(RedisFailure.REFUSE, TIMEOUT), HUNDRED, 100);
        RedisClient client = RedisClient.create("redis://127.0.0.1:" + port);
        try (var connection = client.connect()) {
            List<String> keys = connection.sync().keys("*");
            assertThat(keys).containsExactly("polymath:quota:characters-per-minute:100:shop");
            assertThat(connection.sync().ttl(keys.get(0))).isBetween(60L, 71L);
        } finally {
            client.shutdown();
        }
    }

    @Test
    void withoutRedisEachGatewayCountsForItself() throws Exception {
        Buckets buckets = open(RedisFailure.LOCAL, TIMEOUT);
        take(buckets, HUNDRED, 100);
        redis.destroyForcibly().waitFor(10, TimeUnit.SECONDS);

        assertThat(take(buckets, HUNDRED, 100).taken())
                .as("the gateway's own bucket is full")
                .isTrue();
        assertThat(take(buckets, HUNDRED, 100).taken()).isFalse();
        assertThat(failures()).isPositive();
    }

    @Test
    void withoutRedisCallsAreRefusedIfThatIsWanted() throws Exception {
        Buckets buckets = open(RedisFailure.REFUSE, TIMEOUT);
        redis.destroyForcibly().waitFor(10, TimeUnit.SECONDS);

        CompletionException failure = catchThrowableOfType(CompletionException.class, () -> take(buckets, HUNDRED, 1));

        StatusRuntimeException refused = Access.refusal(failure);
        assertThat(refused.getStatus().getCode()).isEqualTo(Code.UNAVAILABLE);
        assertThat(refused.getStatus().getDescription()).startsWith("the store of the quotas cannot be reached");
    }

    @Test
    void redisThatHangsCostsOneTimeoutAndIsThenLeftAlone() throws Exception {
        AtomicLong nanos = new AtomicLong();
        RedisBuckets buckets = new RedisBuckets(
                "redis://127.0.0.1:" + port,
                Duration.ofMillis(500),
                RedisFailure.LOCAL,
                new LocalBuckets(System::nanoTime),
                meters,
                nanos::get);
        opened.add(buckets);
        awaitConnected(buckets);
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(5));
        take(buckets, HUNDRED, 10);
        double before = failures();
        signal("-STOP");
        try {
            assertThat(take(buckets, HUNDRED, 1).left()).as("the gateway's own").isEqualTo(99);
            assertThat(failures()).isEqualTo(before + 1);
            for (int i = 0; i < 20; i++) {
                assertThat(take(buckets, HUNDRED, 1).taken()).isTrue();
            }
            assertThat(failures()).as("nobody asks it").isEqualTo(before + 1);
        } finally {
            signal("-CONT");
        }
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(2));

        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        long left = take(buckets, HUNDRED, 1).left();
        while (left < 80 && System.nanoTime() < end) {
            nanos.addAndGet(TimeUnit.SECONDS.toNanos(2));
            left = take(buckets, HUNDRED, 1).left();
        }
        assertThat(left).as("of the bucket that all share").isGreaterThanOrEqualTo(80);
    }

    private void signal(String signal) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", signal, Long.toString(redis.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    @Test
    void redisThatComesLaterIsUsedThen() throws Exception {
        redis.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        RedisBuckets buckets = new RedisBuckets(
                "redis://127.0.0.1:" + port,
                TIMEOUT,
                RedisFailure.LOCAL,
                new LocalBuckets(System::nanoTime),
                meters,
                System::nanoTime);
        opened.add(buckets);
        assertThat(take(buckets, HUNDRED, 100).taken()).isTrue();

        startRedis(program());
        awaitConnected(buckets);
    }

    @Test
    void addressThatIsNoneIsNotRepeated() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RedisBuckets(
                        "http://user:secret@redis",
                        TIMEOUT,
                        RedisFailure.LOCAL,
                        new LocalBuckets(System::nanoTime),
                        meters,
                        System::nanoTime))
                .withMessageStartingWith("polymath.gateway.quota.redis: not an address")
                .withMessageNotContaining("secret");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RedisBuckets(
                        "redis://127.0.0.1:" + port,
                        Duration.ZERO,
                        RedisFailure.LOCAL,
                        new LocalBuckets(System::nanoTime),
                        meters,
                        System::nanoTime))
                .withMessageStartingWith("polymath.gateway.quota.redis-timeout: PT0S");
    }
}
