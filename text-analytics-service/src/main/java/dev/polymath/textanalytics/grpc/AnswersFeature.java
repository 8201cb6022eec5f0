package dev.polymath.textanalytics.grpc;

import com.google.rpc.Status;
import dev.polymath.common.v1.Document;
import dev.polymath.inference.Call;
import dev.polymath.inference.ExtractiveReader;
import dev.polymath.service.Checks;
import dev.polymath.service.DocumentBatch.Analyzed;
import dev.polymath.service.Violations;
import dev.polymath.text.TextSpan;
import dev.polymath.textanalytics.grpc.TextModels.Hosted;
import dev.polymath.textanalytics.v1.Answer;
import dev.polymath.textanalytics.v1.AnswerQuestionRequest;
import dev.polymath.textanalytics.v1.AnswersResult;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** AnswerQuestion, of one document. */
record AnswersFeature(Hosted<ExtractiveReader> model, String question, int topK, double minConfidence)
        implements TextFeature<AnswersResult> {
    private static final int MOST_ANSWERS = 100;

    static AnswersFeature of(
            AnswerQuestionRequest request,
            String path,
            TextModels models,
            TextAnalyticsConfig config,
            Violations violations) {
        Hosted<ExtractiveReader> model = models.reader(request.getModel());
        String question = request.getQuestion();
        if (question.isBlank()) {
            violations.add(path + "question", "empty (expected: a question)");
        }
        Checks.length(question, config.maxQuestionCharacters(), path + "question", violations);
        Checks.confidence(request.getMinConfidence(), path + "min_confidence", violations);
        int topK = Checks.count(request.getTopK(), 1, MOST_ANSWERS, path + "top_k", violations);
        return new AnswersFeature(model, question, topK, request.getMinConfidence());
    }

    @Override
    public List<String> languages() {
        return model.languages();
    }

    @Override
    public CompletionStage<Analyzed<AnswersResult>> analyze(AnalyzedText text, Call call, boolean patient) {
        ExtractiveReader reader = model.patient();
        return (patient
                        ? reader.answerWhenAdmitted(question, text.text(), topK, call)
                        : reader.answer(question, text.text(), topK, call))
                .thenApply(answers -> {
                    AnswersResult.Builder result = AnswersResult.newBuilder()
                            .setNoAnswerScore(answers.noAnswer())
                            .setCoverage(text.coverage(answers.windows()));
                    answers.answers().stream()
                            .filter(span -> span.probability() >= minConfidence)
                            .forEach(span -> {
                                TextSpan place = new TextSpan(span.begin(), span.end());
                                result.addAnswers(Answer.newBuilder()
                                        .setText(text.text(place))
                                        .setDocumentId(text.id())
                                        .setBegin(text.begin(place))
                                        .setEnd(text.end(place))
                                        .setConfidence(span.probability()));
                            });
                    return new Analyzed<>(result.build(), List.of(answers.receipt()));
                });
    }

    @Override
    public AnswersResult failed(Document document, Status error) {
        return AnswersResult.newBuilder().setError(error).build();
    }
}
