package dev.polymath.training.questionanswering;

import dev.polymath.inference.Call;
import dev.polymath.inference.ExtractiveReader;
import dev.polymath.inference.InferenceListener;
import dev.polymath.inference.InferenceOptions;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.inference.TextAnswers;
import dev.polymath.training.DataFile;
import dev.polymath.training.ModelEvaluator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures readers: exact match and F1 as SQuAD counts, and how well "no answer" is told. */
@Command(
        name = "train evaluate",
        description = "Measures a reader on questions: exact match and F1, and how well \"no answer\" is told.",
        showDefaultValues = true)
public final class ReaderEvaluator implements ModelEvaluator {
    /** Of the choice of unanswered questions, as the default of the training. */
    private static final long SEED = 1;

    @Option(
            names = "--data",
            required = true,
            arity = "1..*",
            paramLabel = "[NAME=]FILE",
            description = "Questions: SQuAD (.json), or an article or a question per line (.jsonl), plain or .gz.")
    List<String> data = List.of();

    @Override
    public String evaluate(ModelDirectory model) throws IOException {
        StringBuilder report = new StringBuilder();
        try (ExtractiveReader reader =
                ExtractiveReader.load(model, InferenceOptions.defaults(), InferenceListener.NONE)) {
            for (Map.Entry<String, DataFile> file : DataFile.named(data).entrySet()) {
                List<Question> questions = ReaderEvaluation.withNegatives(
                        SquadFile.read(file.getValue().path()), SEED);
                report.append("**").append(file.getKey()).append("**\n\n");
                report.append(scores(reader, questions).toMarkdown()).append('\n');
            }
        }
        return report.toString();
    }

    /** All questions at once, as many callers would: the batcher of serving puts them together. */
    private static ReaderScores scores(ExtractiveReader reader, List<Question> questions) {
        List<CompletableFuture<TextAnswers>> answers = new ArrayList<>(questions.size());
        for (Question question : questions) {
            answers.add(reader.answerWhenAdmitted(question.text(), question.context(), 1, Call.unbounded()));
        }
        List<ReaderScores.Outcome> outcomes = new ArrayList<>(questions.size());
        for (int q = 0; q < questions.size(); q++) {
            TextAnswers answer = answers.get(q).join();
            outcomes.add(ReaderEvaluation.outcome(questions.get(q), answer.answers(), answer.noAnswer()));
        }
        return ReaderScores.of(outcomes);
    }
}
