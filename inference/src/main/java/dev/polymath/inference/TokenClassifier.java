package dev.polymath.inference;

import ai.djl.Device;
import dev.polymath.inference.InferenceException.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A token-classification model that is loaded, warmed up and ready. Thread-safe. */
public final class TokenClassifier implements AutoCloseable {
    private final ModelDirectory model;
    private final TextTokenizer tokenizer;
    private final List<String> labels;
    private final float temperature;
    private final String device;
    private final List<LoadedModel> loaded;
    private final Batcher<TokenSequence, float[]> batcher;

    private TokenClassifier(
            ModelDirectory model,
            TextTokenizer tokenizer,
            float temperature,
            List<LoadedModel> loaded,
            List<SequenceRunner> runners,
            BatchOptions options,
            InferenceListener listener) {
        this.model = model;
        this.tokenizer = tokenizer;
        this.labels = model.labels();
        this.temperature = temperature;
        this.device = runners.stream().map(SequenceRunner::device).distinct().collect(Collectors.joining(","));
        this.loaded = loaded;
        this.batcher = new Batcher<>(model.name(), options, TokenSequence::length, runners, listener);
    }

    /**
     * Loads and warms up a model; returns when it is ready to answer. Beside what {@link TextTokenizer#open} and
     * {@link LoadedModel} read, serving.properties may have {@code polymath.temperature}, by which the logits are
     * divided before the softmax (Guo et al. 2017, "On Calibration of Modern Neural Networks"); 1 by default.
     *
     * @throws InferenceException MODEL_NOT_FOUND or MODEL_NOT_READY, saying what is wrong with the model or the device
     */
    public static TokenClassifier load(ModelDirectory model, InferenceOptions options, InferenceListener listener) {
        if (model.labels().isEmpty()) {
            throw new InferenceException(Kind.MODEL_NOT_READY, model + ": config.json has no id2label");
        }
        float temperature = temperature(model);
        List<Device> devices = LoadedModel.devices(model, options);
        TextTokenizer tokenizer = TextTokenizer.open(model);
        List<LoadedModel> loaded = new ArrayList<>();
        try {
            List<SequenceRunner> runners = new ArrayList<>();
            for (Device device : devices) {
                LoadedModel weights = LoadedModel.load(model, options, device);
                loaded.add(weights);
                for (int i = 0; i < options.workersOn(device); i++) {
                    runners.add(new SequenceRunner(
                            weights,
                            LoadedModel.deviceName(device),
                            model.labels().size()));
                }
                warmUp(model, tokenizer.maxLength(), runners.get(runners.size() - 1), options.batch());
            }
            return new TokenClassifier(model, tokenizer, temperature, loaded, runners, options.batch(), listener);
        } catch (RuntimeException e) {
            loaded.forEach(LoadedModel::close);
            tokenizer.close();
            throw e;
        }
    }

    /**
     * Classifies the tokens of a text; fails fast when the queue is full. Tokenising happens on the calling thread, the
     * future completes on the common pool.
     *
     * @param text any length
     * @param call when the answer is no longer wanted
     * @return never fails with anything but an {@link InferenceException}: OVERLOADED (with a hint when to retry),
     *     SHUTTING_DOWN, DEADLINE_EXCEEDED, CANCELLED, ENGINE_FAILURE
     */
    public CompletableFuture<TokenClassification> classify(String text, Call call) {
        return classify(text, call, false);
    }

    /**
     * As {@link #classify}, but waits on the calling thread until the queue has room, or the call is over. For streams,
     * whose caller is slowed down by it.
     */
    public CompletableFuture<TokenClassification> classifyWhenAdmitted(String text, Call call) {
        return classify(text, call, true);
    }

    /** The model that answers. */
    public ModelDirectory model() {
        return model;
    }

    /** The tokenizer, which lives as long as this classifier. */
    public TextTokenizer tokenizer() {
        return tokenizer;
    }

    /** Where it runs, comma-separated if on several devices. */
    public String device() {
        return device;
    }

    /** Whether new texts are accepted: true from load to close. */
    public boolean ready() {
        return batcher.isOpen();
    }

    /** Answers what was admitted, refuses what comes after with SHUTTING_DOWN, and frees the model. */
    @Override
    public void close() {
        batcher.close();
        loaded.forEach(LoadedModel::close);
        tokenizer.close();
    }

    private CompletableFuture<TokenClassification> classify(String text, Call call, boolean wait) {
        long start = System.nanoTime();
        CompletableFuture<TokenClassification> answer = new CompletableFuture<>();
        try {
            TokenizedText tokens = tokenizer.tokenize(text);
            Duration tokenize = Duration.ofNanos(System.nanoTime() - start);
            List<TokenSequence> sequences = tokens.size() == 0
                    ? List.of()
                    : tokens.windows().stream().map(tokens::sequence).toList();
            List<CompletableFuture<Batcher.Output<float[]>>> windows =
                    wait ? batcher.submitWhenAdmitted(sequences, call) : batcher.submit(sequences, call);
            CompletableFuture<?> unused = CompletableFuture.allOf(windows.toArray(CompletableFuture[]::new))
                    .handleAsync(
                            (done, failure) -> merge(tokens, sequences, windows, tokenize), ForkJoinPool.commonPool())
                    .whenComplete((merged, failure) -> complete(answer, start, failure, merged));
        } catch (RuntimeException e) {
            complete(answer, start, e, null);
        }
        return answer;
    }

    /** Fails as the first window that failed. */
    private TokenClassification merge(
            TokenizedText tokens,
            List<TokenSequence> sequences,
            List<CompletableFuture<Batcher.Output<float[]>>> outputs,
            Duration tokenize) {
        long start = System.nanoTime();
        float[] probabilities = new float[tokens.size() * labels.size()];
        Receipt receipt = Receipt.none(model, device);
        for (int w = 0; w < outputs.size(); w++) {
            Batcher.Output<float[]> output = outputs.get(w).join();
            int offset = tokens.prefix().length - tokens.windows().get(w).from();
            for (int token = tokens.decidesFrom(w); token < tokens.decidesTo(w); token++) {
                softmax(output.value(), (token + offset) * labels.size(), probabilities, token * labels.size());
            }
            Receipt window = new Receipt(
                    model.name(),
                    model.version(),
                    model.sha256(),
                    output.device(),
                    output.batchSize(),
                    sequences.get(w).length(),
                    Duration.ZERO,
                    output.queue(),
                    output.infer(),
                    Duration.ZERO);
            receipt = w == 0 ? window : Receipt.merge(List.of(receipt, window));
        }
        Duration decode = Duration.ofNanos(System.nanoTime() - start);
        return new TokenClassification(
                tokens, labels, probabilities, receipt.plusTokenize(tokenize).plusDecode(decode));
    }

    /** Softmax of {@code logits / temperature}, shifted by the largest so that nothing overflows. */
    private void softmax(float[] logits, int from, float[] probabilities, int to) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < labels.size(); i++) {
            max = Math.max(max, logits[from + i]);
        }
        if (!Float.isFinite(max)) {
            throw new InferenceException(Kind.ENGINE_FAILURE, model + ": the output of the model is not a number");
        }
        double sum = 0;
        for (int i = 0; i < labels.size(); i++) {
            double e = Math.exp((logits[from + i] - max) / temperature);
            probabilities[to + i] = (float) e;
            sum += e;
        }
        for (int i = 0; i < labels.size(); i++) {
            probabilities[to + i] /= (float) sum;
        }
    }

    private void complete(
            CompletableFuture<TokenClassification> answer,
            long start,
            @Nullable Throwable failure,
            @Nullable TokenClassification classification) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        InferenceException exception = cause == null || cause instanceof InferenceException
                ? (InferenceException) cause
                : new InferenceException(Kind.INTERNAL, model + ": a defect of the library", Map.of(), cause);
        batcher.tell(listener -> listener.requestCompleted(
                model.name(),
                exception == null ? null : exception.kind(),
                Duration.ofNanos(System.nanoTime() - start)));
        if (exception == null) {
            answer.complete(Objects.requireNonNull(classification));
        } else {
            answer.completeExceptionally(exception);
        }
    }

    /** Every length bucket alone, and the largest batch, so that too little memory shows now and not at noon. */
    private static void warmUp(ModelDirectory model, int longest, SequenceRunner runner, BatchOptions options) {
        try {
            for (int length = 16; length < longest; length *= 2) {
                runner.run(List.of(zeros(length)));
            }
            int rows = Math.max(1, Math.min(options.maxBatchSize(), options.maxBatchTokens() / longest));
            runner.run(Collections.nCopies(rows, zeros(longest)));
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

    private static float temperature(ModelDirectory model) {
        String value = model.property("polymath.temperature", "1");
        try {
            float temperature = Float.parseFloat(value);
            if (temperature > 0 && Float.isFinite(temperature)) {
                return temperature;
            }
        } catch (NumberFormatException e) {
            // the same message
        }
        throw new InferenceException(
                Kind.MODEL_NOT_READY, model + ": polymath.temperature: " + value + " (expected: a number > 0)");
    }
}
