package dev.polymath.ner.grpc;

import com.google.rpc.Status;
import dev.polymath.common.v1.Document;
import dev.polymath.inference.Call;
import dev.polymath.inference.InferenceException;
import dev.polymath.inference.Receipt;
import dev.polymath.ner.EntityRecognizer;
import dev.polymath.ner.Recognition;
import dev.polymath.service.ErrorStatus;
import dev.polymath.service.RequestId;
import dev.polymath.service.Violations;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * The documents of a call on their way through the recognizer. What is wrong with a document is the error of its result;
 * what is wrong with the server or the call (OVERLOADED, SHUTTING_DOWN, DEADLINE_EXCEEDED, CANCELLED) fails the call.
 */
final class DocumentBatch {
    private DocumentBatch() {}

    /** Makes a result of a document, of what was found or of the error. */
    interface ResultMapper<R> {
        R found(Document document, Locale locale, Recognition recognition);

        R failed(Document document, Status error);
    }

    /**
     * The results, in the order of the documents, and what they took.
     *
     * @param receipt merged over the documents; the model's name alone if it had nothing to do
     */
    record Answer<R>(List<R> results, Receipt receipt) {}

    private record Outcome<R>(R result, Optional<Receipt> receipt) {}

    /** Call on a worker thread: the first document is refused when the queue is full, the others wait for room. */
    static <R> CompletableFuture<Answer<R>> recognize(
            List<Document> documents, NerRequest request, Call call, ResultMapper<R> mapper) {
        List<CompletableFuture<Outcome<R>>> outcomes = new ArrayList<>(documents.size());
        EntityRecognizer recognizer = request.model().failFast();
        for (int i = 0; i < documents.size(); i++) {
            CompletableFuture<Outcome<R>> outcome =
                    start(documents.get(i), "documents[" + i + "]", request, recognizer, call, mapper);
            outcomes.add(outcome);
            if (outcome.isCompletedExceptionally()) {
                break;
            }
            recognizer = request.model().patient();
        }
        return CompletableFuture.allOf(outcomes.toArray(CompletableFuture[]::new))
                .thenApply(done ->
                        answer(outcomes.stream().map(CompletableFuture::join).toList(), request));
    }

    /** As {@link #recognize}, for one document of a stream, which waits for room. */
    static <R> CompletableFuture<Answer<R>> recognizeOne(
            Document document, NerRequest request, Call call, ResultMapper<R> mapper) {
        return start(document, "document", request, request.model().patient(), call, mapper)
                .thenApply(outcome -> answer(List.of(outcome), request));
    }

    private static <R> CompletableFuture<Outcome<R>> start(
            Document document,
            String path,
            NerRequest request,
            EntityRecognizer recognizer,
            Call call,
            ResultMapper<R> mapper) {
        Violations violations = new Violations();
        Locale locale = request.check(document, path, violations);
        String requestId = RequestId.current();
        if (!violations.isEmpty()) {
            return CompletableFuture.completedFuture(failed(document, violations.exception(), requestId, mapper));
        }
        CompletableFuture<Recognition> answer;
        try {
            answer = recognizer.recognize(document.getText(), locale, request.options(), call);
        } catch (RuntimeException | StackOverflowError e) {
            answer = CompletableFuture.failedFuture(e);
        }
        return answer.thenApply(recognition ->
                        new Outcome<>(mapper.found(document, locale, recognition), Optional.of(recognition.receipt())))
                .exceptionally(failure -> failed(document, failure, requestId, mapper));
    }

    private static <R> Outcome<R> failed(
            Document document, Throwable failure, String requestId, ResultMapper<R> mapper) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof InferenceException e && failsCall(e.kind())) {
            throw e;
        }
        return new Outcome<>(mapper.failed(document, ErrorStatus.of(cause, requestId)), Optional.empty());
    }

    private static boolean failsCall(InferenceException.Kind kind) {
        return switch (kind) {
            case INVALID_INPUT, INPUT_TOO_LONG, ENGINE_FAILURE, INTERNAL -> false;
            case MODEL_NOT_FOUND, MODEL_NOT_READY, OVERLOADED, SHUTTING_DOWN, DEADLINE_EXCEEDED, CANCELLED -> true;
        };
    }

    private static <R> Answer<R> answer(List<Outcome<R>> outcomes, NerRequest request) {
        List<Receipt> receipts =
                outcomes.stream().flatMap(outcome -> outcome.receipt().stream()).toList();
        return new Answer<>(
                outcomes.stream().map(Outcome::result).toList(),
                receipts.isEmpty() ? request.model().noWork() : Receipt.merge(receipts));
    }
}
