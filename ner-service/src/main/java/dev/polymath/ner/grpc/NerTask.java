package dev.polymath.ner.grpc;

import com.google.rpc.Status;
import dev.polymath.common.v1.Document;
import dev.polymath.inference.Call;
import dev.polymath.ner.EntityRecognizer;
import dev.polymath.ner.Recognition;
import dev.polymath.service.DocumentBatch;
import dev.polymath.service.DocumentBatch.Analyzed;
import dev.polymath.service.DocumentBatch.Answer;
import dev.polymath.service.Violations;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Recognizes the entities of each document and makes a result of them. */
record NerTask<R>(NerRequest request, Call call, ResultMapper<R> mapper) implements DocumentBatch.Task<Document, R> {

    /** Makes a result of a document, of what was found or of the error. */
    interface ResultMapper<R> {
        R found(Document document, Locale locale, Recognition recognition);

        R failed(Document document, Status error);
    }

    /** All documents of a request. */
    static <R> CompletableFuture<Answer<R>> recognize(
            List<Document> documents, NerRequest request, Call call, ResultMapper<R> mapper) {
        return DocumentBatch.analyze("documents", documents, new NerTask<>(request, call, mapper));
    }

    @Override
    public CompletionStage<Analyzed<R>> analyze(Document document, String path, boolean patient) {
        Violations violations = new Violations();
        Locale locale = request.check(document, path, violations);
        violations.throwIfAny();
        EntityRecognizer recognizer =
                patient ? request.model().patient() : request.model().failFast();
        return recognizer
                .recognize(document.getText(), locale, request.options(), call)
                .thenApply(recognition ->
                        new Analyzed<>(mapper.found(document, locale, recognition), List.of(recognition.receipt())));
    }

    @Override
    public R failed(Document document, Status error) {
        return mapper.failed(document, error);
    }
}
