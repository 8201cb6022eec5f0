package dev.polymath.training.textclassification;

import dev.polymath.training.TrainingLoop;
import dev.polymath.training.encoder.CardOptions;
import dev.polymath.training.encoder.EncoderExport;
import dev.polymath.training.encoder.StartingModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The model card of a run.
 *
 * @param title name and version of the model
 * @param options what the user says of it
 * @param arguments of the command line
 * @param frozen whether only the heads were trained
 * @param average what was averaged with what; empty where nothing was
 */
record TextClassifierCard(
        String title,
        CardOptions options,
        List<String> arguments,
        StartingModel start,
        ClassifierData data,
        boolean frozen,
        String average) {
    private static final int MOST_LABELS = 100;

    String toMarkdown(
            TrainingLoop.Result result,
            EncoderExport.Figures<TextClassifierExport.Calibrations, TextClassifierExport.Evaluation> figures) {
        List<String> sets = new ArrayList<>();
        data.train()
                .forEach(source -> sets.add(String.format(
                        Locale.ROOT,
                        "%s: %,d texts, weight %s",
                        source.name(),
                        source.texts().size(),
                        source.weight())));
        data.dev().forEach(set -> sets.add(held(set, "dev")));
        data.test().forEach(set -> sets.add(held(set, "test")));
        String more = "Texts that are held out, or as good as the same, were not trained on."
                + (frozen ? " Only the heads were trained." : "")
                + average;
        return options.card(title, "text-classification", task(figures.calibration()), start, sets)
                .section("Training", CardOptions.training(result, figures.parity(), more, arguments))
                .section(
                        "Figures",
                        "The training chose its best weights on the dev sets"
                                + (hasThresholds() ? ", and so were the thresholds of the labels" : "")
                                + (data.test().isEmpty() ? "" : "; the test sets have chosen nothing")
                                + ".\n\n"
                                + figures.toMarkdown(TextClassifierExport.Evaluation::toMarkdown))
                .list(
                        "Limits",
                        List.of(
                                "It answers in the labels of the data, in the language of the data, and gives every text an"
                                        + " answer, also one that none of the labels fits. Other domains cost accuracy: measure"
                                        + " on your own text, and fine-tune on it.",
                                "A confidence is calibrated on the dev sets and on nothing else.",
                                "Not for decisions about people without a person who looks at them."))
                .toMarkdown();
    }

    private boolean hasThresholds() {
        return data.heads().stream().anyMatch(Head::multiLabel);
    }

    private String task(TextClassifierExport.Calibrations calibrations) {
        StringBuilder text = new StringBuilder("Text classification. Input: text.");
        for (int i = 0; i < data.heads().size(); i++) {
            Head head = data.heads().get(i);
            String labels =
                    String.join(", ", head.labels().stream().limit(MOST_LABELS).toList());
            text.append(String.format(
                    Locale.ROOT,
                    " Output%s: %s of %d labels (%s), from logits divided by %.3f, which was fitted on the dev sets.",
                    data.heads().size() == 1 ? "" : " `" + head.name() + "`",
                    head.multiLabel() ? "for each its own probability" : "the probabilities",
                    head.labels().size(),
                    labels,
                    calibrations.heads().get(i).temperature()));
        }
        return text.toString();
    }

    private static String held(ClassifierData.HeldOutSet set, String role) {
        return String.format(
                Locale.ROOT, "%s: %,d texts (%s)", set.name(), set.texts().size(), role);
    }
}
