package dev.polymath.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked
class LocalBucketsTest {
    private static final Buckets.Key REQUESTS = new Buckets.Key("shop", Limit.REQUESTS, 5);
    private static final Buckets.Key CHARACTERS = new Buckets.Key("shop", Limit.CHARACTERS, 600);

    private final AtomicLong nanos = new AtomicLong();
    private final Buckets buckets = new LocalBuckets(nanos::get);

    private Buckets.Level take(Buckets.Key key, long tokens) {
        return buckets.take(key, tokens).toCompletableFuture().join();
    }

    private Duration reserve(Buckets.Key key, long tokens) {
        return buckets.reserve(key, tokens).toCompletableFuture().join();
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    @Test
    void aSecondsWorthIsThereAtOnceAndThenComesEvenly() {
        for (int i = 4; i >= 0; i--) {
            Buckets.Level level = take(REQUESTS, 1);
            assertThat(level.taken()).isTrue();
            assertThat(level.left()).isEqualTo(i);
        }
        Buckets.Level none = take(REQUESTS, 1);
        assertThat(none).isEqualTo(new Buckets.Level(false, 0, Duration.ofMillis(200), Duration.ofSeconds(1)));

        pass(Duration.ofMillis(199));
        assertThat(take(REQUESTS, 1).taken()).isFalse();
        pass(Duration.ofMillis(1));
        assertThat(take(REQUESTS, 1).taken()).isTrue();
        assertThat(take(REQUESTS, 1).taken()).isFalse();
    }

    @Test
    void inAnyMinuteNoMoreThanTwiceTheQuotaAndOverManyTheQuota() {
        long taken = 0;
        for (int second = 0; second < 600; second++) {
            while (take(CHARACTERS, 7).taken()) {
                taken += 7;
            }
            pass(Duration.ofSeconds(1));
        }

        assertThat(taken).isBetween(600L * 10, 600L * 11);
    }

    @Test
    void bucketsOfOtherClientsAndOtherLimitsAreOthers() {
        assertThat(take(CHARACTERS, 600).taken()).isTrue();

        assertThat(take(CHARACTERS, 1).taken()).isFalse();
        assertThat(take(REQUESTS, 5).taken()).isTrue();
        assertThat(take(new Buckets.Key("bank", Limit.CHARACTERS, 600), 600).taken())
                .isTrue();
    }

    @Test
    void whatIsReservedNobodyElseGets() {
        take(CHARACTERS, 590);
        assertThat(reserve(CHARACTERS, 20)).as("ten more, at ten a second").isEqualTo(Duration.ofSeconds(1));
        assertThat(reserve(CHARACTERS, 20)).as("after the one before").isEqualTo(Duration.ofSeconds(3));

        pass(Duration.ofSeconds(3));

        assertThat(take(CHARACTERS, 1))
                .isEqualTo(new Buckets.Level(false, 0, Duration.ofMillis(100), Duration.ofMinutes(1)));
    }

    @Test
    void whatIsGivenBackIsThereAndNeverMoreThanTheQuota() {
        take(CHARACTERS, 600);
        buckets.giveBack(CHARACTERS, 100);
        assertThat(take(CHARACTERS, 101).taken()).isFalse();
        assertThat(take(CHARACTERS, 100).taken()).isTrue();

        buckets.giveBack(CHARACTERS, 10_000);

        assertThat(take(CHARACTERS, 600).taken()).isTrue();
        assertThat(take(CHARACTERS, 1).taken()).isFalse();
    }

    @Test
    void idleClientIsForgottenWhenItsBucketIsFull() {
        take(CHARACTERS, 600);
        pass(Duration.ofMinutes(11));

        assertThat(take(CHARACTERS, 600).taken()).isTrue();
    }
}
