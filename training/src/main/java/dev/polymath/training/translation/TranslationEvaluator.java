package dev.polymath.training.translation;

import dev.polymath.inference.ModelDirectory;
import dev.polymath.training.ModelEvaluator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures models that translate: BLEU and chrF as sacrebleu counts them. */
@Command(
        name = "train evaluate",
        description =
                "Measures a model that translates, in both directions of each file: BLEU and chrF as sacrebleu counts them.",
        showDefaultValues = true)
public final class TranslationEvaluator implements ModelEvaluator {
    @Option(
            names = "--data",
            required = true,
            arity = "1..*",
            paramLabel = "LANGUAGES=FILE",
            description = "Pairs of sentences, one per line with a tab between, plain or .gz: en-de=test.en-de.tsv.")
    List<String> data = List.of();

    @Option(
            names = "--beam",
            paramLabel = "N",
            description = "Hypotheses that are followed; 1: greedy; 0: as the model says.")
    int beam;

    @Override
    public String evaluate(ModelDirectory model) throws IOException {
        List<List<SentencePair>> sets = new ArrayList<>();
        for (String specification : data) {
            ParallelFile file = ParallelFile.parse(specification);
            List<SentencePair> pairs = file.read();
            if (pairs.isEmpty()) {
                throw new IllegalArgumentException(file.file().path() + ": no pairs (expected: at least one)");
            }
            sets.add(pairs);
        }
        TranslationEvaluation evaluation = TranslationEvaluation.of(model, sets, beam);
        return evaluation.toMarkdown()
                + String.format(
                        Locale.ROOT,
                        "%n%s, %.0f sentences per second%n",
                        evaluation.search(),
                        evaluation.sentencesPerSecond());
    }
}
