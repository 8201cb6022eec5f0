package dev.polymath.training.tokenclassification;

import dev.polymath.training.ModelCard;
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
 * @param meanWithStart whether the weights are the mean of the starting weights and the trained ones
 */
record TokenClassifierCard(
        String title,
        Path out,
        CardOptions options,
        List<String> arguments,
        StartingModel start,
        List<TrainingData.Source> train,
        List<String> labels,
        boolean meanWithStart) {
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
        StringBuilder measured =
                new StringBuilder("Entity level, as `conlleval` counts (type and both borders right), on the"
                        + " words of the data. The training chose its best weights on the dev sets.\n\n");
        figures.evaluations()
                .forEach((precision, evaluation) -> measured.append("### ")
                        .append(precision)
                        .append(precision.equals(figures.served()) ? " (served)" : "")
                        .append("\n\n")
                        .append(evaluation.toMarkdown()));
        measured.append("Again:\n\n```\n./train evaluate --model ")
                .append(out)
                .append(" --data FILE... --case-variants\n```\n\nwith the `--map` of the training where the"
                        + " data name their types otherwise.");
        String dataSection = String.join(
                        "\n",
                        options.sources.stream().map(source -> "- " + source).toList())
                + "\n\nAs read:\n\n"
                + String.join("\n", trainSets.stream().map(set -> "- " + set).toList());
        return new ModelCard(title)
                .metadata("license", options.licence.toLowerCase(Locale.ROOT))
                .metadata("language", options.language)
                .metadata("pipeline_tag", "token-classification")
                .section(
                        "Task",
                        options.description + "\n\nToken classification; entity types " + String.join(", ", types)
                                + ". Input: text; output per word: the probabilities of the IOB2 labels in config.json, divided by"
                                + " a temperature of "
                                + String.format(
                                        Locale.ROOT,
                                        "%.3f",
                                        figures.calibration().temperature())
                                + " that was fitted on the dev sets.")
                .section("Starting weights", start.description())
                .section("Data", dataSection)
                .section("Licence", options.licence)
                .section(
                        "Training",
                        String.format(
                                        Locale.ROOT,
                                        "%,d steps, %,d tokens, %d minutes; best after step %,d. Logits of the exported graph are"
                                                + " within %.2g of the trained block. Bias of O, fitted on the dev sets: %+.2f.%s",
                                        result.steps(),
                                        result.tokens(),
                                        result.duration().toMinutes(),
                                        result.bestStep(),
                                        figures.parity(),
                                        figures.calibration().outsideBias(),
                                        meanWithStart
                                                ? " The weights are the mean of the starting weights and these."
                                                : "")
                                + "\n\n```\n./train token-classification "
                                + CardOptions.commandLine(arguments)
                                + "\n```")
                .section("Figures", measured.toString())
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
