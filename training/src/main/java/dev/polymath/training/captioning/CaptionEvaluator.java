package dev.polymath.training.captioning;

import dev.polymath.inference.ModelDirectory;
import dev.polymath.training.DataFile;
import dev.polymath.training.ModelEvaluator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures models that describe images: BLEU-4, CIDEr-D and chrF. */
@Command(
        name = "train evaluate",
        description =
                "Measures a model that describes images, in each language of the captions that it knows: BLEU-4 and"
                        + " CIDEr-D of lower-case words without punctuation, as the literature has them, and chrF2 of the captions as they"
                        + " are.",
        showDefaultValues = true)
public final class CaptionEvaluator implements ModelEvaluator {
    @Option(
            names = "--data",
            required = true,
            paramLabel = "FILE",
            description = "Captioned images, JSON lines, plain or .gz, as ./train image-captioning reads them.")
    @SuppressWarnings("NullAway.Init")
    Path data;

    @Option(
            names = "--images",
            paramLabel = "DIR",
            description = "Where the image files are (default: images, beside the data).")
    @Nullable
    Path images;

    @Option(
            names = "--split",
            paramLabel = "NAME",
            description = "Only images of this split: train, val or test (default: all).")
    @Nullable
    String split;

    @Option(
            names = "--beam",
            paramLabel = "N",
            description = "Hypotheses that are followed; 1: greedy; 0: as the model says.")
    int beam;

    @Override
    public String evaluate(ModelDirectory model) throws IOException {
        List<CaptionedImage> chosen = new CaptionFile(new DataFile(data))
                .read().stream()
                        .filter(image -> split == null || split.equals(image.split()))
                        .toList();
        if (chosen.isEmpty()) {
            throw new IllegalArgumentException(data + ": no images of that split (expected: at least one)");
        }
        Path folder = images == null ? data.toAbsolutePath().resolveSibling("images") : images;
        CaptionEvaluation evaluation = CaptionEvaluation.of(model, chosen, folder, beam);
        return evaluation.toMarkdown()
                + String.format(Locale.ROOT, "%n%s, %s%n", evaluation.search(), evaluation.speed());
    }
}
