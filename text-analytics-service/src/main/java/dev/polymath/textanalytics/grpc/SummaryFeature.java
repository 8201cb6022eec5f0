package dev.polymath.textanalytics.grpc;

import com.google.rpc.Status;
import dev.polymath.common.v1.Document;
import dev.polymath.inference.Call;
import dev.polymath.service.Checks;
import dev.polymath.service.DocumentBatch.Analyzed;
import dev.polymath.service.Violations;
import dev.polymath.textanalytics.Summary;
import dev.polymath.textanalytics.grpc.TextModels.Hosted;
import dev.polymath.textanalytics.v1.SummarizeTextRequest;
import dev.polymath.textanalytics.v1.SummaryResult;
import dev.polymath.textanalytics.v1.SummarySentence;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** SummarizeText. */
record SummaryFeature(Hosted<TextModels.Encoder> model, int sentenceCount, String query, boolean byScore)
        implements TextFeature<SummaryResult> {
    private static final int DEFAULT_SENTENCES = 3;
    private static final int MOST_SENTENCES = 100;

    static SummaryFeature of(
            SummarizeTextRequest request,
            String path,
            TextModels models,
            TextAnalyticsConfig config,
            Violations violations) {
        Checks.length(request.getQuery(), config.maxQuestionCharacters(), path + "query", violations);
        boolean byScore = switch (request.getSortBy()) {
            case SORT_BY_UNSPECIFIED, SORT_BY_POSITION -> false;
            case SORT_BY_SCORE -> true;
            case UNRECOGNIZED -> {
                violations.add(
                        path + "sort_by",
                        request.getSortByValue() + " (expected: one of SORT_BY_POSITION, SORT_BY_SCORE)");
                yield false;
            }
        };
        return new SummaryFeature(
                models.encoder(request.getModel()),
                Checks.count(
                        request.getSentenceCount(),
                        DEFAULT_SENTENCES,
                        MOST_SENTENCES,
                        path + "sentence_count",
                        violations),
                request.getQuery(),
                byScore);
    }

    @Override
    public List<String> languages() {
        return model.languages();
    }

    @Override
    public CompletionStage<Analyzed<SummaryResult>> analyze(AnalyzedText text, Call call, boolean patient) {
        return text.encoder(model, patient)
                .summarizer()
                .summarize(text.text(), sentenceCount, query, call)
                .thenApply(summary -> {
                    SummaryResult.Builder result =
                            SummaryResult.newBuilder().setId(text.id()).setCoverage(text.coverage(summary.windows()));
                    summary.sentences().stream()
                            .sorted(
                                    byScore
                                            ? Comparator.comparingDouble(Summary.Sentence::score)
                                                    .reversed()
                                            : Comparator.comparingInt(
                                                    sentence -> sentence.span().begin()))
                            .forEach(sentence -> result.addSentences(SummarySentence.newBuilder()
                                    .setText(text.text(sentence.span()))
                                    .setBegin(text.begin(sentence.span()))
                                    .setEnd(text.end(sentence.span()))
                                    .setScore(sentence.score())));
                    return new Analyzed<>(result.build(), List.of(summary.receipt()));
                });
    }

    @Override
    public SummaryResult failed(Document document, Status error) {
        return SummaryResult.newBuilder()
                .setId(document.getId())
                .setError(error)
                .build();
    }
}
