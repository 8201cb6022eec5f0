package dev.polymath.service;

import dev.polymath.inference.Call;
import dev.polymath.inference.InferenceException;
import dev.polymath.inference.InferenceException.Kind;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Carries calls from gRPC's event loop, which must not wait, to worker threads and their answers back: a bounded number
 * waits for a thread, the call's deadline and cancellation become those of a {@link Call}, what fails is sent as
 * {@link ErrorStatus} says, the model versions that it works with stay loaded until it ends, and a server that stops answers what
 * it has begun. Thread-safe.
 */
@ApplicationScoped
public class GrpcCalls {
    private static final Logger LOG = Logger.getLogger(GrpcCalls.class);

    private final CallsConfig config;
    private final ShadowRuns shadows;
    private final Executor workers;
    private final Executor streamWorkers;
    private final Object lock = new Object();

    /** Calls with the bytes of their requests. */
    private final Map<Object, Long> open = new HashMap<>();

    private long openBytes;
    private boolean stopping;

    @Inject
    GrpcCalls(CallsConfig config, ShadowRuns shadows) {
        this.config = config;
        this.shadows = shadows;
        workers = WorkerThreads.pool("worker", config.workerThreads(), new LinkedBlockingQueue<>(config.maxWaiting()));
        // Each stream has at most one task here, and there are no more streams than threads.
        streamWorkers = WorkerThreads.pool("stream", config.maxStreams(), new LinkedBlockingQueue<>());
    }

    /**
     * Answers a unary call.
     *
     * @param observer of the call, on whose thread this must be called
     * @param handler runs on a worker thread, on which it may wait, and may leave the rest to its result
     */
    public <R> void answer(StreamObserver<R> observer, Function<Call, CompletionStage<R>> handler) {
        answer(observer, 0, handler);
    }

    /**
     * As {@link #answer(StreamObserver, Function)}, for a service whose requests are large.
     *
     * @param bytes of the request, which are counted until the call is answered
     */
    public <R> void answer(StreamObserver<R> observer, long bytes, Function<Call, CompletionStage<R>> handler) {
        ServerCallStreamObserver<R> responses = (ServerCallStreamObserver<R>) observer;
        Call call = current();
        responses.setOnCancelHandler(call::cancel);
        InferenceException refusal = begin(call, bytes);
        if (refusal != null) {
            fail(responses, refusal);
            return;
        }
        ModelUses uses = new ModelUses();
        Context context = Context.current().withValue(ModelUses.KEY, uses);
        long start = System.nanoTime();
        Runnable work = () -> stage(() -> handler.apply(call))
                .whenComplete((answer, failure) -> context.run(() -> {
                    try {
                        if (failure != null) {
                            fail(responses, failure);
                        } else if (!responses.isCancelled()) {
                            responses.onNext(answer);
                            responses.onCompleted();
                            shadows.after(uses, handler, answer, Duration.ofNanos(System.nanoTime() - start));
                        }
                    } finally {
                        uses.close();
                        end(call);
                    }
                }));
        try {
            workers.execute(context.wrap(work));
        } catch (RejectedExecutionException e) {
            fail(responses, overloaded());
            end(call);
        }
    }

    /**
     * Answers a bidirectional stream, each message with at most one answer, in order, and at its end with what the handler
     * has left to say; see {@link OrderedStream}.
     *
     * @param observer of the call, on whose thread this must be called
     * @param opener makes the stream's handler
     */
    public <Q, R> StreamObserver<Q> stream(StreamObserver<R> observer, Function<Call, StreamHandler<Q, R>> opener) {
        Call call = current();
        OrderedStream<Q, R> stream = new OrderedStream<>(
                (ServerCallStreamObserver<R>) observer,
                config.streamWindow(),
                call,
                opener.apply(call),
                streamWorkers,
                this::end);
        InferenceException refusal = begin(stream, 0);
        if (refusal != null) {
            stream.stop(refusal);
        }
        return stream;
    }

    /** The worker threads, for what follows on an answer of the inference library. */
    public Executor workers() {
        return workers;
    }

    /** Calls that are being worked on. */
    int inFlight() {
        synchronized (lock) {
            return open.size();
        }
    }

    static InferenceException overloaded() {
        return new InferenceException(Kind.OVERLOADED, "no thread is free for the call");
    }

    static InferenceException shuttingDown() {
        return new InferenceException(Kind.SHUTTING_DOWN, "the server is stopping");
    }

    static void fail(ServerCallStreamObserver<?> responses, Throwable failure) {
        if (!responses.isCancelled()) {
            responses.onError(StatusProto.toStatusException(ErrorStatus.of(failure)));
        }
    }

    /** Before the models are closed. */
    void drain(@Observes @Priority(100) ShutdownEvent event) throws InterruptedException {
        long now = System.nanoTime();
        long end = now + config.drainTimeout().toNanos();
        long refusing = Math.min(end, now + config.stopDelay().toNanos());
        List<Object> begun;
        synchronized (lock) {
            for (long left = refusing - now; left > 0; left = refusing - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(lock, left);
            }
            stopping = true;
            begun = List.copyOf(open.keySet());
        }
        begun.stream()
                .filter(OrderedStream.class::isInstance)
                .map(OrderedStream.class::cast)
                .forEach(stream -> stream.stop(shuttingDown()));
        synchronized (lock) {
            for (long left = end - System.nanoTime(); !open.isEmpty() && left > 0; left = end - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(lock, left);
            }
            if (!open.isEmpty()) {
                LOG.warnf("%d calls are cut off after %s", open.size(), config.drainTimeout());
            }
        }
    }

    /** Why the call cannot begin, or null if it has begun. */
    private @Nullable InferenceException begin(Object call, long bytes) {
        synchronized (lock) {
            if (stopping) {
                return shuttingDown();
            }
            if (call instanceof OrderedStream<?, ?>
                    && open.keySet().stream()
                                    .filter(OrderedStream.class::isInstance)
                                    .count()
                            >= config.maxStreams()) {
                return overloaded();
            }
            if (bytes > 0 && openBytes > 0 && openBytes + bytes > config.maxRequestBytes()) {
                return new InferenceException(
                        Kind.OVERLOADED,
                        "the requests that are worked on have " + openBytes + " bytes, and this one has " + bytes
                                + " (expected: together <= " + config.maxRequestBytes() + ")");
            }
            openBytes += bytes;
            open.put(call, bytes);
            return null;
        }
    }

    private void end(Object call) {
        synchronized (lock) {
            Long bytes = open.remove(call);
            openBytes -= bytes == null ? 0 : bytes;
            lock.notifyAll();
        }
    }

    /** The caller and the deadline of the gRPC call on whose thread this is asked. */
    static Call current() {
        Deadline deadline = Context.current().getDeadline();
        return deadline == null
                ? Call.unbounded(GatewayOnly.caller())
                : Call.withDeadline(
                        System.nanoTime() + deadline.timeRemaining(TimeUnit.NANOSECONDS), GatewayOnly.caller());
    }

    /** What the work returns, or throws. */
    static <R> CompletionStage<R> stage(Supplier<CompletionStage<R>> work) {
        try {
            return work.get();
        } catch (RuntimeException | Error e) {
            return CompletableFuture.failedFuture(e);
        }
    }
}
