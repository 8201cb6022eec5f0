package dev.polymath.service;

import dev.polymath.inference.Call;
import dev.polymath.inference.InferenceException;
import dev.polymath.inference.Receipt;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * The documents of a call on their way through a {@link DocumentTask}. What is wrong with a document is the error of its
 * result; what is wrong with the server or the call (OVERLOADED, SHUTTING_DOWN, DEADLINE_EXCEEDED, CANCELLED) fails the
 * call.
 */
public final class DocumentBatch {
    private DocumentBatch() {}

    /**
     * The results of a call.
     *
     * @param results in the order of the documents
     * @param receipts one for each model that took part
     */
    public record Results<R>(List<R> results, List<Receipt> receipts) {
        /** The receipt of the only model, or another if it had nothing to do. */
        public Receipt receipt(Receipt noWork) {
            return receipts.isEmpty() ? noWork : receipts.get(0);
        }
    }

    /**
     * Call on a worker thread: the first document is refused when a queue is full, the others wait for room.
     *
     * @param field of the request that has the documents
     */
    public static <D, R> CompletableFuture<Results<R>> run(
            String field, List<D> documents, DocumentTask<D, R> task, Call call) {
        List<CompletableFuture<DocumentTask.Done<R>>> started = new ArrayList<>(documents.size());
        for (int i = 0; i < documents.size(); i++) {
            CompletableFuture<DocumentTask.Done<R>> one =
                    start(documents.get(i), field + "[" + i + "]", task, i == 0, call);
            started.add(one);
            if (one.isCompletedExceptionally()) {
                break;
            }
        }
        return CompletableFuture.allOf(started.toArray(CompletableFuture[]::new))
                .thenApply(done ->
                        results(started.stream().map(CompletableFuture::join).toList()));
    }

    /** As {@link #run}, for one document of a stream, which waits for room. */
    public static <D, R> CompletableFuture<Results<R>> runOne(D document, DocumentTask<D, R> task, Call call) {
        return start(document, "document", task, false, call).thenApply(done -> results(List.of(done)));
    }

    /** One receipt for each model. */
    public static List<Receipt> merge(Collection<Receipt> receipts) {
        Map<List<String>, List<Receipt>> byModel = new LinkedHashMap<>();
        receipts.forEach(receipt -> byModel.computeIfAbsent(
                        List.of(receipt.model(), receipt.version(), receipt.sha256()), model -> new ArrayList<>())
                .add(receipt));
        return byModel.values().stream().map(Receipt::merge).toList();
    }

    private static <D, R> CompletableFuture<DocumentTask.Done<R>> start(
            D document, String path, DocumentTask<D, R> task, boolean failFast, Call call) {
        String requestId = RequestId.current();
        CompletableFuture<DocumentTask.Done<R>> work;
        try {
            work = task.start(document, path, failFast, call);
        } catch (RuntimeException | StackOverflowError e) {
            work = CompletableFuture.failedFuture(e);
        }
        return work.exceptionally(failure -> {
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            if (cause instanceof InferenceException e && failsCall(e.kind())) {
                throw e;
            }
            return new DocumentTask.Done<>(task.failed(document, ErrorStatus.of(cause, requestId)), List.of());
        });
    }

    /** Whether the error is that of the whole call and not of one of its documents. */
    public static boolean failsCall(InferenceException.Kind kind) {
        return switch (kind) {
            case INVALID_INPUT, INPUT_TOO_LONG, ENGINE_FAILURE, INTERNAL -> false;
            case MODEL_NOT_FOUND, MODEL_NOT_READY, OVERLOADED, SHUTTING_DOWN, DEADLINE_EXCEEDED, CANCELLED -> true;
        };
    }

    private static <R> Results<R> results(List<DocumentTask.Done<R>> done) {
        return new Results<>(
                done.stream().map(DocumentTask.Done::result).toList(),
                merge(done.stream().flatMap(one -> one.receipts().stream()).toList()));
    }
}
