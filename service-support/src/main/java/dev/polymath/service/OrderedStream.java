package dev.polymath.service;

import com.google.common.util.concurrent.MoreExecutors;
import dev.polymath.inference.Call;
import dev.polymath.inference.InferenceException;
import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One bidirectional stream whose answers come in the order of the messages, and after them the handler's last word. At most
 * {@code window} messages are on the server: the next one is asked for when the answers to the first have gone to a transport
 * that was ready to send. So a client that reads slowly is read slowly, and costs no memory.
 */
final class OrderedStream<Q, R> implements StreamObserver<Q> {
    private final ServerCallStreamObserver<R> responses;
    private final Call call;
    private final StreamHandler<Q, R> handler;
    private final Executor inTurn;
    private final Consumer<Object> onEnd;
    private final ModelUses uses = new ModelUses();
    private final Context context = Context.current().withValue(ModelUses.KEY, uses);

    /** Those to each message, and at last the last word; not done until the handler has begun with it. */
    private final Deque<CompletableFuture<Deque<CompletableFuture<R>>>> answers = new ArrayDeque<>();

    private boolean noMore;
    private boolean endAsked;
    private @Nullable Throwable failure;
    private boolean ended;

    OrderedStream(
            ServerCallStreamObserver<R> responses,
            int window,
            Call call,
            StreamHandler<Q, R> handler,
            Executor workers,
            Consumer<Object> onEnd) {
        this.responses = responses;
        this.call = call;
        this.handler = handler;
        this.inTurn = MoreExecutors.newSequentialExecutor(workers);
        this.onEnd = onEnd;
        responses.disableAutoRequest();
        responses.setOnReadyHandler(this::send);
        responses.setOnCancelHandler(this::cancel);
        responses.request(window);
    }

    @Override
    public void onNext(Q message) {
        CompletableFuture<Deque<CompletableFuture<R>>> answer = new CompletableFuture<>();
        synchronized (this) {
            if (noMore) {
                return;
            }
            answers.add(answer);
        }
        run(answer, () -> handler.all(message));
    }

    private void run(CompletableFuture<Deque<CompletableFuture<R>>> answer, Supplier<List<CompletionStage<R>>> work) {
        inTurn.execute(() -> context.run(() -> {
            List<CompletionStage<R>> stages;
            ModelUses.Hold before = uses.hold();
            try {
                stages = work.get();
            } catch (RuntimeException | Error e) {
                stages = List.of(CompletableFuture.failedFuture(e));
            }
            // the message may have chosen other versions than the one before, whose work goes on with them
            ModelUses.Hold held = uses.hold();
            before.release();
            Deque<CompletableFuture<R>> parts = new ArrayDeque<>();
            stages.forEach(stage -> parts.add(stage.toCompletableFuture()));
            List<CompletableFuture<R>> all = List.copyOf(parts);
            answer.complete(parts);
            send();
            for (CompletableFuture<R> part : all) {
                CompletableFuture<R> unused = part.whenComplete((r, t) -> send());
            }
            CompletableFuture<?> unused = CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
                    .whenComplete((r, t) -> held.release());
        }));
    }

    @Override
    public void onCompleted() {
        finish(null);
    }

    @Override
    public void onError(Throwable cancelled) {
        cancel();
    }

    /** Reads no more, sends the answers to what was read, then says why. */
    void stop(InferenceException reason) {
        finish(reason);
    }

    private void finish(@Nullable Throwable reason) {
        synchronized (this) {
            if (!noMore) {
                noMore = true;
                failure = reason;
            }
        }
        send();
    }

    private void cancel() {
        call.cancel();
        end();
    }

    /** Sends the answers that are there, as far as the transport takes them. */
    private synchronized void send() {
        while (!ended && !answers.isEmpty() && responses.isReady()) {
            Deque<CompletableFuture<R>> parts = answers.element().getNow(null);
            if (parts == null || (!parts.isEmpty() && !parts.element().isDone())) {
                break;
            }
            R answer;
            try {
                answer = parts.isEmpty() ? null : parts.remove().join();
            } catch (CompletionException e) {
                failure = e;
                noMore = true;
                call.cancel();
                answers.clear();
                break;
            }
            if (answer != null) {
                responses.onNext(answer);
            }
            if (parts.isEmpty()) {
                answers.remove();
                responses.request(1);
            }
        }
        if (!ended && noMore && answers.isEmpty()) {
            if (failure == null && !endAsked) {
                endAsked = true;
                CompletableFuture<Deque<CompletableFuture<R>>> last = new CompletableFuture<>();
                answers.add(last);
                R ending = handler.ending();
                if (ending != null) {
                    responses.onNext(ending);
                }
                run(last, () -> List.of(handler.end()));
                return;
            }
            end();
            Throwable reason = failure;
            if (reason == null) {
                responses.onCompleted();
            } else {
                context.run(() -> GrpcCalls.fail(responses, reason));
            }
        }
    }

    private synchronized void end() {
        if (!ended) {
            ended = true;
            answers.clear();
            uses.close();
            handler.closed();
            onEnd.accept(this);
        }
    }
}
