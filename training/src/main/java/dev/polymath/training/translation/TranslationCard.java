package dev.polymath.training.translation;

import dev.polymath.training.ModelCard;
import dev.polymath.training.TrainingLoop;
import dev.polymath.training.encoder.CardOptions;
import dev.polymath.training.generation.MeasuredExport;
import dev.polymath.training.generation.TransformerShape;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;

/**
 * The model card of a run.
 *
 * @param title name and version of the model
 * @param options what the user says of it
 * @param arguments of the command line
 * @param languages that are learnt, in both directions
 * @param data what was read, an item each
 * @param start where the weights come from; empty for nowhere
 */
record TranslationCard(
        String title,
        CardOptions options,
        List<String> arguments,
        List<LanguagePair> languages,
        List<String> data,
        String start) {

    /** @param parity largest difference between the logits of block and exported model */
    String toMarkdown(
            TrainingLoop.Result result, TransformerShape shape, double parity, MeasuredExport.Figures figures) {
        TreeSet<String> codes = new TreeSet<>();
        languages.forEach(pair -> codes.addAll(List.of(pair.first(), pair.second())));
        return new ModelCard(title)
                .metadata("license", options.licence.toLowerCase(Locale.ROOT))
                .metadata("language", "[" + String.join(", ", codes) + "]")
                .metadata("pipeline_tag", "translation")
                .section("Task", options.description + "\n\n" + task())
                .section("Architecture", architecture(shape))
                .section("Data", list(options.sources) + "\n\nAs read:\n\n" + list(data))
                .section("Licence", options.licence)
                .section("Training", CardOptions.training(result, parity, "", arguments))
                .section(
                        "Figures",
                        "Test sentences, one reference each, that are not trained on and have chosen"
                                + " nothing (`test.*.tsv` of the run, and see Data): corpus BLEU and chrF2 as sacrebleu 2 counts"
                                + " them without options; length: tokens per token of the reference.\n"
                                + figures.toMarkdown())
                .list("Limits", limits())
                .toMarkdown();
    }

    private String task() {
        return "Translation in both directions of "
                + String.join(
                        ", ", languages.stream().map(LanguagePair::toString).toList())
                + ". Input: a sentence with the token of the target language and a space before it, as in `>>"
                + languages.get(0).second()
                + "<< ` (serving.properties has it); output: its translation. `<x0>` to `<x9>`"
                + " stand for what must come through unchanged: names, terms, tags, addresses.";
    }

    private String architecture(TransformerShape shape) {
        return String.format(
                Locale.ROOT,
                "Transformer (LayerNorm first, ReLU, sinusoidal positions), width %d, inner width %d, %d heads, %d encoder and %d"
                        + " decoder layers; one table of %,d byte-pair tokens for all languages, which is also the output"
                        + " projection. %s Longest text: %d tokens.",
                shape.width(),
                shape.inner(),
                shape.heads(),
                shape.encoderLayers(),
                shape.decoderLayers(),
                shape.vocabulary(),
                start.isEmpty() ? "Trained from nothing." : "Began with the weights of " + start + ".",
                shape.positions());
    }

    private static List<String> limits() {
        return List.of(
                "It knows what its data know: sentences like those above. Others (news, law, long sentences, rare words) come"
                        + " out worse, or wrong and fluent. Read a translation before you rely on it.",
                "Each sentence by itself: no context decides gender, formality or the meaning of a pronoun.",
                "A larger model takes its place without a change to the service: export a Marian, NLLB, M2M-100 or T5 model with"
                        + " `optimum-cli export onnx`, add a serving.properties as here, and set"
                        + " `polymath.models.translation.location` to its directory. To train this one further: `./train"
                        + " translation --from` this directory.");
    }

    private static String list(List<String> items) {
        return String.join("\n", items.stream().map(item -> "- " + item).toList());
    }
}
