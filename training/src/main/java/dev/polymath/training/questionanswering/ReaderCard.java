package dev.polymath.training.questionanswering;

import dev.polymath.training.ModelCard;
import dev.polymath.training.TrainingLoop;
import dev.polymath.training.encoder.CardOptions;
import dev.polymath.training.encoder.EncoderExport;
import dev.polymath.training.encoder.StartingModel;
import java.util.List;
import java.util.Locale;

/**
 * The model card of a run.
 *
 * @param title name and version of the model
 * @param options what the user says of it
 * @param arguments of the command line
 * @param data what was read, a line each
 */
record ReaderCard(String title, CardOptions options, List<String> arguments, StartingModel start, List<String> data) {

    String toMarkdown(TrainingLoop.Result result, EncoderExport.Figures<Double, ReaderScores> figures) {
        StringBuilder measured = new StringBuilder("Exact match and F1 of the best span over the whole of each text, as"
                + " SQuAD counts. \"Without an answer\": dev questions that were put to another text of their article,"
                + " or that the data call unanswerable; AUROC and accuracy (mean of both kinds) tell how well"
                + " the probability of \"no answer\" parts them. Calibration error: of the best span's probability to"
                + " be exactly right. The training chose its best weights on the dev questions.\n\n");
        figures.evaluations()
                .forEach((precision, scores) -> measured.append("### ")
                        .append(precision)
                        .append(precision.equals(figures.served()) ? " (served)" : "")
                        .append("\n\n")
                        .append(scores.toMarkdown())
                        .append('\n'));
        return new ModelCard(title)
                .metadata("license", options.licence.toLowerCase(Locale.ROOT))
                .metadata("language", options.language)
                .metadata("pipeline_tag", "question-answering")
                .section(
                        "Task",
                        options.description
                                + "\n\nExtractive question answering. Input: a question and a text; output: spans of the"
                                + " text with their probabilities, and the probability that the text does not answer."
                                + " Scores are divided by a temperature of "
                                + String.format(Locale.ROOT, "%.3f", figures.calibration())
                                + " that was fitted on the dev questions.")
                .section("Starting weights", start.description())
                .section("Data", bullets(options.sources) + "\n\nAs read:\n\n" + bullets(data))
                .section("Licence", options.licence)
                .section(
                        "Training",
                        String.format(
                                        Locale.ROOT,
                                        "%,d steps, %,d tokens, %d minutes; best after step %,d. Logits of the exported"
                                                + " graph are within %.2g of the trained block.",
                                        result.steps(),
                                        result.tokens(),
                                        result.duration().toMinutes(),
                                        result.bestStep(),
                                        figures.parity())
                                + "\n\n```\n./train question-answering "
                                + CardOptions.commandLine(arguments)
                                + "\n```")
                .section("Figures", measured.toString())
                .list(
                        "Limits",
                        List.of(
                                "It finds a passage and does not reason: an answer that is not written in the text as one"
                                        + " span is not found.",
                                "The data ask for facts of encyclopaedia articles, in their language. Other texts cost"
                                        + " accuracy: measure on your own, and fine-tune on them.",
                                "A probability is calibrated on the dev questions and on nothing else."))
                .toMarkdown();
    }

    private static String bullets(List<String> items) {
        return String.join("\n", items.stream().map(item -> "- " + item).toList());
    }
}
