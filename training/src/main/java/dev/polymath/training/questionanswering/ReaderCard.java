package dev.polymath.training.questionanswering;

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
 * @param data what was read, an item each
 */
record ReaderCard(String title, CardOptions options, List<String> arguments, StartingModel start, List<String> data) {

    String toMarkdown(TrainingLoop.Result result, EncoderExport.Figures<Double, ReaderScores> figures) {
        String does = String.format(
                Locale.ROOT,
                "Extractive question answering. Input: a question and a text; output: spans of the text with their"
                        + " probabilities, and the probability that the text does not answer. Scores are divided by a"
                        + " temperature of %.3f that was fitted on the dev questions.",
                figures.calibration());
        return options.card(title, "question-answering", does, start, data)
                .section("Training", CardOptions.training(result, figures.parity(), "", arguments))
                .section(
                        "Figures",
                        "Exact match and F1 of the best span over the whole of each text, as SQuAD counts. \"Without an"
                                + " answer\": dev questions that were put to another text of their article, or that the"
                                + " data call unanswerable; AUROC and accuracy (mean of both kinds) tell how well the"
                                + " probability of \"no answer\" parts them. Calibration error: of the best span's"
                                + " probability to be exactly right. The training chose its best weights on the dev"
                                + " questions.\n\n"
                                + figures.toMarkdown(ReaderScores::toMarkdown))
                .list(
                        "Limits",
                        List.of(
                                "It finds a passage and does not reason: an answer that is not written in the text as one"
                                        + " span is not found.",
                                "Texts of another kind than those of the data cost accuracy: measure on your own, and"
                                        + " fine-tune on them.",
                                "A probability is calibrated on the dev questions and on nothing else."))
                .toMarkdown();
    }
}
