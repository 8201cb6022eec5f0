package dev.polymath.service;

import com.google.rpc.Status;
import dev.polymath.inference.InferenceException;
import dev.polymath.inference.Receipt;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/**
 * The documents of a call on their way through a model. What is wrong with a document is the error of its result; what is
 * wrong with the server or the call (MODEL_NOT_READY, OVERLOADED, SHUTTING_DOWN, DEADLINE_EXCEEDED, CANCELLED) fails the
 * call.
 */
public final class DocumentBatch {
    private DocumentBatch() {}

    /**
     * What is done with each document.
     *
     * @param <D> a document, or whatever a request has many of
     * @param <R> its result
     */
    public interface Task<D, R> {
        /**
         * Begins with a document on the thread of the caller. May throw what the stage may fail with, and an
         * {@link InvalidRequestException} if something is wrong with the document.
         *
         * @param path of the document, for violations: {@code documents[3]}
         * @param patient whether to wait for room in the queue of the model; fails with OVERLOADED if not
         */
        CompletionStage<Analyzed<R>> analyze(D document, String path, boolean patient);

        /** The result of a document that could not be analyzed. */
        R failed(D document, Status error);
    }

    /**
     * A document that was analyzed.
     *
     * @param receipts of all models that had to do with it; empty if none had
     */
    public record Analyzed<R>(R result, List<Receipt> receipts) {}

    /**
     * The results, in the order of the documents, and what they took.
     *
     * @param receipts one per model, merged over the documents; none of a model that had nothing to do
     */
    public record Answer<R>(List<R> results, List<Receipt> receipts) {
        /** The receipt of a service whose methods use one model each; {@code noWork} if it had nothing to do. */
        public Receipt receipt(Receipt noWork) {
            return receipts.isEmpty() ? noWork : receipts.get(0);
        }
    }

    /**
     * Call on a worker thread: the first document is refused when the queue is full, the others wait for room.
     *
     * @param field of the request that has the documents
     */
    public static <D, R> CompletableFuture<Answer<R>> analyze(String field, List<D> documents, Task<D, R> task) {
        List<CompletableFuture<Analyzed<R>>> started = new ArrayList<>(documents.size());
        for (int i = 0; i < documents.size(); i++) {
            CompletableFuture<Analyzed<R>> analyzed = start(documents.get(i), field + "[" + i + "]", i > 0, task);
            started.add(analyzed);
            if (analyzed.isCompletedExceptionally()) {
                break;
            }
        }
        return CompletableFuture.allOf(started.toArray(CompletableFuture[]::new))
                .thenApply(done ->
                        answer(started.stream().map(CompletableFuture::join).toList()));
    }

    /** As {@link #analyze}, for one document of a stream, which waits for room. */
    public static <D, R> CompletableFuture<Answer<R>> analyzeOne(String path, D document, Task<D, R> task) {
        return start(document, path, true, task).thenApply(analyzed -> answer(List.of(analyzed)));
    }

    private static <D, R> CompletableFuture<Analyzed<R>> start(
            D document, String path, boolean patient, Task<D, R> task) {
        String requestId = RequestId.current();
        CompletableFuture<Analyzed<R>> analyzed;
        try {
            analyzed = task.analyze(document, path, patient).toCompletableFuture();
        } catch (RuntimeException | StackOverflowError e) {
            analyzed = CompletableFuture.failedFuture(e);
        }
        return analyzed.exceptionally(failure -> failed(document, failure, requestId, task));
    }

    private static <D, R> Analyzed<R> failed(D document, Throwable failure, String requestId, Task<D, R> task) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof InferenceException e && failsCall(e.kind())) {
            throw e;
        }
        return new Analyzed<>(task.failed(document, ErrorStatus.of(cause, requestId)), List.of());
    }

    private static boolean failsCall(InferenceException.Kind kind) {
        return switch (kind) {
            case INVALID_INPUT, INPUT_TOO_LONG, ENGINE_FAILURE, INTERNAL -> false;
            case MODEL_NOT_FOUND, MODEL_NOT_READY, OVERLOADED, SHUTTING_DOWN, DEADLINE_EXCEEDED, CANCELLED -> true;
        };
    }

    private static <R> Answer<R> answer(List<Analyzed<R>> analyzed) {
        return new Answer<>(
                analyzed.stream().map(Analyzed::result).toList(),
                mergeByModel(analyzed.stream()
                        .flatMap(each -> each.receipts().stream())
                        .toList()));
    }

    /** One receipt per model, in the order in which the models come first. */
    public static List<Receipt> mergeByModel(Collection<Receipt> receipts) {
        Map<List<String>, Receipt> byModel = new LinkedHashMap<>();
        for (Receipt receipt : receipts) {
            byModel.merge(
                    List.of(receipt.model(), receipt.version(), receipt.sha256()),
                    receipt,
                    (merged, next) -> Receipt.merge(List.of(merged, next)));
        }
        return List.copyOf(byModel.values());
    }
}
