package dev.polymath.gateway;

import io.grpc.ClientCall;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
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
        return new BoundCall<>(call);
    }

    private final class BoundCall<Q, R> extends SimpleForwardingClientCall<Q, R> {
        private volatile long active = System.nanoTime();
        private volatile @Nullable StatusRuntimeException reason;

        // Guarded by this.
        private @Nullable ScheduledFuture<?> check;
        private boolean closed;

        BoundCall(ClientCall<Q, R> call) {
            super(call);
        }

        @Override
        public void start(Listener<R> listener, Metadata headers) {
            super.start(
                    new SimpleForwardingClientCallListener<>(listener) {
                        @Override
                        public void onMessage(R message) {
                            active = System.nanoTime();
                            super.onMessage(message);
                        }

                        @Override
                        public void onClose(Status status, Metadata trailers) {
                            end();
                            StatusRuntimeException idle = reason;
                            Metadata details = idle == null ? null : idle.getTrailers();
                            if (idle != null && details != null && status.getCode() == Status.Code.CANCELLED) {
                                super.onClose(idle.getStatus(), details);
                            } else {
                                super.onClose(status, trailers);
                            }
                        }
                    },
                    headers);
            checkLater(timeout.toNanos());
        }

        @Override
        public void sendMessage(Q message) {
            active = System.nanoTime();
            super.sendMessage(message);
        }

        private void check() {
            long left = active + timeout.toNanos() - System.nanoTime();
            if (left > 0) {
                checkLater(left);
            } else {
                reason = Errors.idle(timeout);
                cancel("the stream is idle", null);
            }
        }

        private synchronized void checkLater(long nanos) {
            if (!closed) {
                check = timer.schedule(this::check, nanos, TimeUnit.NANOSECONDS);
            }
        }

        private synchronized void end() {
            closed = true;
            if (check != null) {
                check.cancel(false);
            }
        }
    }
}
