package dev.polymath.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** Counts and times the answers of one run. Thread-safe. */
final class Measurement {
    private static final OperatingSystemMXBean PROCESS =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private final Clock clock;
    private final Duration duration;
    private final long start;
    private final long cpuAtStart = PROCESS.getProcessCpuTime();
    /** In microseconds. */
    private final Histogram latencies = new ConcurrentHistogram(TimeUnit.MINUTES.toMicros(10), 3);

    private final LongAdder documents = new LongAdder();
    private final LongAdder words = new LongAdder();
    private final Map<String, LongAdder> failures = new ConcurrentHashMap<>();

    /** Starts now. */
    Measurement(Clock clock, Duration duration) {
        this.clock = clock;
        this.duration = duration;
        this.start = clock.nanoTime();
    }

    /** When it started, in the clock's nanoseconds. */
    long start() {
        return start;
    }

    boolean isOver() {
        return clock.nanoTime() - start >= duration.toNanos();
    }

    /**
     * Sends a request and takes down its answer.
     *
     * @param begin from when its latency counts
     * @return completes when the answer has been counted, never fails
     */
    CompletableFuture<Void> send(Request request, long begin) {
        return request.call().get().handle((answer, failure) -> {
            long now = clock.nanoTime();
            if (failure != null) {
                Throwable cause = failure instanceof CompletionException wrapper && wrapper.getCause() != null
                        ? wrapper.getCause()
                        : failure;
                failures.computeIfAbsent(Bench.describe(cause), key -> new LongAdder())
                        .increment();
                return null;
            }
            latencies.recordValue(TimeUnit.NANOSECONDS.toMicros(now - begin));
            // What comes after the end was work of the run, but not throughput of it.
            if (now - start <= duration.toNanos()) {
                documents.add(request.documents());
                words.add(request.words());
            }
            return null;
        });
    }

    LoadResult result(String name) {
        double seconds = duration.toNanos() / 1e9;
        double cpuSeconds = (PROCESS.getProcessCpuTime() - cpuAtStart) / 1e9;
        double elapsed = (clock.nanoTime() - start) / 1e9;
        Map<String, Long> failed = new TreeMap<>();
        failures.forEach((reason, count) -> failed.put(reason, count.sum()));
        return new LoadResult(
                name,
                latencies.getTotalCount(),
                failed,
                documents.sum() / seconds,
                words.sum() / seconds,
                latencies.getValueAtPercentile(50) / 1e3,
                latencies.getValueAtPercentile(95) / 1e3,
                latencies.getValueAtPercentile(99) / 1e3,
                cpuSeconds / elapsed);
    }
}
