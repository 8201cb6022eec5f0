package dev.polymath.gateway;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;

/** Buckets of this gateway alone, in memory. */
final class LocalBuckets implements Buckets {
    private static final int MAX_BUCKETS = 100_000;

    /** Longer than any bucket, with what was reserved, takes to be full: one that is forgotten is full when it is made anew. */
    private static final Duration IDLE = Duration.ofMinutes(10);

    private final LoadingCache<Key, Bucket> buckets;

    /** @param nanos a clock that only goes forward */
    LocalBuckets(LongSupplier nanos) {
        TimeMeter clock = new TimeMeter() {
            @Override
            public long currentTimeNanos() {
                return nanos.getAsLong();
            }

            @Override
            public boolean isWallClockBased() {
                return false;
            }
        };
        buckets = Caffeine.newBuilder()
                .maximumSize(MAX_BUCKETS)
                .expireAfterAccess(IDLE)
                .ticker(nanos::getAsLong)
                .build(key -> Bucket.builder()
                        .addLimit(key.configuration().getBandwidths()[0])
                        .withCustomTimePrecision(clock)
                        .build());
    }

    @Override
    public CompletionStage<Level> take(Key key, long tokens) {
        return CompletableFuture.completedStage(Level.of(buckets.get(key).tryConsumeAndReturnRemaining(tokens)));
    }

    @Override
    public CompletionStage<Duration> reserve(Key key, long tokens) {
        return CompletableFuture.completedStage(
                Duration.ofNanos(buckets.get(key).consumeIgnoringRateLimits(tokens)));
    }

    @Override
    public void giveBack(Key key, long tokens) {
        buckets.get(key).addTokens(tokens);
    }
}
