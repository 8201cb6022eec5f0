package dev.polymath.training.objectdetection;

import dev.polymath.training.TrainingLoop;
import dev.polymath.training.encoder.CardOptions;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * The model card of a run.
 *
 * @param title name and version of the model
 * @param options what the user says of it
 * @param arguments of the command line
 * @param start where the weights come from
 * @param sets what was read of the data, an item each
 * @param labels by id
 * @param frozen what was not trained
 * @param chosen whether dev sets have chosen the weights
 */
record DetectionCard(
        String title,
        CardOptions options,
        List<String> arguments,
        String start,
        List<String> sets,
        List<String> labels,
        DetectorGraph.Freeze frozen,
        boolean chosen) {

    String toMarkdown(TrainingLoop.Result result, DetectorExport.Figures figures) {
        String more = switch (frozen) {
            case NONE -> "";
            case BACKBONE -> "The backbone was not trained.";
            case BACKBONE_AND_NECK -> "Only the branches that predict were trained.";
        };
        return options.card(title, "object-detection", task(), start, sets)
                .section("Training", CardOptions.training(result, "pictures", figures.parity(), more, arguments))
                .section("Figures", figures(figures))
                .list(
                        "Limits",
                        List.of(
                                "It finds what its labels name, as its training data show it, and nothing else; small, hidden and"
                                        + " unusual objects are missed, and a confidence is an order rather than a probability. Measure it"
                                        + " on your own pictures, and fine-tune it on them.",
                                "Not for decisions about people, nor where a missed object is a danger."))
                .toMarkdown();
    }

    private String task() {
        return String.format(
                Locale.ROOT,
                "Object detection. Input: pictures, letterboxed at the top left (preprocessor_config.json has it); output: a box, an"
                        + " objectness and a probability per label for each cell of three levels, as YOLOX puts them out, not decoded."
                        + " %d labels: %s.",
                labels.size(),
                String.join(", ", labels));
    }

    private String figures(DetectorExport.Figures figures) {
        StringBuilder text =
                new StringBuilder("Mean average precision as COCO counts it (101 recalls, at most 100 boxes per"
                        + " picture, non-maximum suppression at 0.65), over the labels that occur. `start`: the model that the training"
                        + " began with, measured on the same pictures."
                        + (chosen ? " The dev sets have chosen the best weights; test sets nothing." : "")
                        + "\n\n| model | pictures | mAP50 | mAP50-95 |\n|---|---|---|---|\n");
        figures.scores()
                .forEach((model, sets) -> sets.forEach((set, scores) -> text.append(String.format(
                        Locale.ROOT,
                        "| %s%s | %s | %.3f | %.3f |%n",
                        model,
                        model.equals(figures.served()) ? " (served)" : "",
                        set.replace("|", "\\|"),
                        scores.map50(),
                        scores.map()))));
        Map<String, DetectionScores> served =
                Objects.requireNonNull(figures.scores().get(figures.served()));
        served.forEach((set, scores) ->
                text.append("\n### ").append(set).append("\n\n").append(scores.toMarkdown()));
        text.append("\n| precision | MB |\n|---|---|\n");
        figures.bytes()
                .forEach((precision, bytes) ->
                        text.append(String.format(Locale.ROOT, "| %s | %.1f |%n", precision, bytes / 1e6)));
        return text.toString();
    }
}
