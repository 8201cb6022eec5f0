package dev.polymath.textanalytics.grpc;

import com.google.rpc.Status;
import dev.polymath.common.v1.Coverage;
import dev.polymath.common.v1.DetectedLanguage;
import dev.polymath.common.v1.Document;
import dev.polymath.inference.Call;
import dev.polymath.service.DocumentBatch.Analyzed;
import dev.polymath.service.Violations;
import dev.polymath.text.LanguageDetection;
import dev.polymath.text.LanguageDetector;
import dev.polymath.textanalytics.v1.DetectLanguageRequest;
import dev.polymath.textanalytics.v1.LanguageResult;
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
        LanguageDetection detection = detector.detect(text.text(), topK);
        LanguageResult.Builder result = LanguageResult.newBuilder()
                .setId(text.id())
                .setCoverage(Coverage.newBuilder()
                        .setCharacters(text.offsets().length())
                        .setAnalyzedCharacters(text.offsets().length())
                        .setWindows(1));
        if (detection.undecided() != null) {
            result.addLanguages(DetectedLanguage.newBuilder()
                            .setLanguageCode(detection.languageCode())
                            .setScript(detection.script()))
                    .setUndecidedReason(detection.undecided().toString());
        } else {
            detection
                    .languages()
                    .forEach(language -> result.addLanguages(DetectedLanguage.newBuilder()
                            .setLanguageCode(language.languageCode())
                            .setScript(detection.script())
                            .setConfidence(language.confidence())));
        }
        return CompletableFuture.completedFuture(new Analyzed<>(result.build(), List.of()));
    }

    @Override
    public LanguageResult failed(Document document, Status error) {
        return LanguageResult.newBuilder()
                .setId(document.getId())
                .setError(error)
                .build();
    }
}
