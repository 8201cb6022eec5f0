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
    private final long start;
    private final long end;
    private final long created;
    private final long cpuAtStart = PROCESS.getProcessCpuTime();
    /** In microseconds. */
    private final Histogram latencies = new ConcurrentHistogram(TimeUnit.MINUTES.toMicros(10), 3);

    /** Of what was not answered, in microseconds. */
    private final Histogram refusals = new ConcurrentHistogram(TimeUnit.MINUTES.toMicros(10), 3);

    private final LongAdder documents = new LongAdder();
    private final LongAdder words = new LongAdder();
    private final Map<String, LongAdder> failures = new ConcurrentHashMap<>();

    /**
     * @param lead time from now during which nothing counts yet, for the load to settle
     * @param duration time after that
     */
    Measurement(Clock clock, Duration lead, Duration duration) {
        this.clock = clock;
        this.created = clock.nanoTime();
        this.start = created + lead.toNanos();
        this.end = start + duration.toNanos();
    }

    /** From when it counts, in the clock's nanoseconds. */
    long start() {
        return start;
    }

    boolean isOver() {
        return clock.nanoTime() - end >= 0;
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
                // refusals that differ in how long the queue was are of one kind
                failures.computeIfAbsent(Bench.describe(cause).replaceAll("\\d+", "N"), key -> new LongAdder())
                        .increment();
                if (begin - start >= 0) {
                    refusals.recordValue(TimeUnit.NANOSECONDS.toMicros(now - begin));
                }
                return null;
            }
            if (begin - start >= 0) {
                latencies.recordValue(TimeUnit.NANOSECONDS.toMicros(now - begin));
            }
            // As much work is under way when the time begins as when it ends, so what is answered within it is right.
            if (now - start >= 0 && now - end <= 0) {
                documents.add(request.documents());
                words.add(request.words());
            }
            return null;
        });
    }

    LoadResult result(String name) {
        double seconds = (end - start) / 1e9;
        double cpuSeconds = (PROCESS.getProcessCpuTime() - cpuAtStart) / 1e9;
        double elapsed = (clock.nanoTime() - created) / 1e9;
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
                refusals.getValueAtPercentile(99) / 1e3,
                cpuSeconds / elapsed);
    }
}
