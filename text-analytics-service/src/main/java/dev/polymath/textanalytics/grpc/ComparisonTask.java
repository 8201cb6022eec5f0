package dev.polymath.textanalytics.grpc;

import com.google.rpc.Status;
import dev.polymath.inference.Call;
import dev.polymath.inference.TextEmbedding;
import dev.polymath.service.DocumentBatch;
import dev.polymath.service.DocumentBatch.Analyzed;
import dev.polymath.service.Violations;
import dev.polymath.textanalytics.grpc.TextModels.Hosted;
import dev.polymath.textanalytics.v1.ComparisonResult;
import dev.polymath.textanalytics.v1.TextPair;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** CompareTexts, for each pair of a call. */
record ComparisonTask(Hosted<TextModels.Encoder> model, DocumentChecks checks, Call call)
        implements DocumentBatch.Task<TextPair, ComparisonResult> {
    @Override
    public CompletionStage<Analyzed<ComparisonResult>> analyze(TextPair pair, String path, boolean patient) {
        Violations violations = new Violations();
        checks.limits().checkText(pair.getLeft(), path + ".left", violations);
        checks.limits().checkText(pair.getRight(), path + ".right", violations);
        violations.throwIfAny();
        checks.language(
                pair.getLanguageCode(), pair.getLeft() + "\n" + pair.getRight(), model.languages(), path, violations);
        violations.throwIfAny();
        return model.get(patient)
                .embedder()
                .embed(List.of(pair.getLeft(), pair.getRight()), call)
                .thenApply(embeddings -> new Analyzed<>(
                        ComparisonResult.newBuilder()
                                .setId(pair.getId())
                                .setSimilarity(cosine(embeddings.get(0), embeddings.get(1)))
                                .build(),
                        embeddings.stream().map(TextEmbedding::receipt).toList()));
    }

    @Override
    public ComparisonResult failed(TextPair pair, Status error) {
        return ComparisonResult.newBuilder().setId(pair.getId()).setError(error).build();
    }

    private static double cosine(TextEmbedding left, TextEmbedding right) {
        float[] a = left.normalized();
        float[] b = right.normalized();
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return Math.max(-1, Math.min(1, sum));
    }
}
