package dev.polymath.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class LoadGeneratorTest {
    private final FakeClock clock = new FakeClock();

    @Test
    void closedLoopSendsTheNextRequestWhenTheOneBeforeIsAnswered() {
        LoadResult result =
                load(() -> answerAfter(10)).closedLoop("one caller", 1, Duration.ZERO, Duration.ofSeconds(1));

        assertThat(result.answers()).isEqualTo(100);
        assertThat(result.documentsPerSecond()).isEqualTo(200);
        assertThat(result.wordsPerSecond()).isEqualTo(3000);
        assertThat(result.p50Millis()).isCloseTo(10, within(0.01));
        assertThat(result.p99Millis()).isCloseTo(10, within(0.01));
    }

    @Test
    void openLoopArrivesAtTheRateWithExponentialGaps() {
        List<Long> arrivals = new ArrayList<>();
        load(() -> {
                    arrivals.add(clock.nanoTime());
                    return CompletableFuture.completedFuture(null);
                })
                .openLoop("100/s", 100, Duration.ofSeconds(100), 3);

        // 10,000 expected, standard deviation 100
        assertThat(arrivals.size()).isBetween(9_700, 10_300);
        long shorterThanMean = 0;
        for (int i = 1; i < arrivals.size(); i++) {
            shorterThanMean += arrivals.get(i) - arrivals.get(i - 1) < 10_000_000 ? 1 : 0;
        }
        // 1 - 1/e of exponential gaps are below their mean
        assertThat(shorterThanMean / (double) arrivals.size()).isCloseTo(0.632, within(0.02));
    }

    @Test
    void openLoopCountsLatencyFromTheIntendedStartWhenTheServerStalls() {
        // 100 requests a second are meant to be sent, and the server holds up each of them for 20 ms: the last one is
        // answered about a second late. A clock started at the actual sending would have said 20 ms.
        LoadResult result = load(() -> answerAfter(20)).openLoop("stall", 100, Duration.ofSeconds(1), 3);

        assertThat(result.p50Millis()).isBetween(300.0, 700.0);
        assertThat(result.p99Millis()).isBetween(700.0, 1400.0);
    }

    @Test
    void throughputCountsOnlyWhatIsAnsweredInTime() {
        LoadResult result = load(() -> answerAfter(400)).closedLoop("slow", 1, Duration.ZERO, Duration.ofSeconds(1));

        assertThat(result.answers()).isEqualTo(3);
        assertThat(result.documentsPerSecond()).isEqualTo(4);
    }

    @Test
    void leadIsLoadThatDoesNotCount() {
        LoadResult result = load(() -> answerAfter(clock.leadIsOver() ? 10 : 100))
                .closedLoop("settling", 1, Duration.ofSeconds(2), Duration.ofSeconds(1));

        assertThat(result.answers()).isEqualTo(100);
        assertThat(result.documentsPerSecond()).isCloseTo(200, within(3.0));
        assertThat(result.p99Millis()).isCloseTo(10, within(0.01));
    }

    @Test
    void failuresAreCountedByReasonAndHaveNoLatency() {
        LoadResult result = load(() -> {
                    clock.advance(100);
                    return CompletableFuture.failedFuture(new IllegalStateException("OVERLOADED"));
                })
                .closedLoop("failing", 1, Duration.ZERO, Duration.ofSeconds(1));

        assertThat(result.failures()).containsExactly(Map.entry("OVERLOADED", 10L));
        assertThat(result.answers()).isZero();
        assertThat(result.documentsPerSecond()).isZero();
    }

    private LoadGenerator load(Supplier<CompletableFuture<?>> call) {
        return new LoadGenerator(List.of(new Request(2, 30, call)), clock);
    }

    private CompletableFuture<?> answerAfter(long millis) {
        clock.advance(millis);
        return CompletableFuture.completedFuture(null);
    }

    private static final class FakeClock implements Clock {
        /** Runs over in the middle of a run, as a clock of arbitrary origin may. */
        private static final long START = Long.MAX_VALUE - 500_000_000;

        private long now = START;

        boolean leadIsOver() {
            return now - START >= 2_000_000_000;
        }

        void advance(long millis) {
            now += millis * 1_000_000;
        }

        @Override
        public long nanoTime() {
            return now;
        }

        @Override
        public void waitUntil(long nanoTime) {
            if (nanoTime - now > 0) {
                now = nanoTime;
            }
        }
    }
}
