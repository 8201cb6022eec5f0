package dev.polymath.inference;

import dev.polymath.inference.InferenceException.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ForkJoinPool;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A model that is loaded, warmed up and ready: inputs are prepared on the caller's thread (texts are tokenized, images
 * resized), one queue, a worker per engine thread, decoding on the common pool. Thread-safe.
 *
 * <p>Its futures never fail with anything but an {@link InferenceException}: OVERLOADED (with a hint when to retry),
 * SHUTTING_DOWN, DEADLINE_EXCEEDED, CANCELLED, ENGINE_FAILURE, or what the input is refused with. Methods whose names end
 * in {@code WhenAdmitted} wait on the calling thread until the queue has room, or the call is over; the others fail fast.
 *
 * @param <T> an input as the model reads it
 * @param <I> an item of the queue, of which an input is one or several
 * @param <O> what the engine says of an item
 * @param <R> what the model says of an input
 */
public abstract sealed class QueuedModel<T, I, O, R> implements AutoCloseable
        permits ImageCaptioner, ImageModel, TextModel {
    private final ModelDirectory model;
    private final String device;
    private final List<? extends Weights> weights;
    private final Batcher<I, O> batcher;

    /** What must be freed when nothing runs any more. */
    interface Weights extends AutoCloseable {
        @Override
        void close();
    }

    /** An input and the items that it is for the queue. */
    private record Prepared<T, I>(T input, List<I> items, Duration elapsed) {}

    /**
     * What a loaded model consists of.
     *
     * @param runners at least one
     * @param length tokens of an item
     * @param rows rows of a batch that an item needs
     */
    record Parts<I, O>(
            ModelDirectory model,
            List<? extends Weights> weights,
            List<? extends BatchRunner<I, O>> runners,
            ToIntFunction<I> length,
            ToIntFunction<I> rows,
            BatchOptions batch,
            InferenceListener listener) {}

    QueuedModel(Parts<I, O> parts) {
        this.model = parts.model;
        this.device = parts.runners.stream().map(BatchRunner::device).distinct().collect(Collectors.joining(","));
        this.weights = parts.weights;
        this.batcher =
                new Batcher<>(model.name(), parts.batch, parts.length, parts.rows, parts.runners, parts.listener);
    }

    /** The model that answers. */
    public final ModelDirectory model() {
        return model;
    }

    /** Where it runs, comma-separated if on several devices. */
    public final String device() {
        return device;
    }

    /** Whether new inputs are accepted: true from load to close. */
    public final boolean ready() {
        return batcher.isOpen();
    }

    /** Answers what was admitted, refuses what comes after with SHUTTING_DOWN, and frees the model. */
    @Override
    public void close() {
        batcher.close();
        weights.forEach(Weights::close);
    }

    /** What the engine must read for an input; nothing for one that it need not read. */
    abstract List<I> items(T input);

    /** Tokens that the engine reads of an item, special tokens included. */
    abstract int tokens(I item);

    /** Tokens that the engine generated for an item. */
    abstract int generatedTokens(O output);

    /**
     * The answer but for its receipt.
     *
     * @param outputs of each item
     */
    abstract Function<Receipt, R> decode(T input, List<O> outputs);

    /** One input. */
    final CompletableFuture<R> answer(Supplier<T> input, Call call, boolean wait) {
        return submit(List.of(input), answers -> answers.get(0), call, wait);
    }

    /** Many inputs, which are admitted together or not at all; fails as the first one that fails. */
    final CompletableFuture<List<R>> answerAll(List<Supplier<T>> inputs, Call call, boolean wait) {
        return submit(inputs, Function.identity(), call, wait);
    }

    private <A> CompletableFuture<A> submit(
            List<Supplier<T>> inputs, Function<List<R>, A> result, Call call, boolean wait) {
        long start = System.nanoTime();
        CompletableFuture<A> answer = new CompletableFuture<>();
        try {
            if (!wait) {
                batcher.requireRoom(inputs.size(), call); // what is refused must cost little
            }
            List<Prepared<T, I>> prepared = inputs.stream().map(this::prepare).toList();
            List<I> items =
                    prepared.stream().flatMap(input -> input.items().stream()).toList();
            List<CompletableFuture<Batcher.Output<O>>> outputs =
                    wait ? batcher.submitWhenAdmitted(items, call) : batcher.submit(items, call);
            CompletableFuture<?> unused = CompletableFuture.allOf(outputs.toArray(CompletableFuture[]::new))
                    .handleAsync((done, failure) -> result.apply(decode(prepared, outputs)), ForkJoinPool.commonPool())
                    .whenComplete((answers, failure) -> complete(answer, start, failure, answers));
        } catch (RuntimeException e) {
            complete(answer, start, e, null);
        }
        return answer;
    }

    private Prepared<T, I> prepare(Supplier<T> input) {
        long start = System.nanoTime();
        T read = input.get();
        List<I> items = items(read);
        return new Prepared<>(read, items, Duration.ofNanos(System.nanoTime() - start));
    }

    /** Fails as the first item that failed. */
    private List<R> decode(List<Prepared<T, I>> inputs, List<CompletableFuture<Batcher.Output<O>>> futures) {
        List<R> answers = new ArrayList<>(inputs.size());
        Iterator<CompletableFuture<Batcher.Output<O>>> next = futures.iterator();
        for (Prepared<T, I> input : inputs) {
            long start = System.nanoTime();
            List<O> outputs = new ArrayList<>();
            Receipt receipt = Receipt.none(model, device);
            for (I item : input.items()) {
                Batcher.Output<O> output = next.next().join();
                Receipt one = receipt(item, output);
                receipt = outputs.isEmpty() ? one : Receipt.merge(List.of(receipt, one));
                outputs.add(output.value());
            }
            Function<Receipt, R> answer = decode(input.input(), outputs);
            Duration decode = Duration.ofNanos(System.nanoTime() - start);
            answers.add(answer.apply(receipt.plusTokenize(input.elapsed()).plusDecode(decode)));
        }
        return answers;
    }

    private Receipt receipt(I item, Batcher.Output<O> output) {
        return new Receipt(
                model.name(),
                model.version(),
                model.sha256(),
                output.device(),
                output.batchSize(),
                tokens(item),
                generatedTokens(output.value()),
                Duration.ZERO,
                output.queue(),
                output.infer(),
                Duration.ZERO);
    }

    private <A> void complete(CompletableFuture<A> answer, long start, @Nullable Throwable failure, @Nullable A value) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        InferenceException exception = cause == null || cause instanceof InferenceException
                ? (InferenceException) cause
                : new InferenceException(Kind.INTERNAL, model + ": a defect of the library", Map.of(), cause);
        batcher.tell(listener -> listener.requestCompleted(
                model.name(),
                exception == null ? null : exception.kind(),
                Duration.ofNanos(System.nanoTime() - start)));
        if (exception == null) {
            answer.complete(Objects.requireNonNull(value));
        } else {
            answer.completeExceptionally(exception);
        }
    }
}
