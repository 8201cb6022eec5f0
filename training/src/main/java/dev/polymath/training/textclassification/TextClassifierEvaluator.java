package dev.polymath.training.textclassification;

import dev.polymath.inference.Call;
import dev.polymath.inference.ClassificationHead;
import dev.polymath.inference.InferenceListener;
import dev.polymath.inference.InferenceOptions;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.inference.TextClassification;
import dev.polymath.inference.TextClassifier;
import dev.polymath.training.ModelEvaluator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures text classifiers: accuracy, precision, recall and F1 per label. */
@Command(
        name = "train evaluate",
        description = "Measures a text classifier on labelled texts: accuracy, precision, recall and F1 per label.",
        showDefaultValues = true)
public final class TextClassifierEvaluator implements ModelEvaluator {
    @Option(
            names = "--data",
            required = true,
            arity = "1..*",
            paramLabel = "[HEAD=]FILE",
            description = "Labelled texts: .csv, tab-separated or JSON lines (.jsonl), plain or .gz.")
    List<String> data = List.of();

    @Mixin
    FormatOptions format = new FormatOptions();

    @Override
    public String evaluate(ModelDirectory model) throws IOException {
        StringBuilder report = new StringBuilder();
        try (TextClassifier classifier =
                TextClassifier.load(model, InferenceOptions.defaults(), InferenceListener.NONE)) {
            List<String> names =
                    classifier.heads().stream().map(ClassificationHead::name).toList();
            for (String specification : data) {
                HeadFile file = HeadFile.parse(specification);
                int head = names.size() == 1 ? 0 : names.indexOf(file.head());
                if (head < 0) {
                    throw new IllegalArgumentException(
                            "head " + file.head() + " (expected: one of " + names + ", as the model has them)");
                }
                SetScores scores = scores(
                        classifier, head, new HeadFile(names.get(head), file.file(), 1), format.read(file, names));
                report.append("**").append(file.name(names)).append("**: ");
                report.append(scores.toMarkdown()).append('\n');
            }
        }
        return report.toString();
    }

    /** All texts at once, as many callers would: the batcher of serving puts them together. */
    private static SetScores scores(TextClassifier classifier, int index, HeadFile file, List<LabelledText> texts) {
        ClassificationHead served = classifier.heads().get(index);
        Head head = new Head(served.name(), served.multiLabel(), served.labels());
        List<int[]> gold = new ArrayList<>();
        List<CompletableFuture<TextClassification>> answers = new ArrayList<>();
        for (LabelledText text : texts) {
            int[] ids = head.ids(text.labels());
            if (ids.length > 0 && ids[0] < 0) {
                throw new IllegalArgumentException(file.file() + ": labels " + text.labels() + " (expected: of "
                        + head.labels() + ", or an entry in --map)");
            }
            if (head.multiLabel() || ids.length == 1) {
                gold.add(ids);
                answers.add(classifier.classifyWhenAdmitted(text.text(), Call.unbounded()));
            }
        }
        List<float[]> logits = new ArrayList<>();
        for (CompletableFuture<TextClassification> answer : answers) {
            float[] probabilities = answer.join().probabilities().get(index);
            float[] row = new float[probabilities.length];
            for (int label = 0; label < row.length; label++) {
                double probability = Math.min(1 - 1e-9, Math.max(1e-12, probabilities[label]));
                row[label] = (float) (Math.log(probability) - (head.multiLabel() ? Math.log1p(-probability) : 0));
            }
            logits.add(row);
        }
        double[] thresholds = new double[head.multiLabel() ? head.labels().size() : 0];
        for (int label = 0; label < thresholds.length; label++) {
            // as serving compares them, in single precision
            thresholds[label] = served.threshold(label) - 1e-6;
        }
        // the probabilities are divided by the temperature already
        return SetScores.of(new Predictions(head, gold, logits), new Calibration(1, thresholds));
    }
}
