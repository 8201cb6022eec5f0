package dev.polymath.textanalytics.grpc;

import com.google.rpc.Status;
import dev.polymath.common.v1.Document;
import dev.polymath.common.v1.LanguageResult;
import dev.polymath.inference.Call;
import dev.polymath.service.Checks;
import dev.polymath.service.DocumentBatch.Analyzed;
import dev.polymath.service.LanguageMessages;
import dev.polymath.service.Violations;
import dev.polymath.text.LanguageDetector;
import dev.polymath.textanalytics.v1.DetectLanguageRequest;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** DetectLanguage. */
record LanguageFeature(LanguageDetector detector, int topK) implements TextFeature<LanguageResult> {
    static LanguageFeature of(
            DetectLanguageRequest request, String path, LanguageDetector detector, Violations violations) {
        return new LanguageFeature(
                detector, Checks.count(request.getTopK(), 1, Integer.MAX_VALUE, path + "top_k", violations));
    }

    @Override
    public List<String> languages() {
        return List.of();
    }

    @Override
    public CompletionStage<Analyzed<LanguageResult>> analyze(AnalyzedText text, Call call, boolean patient) {
        LanguageResult result = LanguageMessages.result(text.id(), text.offsets(), detector.detect(text.text(), topK));
        return CompletableFuture.completedFuture(new Analyzed<>(result, List.of()));
    }

    @Override
    public LanguageResult failed(Document document, Status error) {
        return LanguageResult.newBuilder()
                .setId(document.getId())
                .setError(error)
                .build();
    }
}
