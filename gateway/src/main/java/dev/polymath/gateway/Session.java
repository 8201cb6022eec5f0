package dev.polymath.gateway;

import io.grpc.ClientCall;
import io.grpc.StatusRuntimeException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A caller for as long as its token is good, and the streams that end when it is not any more. Thread-safe. */
final class Session {
    /** Of a gateway without sign-in: never ends. */
    static final Session ANONYMOUS = new Session(Caller.ANONYMOUS, Clock.systemUTC(), null);

    private final Caller caller;
    private final Clock clock;
    private final @Nullable ScheduledExecutorService timer;
    private final Set<Consumer<StatusRuntimeException>> open = ConcurrentHashMap.newKeySet();
    private volatile @Nullable StatusRuntimeException end;

    Session(Caller caller, Clock clock, @Nullable ScheduledExecutorService timer) {
        this.caller = caller;
        this.clock = clock;
        this.timer = timer;
    }

    Caller caller() {
        return caller;
    }

    /** Why the session is over, null as long as it is not. */
    @Nullable
    StatusRuntimeException ended() {
        StatusRuntimeException reason = end;
        if (reason == null && caller.expiry() != null && !clock.instant().isBefore(caller.expiry())) {
            return Access.expired();
        }
        return reason;
    }

    /** Whether a stream is open that ends with the session. */
    boolean hasStreams() {
        return !open.isEmpty();
    }

    /** Ends the session before its token does, and its streams with it. */
    void end(StatusRuntimeException reason) {
        end = reason;
        open.forEach(stream -> stream.accept(reason));
    }

    /**
     * Calls back, on any thread, when the session ends.
     *
     * @return takes the registration back
     */
    Runnable onEnd(Consumer<StatusRuntimeException> ending) {
        Instant expiry = caller.expiry();
        if (timer == null || expiry == null) {
            return () -> {};
        }
        long millis = Math.max(0, Duration.between(clock.instant(), expiry).toMillis());
        ScheduledFuture<?> expires =
                timer.schedule(() -> ending.accept(Access.expired()), millis, TimeUnit.MILLISECONDS);
        open.add(ending);
        StatusRuntimeException over = end;
        if (over != null) {
            ending.accept(over);
        }
        return () -> {
            expires.cancel(false);
            open.remove(ending);
        };
    }

    /** The call, which fails with the reason when the session ends before it. */
    <Q, R> ClientCall<Q, R> bound(ClientCall<Q, R> call) {
        return caller.isAnonymous()
                ? call
                : new BoundCall<>(call) {
                    @Override
                    Runnable watch(Consumer<StatusRuntimeException> ending) {
                        return onEnd(ending);
                    }
                };
    }
}
