package dev.polymath.textanalytics.grpc;

import com.google.rpc.Status;
import dev.polymath.common.v1.Document;
import dev.polymath.inference.Call;
import dev.polymath.inference.OffsetUnit;
import dev.polymath.service.DocumentBatch;
import dev.polymath.service.DocumentBatch.Analyzed;
import dev.polymath.service.Violations;
import java.util.concurrent.CompletionStage;

/** One feature for each document of a call. */
record FeatureTask<R>(TextFeature<R> feature, DocumentChecks checks, OffsetUnit unit, Call call)
        implements DocumentBatch.Task<Document, R> {
    @Override
    public CompletionStage<Analyzed<R>> analyze(Document document, String path, boolean patient) {
        Violations violations = new Violations();
        checks.text(document, path, violations);
        violations.throwIfAny();
        return analyze(AnalyzedText.of(document, unit), path, patient);
    }

    /** Of a document whose text is known to be good. */
    CompletionStage<Analyzed<R>> analyze(AnalyzedText text, String path, boolean patient) {
        Violations violations = new Violations();
        checks.language(text.document().getLanguageCode(), text.text(), feature.languages(), path, violations);
        violations.throwIfAny();
        return feature.analyze(text, call, patient);
    }

    @Override
    public R failed(Document document, Status error) {
        return feature.failed(document, error);
    }
}
