package dev.polymath.translation.grpc;

import dev.polymath.common.v1.Document;
import dev.polymath.inference.Call;
import dev.polymath.inference.Receipt;
import dev.polymath.service.DocumentBatch;
import dev.polymath.service.DocumentBatch.Analyzed;
import dev.polymath.service.DocumentBatch.Answer;
import dev.polymath.service.StreamHandler;
import dev.polymath.service.StreamOptions;
import dev.polymath.translation.TextTranslator;
import dev.polymath.translation.grpc.PreparedDocument.Into;
import dev.polymath.translation.v1.PartialTranslation;
import dev.polymath.translation.v1.StreamTranslateTextRequest;
import dev.polymath.translation.v1.StreamTranslateTextResponse;
import dev.polymath.translation.v1.TranslateTextRequest;
import dev.polymath.translation.v1.TranslationResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One stream: the options first, then documents, each of which is answered sentence by sentence. */
final class TranslationStream implements StreamHandler<StreamTranslateTextRequest, StreamTranslateTextResponse> {
    private final Call call;
    private final LanguageChecks checks;
    private final TextTranslator translator;
    private final Executor later;
    private final StreamOptions<TranslateTextRequest, TranslationOptions> options;
    private long documents;

    TranslationStream(
            Call call,
            LanguageChecks checks,
            TextTranslator translator,
            Executor later,
            Function<TranslateTextRequest, TranslationOptions> check) {
        this.call = call;
        this.checks = checks;
        this.translator = translator;
        this.later = later;
        this.options = new StreamOptions<>(TranslateTextRequest.getDefaultInstance(), check);
    }

    @Override
    public CompletionStage<StreamTranslateTextResponse> next(StreamTranslateTextRequest message) {
        return switch (message.getItemCase()) {
            case OPTIONS ->
                options.set(message.getOptions(), message.getOptions().getDocumentsCount());
            case DOCUMENT -> throw new IllegalStateException("a document has many answers");
            case ITEM_NOT_SET -> throw StreamOptions.neither();
        };
    }

    @Override
    public List<CompletionStage<StreamTranslateTextResponse>> all(StreamTranslateTextRequest message) {
        return message.hasDocument()
                ? translate(message.getDocument(), documents++, options.get())
                : StreamHandler.super.all(message);
    }

    private List<CompletionStage<StreamTranslateTextResponse>> translate(
            Document document, long number, TranslationOptions checked) {
        StreamedDocument task = new StreamedDocument(new TranslationTask(checked, checks, translator, call));
        CompletableFuture<Answer<TranslationResult>> whole = DocumentBatch.analyzeOne("document", document, task);
        List<CompletionStage<StreamTranslateTextResponse>> answers = new ArrayList<>();
        PreparedDocument prepared = task.prepared;
        if (prepared != null) {
            task.parts.forEach(part -> answers.add(part.thenApply(text -> StreamTranslateTextResponse.newBuilder()
                            .setDocument(number)
                            .setId(document.getId())
                            .setPartial(text)
                            .build())
                    // the last message of the document says why
                    .exceptionally(failure -> null)));
        }
        answers.add(whole.thenApply(answer -> {
            List<Receipt> receipts = answer.receipts();
            return StreamTranslateTextResponse.newBuilder()
                    .setDocument(number)
                    .setId(document.getId())
                    .setResult(answer.results().get(0))
                    .setReceipt(TranslationMessages.receipt(receipts, checked))
                    .addAllFurtherReceipts(TranslationMessages.furtherReceipts(receipts))
                    .build();
        }));
        return answers;
    }

    /** Submits on a thread of its own, so that the first sentence is sent before the last one has found room. */
    private final class StreamedDocument implements DocumentBatch.Task<Document, TranslationResult> {
        private final TranslationTask task;
        private List<CompletableFuture<PartialTranslation>> parts = List.of();
        private @Nullable PreparedDocument prepared;

        StreamedDocument(TranslationTask task) {
            this.task = task;
        }

        @Override
        public CompletionStage<Analyzed<TranslationResult>> analyze(Document document, String path, boolean patient) {
            PreparedDocument ready = task.prepare(document, path + ".text", path + ".language_code", true);
            parts = parts(ready);
            prepared = ready;
            later.execute(ready::submit);
            return ready.result();
        }

        @Override
        public TranslationResult failed(Document document, com.google.rpc.Status error) {
            return task.failed(document, error);
        }
    }

    /** The parts of all target languages by turns. */
    private static List<CompletableFuture<PartialTranslation>> parts(PreparedDocument prepared) {
        List<List<CompletableFuture<PartialTranslation>>> byTarget = new ArrayList<>();
        for (Into into : prepared.into()) {
            List<CompletableFuture<PartialTranslation>> parts = new ArrayList<>();
            if (into.running() != null) {
                for (CompletableFuture<String> part : into.running().parts()) {
                    int sequence = parts.size();
                    parts.add(part.thenApply(text -> PartialTranslation.newBuilder()
                            .setLanguageCode(into.target().code())
                            .setSequence(sequence)
                            .setText(text)
                            .build()));
                }
            }
            byTarget.add(parts);
        }
        List<CompletableFuture<PartialTranslation>> inTurn = new ArrayList<>();
        int longest = byTarget.stream().mapToInt(List::size).max().orElse(0);
        for (int i = 0; i < longest; i++) {
            for (List<CompletableFuture<PartialTranslation>> parts : byTarget) {
                if (i < parts.size()) {
                    inTurn.add(parts.get(i));
                }
            }
        }
        return inTurn;
    }
}
