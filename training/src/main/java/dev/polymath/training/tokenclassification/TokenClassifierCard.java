package dev.polymath.training.tokenclassification;

import dev.polymath.training.TrainingLoop;
import dev.polymath.training.encoder.CardOptions;
import dev.polymath.training.encoder.EncoderExport;
import dev.polymath.training.encoder.StartingModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * The model card of a run.
 *
 * @param title name and version of the model
 * @param out its directory, as the user wrote it
 * @param options what the user says of it
 * @param arguments of the command line
 * @param labels in id order
 * @param average what was averaged with what; empty where nothing was
 */
record TokenClassifierCard(
        String title,
        Path out,
        CardOptions options,
        List<String> arguments,
        StartingModel start,
        List<TrainingData.Source> train,
        List<String> labels,
        String average) {
    String toMarkdown(
            TrainingLoop.Result result, EncoderExport.Figures<TokenClassifierExport.Calibration, Evaluation> figures) {
        List<String> types = labels.stream()
                .filter(label -> label.startsWith("B-"))
                .map(label -> label.substring(2))
                .toList();
        List<String> trainSets = train.stream()
                .map(source -> source.name() + ": " + TrainingData.describe(source.sentences()) + ", weight "
                        + source.weight())
                .toList();
        String does = String.format(
                Locale.ROOT,
                "Token classification; entity types %s. Input: text; output per word: the probabilities of the IOB2 labels in"
                        + " config.json, divided by a temperature of %.3f that was fitted on the dev sets.",
                String.join(", ", types),
                figures.calibration().temperature());
        String more = String.format(
                Locale.ROOT,
                "Bias of O, fitted on the dev sets: %+.2f.%s",
                figures.calibration().outsideBias(),
                average);
        return options.card(title, "token-classification", does, start, trainSets)
                .section("Training", CardOptions.training(result, figures.parity(), more, arguments))
                .section(
                        "Figures",
                        "Entity level, as `conlleval` counts (type and both borders right), on the words of the data. The"
                                + " training chose its best weights on the dev sets.\n\n"
                                + figures.toMarkdown(Evaluation::toMarkdown)
                                + "Again:\n\n```\n./train evaluate --model " + out
                                + " --data FILE... --case-variants\n```\n\nwith the `--map` of the training where the data"
                                + " name their types otherwise.")
                .list(
                        "Limits",
                        List.of(
                                "It names what the data name, in the language of the data. Other domains cost accuracy: measure on"
                                        + " your own text, and fine-tune on it.",
                                "A confidence is calibrated on the dev sets and on nothing else.",
                                "Not for decisions about people without a person who looks at them."))
                .toMarkdown();
    }
}
