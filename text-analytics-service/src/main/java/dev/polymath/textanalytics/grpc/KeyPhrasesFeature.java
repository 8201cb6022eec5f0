package dev.polymath.textanalytics.grpc;

import com.google.rpc.Status;
import dev.polymath.common.v1.Document;
import dev.polymath.inference.Call;
import dev.polymath.service.Checks;
import dev.polymath.service.DocumentBatch.Analyzed;
import dev.polymath.service.Violations;
import dev.polymath.textanalytics.grpc.TextModels.Hosted;
import dev.polymath.textanalytics.v1.ExtractKeyPhrasesRequest;
import dev.polymath.textanalytics.v1.KeyPhrase;
import dev.polymath.textanalytics.v1.KeyPhrasesResult;
import dev.polymath.textanalytics.v1.Mention;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** ExtractKeyPhrases. */
record KeyPhrasesFeature(Hosted<TextModels.Encoder> model, int maxPhrases, double diversity)
        implements TextFeature<KeyPhrasesResult> {
    private static final int DEFAULT_PHRASES = 10;
    private static final int MOST_PHRASES = 100;
    private static final double DEFAULT_DIVERSITY = 0.3;

    static KeyPhrasesFeature of(
            ExtractKeyPhrasesRequest request, String path, TextModels models, Violations violations) {
        Checks.confidence(request.getDiversity(), path + "diversity", violations);
        return new KeyPhrasesFeature(
                models.encoder(request.getModel()),
                Checks.count(request.getMaxPhrases(), DEFAULT_PHRASES, MOST_PHRASES, path + "max_phrases", violations),
                request.getDiversity() == 0 ? DEFAULT_DIVERSITY : request.getDiversity());
    }

    @Override
    public List<String> languages() {
        return model.languages();
    }

    @Override
    public CompletionStage<Analyzed<KeyPhrasesResult>> analyze(AnalyzedText text, Call call, boolean patient) {
        return text.encoder(model, patient)
                .keyPhrases()
                .extract(text.text(), maxPhrases, diversity, call)
                .thenApply(found -> {
                    KeyPhrasesResult.Builder result =
                            KeyPhrasesResult.newBuilder().setId(text.id()).setCoverage(text.coverage(found.windows()));
                    found.phrases().forEach(phrase -> {
                        KeyPhrase.Builder message =
                                KeyPhrase.newBuilder().setText(phrase.text()).setScore(phrase.score());
                        phrase.mentions()
                                .forEach(span -> message.addMentions(Mention.newBuilder()
                                        .setBegin(text.begin(span))
                                        .setEnd(text.end(span))));
                        result.addKeyPhrases(message);
                    });
                    return new Analyzed<>(result.build(), List.of(found.receipt()));
                });
    }

    @Override
    public KeyPhrasesResult failed(Document document, Status error) {
        return KeyPhrasesResult.newBuilder()
                .setId(document.getId())
                .setError(error)
                .build();
    }
}
