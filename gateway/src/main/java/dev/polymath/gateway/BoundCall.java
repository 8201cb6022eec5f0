package dev.polymath.gateway;

import io.grpc.ClientCall;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A call that somebody watches and may end; it then fails with the reason in place of the cancellation. Thread-safe. */
abstract class BoundCall<Q, R> extends SimpleForwardingClientCall<Q, R> {
    private volatile @Nullable StatusRuntimeException reason;
    private @Nullable Runnable watch;
    private boolean closed;

    BoundCall(ClientCall<Q, R> call) {
        super(call);
    }

    /**
     * Begins to watch the call.
     *
     * @param end ends it, on any thread
     * @return stops watching
     */
    abstract Runnable watch(Consumer<StatusRuntimeException> end);

    /** A message has come or gone. */
    void active() {}

    @Override
    public void start(Listener<R> listener, Metadata headers) {
        super.start(
                new SimpleForwardingClientCallListener<>(listener) {
                    @Override
                    public void onMessage(R message) {
                        active();
                        super.onMessage(message);
                    }

                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        release(null);
                        StatusRuntimeException over = reason;
                        Metadata details = over == null ? null : over.getTrailers();
                        if (over != null && details != null && status.getCode() == Status.Code.CANCELLED) {
                            super.onClose(over.getStatus(), details);
                        } else {
                            super.onClose(status, trailers);
                        }
                    }
                },
                headers);
        release(watch(over -> {
            reason = over;
            cancel(over.getStatus().getDescription(), null);
        }));
    }

    @Override
    public void sendMessage(Q message) {
        active();
        super.sendMessage(message);
    }

    /** Keeps the watch over a call that goes on, given, or stops that over one that is closed. */
    private void release(@Nullable Runnable given) {
        Runnable stop;
        synchronized (this) {
            closed |= given == null;
            watch = given == null ? watch : given;
            stop = closed ? watch : null;
        }
        if (stop != null) {
            stop.run();
        }
    }
}
