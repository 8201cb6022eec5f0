package dev.polymath.gateway;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import dev.polymath.gateway.GatewayConfig.Quota.RedisFailure;
import io.github.bucket4j.distributed.AsyncBucketProxy;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.proxy.AsyncProxyManager;
import io.github.bucket4j.distributed.proxy.optimization.Optimizations;
import io.github.bucket4j.redis.lettuce.Bucket4jLettuce;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Buckets that several gateways share, in Redis. One that does not answer is left alone for a second, so that calls do not wait for it
 * one after another; what happens to them meanwhile is configured. A key lives until its bucket would be full.
 */
final class RedisBuckets implements Buckets, AutoCloseable {
    private static final Logger LOG = Logger.getLogger(RedisBuckets.class);
    private static final String PREFIX = "polymath:quota:";
    private static final int MAX_BUCKETS = 100_000;
    private static final Duration IDLE = Duration.ofMinutes(10);
    private static final Duration KEEP_FULL = Duration.ofSeconds(10);
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final RedisURI uri;
    private final String address;
    private final Duration timeout;
    private final @Nullable Buckets meanwhile;
    private final LongSupplier nanos;
    private final RedisClient client;
    private final Counter failures;
    private final AtomicBoolean connecting = new AtomicBoolean();
    private final AtomicBoolean answers = new AtomicBoolean(true);
    private volatile @Nullable LoadingCache<Key, AsyncBucketProxy> shared;
    private volatile long pauseEnd;

    /**
     * Begins to connect; a Redis that cannot be reached is tried again with every {@link #tick()}.
     *
     * @param local what counts while Redis does not answer, if it may
     * @param nanos a clock that only goes forward
     * @throws IllegalArgumentException if the address is not one, or the timeout too short; the message names the key
     */
    RedisBuckets(
            String uri,
            Duration timeout,
            RedisFailure failure,
            Buckets local,
            MeterRegistry meters,
            LongSupplier nanos) {
        try {
            this.uri = RedisURI.create(uri);
        } catch (IllegalArgumentException e) {
            // without the value, which may have a password in it
            throw new IllegalArgumentException(
                    "polymath.gateway.quota.redis: not an address (expected: for example redis://redis:6379)", e);
        }
        if (timeout.toMillis() < 1) {
            throw new IllegalArgumentException(
                    "polymath.gateway.quota.redis-timeout: " + timeout + " (expected: >= PT0.001S)");
        }
        address = this.uri.getSentinels().isEmpty()
                ? this.uri.getHost() + ":" + this.uri.getPort()
                : "sentinels of " + this.uri.getSentinelMasterId();
        this.timeout = timeout;
        this.meanwhile = failure == RedisFailure.LOCAL ? local : null;
        this.nanos = nanos;
        pauseEnd = nanos.getAsLong();
        failures = Counter.builder("polymath.quota.redis.failures")
                .description("Times that Redis was asked about a quota and did not answer")
                .register(meters);
        client = RedisClient.create();
        client.setOptions(ClientOptions.builder()
                .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
                .timeoutOptions(TimeoutOptions.enabled(timeout))
                .socketOptions(
                        SocketOptions.builder().connectTimeout(CONNECT_TIMEOUT).build())
                .build());
        tick();
    }

    /** Connects if there was no connection yet; one that is lost later comes back by itself. To be called every second. */
    void tick() {
        if (shared != null || !connecting.compareAndSet(false, true)) {
            return;
        }
        var unused = client.connectAsync(RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE), uri)
                .whenComplete((connection, failure) -> {
                    if (failure == null) {
                        shared = buckets(Bucket4jLettuce.casBasedBuilder(connection)
                                .requestTimeout(timeout)
                                .expirationAfterWrite(
                                        ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(KEEP_FULL))
                                .build()
                                .asAsync());
                        LOG.infof("counts quotas in Redis at %s", address);
                    } else {
                        failed(failure);
                    }
                    connecting.set(false);
                });
    }

    /**
     * One for each key, which asks one thing at a time, and what has come together meanwhile at once: the calls of a busy client would
     * otherwise be in each other's way, as Redis is asked to compare and set.
     */
    private static LoadingCache<Key, AsyncBucketProxy> buckets(AsyncProxyManager<String> manager) {
        return Caffeine.newBuilder()
                .maximumSize(MAX_BUCKETS)
                .expireAfterAccess(IDLE)
                .build(key -> manager.builder()
                        .withOptimization(Optimizations.batching())
                        .build(
                                PREFIX + key.limit().key + ":" + key.size() + ":" + key.client(),
                                () -> CompletableFuture.completedFuture(key.configuration())));
    }

    /** Whether Redis could be reached at some time. */
    boolean isConnected() {
        return shared != null;
    }

    @Override
    public CompletionStage<Level> take(Key key, long tokens) {
        return ask(
                key,
                bucket -> bucket.tryConsumeAndReturnRemaining(tokens).thenApply(Level::of),
                local -> local.take(key, tokens));
    }

    @Override
    public CompletionStage<Duration> reserve(Key key, long tokens) {
        return ask(
                key,
                bucket -> bucket.consumeIgnoringRateLimits(tokens).thenApply(Duration::ofNanos),
                local -> local.reserve(key, tokens));
    }

    @Override
    public void giveBack(Key key, long tokens) {
        var unused = ask(key, bucket -> bucket.addTokens(tokens), local -> {
            local.giveBack(key, tokens);
            return CompletableFuture.completedStage(null);
        });
    }

    private <T> CompletionStage<T> ask(
            Key key,
            Function<AsyncBucketProxy, CompletionStage<T>> question,
            Function<Buckets, CompletionStage<T>> local) {
        LoadingCache<Key, AsyncBucketProxy> connected = shared;
        if (connected == null || nanos.getAsLong() - pauseEnd < 0) {
            return instead(local);
        }
        CompletionStage<T> answer;
        try {
            answer = question.apply(connected.get(key));
        } catch (RuntimeException e) {
            answer = CompletableFuture.failedStage(e);
        }
        return answer.toCompletableFuture()
                .orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                .handle((value, failure) -> {
                    if (failure == null) {
                        if (answers.compareAndSet(false, true)) {
                            LOG.infof("Redis at %s answers again", address);
                        }
                        return CompletableFuture.completedStage(value);
                    }
                    failed(failure);
                    return instead(local);
                })
                .thenCompose(stage -> stage);
    }

    private <T> CompletionStage<T> instead(Function<Buckets, CompletionStage<T>> local) {
        return meanwhile == null ? CompletableFuture.failedStage(Quotas.unavailable()) : local.apply(meanwhile);
    }

    private void failed(Throwable failure) {
        failures.increment();
        pauseEnd = nanos.getAsLong() + PAUSE_NANOS;
        if (answers.compareAndSet(true, false)) {
            LOG.warnf(
                    "Redis at %s does not answer (%s); %s",
                    address,
                    Access.message(failure),
                    meanwhile == null
                            ? "calls of clients with a quota are refused"
                            : "this gateway counts quotas by itself meanwhile");
        }
    }

    @Override
    public void close() {
        var unused = client.shutdownAsync(0, 2, TimeUnit.SECONDS);
    }
}
