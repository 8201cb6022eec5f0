package dev.polymath.ner.grpc;

import com.google.rpc.Status;
import dev.polymath.common.v1.Document;
import dev.polymath.inference.Call;
import dev.polymath.ner.EntityRecognizer;
import dev.polymath.ner.Recognition;
import dev.polymath.ner.v1.EntitiesResult;
import dev.polymath.service.DocumentTask;
import dev.polymath.service.Violations;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;

/**
 * Recognizes the entities of a document and makes a result of them.
 *
 * @param request what is wanted
 * @param found makes a result of what was found
 * @param failed makes a result of an error
 */
record NerTask<R>(NerRequest request, ResultMapper<R> found, BiFunction<Document, Status, R> failed)
        implements DocumentTask<Document, R> {
    /** Makes a result of a document and of what was found in it. */
    @FunctionalInterface
    interface ResultMapper<R> {
        R result(Document document, Locale locale, Recognition recognition);
    }

    /** Results of RecognizeEntities. */
    static NerTask<EntitiesResult> entities(NerRequest request) {
        return new NerTask<>(
                request,
                (document, locale, recognition) -> {
                    NerMessages messages = new NerMessages(document.getText(), request.unit());
                    return EntitiesResult.newBuilder()
                            .setId(document.getId())
                            .addAllEntities(recognition.entities().stream()
                                    .map(messages::entity)
                                    .toList())
                            .setCoverage(messages.coverage(recognition.windows()))
                            .build();
                },
                (document, error) -> EntitiesResult.newBuilder()
                        .setId(document.getId())
                        .setError(error)
                        .build());
    }

    @Override
    public CompletableFuture<Done<R>> start(Document document, String path, boolean failFast, Call call) {
        Violations violations = new Violations();
        Locale locale = request.check(document, path, violations);
        violations.throwIfAny();
        NerModel model = request.model();
        EntityRecognizer recognizer = failFast ? model.failFast() : model.patient();
        return recognizer
                .recognize(document.getText(), locale, request.options(), call)
                .thenApply(recognition ->
                        new Done<>(found.result(document, locale, recognition), List.of(recognition.receipt())));
    }

    @Override
    public R failed(Document document, Status error) {
        return failed.apply(document, error);
    }
}
