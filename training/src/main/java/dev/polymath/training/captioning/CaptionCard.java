package dev.polymath.training.captioning;

import dev.polymath.training.ModelCard;
import dev.polymath.training.TrainingLoop;
import dev.polymath.training.encoder.CardOptions;
import dev.polymath.training.generation.MeasuredExport;
import dev.polymath.training.generation.TransformerShape;
import java.util.List;
import java.util.Locale;

/**
 * The model card of a run.
 *
 * @param title name and version of the model
 * @param options what the user says of it
 * @param arguments of the command line
 * @param corpus what was read
 * @param network what sees the images
 * @param start where the weights of the rest come from; empty for nowhere
 */
record CaptionCard(
        String title,
        CardOptions options,
        List<String> arguments,
        CaptionCorpus corpus,
        GridNetwork network,
        String start) {

    /** @param parity largest difference between the logits of block and exported model */
    String toMarkdown(
            TrainingLoop.Result result, TransformerShape shape, double parity, MeasuredExport.Figures figures) {
        // hubs know licences by their identifiers, and others by name
        boolean known = !options.licence.contains(" ");
        return new ModelCard(title)
                .metadata("license", known ? options.licence.toLowerCase(Locale.ROOT) : "other")
                .metadata("license_name", known ? "" : options.licence)
                .metadata("language", "[" + String.join(", ", corpus.languages()) + "]")
                .metadata("pipeline_tag", "image-to-text")
                .section("Task", options.description + "\n\n" + task())
                .section("Architecture", architecture(shape))
                .section("Data", list(options.sources) + "\n\nAs read:\n\n" + list(corpus.report()))
                .section("Licence", options.licence)
                .section("Training", CardOptions.training(result, parity, "", arguments))
                .section(
                        "Figures",
                        "Test images that are not trained on and have chosen nothing (`test.jsonl` of the run), with all the captions"
                                + " that people gave them as references. BLEU-4 (corpus, several references) and CIDEr-D: lower-case"
                                + " words without punctuation, parted as the Penn Treebank parts English, as the literature on"
                                + " captions has them; CIDEr-D takes the references of these images as its corpus. chrF2 as sacrebleu"
                                + " 2 counts it, of the captions as they are. length: words per word of the nearest reference.\n"
                                + figures.toMarkdown())
                .list("Limits", limits())
                .toMarkdown();
    }

    private String task() {
        return "An image in, a sentence that describes it out. The first token chooses the language: "
                + String.join(
                        ", ",
                        corpus.languages().stream()
                                .map(language -> "`>>" + language + "<<`")
                                .toList())
                + " (serving.properties has it). Pixels: preprocessor_config.json.";
    }

    private String architecture(TransformerShape shape) {
        return String.format(
                Locale.ROOT,
                "%s, not trained further, up to its grid of %d places with %,d numbers each; a linear layer and a place"
                        + " embedding%s; a Transformer decoder (LayerNorm first, ReLU, sinusoidal positions) of %d layers,"
                        + " width %d, inner width %d, %d heads, that attends to the places; one table of %,d byte-pair tokens for"
                        + " all languages, which is also the output projection. %s Longest caption: %d tokens.",
                network.description(),
                network.size().places(),
                network.size().width(),
                shape.encoderLayers() == 0 ? "" : " and " + shape.encoderLayers() + " encoder layers",
                shape.decoderLayers(),
                shape.width(),
                shape.inner(),
                shape.heads(),
                shape.vocabulary(),
                start.isEmpty() ? "Trained from nothing but the network." : "Began with the weights of " + start + ".",
                shape.positions());
    }

    private static List<String> limits() {
        return List.of(
                "It knows what its photos show, and names what it does not know after what it does: fluent and wrong. It counts"
                        + " badly, and guesses colours, gender and age. Read a caption before you rely on it; do not use it to judge"
                        + " people.",
                "A larger model takes its place without a change to the service: export a vision-encoder-decoder such as ViT-GPT2 with"
                        + " `optimum-cli export onnx --task image-to-text-with-past` (the graphs of BLIP in the same layout do as"
                        + " well), add a serving.properties with `polymath.task=image-captioning` and SHA256SUMS, and set"
                        + " `polymath.models.captioning.location` to its directory. To train this one further: `./train"
                        + " image-captioning --from` this directory.");
    }

    private static String list(List<String> items) {
        return String.join("\n", items.stream().map(item -> "- " + item).toList());
    }
}
