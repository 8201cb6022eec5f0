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
 * A model that reads text, loaded, warmed up and ready: tokenizing on the caller's thread, one queue, a worker per engine
 * thread, decoding on the common pool. Thread-safe.
 *
 * <p>Its futures never fail with anything but an {@link InferenceException}: OVERLOADED (with a hint when to retry),
 * SHUTTING_DOWN, DEADLINE_EXCEEDED, CANCELLED, ENGINE_FAILURE, or what the input is refused with. Methods whose names end
 * in {@code WhenAdmitted} wait on the calling thread until the queue has room, or the call is over; the others fail fast.
 *
 * @param <T> a text as the model reads it
 * @param <I> an item of the queue, of which a text is one or several
 * @param <O> what the engine says of an item
 * @param <R> what the model says of a text
 */
public abstract sealed class TextModel<T, I, O, R> implements AutoCloseable permits SequenceModel, TextGenerator {
    private final ModelDirectory model;
    private final TextTokenizer tokenizer;
    private final String device;
    private final List<? extends Weights> weights;
    private final Batcher<I, O> batcher;

    /** What must be freed when nothing runs any more. */
    interface Weights extends AutoCloseable {
        @Override
        void close();
    }

    /** A text and the items that it is for the queue. */
    private record Tokenized<T, I>(T text, List<I> items, Duration elapsed) {}

    /**
     * What a loaded model consists of.
     *
     * @param runners at least one
     * @param length tokens of an item
     * @param rows rows of a batch that an item needs
     */
    record Parts<I, O>(
            ModelDirectory model,
            TextTokenizer tokenizer,
            List<? extends Weights> weights,
            List<? extends BatchRunner<I, O>> runners,
            ToIntFunction<I> length,
            ToIntFunction<I> rows,
            BatchOptions batch,
            InferenceListener listener) {}

    TextModel(Parts<I, O> parts) {
        this.model = parts.model;
        this.tokenizer = parts.tokenizer;
        this.device = parts.runners.stream().map(BatchRunner::device).distinct().collect(Collectors.joining(","));
        this.weights = parts.weights;
        this.batcher =
                new Batcher<>(model.name(), parts.batch, parts.length, parts.rows, parts.runners, parts.listener);
    }

    /** The model that answers. */
    public final ModelDirectory model() {
        return model;
    }

    /** The tokenizer, which lives as long as this model. */
    public final TextTokenizer tokenizer() {
        return tokenizer;
    }

    /** Where it runs, comma-separated if on several devices. */
    public final String device() {
        return device;
    }

    /** Whether new texts are accepted: true from load to close. */
    public final boolean ready() {
        return batcher.isOpen();
    }

    /** Answers what was admitted, refuses what comes after with SHUTTING_DOWN, and frees the model. */
    @Override
    public final void close() {
        batcher.close();
        weights.forEach(Weights::close);
        tokenizer.close();
    }

    /** What the engine must read for a text; nothing for one that it need not read. */
    abstract List<I> items(T text);

    /** Tokens that the engine reads of an item, special tokens included. */
    abstract int tokens(I item);

    /** Tokens that the engine generated for an item. */
    abstract int generatedTokens(O output);

    /**
     * The answer but for its receipt.
     *
     * @param outputs of each item
     */
    abstract Function<Receipt, R> decode(T text, List<O> outputs);

    /** One text. */
    final CompletableFuture<R> answer(Supplier<T> text, Call call, boolean wait) {
        return submit(List.of(text), answers -> answers.get(0), call, wait);
    }

    /** Many texts, which are admitted together or not at all; fails as the first text that fails. */
    final CompletableFuture<List<R>> answerAll(List<Supplier<T>> texts, Call call, boolean wait) {
        return submit(texts, Function.identity(), call, wait);
    }

    private <A> CompletableFuture<A> submit(
            List<Supplier<T>> texts, Function<List<R>, A> result, Call call, boolean wait) {
        long start = System.nanoTime();
        CompletableFuture<A> answer = new CompletableFuture<>();
        try {
            List<Tokenized<T, I>> tokenized = texts.stream().map(this::tokenize).toList();
            List<I> items =
                    tokenized.stream().flatMap(text -> text.items().stream()).toList();
            List<CompletableFuture<Batcher.Output<O>>> outputs =
                    wait ? batcher.submitWhenAdmitted(items, call) : batcher.submit(items, call);
            CompletableFuture<?> unused = CompletableFuture.allOf(outputs.toArray(CompletableFuture[]::new))
                    .handleAsync((done, failure) -> result.apply(decode(tokenized, outputs)), ForkJoinPool.commonPool())
                    .whenComplete((answers, failure) -> complete(answer, start, failure, answers));
        } catch (RuntimeException e) {
            complete(answer, start, e, null);
        }
        return answer;
    }

    private Tokenized<T, I> tokenize(Supplier<T> text) {
        long start = System.nanoTime();
        T tokens = text.get();
        List<I> items = items(tokens);
        return new Tokenized<>(tokens, items, Duration.ofNanos(System.nanoTime() - start));
    }

    /** Fails as the first item that failed. */
    private List<R> decode(List<Tokenized<T, I>> texts, List<CompletableFuture<Batcher.Output<O>>> futures) {
        List<R> answers = new ArrayList<>(texts.size());
        Iterator<CompletableFuture<Batcher.Output<O>>> next = futures.iterator();
        for (Tokenized<T, I> text : texts) {
            long start = System.nanoTime();
            List<O> outputs = new ArrayList<>();
            Receipt receipt = Receipt.none(model, device);
            for (I item : text.items()) {
                Batcher.Output<O> output = next.next().join();
                Receipt one = receipt(item, output);
                receipt = outputs.isEmpty() ? one : Receipt.merge(List.of(receipt, one));
                outputs.add(output.value());
            }
            Function<Receipt, R> answer = decode(text.text(), outputs);
            Duration decode = Duration.ofNanos(System.nanoTime() - start);
            answers.add(answer.apply(receipt.plusTokenize(text.elapsed()).plusDecode(decode)));
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
