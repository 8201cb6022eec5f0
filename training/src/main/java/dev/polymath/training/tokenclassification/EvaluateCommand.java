package dev.polymath.training.tokenclassification;

import dev.polymath.inference.Call;
import dev.polymath.inference.InferenceListener;
import dev.polymath.inference.InferenceOptions;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.inference.TokenClassification;
import dev.polymath.inference.TokenClassifier;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures a model directory on labelled data, as the services run it. */
@Command(
        name = "evaluate",
        description = "Measures a model directory on labelled data: entity-level precision, recall and F1 per type.",
        showDefaultValues = true)
public final class EvaluateCommand implements Callable<Integer> {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    boolean help;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Option(names = "--model", required = true, paramLabel = "DIR", description = "A model directory, NAME/VERSION.")
    @SuppressWarnings("NullAway.Init")
    Path model;

    @Option(
            names = "--data",
            required = true,
            arity = "1..*",
            paramLabel = "[NAME=]FILE",
            description = "Labelled sentences: CoNLL columns or JSON lines (.jsonl), plain or .gz.")
    List<String> data = List.of();

    @Option(names = "--case-variants", description = "Also measure the same sentences in lower case and in upper case.")
    boolean caseVariants;

    @Mixin
    DataOptions dataOptions = new DataOptions();

    @Override
    public Integer call() throws IOException {
        ModelDirectory directory = ModelDirectory.open(model);
        List<String> labels = directory.labels();
        Set<String> types = labels.stream()
                .filter(label -> label.startsWith("B-"))
                .map(label -> label.substring(2))
                .collect(Collectors.toSet());
        if (types.isEmpty()) {
            throw new IllegalArgumentException(
                    directory + ": labels " + labels + " (expected: IOB2 labels in config.json)");
        }
        Map<String, List<TaggedSentence>> sets = dataOptions.readNamed(data, types);
        try (TokenClassifier classifier =
                TokenClassifier.load(directory, InferenceOptions.defaults(), InferenceListener.NONE)) {
            SentenceEncoder encoder = new SentenceEncoder(classifier.tokenizer(), labels, false);
            // the probabilities are divided by the temperature already
            Evaluation evaluation = Evaluation.of(
                    sentences -> predictions(classifier, sentences), encoder, labels, 1, sets, caseVariants);
            spec.commandLine().getOut().println(evaluation.toMarkdown());
        }
        return 0;
    }

    /** All sentences at once, as many callers would: the batcher of serving puts them together. */
    private static Predictions predictions(TokenClassifier classifier, List<EncodedSentence> sentences) {
        List<CompletableFuture<TokenClassification>> answers = new ArrayList<>(sentences.size());
        for (EncodedSentence sentence : sentences) {
            answers.add(classifier.classifyWhenAdmitted(sentence.text(), Call.unbounded()));
        }
        List<float[][]> logits = new ArrayList<>(sentences.size());
        for (int s = 0; s < answers.size(); s++) {
            TokenClassification answer = answers.get(s).join();
            int labels = answer.labels().size();
            int specials = answer.tokens().prefix().length;
            int[] starts = sentences.get(s).wordStarts();
            float[][] rows = new float[starts.length][labels];
            for (int i = 0; i < starts.length; i++) {
                for (int label = 0; label < labels; label++) {
                    rows[i][label] = (float) Math.log(answer.probability(starts[i] - specials, label));
                }
            }
            logits.add(rows);
        }
        return new Predictions(sentences, logits);
    }
}
