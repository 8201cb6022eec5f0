package dev.polymath.textanalytics;

import java.lang.management.ManagementFactory;
import java.time.Duration;

/** The processor time of the thread, so that a busy machine does not fail a test. */
final class ProcessorTime {
    private ProcessorTime() {}

    static Duration of(Runnable work) {
        var threads = ManagementFactory.getThreadMXBean();
        long begin = threads.getCurrentThreadCpuTime();
        work.run();
        return Duration.ofNanos(threads.getCurrentThreadCpuTime() - begin);
    }
}
