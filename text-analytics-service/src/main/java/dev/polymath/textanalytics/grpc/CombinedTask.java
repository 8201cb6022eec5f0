package dev.polymath.textanalytics.grpc;

import com.google.rpc.Status;
import dev.polymath.common.v1.Document;
import dev.polymath.inference.Call;
import dev.polymath.inference.OffsetUnit;
import dev.polymath.inference.Receipt;
import dev.polymath.service.DocumentBatch;
import dev.polymath.service.DocumentBatch.Analyzed;
import dev.polymath.service.Violations;
import dev.polymath.textanalytics.v1.AnalysisResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** Several features for each document of a call: one that fails for a document does not cost it the others. */
record CombinedTask(List<Part<?>> parts, DocumentChecks checks, OffsetUnit unit, Call call)
        implements DocumentBatch.Task<Document, AnalysisResult> {

    /**
     * A feature and its place in the result.
     *
     * @param task of the feature alone
     */
    record Part<R>(FeatureTask<R> task, BiConsumer<AnalysisResult.Builder, R> place) {
        /** One document, whose errors are results. */
        CompletableFuture<Found> start(AnalyzedText text, String path, boolean patient) {
            return DocumentBatch.analyzeOne(path, text.document(), new DocumentBatch.Task<Document, R>() {
                        @Override
                        public CompletionStage<Analyzed<R>> analyze(Document document, String path, boolean unused) {
                            return task.analyze(text, path, patient);
                        }

                        @Override
                        public R failed(Document document, Status error) {
                            return task.failed(document, error);
                        }
                    })
                    .thenApply(answer -> new Found(
                            result -> place.accept(result, answer.results().get(0)), answer.receipts()));
        }
    }

    private record Found(Consumer<AnalysisResult.Builder> place, List<Receipt> receipts) {}

    @Override
    public CompletionStage<Analyzed<AnalysisResult>> analyze(Document document, String path, boolean patient) {
        Violations violations = new Violations();
        checks.text(document, path, violations);
        violations.throwIfAny();
        AnalyzedText text = AnalyzedText.of(document, unit);
        List<CompletableFuture<Found>> started = new ArrayList<>();
        for (Part<?> part : parts) {
            started.add(part.start(text, path, patient));
        }
        return CompletableFuture.allOf(started.toArray(CompletableFuture[]::new))
                .thenApply(done -> {
                    AnalysisResult.Builder result = AnalysisResult.newBuilder().setId(document.getId());
                    List<Receipt> receipts = new ArrayList<>();
                    started.forEach(part -> {
                        part.join().place().accept(result);
                        receipts.addAll(part.join().receipts());
                    });
                    return new Analyzed<>(result.build(), receipts);
                });
    }

    @Override
    public AnalysisResult failed(Document document, Status error) {
        return AnalysisResult.newBuilder()
                .setId(document.getId())
                .setError(error)
                .build();
    }
}
