package dev.polymath.benchmarks;

import java.util.concurrent.locks.LockSupport;

/** The time that latencies are measured with. */
interface Clock {
    /** The machine's monotonic clock. */
    Clock SYSTEM = new Clock() {
        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public void waitUntil(long nanoTime) {
            for (long left = nanoTime - nanoTime(); left > 0; left = nanoTime - nanoTime()) {
                LockSupport.parkNanos(left);
            }
        }
    };

    /** In nanoseconds from an arbitrary origin. */
    long nanoTime();

    /** Returns when {@link #nanoTime()} has reached {@code nanoTime}, at once if it has passed. */
    void waitUntil(long nanoTime);
}
