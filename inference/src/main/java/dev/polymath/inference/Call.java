package dev.polymath.inference;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What the library must know of the request that a piece of work belongs to: whose it is, and when it is no longer wanted. One call may
 * be passed with any number of submissions. Thread-safe; cancelling is final.
 */
public final class Call {
    private final Caller caller;
    private final boolean bounded;
    private final long deadlineNanos;
    private volatile boolean cancelled;

    private Call(Caller caller, boolean bounded, long deadlineNanos) {
        this.caller = caller;
        this.bounded = bounded;
        this.deadlineNanos = deadlineNanos;
    }

    /** A call without a deadline; it can still be cancelled. */
    public static Call unbounded() {
        return unbounded(Caller.UNKNOWN);
    }

    /** A call that is pointless after {@code deadlineNanos}, a time of {@link System#nanoTime()}. */
    public static Call withDeadline(long deadlineNanos) {
        return withDeadline(deadlineNanos, Caller.UNKNOWN);
    }

    /** As {@link #unbounded()}, for a caller. */
    public static Call unbounded(Caller caller) {
        return new Call(caller, false, 0);
    }

    /** As {@link #withDeadline(long)}, for a caller. */
    public static Call withDeadline(long deadlineNanos, Caller caller) {
        return new Call(caller, true, deadlineNanos);
    }

    /** A call that is pointless when {@code timeout} has passed from now. */
    public static Call withTimeout(Duration timeout) {
        return withDeadline(System.nanoTime() + timeout.toNanos());
    }

    /** Marks the work of this call as unwanted. What still waits is dropped; what the engine already runs is not. */
    public void cancel() {
        cancelled = true;
    }

    /** On whose behalf. */
    public Caller caller() {
        return caller;
    }

    public boolean isCancelled() {
        return cancelled;
    }

    /**
     * For work of the caller itself, which may ask now and then whether it is still wanted.
     *
     * @throws InferenceException CANCELLED or DEADLINE_EXCEEDED, if the call is over
     */
    public void throwIfOver() {
        InferenceException.Kind over = over(System.nanoTime());
        if (over != null) {
            throw exception(over);
        }
    }

    /** Why the call is over at {@code nowNanos}, or null while its work is still wanted. */
    InferenceException.@Nullable Kind over(long nowNanos) {
        if (cancelled) {
            return InferenceException.Kind.CANCELLED;
        }
        if (bounded && nowNanos - deadlineNanos >= 0) {
            return InferenceException.Kind.DEADLINE_EXCEEDED;
        }
        return null;
    }

    /** Nanoseconds until the deadline at {@code nowNanos}; {@code Long.MAX_VALUE} without one. */
    long left(long nowNanos) {
        return bounded ? deadlineNanos - nowNanos : Long.MAX_VALUE;
    }

    static InferenceException exception(InferenceException.Kind over) {
        return new InferenceException(
                over,
                over == InferenceException.Kind.CANCELLED
                        ? "the caller cancelled the call"
                        : "the deadline of the call passed before the answer was there");
    }
}
