package dev.polymath.gateway;

import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.ConsumptionProbe;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/**
 * Token buckets: each holds at most what may be used in the period of its limit, and is filled evenly over it. Thread-safe; nothing
 * blocks.
 */
interface Buckets {

    /**
     * Which bucket. Another size is another bucket, which is full at first.
     *
     * @param client whose it is
     * @param size how much may be used in the period of the limit
     */
    record Key(String client, Limit limit, long size) {
        BucketConfiguration configuration() {
            return BucketConfiguration.builder()
                    .addLimit(Bandwidth.builder()
                            .capacity(size)
                            .refillGreedy(size, limit.period)
                            .build())
                    .build();
        }
    }

    /**
     * What a bucket says when something is taken.
     *
     * @param taken whether it was there
     * @param left what is there now, at least 0
     * @param delay until what was asked for will be there; zero if it was
     * @param full until the bucket is full
     */
    record Level(boolean taken, long left, Duration delay, Duration full) {
        static Level of(ConsumptionProbe probe) {
            return new Level(
                    probe.isConsumed(),
                    Math.max(0, probe.getRemainingTokens()),
                    Duration.ofNanos(probe.getNanosToWaitForRefill()),
                    Duration.ofNanos(probe.getNanosToWaitForReset()));
        }
    }

    /**
     * Takes tokens, all or none.
     *
     * @param tokens from 1 to the size of the bucket
     */
    CompletionStage<Level> take(Key key, long tokens);

    /**
     * Takes tokens in advance, so that nobody else gets them.
     *
     * @param tokens from 1 to the size of the bucket
     * @return when they will be there
     */
    CompletionStage<Duration> reserve(Key key, long tokens);

    /** Puts tokens back that were taken, and not used. */
    void giveBack(Key key, long tokens);
}
