package dev.polymath.training.tokenclassification;

import dev.polymath.inference.Call;
import dev.polymath.inference.InferenceListener;
import dev.polymath.inference.InferenceOptions;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.inference.TokenClassification;
import dev.polymath.inference.TokenClassifier;
import dev.polymath.training.ModelEvaluator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures token classifiers: entity-level precision, recall and F1 per type. */
@Command(
        name = "train evaluate",
        description =
                "Measures a token classifier on labelled sentences: entity-level precision, recall and F1 per type.",
        showDefaultValues = true)
public final class TokenClassifierEvaluator implements ModelEvaluator {
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
    public String evaluate(ModelDirectory model) throws IOException {
        List<String> labels = model.labels();
        Set<String> types = labels.stream()
                .filter(label -> label.startsWith("B-"))
                .map(label -> label.substring(2))
                .collect(Collectors.toSet());
        if (types.isEmpty()) {
            throw new IllegalArgumentException(
                    model + ": labels " + labels + " (expected: IOB2 labels in config.json)");
        }
        Map<String, List<TaggedSentence>> sets = dataOptions.readNamed(data, types);
        try (TokenClassifier classifier =
                TokenClassifier.load(model, InferenceOptions.defaults(), InferenceListener.NONE)) {
            SentenceEncoder encoder = new SentenceEncoder(classifier.tokenizer(), labels, false);
            // the probabilities are divided by the temperature already
            return Evaluation.of(
                            sentences -> predictions(classifier, sentences), encoder, labels, 1, sets, caseVariants)
                    .toMarkdown();
        }
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
