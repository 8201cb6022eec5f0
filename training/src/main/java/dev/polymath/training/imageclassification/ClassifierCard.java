package dev.polymath.training.imageclassification;

import dev.polymath.training.TrainingLoop;
import dev.polymath.training.encoder.CardOptions;
import java.util.List;
import java.util.Locale;

/** The model card of a run. */
final class ClassifierCard {
    private static final int MOST_LABELS = 100;

    private ClassifierCard() {}

    static String trained(
            String title,
            CardOptions options,
            List<String> arguments,
            String start,
            List<String> sets,
            List<String> labels,
            int layers,
            double temperature,
            TrainingLoop.Result result,
            double parity,
            ClassifierExport.Figures figures) {
        String more = layers == 0
                ? "Only the last layer was trained, on features that were computed once."
                : "The last layer was trained on features that were computed once, then it and the " + layers
                        + " layers before it on pixels: the figures are of the latter.";
        String does = task(labels)
                + String.format(
                        Locale.ROOT, " Logits are divided by %.3f, which was fitted on the dev sets.", temperature);
        return options.card(title, "image-classification", does, start, sets)
                .section("Training", CardOptions.training(result, "pictures", parity, more, arguments))
                .section(
                        "Figures",
                        "The dev sets have chosen the best weights; test sets nothing.\n\n" + figures.toMarkdown())
                .list("Limits", limits())
                .toMarkdown();
    }

    static String asItIs(
            String title,
            CardOptions options,
            List<String> arguments,
            String start,
            List<String> sets,
            List<String> labels,
            ClassifierExport.Figures figures) {
        return options.card(title, "image-classification", task(labels), start, sets)
                .section(
                        "Training",
                        "None here: the network as it is.\n\n```\n./train " + CardOptions.commandLine(arguments)
                                + "\n```")
                .section("Figures", figures.toMarkdown())
                .list("Limits", limits())
                .toMarkdown();
    }

    private static String task(List<String> labels) {
        return String.format(
                Locale.ROOT,
                "Image classification. Input: a picture (preprocessor_config.json has how); output: a value per label, %d labels%s.",
                labels.size(),
                labels.size() <= MOST_LABELS ? ": " + String.join(", ", labels) : "");
    }

    private static List<String> limits() {
        return List.of(
                "It gives every picture one of its labels, also one that none of them fits: a low probability is the only sign.",
                "One label per picture: of several things in it, it names the one that looks most like its training data.",
                "Not for decisions about people without a person who looks at them.");
    }
}
