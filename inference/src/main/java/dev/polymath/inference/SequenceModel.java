package dev.polymath.inference;

import ai.djl.Device;
import dev.polymath.inference.InferenceException.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ForkJoinPool;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A model that reads sequences of tokens, loaded, warmed up and ready: tokenizing on the caller's thread, one queue, a
 * worker per engine thread, decoding on the common pool. Thread-safe.
 *
 * <p>Its futures never fail with anything but an {@link InferenceException}: OVERLOADED (with a hint when to retry),
 * SHUTTING_DOWN, DEADLINE_EXCEEDED, CANCELLED, ENGINE_FAILURE, or what the input is refused with. Methods whose names end
 * in {@code WhenAdmitted} wait on the calling thread until the queue has room, or the call is over; the others fail fast.
 *
 * @param <T> a text as the model reads it
 * @param <R> what the model says of it
 */
public abstract sealed class SequenceModel<T, R> implements AutoCloseable
        permits ExtractiveReader, TextClassifier, TextEncoder, TokenClassifier {
    private final ModelDirectory model;
    private final TextTokenizer tokenizer;
    private final String device;
    private final List<LoadedModel> weights;
    private final Batcher<TokenSequence, float[][]> batcher;

    /** What {@link #load} has loaded, for the constructor of a subclass. */
    record Loaded(
            ModelDirectory model,
            TextTokenizer tokenizer,
            List<LoadedModel> weights,
            List<SequenceRunner> runners,
            BatchOptions batch,
            InferenceListener listener,
            float[][] sample) {}

    /** A text and the sequences in which the model reads it. */
    private record Tokenized<T>(T text, List<TokenSequence> sequences, Duration elapsed) {}

    SequenceModel(Loaded loaded) {
        this.model = loaded.model;
        this.tokenizer = loaded.tokenizer;
        this.device =
                loaded.runners.stream().map(SequenceRunner::device).distinct().collect(Collectors.joining(","));
        this.weights = loaded.weights;
        this.batcher =
                new Batcher<>(model.name(), loaded.batch, TokenSequence::length, loaded.runners, loaded.listener);
    }

    /**
     * Loads the weights on every device and runs every length bucket.
     *
     * @throws InferenceException MODEL_NOT_FOUND or MODEL_NOT_READY, saying what is wrong with the model or the device
     */
    static Loaded load(
            ModelDirectory model, InferenceOptions options, InferenceListener listener, List<ModelOutput> outputs) {
        List<Device> devices = LoadedModel.devices(model, options);
        TextTokenizer tokenizer = TextTokenizer.open(model);
        List<LoadedModel> loaded = new ArrayList<>();
        List<SequenceRunner> runners = new ArrayList<>();
        float[][] sample = {};
        try {
            for (Device device : devices) {
                LoadedModel weights = LoadedModel.load(model, options, device);
                loaded.add(weights);
                for (int i = 0; i < options.workersOn(device); i++) {
                    runners.add(new SequenceRunner(weights, LoadedModel.deviceName(device), outputs));
                }
                sample = warmUp(model, tokenizer.maxLength(), runners.get(runners.size() - 1), options.batch());
            }
            return new Loaded(model, tokenizer, loaded, runners, options.batch(), listener, sample);
        } catch (RuntimeException e) {
            loaded.forEach(LoadedModel::close);
            tokenizer.close();
            throw e;
        }
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
        weights.forEach(LoadedModel::close);
        tokenizer.close();
    }

    /** What the model reads of a text: a sequence for each window; none for a text that it need not read. */
    abstract List<TokenSequence> sequences(T text);

    /**
     * The answer but for its receipt.
     *
     * @param outputs of each sequence, in the order of {@link #load}'s outputs
     */
    abstract Function<Receipt, R> decode(T text, List<float[][]> outputs);

    /** For subclasses that read plain texts. */
    final Supplier<TokenizedText> tokenizing(String text) {
        return () -> tokenizer.tokenize(text);
    }

    final List<Supplier<TokenizedText>> tokenizing(List<String> texts) {
        return texts.stream().map(this::tokenizing).toList();
    }

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
            List<Tokenized<T>> tokenized = texts.stream().map(this::tokenize).toList();
            List<TokenSequence> sequences = tokenized.stream()
                    .flatMap(text -> text.sequences().stream())
                    .toList();
            List<CompletableFuture<Batcher.Output<float[][]>>> outputs =
                    wait ? batcher.submitWhenAdmitted(sequences, call) : batcher.submit(sequences, call);
            CompletableFuture<?> unused = CompletableFuture.allOf(outputs.toArray(CompletableFuture[]::new))
                    .handleAsync((done, failure) -> result.apply(decode(tokenized, outputs)), ForkJoinPool.commonPool())
                    .whenComplete((answers, failure) -> complete(answer, start, failure, answers));
        } catch (RuntimeException e) {
            complete(answer, start, e, null);
        }
        return answer;
    }

    private Tokenized<T> tokenize(Supplier<T> text) {
        long start = System.nanoTime();
        T tokens = text.get();
        List<TokenSequence> sequences = sequences(tokens);
        return new Tokenized<>(tokens, sequences, Duration.ofNanos(System.nanoTime() - start));
    }

    /** Fails as the first sequence that failed. */
    private List<R> decode(List<Tokenized<T>> texts, List<CompletableFuture<Batcher.Output<float[][]>>> futures) {
        List<R> answers = new ArrayList<>(texts.size());
        Iterator<CompletableFuture<Batcher.Output<float[][]>>> next = futures.iterator();
        for (Tokenized<T> text : texts) {
            long start = System.nanoTime();
            List<float[][]> outputs = new ArrayList<>();
            Receipt receipt = Receipt.none(model, device);
            for (TokenSequence sequence : text.sequences()) {
                Batcher.Output<float[][]> output = next.next().join();
                Receipt window = receipt(sequence, output);
                receipt = outputs.isEmpty() ? window : Receipt.merge(List.of(receipt, window));
                outputs.add(output.value());
            }
            Function<Receipt, R> answer = decode(text.text(), outputs);
            Duration decode = Duration.ofNanos(System.nanoTime() - start);
            answers.add(answer.apply(receipt.plusTokenize(text.elapsed()).plusDecode(decode)));
        }
        return answers;
    }

    private Receipt receipt(TokenSequence sequence, Batcher.Output<?> output) {
        return new Receipt(
                model.name(),
                model.version(),
                model.sha256(),
                output.device(),
                output.batchSize(),
                sequence.length(),
                0,
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

    /** Every length bucket alone, and the largest batch, so that too little memory shows now and not at noon. */
    private static float[][] warmUp(ModelDirectory model, int longest, SequenceRunner runner, BatchOptions options) {
        try {
            for (int length = 16; length < longest; length *= 2) {
                runner.run(List.of(zeros(length)));
            }
            int rows = Math.max(1, Math.min(options.maxBatchSize(), options.maxBatchTokens() / longest));
            return runner.run(Collections.nCopies(rows, zeros(longest))).get(0);
        } catch (RuntimeException e) {
            throw new InferenceException(
                    Kind.MODEL_NOT_READY,
                    model + ": the first run on " + runner.device() + " failed: " + e.getMessage(),
                    Map.of(),
                    e);
        }
    }

    private static TokenSequence zeros(int length) {
        return new TokenSequence(new int[length], new int[length]);
    }
}
