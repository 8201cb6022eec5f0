package dev.polymath.gateway;

import io.grpc.ClientCall;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Ends streams over which nobody has sent a message for some time: they hold a place in a service that others need. Thread-safe. */
final class IdleStreams {
    private final Duration timeout;
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, task -> {
        Thread thread = new Thread(task, "polymath-idle-streams");
        thread.setDaemon(true);
        return thread;
    });

    IdleStreams(Duration timeout) {
        this.timeout = timeout;
        timer.setRemoveOnCancelPolicy(true);
    }

    /** The call, which fails with DEADLINE_EXCEEDED when it has been idle for too long. */
    <Q, R> ClientCall<Q, R> bound(ClientCall<Q, R> call) {
        return new IdleCall<>(call);
    }

    private final class IdleCall<Q, R> extends BoundCall<Q, R> {
        private volatile long active = System.nanoTime();

        private final Object lock = new Object();

        // Guarded by the lock.
        private @Nullable ScheduledFuture<?> check;
        private boolean over;

        IdleCall(ClientCall<Q, R> call) {
            super(call);
        }

        @Override
        void active() {
            active = System.nanoTime();
        }

        @Override
        Runnable watch(Consumer<StatusRuntimeException> end) {
            checkLater(timeout.toNanos(), end);
            return this::stop;
        }

        private void check(Consumer<StatusRuntimeException> end) {
            long left = active + timeout.toNanos() - System.nanoTime();
            if (left > 0) {
                checkLater(left, end);
            } else {
                end.accept(Errors.idle(timeout));
            }
        }

        private void checkLater(long nanos, Consumer<StatusRuntimeException> end) {
            synchronized (lock) {
                if (!over) {
                    check = timer.schedule(() -> check(end), nanos, TimeUnit.NANOSECONDS);
                }
            }
        }

        private void stop() {
            synchronized (lock) {
                over = true;
                if (check != null) {
                    check.cancel(false);
                }
            }
        }
    }
}
