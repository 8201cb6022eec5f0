package dev.polymath.training.imageclassification;

import dev.polymath.inference.Call;
import dev.polymath.inference.ImageClassification;
import dev.polymath.inference.ImageClassifier;
import dev.polymath.inference.InferenceListener;
import dev.polymath.inference.InferenceOptions;
import dev.polymath.inference.LabelProbability;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.training.ModelEvaluator;
import dev.polymath.training.vision.ImageFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures image classifiers: accuracy, per label, and confusions. */
@Command(
        name = "train evaluate",
        description = "Measures an image classifier on labelled pictures: accuracy, per label, and confusions.",
        showDefaultValues = true)
public final class ImageClassifierEvaluator implements ModelEvaluator {
    @Option(
            names = "--data",
            required = true,
            arity = "1..*",
            paramLabel = "DIR|FILE[@FIELD=VALUE]",
            description = "Folders with a folder of pictures per label, or JSON lines.")
    List<String> data = List.of();

    @Mixin
    ImageSets sets = new ImageSets();

    @Override
    public String evaluate(ModelDirectory model) throws IOException {
        Map<String, List<LabelledImage>> read = sets.read(data);
        StringBuilder report = new StringBuilder();
        try (ImageClassifier classifier =
                ImageClassifier.load(model, InferenceOptions.defaults(), InferenceListener.NONE)) {
            for (Map.Entry<String, List<LabelledImage>> set : read.entrySet()) {
                for (String label : ImageSets.labels(List.of(set.getValue()))) {
                    if (!classifier.labels().contains(label)) {
                        throw new IllegalArgumentException(set.getKey() + ": label '" + label
                                + "' (expected: one of the model's, or an entry in --map)");
                    }
                }
                report.append("**").append(set.getKey()).append("**: ");
                report.append(scores(classifier, set.getValue()).toMarkdown()).append('\n');
            }
        }
        return report.toString();
    }

    /** As many callers would ask: the batcher of serving puts the pictures together. */
    private static ClassificationScores scores(ImageClassifier classifier, List<LabelledImage> pictures) {
        int side = classifier.preprocessing().minSide();
        List<CompletableFuture<ImageClassification>> answers = new ArrayList<>();
        for (LabelledImage picture : pictures) {
            answers.add(classifier.classifyWhenAdmitted(
                    ImageFiles.decode(picture.file(), side).pixels(), Call.unbounded()));
        }
        ClassificationScores scores = new ClassificationScores(classifier.labels());
        for (int i = 0; i < answers.size(); i++) {
            float[] logits = new float[classifier.labels().size()];
            for (LabelProbability each : answers.get(i).join().labels()) {
                logits[classifier.labels().indexOf(each.label())] =
                        (float) Math.log(Math.max(1e-12, each.probability()));
            }
            scores.add(pictures.get(i).label(), logits);
        }
        return scores;
    }
}
