package dev.polymath.gateway;

import io.grpc.ClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.SynchronizationContext;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A call to a service that takes from its caller's quota. It begins when its request is paid for, and each message goes on when it is
 * paid for; until then the call is not ready, so that whoever writes waits. A refusal is the end of the call like one of the service.
 * All of it runs in one {@link SynchronizationContext}: one thing after the other, on the thread that comes.
 */
final class MeteredCall extends ClientCall<byte[], byte[]> {
    private static final Logger LOG = Logger.getLogger(MeteredCall.class);

    /** Stands for the end of the messages. */
    private static final byte[] END = new byte[0];

    private final ClientCall<byte[], byte[]> service;
    private final boolean oneMessage;
    private final boolean oneAnswer;
    private final UsageCounter counter;
    private final Quotas.Account account;
    private final Executor executor;
    private final SynchronizationContext context = new SynchronizationContext((thread, failure) -> broken(failure));

    private final Queue<byte[]> messages = new ArrayDeque<>();
    private final Map<Buckets.Key, Buckets.Level> levels = new HashMap<>();
    /** What was taken for a message that has not gone on. */
    private final List<Runnable> advances = new ArrayList<>();

    private @Nullable Listener<byte[]> listener;
    private Runnable stopWaiting = () -> {};
    private int requested;
    private boolean counted;
    private boolean started;
    private boolean waiting;
    private volatile boolean closed;
    /** Whether every message that came has gone on. */
    private volatile boolean idle;

    /** @param executor in which the listener is called, null for any thread */
    MeteredCall(
            ClientCall<byte[], byte[]> service,
            MethodType type,
            UsageCounter counter,
            Quotas.Account account,
            @Nullable Executor executor) {
        this.service = service;
        this.oneMessage = type.clientSendsOneMessage();
        this.oneAnswer = type.serverSendsOneMessage();
        this.counter = counter;
        this.account = account;
        this.executor = executor == null ? Runnable::run : executor;
    }

    @Override
    public void start(Listener<byte[]> responses, Metadata headers) {
        context.execute(() -> {
            listener = responses;
            if (closed) {
                responses.onClose(Status.CANCELLED, new Metadata());
                return;
            }
            counted = account.begin();
            if (!counted) {
                refuse(account.tooManyCalls());
                return;
            }
            pay(Limit.REQUESTS, 1, () -> {
                account.count();
                advances.clear(); // the call is made, whatever becomes of it
                started = true;
                service.start(new Answers(responses), headers);
                if (requested > 0) {
                    service.request(requested);
                }
                sendOn();
            });
        });
    }

    @Override
    public void request(int more) {
        context.execute(() -> {
            if (started && !closed) {
                service.request(more);
            } else {
                requested += more;
            }
        });
    }

    @Override
    public void sendMessage(byte[] message) {
        write(message);
    }

    @Override
    public void halfClose() {
        write(END);
    }

    private void write(byte[] message) {
        idle = false;
        context.execute(() -> {
            if (!closed) {
                messages.add(message);
                sendOn();
            }
        });
    }

    @Override
    public boolean isReady() {
        return idle && service.isReady();
    }

    @Override
    public void cancel(@Nullable String message, @Nullable Throwable cause) {
        context.execute(() -> {
            if (started) {
                service.cancel(message, cause); // whose end is that of the call
            } else {
                close(Status.CANCELLED.withDescription(message), new Metadata());
            }
        });
    }

    /** Sends what is there and paid for, and says so to who may wait with the next. */
    private void sendOn() {
        while (started && !waiting && !closed && !messages.isEmpty()) {
            byte[] message = messages.remove();
            if (message == END) {
                service.halfClose();
            } else {
                send(message);
            }
        }
        idle = started && !waiting && !closed;
        Listener<byte[]> writer = listener;
        if (idle && writer != null && service.isReady()) {
            writer.onReady();
        }
    }

    private void send(byte[] message) {
        Amount amount = counter.count(message);
        pay(
                Limit.CHARACTERS,
                amount.characters(),
                () -> pay(Limit.IMAGES, amount.images(), () -> {
                    advances.clear();
                    account.count(amount);
                    service.sendMessage(message);
                }));
    }

    /** Goes on when the tokens are there, at once if need be none; else it refuses the call. */
    private void pay(Limit limit, long tokens, Runnable paid) {
        Buckets.Key bucket = account.bucket(limit);
        if (tokens == 0 || bucket == null) {
            paid.run();
        } else if (tokens > bucket.size()) {
            refuse(account.tooLarge(bucket, tokens));
        } else {
            then(account.buckets().take(bucket, tokens), level -> {
                levels.put(bucket, level);
                if (level.taken()) {
                    advance(bucket, tokens, paid);
                } else if (closed) {
                    return;
                } else if (limit == Limit.REQUESTS
                        || oneMessage
                        || level.delay().compareTo(account.maxWait()) > 0) {
                    refuse(account.usedUp(bucket, tokens, level));
                } else {
                    then(
                            account.buckets().reserve(bucket, tokens),
                            wait -> advance(bucket, tokens, () -> {
                                if (wait.isZero()) {
                                    paid.run();
                                } else {
                                    pause(wait, paid);
                                }
                            }));
                }
            });
        }
    }

    private void advance(Buckets.Key bucket, long tokens, Runnable paid) {
        advances.add(() -> account.buckets().giveBack(bucket, tokens));
        if (closed) {
            giveBack();
        } else {
            paid.run();
        }
    }

    private void pause(Duration wait, Runnable paid) {
        waiting = true;
        stopWaiting = account.alarm()
                .after(
                        wait,
                        () -> resume(() -> {
                            if (!closed) {
                                paid.run();
                            }
                        }));
    }

    /** Goes on with what a stage brings, at once if it is there. */
    private <T> void then(CompletionStage<T> stage, Consumer<T> next) {
        CompletableFuture<T> future = stage.toCompletableFuture();
        if (future.isDone() && !future.isCompletedExceptionally()) {
            next.accept(future.join());
            return;
        }
        waiting = true;
        var unused = future.whenComplete((value, failure) -> resume(() -> {
            if (failure == null) {
                next.accept(value);
            } else {
                refuse(Access.refusal(failure));
            }
        }));
    }

    private void resume(Runnable next) {
        executor.execute(() -> context.execute(() -> {
            waiting = false;
            next.run();
            sendOn();
        }));
    }

    private void refuse(StatusRuntimeException error) {
        Metadata trailers = error.getTrailers();
        boolean running = started && !closed;
        close(error.getStatus(), trailers == null ? new Metadata() : trailers);
        if (running) {
            service.cancel("the call is refused", error);
        }
    }

    /** Ends the call towards the caller, once. */
    private void close(Status status, Metadata trailers) {
        if (closed) {
            return;
        }
        closed = true;
        idle = false;
        messages.clear();
        stopWaiting.run();
        giveBack();
        if (counted) {
            account.end();
        }
        describe(trailers);
        Listener<byte[]> caller = listener;
        if (caller != null) {
            caller.onClose(status, trailers);
        }
    }

    private void giveBack() {
        advances.forEach(Runnable::run);
        advances.clear();
    }

    /** Says how the bucket stands that has least left, in proportion, of those that the call took from. */
    private void describe(Metadata metadata) {
        levels.entrySet().stream()
                .min((a, b) -> Double.compare(left(a), left(b)))
                .ifPresent(tightest -> Quotas.describe(tightest.getKey(), tightest.getValue(), metadata));
    }

    private static double left(Map.Entry<Buckets.Key, Buckets.Level> bucket) {
        return (double) bucket.getValue().left() / bucket.getKey().size();
    }

    private void broken(Throwable failure) {
        LOG.error("a call failed in the gateway", failure);
        refuse(Status.INTERNAL.withCause(failure).asRuntimeException());
    }

    /** What the service says, one after the other with all else. */
    private final class Answers extends SimpleForwardingClientCallListener<byte[]> {
        Answers(Listener<byte[]> listener) {
            super(listener);
        }

        @Override
        public void onHeaders(Metadata headers) {
            whileOpen(() -> {
                if (!oneAnswer) {
                    describe(headers); // the end may be far
                }
                super.onHeaders(headers);
            });
        }

        @Override
        public void onMessage(byte[] message) {
            whileOpen(() -> super.onMessage(message));
        }

        @Override
        public void onReady() {
            whileOpen(() -> {
                if (idle) {
                    super.onReady();
                }
            });
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            context.execute(() -> close(status, trailers));
        }

        private void whileOpen(Runnable event) {
            context.execute(() -> {
                if (!closed) {
                    event.run();
                }
            });
        }
    }
}
