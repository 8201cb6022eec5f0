package dev.polymath.textanalytics.grpc;

import com.google.rpc.Status;
import dev.polymath.common.v1.Document;
import dev.polymath.inference.Call;
import dev.polymath.service.DocumentBatch.Analyzed;
import dev.polymath.service.Violations;
import dev.polymath.textanalytics.SentimentAnalyzer;
import dev.polymath.textanalytics.grpc.TextModels.Hosted;
import dev.polymath.textanalytics.v1.AnalyzeSentimentRequest;
import dev.polymath.textanalytics.v1.Emotion;
import dev.polymath.textanalytics.v1.SentenceSentiment;
import dev.polymath.textanalytics.v1.Sentiment;
import dev.polymath.textanalytics.v1.SentimentResult;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** AnalyzeSentiment. */
record SentimentFeature(Hosted<SentimentAnalyzer> model, boolean emotions) implements TextFeature<SentimentResult> {
    static SentimentFeature of(AnalyzeSentimentRequest request, String path, TextModels models, Violations violations) {
        Hosted<SentimentAnalyzer> model = models.sentiment(request.getModel());
        if (request.getEmotions() && model.patient().emotionLabels().isEmpty()) {
            violations.add(
                    path + "emotions", "true (expected: false; " + model.ref().getName() + " knows no emotions)");
        }
        return new SentimentFeature(model, request.getEmotions());
    }

    @Override
    public List<String> languages() {
        return model.languages();
    }

    @Override
    public CompletionStage<Analyzed<SentimentResult>> analyze(AnalyzedText text, Call call, boolean patient) {
        return model.get(patient).analyze(text.text(), emotions, call).thenApply(analysis -> {
            SentimentResult.Builder result = SentimentResult.newBuilder()
                    .setId(text.id())
                    .setSentiment(message(analysis.sentiment()))
                    .setCoverage(text.coverage(analysis.windows()));
            analysis.sentences()
                    .forEach(sentence -> result.addSentences(SentenceSentiment.newBuilder()
                            .setText(text.text(sentence.span()))
                            .setBegin(text.begin(sentence.span()))
                            .setEnd(text.end(sentence.span()))
                            .setSentiment(message(sentence.sentiment()))));
            analysis.emotions()
                    .forEach(emotion -> result.addEmotions(
                            Emotion.newBuilder().setLabel(emotion.label()).setConfidence(emotion.confidence())));
            return new Analyzed<>(result.build(), List.of(analysis.receipt()));
        });
    }

    @Override
    public SentimentResult failed(Document document, Status error) {
        return SentimentResult.newBuilder()
                .setId(document.getId())
                .setError(error)
                .build();
    }

    private static Sentiment message(dev.polymath.textanalytics.Sentiment sentiment) {
        return Sentiment.newBuilder()
                .setLabel(
                        switch (sentiment.label()) {
                            case POSITIVE -> Sentiment.Label.LABEL_POSITIVE;
                            case NEGATIVE -> Sentiment.Label.LABEL_NEGATIVE;
                            case NEUTRAL -> Sentiment.Label.LABEL_NEUTRAL;
                            case MIXED -> Sentiment.Label.LABEL_MIXED;
                        })
                .putConfidences("positive", sentiment.positive())
                .putConfidences("negative", sentiment.negative())
                .putConfidences("neutral", sentiment.neutral())
                .build();
    }
}
