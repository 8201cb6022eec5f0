package dev.polymath.textanalytics.grpc;

import com.google.common.primitives.Floats;
import com.google.rpc.Status;
import dev.polymath.common.v1.Document;
import dev.polymath.inference.Call;
import dev.polymath.service.DocumentBatch.Analyzed;
import dev.polymath.textanalytics.grpc.TextModels.Hosted;
import dev.polymath.textanalytics.v1.EmbedTextRequest;
import dev.polymath.textanalytics.v1.EmbeddingResult;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** EmbedText. */
record EmbeddingFeature(Hosted<TextModels.Encoder> model, boolean normalize) implements TextFeature<EmbeddingResult> {
    static EmbeddingFeature of(EmbedTextRequest request, TextModels models) {
        return new EmbeddingFeature(
                models.encoder(request.getModel()), !request.hasNormalize() || request.getNormalize());
    }

    @Override
    public List<String> languages() {
        return model.languages();
    }

    @Override
    public CompletionStage<Analyzed<EmbeddingResult>> analyze(AnalyzedText text, Call call, boolean patient) {
        return text.encoder(model, patient)
                .embedder()
                .embed(List.of(text.text()), call)
                .thenApply(embeddings -> embeddings.get(0))
                .thenApply(embedding -> new Analyzed<>(
                        EmbeddingResult.newBuilder()
                                .setId(text.id())
                                .addAllEmbedding(Floats.asList(normalize ? embedding.normalized() : embedding.vector()))
                                .setCoverage(text.coverage(embedding.windows()))
                                .build(),
                        List.of(embedding.receipt())));
    }

    @Override
    public EmbeddingResult failed(Document document, Status error) {
        return EmbeddingResult.newBuilder()
                .setId(document.getId())
                .setError(error)
                .build();
    }
}
