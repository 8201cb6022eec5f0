package dev.polymath.training.captioning;

import dev.polymath.image.RgbImage;
import dev.polymath.inference.Call;
import dev.polymath.inference.GeneratedText;
import dev.polymath.inference.GenerationOptions;
import dev.polymath.inference.ImageCaptioner;
import dev.polymath.inference.InferenceListener;
import dev.polymath.inference.InferenceOptions;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.training.generation.GenerationEvaluation;
import dev.polymath.training.vision.ImageFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Captions of test images by a model as it is served, and their scores.
 *
 * @param beamSize hypotheses that were followed; 1 is greedy
 * @param scores by language
 * @param captionsPerSecond on this machine, all images asked for at once, with their decoding
 */
record CaptionEvaluation(int beamSize, Map<String, CaptionScores> scores, double captionsPerSecond)
        implements GenerationEvaluation {

    /**
     * Describes the images in each language that they have captions in and the model offers; a model that offers no choice writes what
     * it writes, and is compared with the captions in the first language.
     *
     * @param folder of the image files
     * @param beamSize 0: what the model says
     */
    static CaptionEvaluation of(ModelDirectory model, List<CaptionedImage> images, Path folder, int beamSize)
            throws IOException {
        Map<String, CaptionScores> scores = new LinkedHashMap<>();
        try (ImageCaptioner captioner =
                ImageCaptioner.load(model, InferenceOptions.defaults(), InferenceListener.NONE)) {
            GenerationOptions defaults = captioner.defaults();
            GenerationOptions options = beamSize == 0 ? defaults : defaults.withBeamSize(beamSize);
            List<String> own = images.stream()
                    .flatMap(image -> image.captions().keySet().stream())
                    .distinct()
                    .toList();
            List<String> languages = own.stream()
                    .filter(language -> captioner.firstToken(language).isPresent())
                    .toList();
            if (languages.isEmpty() && captioner.languages().size() < 2) {
                languages = own.subList(0, Math.min(1, own.size()));
            }
            long started = System.nanoTime();
            int captions = 0;
            for (String language : languages) {
                CaptionScores each = scores(captioner, images, folder, language, options);
                scores.put(language, each);
                captions += each.images();
            }
            if (scores.isEmpty()) {
                throw new IllegalArgumentException(
                        model + ": none of the languages of the data (expected: one of " + captioner.languages() + ")");
            }
            double seconds = (System.nanoTime() - started) / 1e9;
            return new CaptionEvaluation(options.beamSize(), scores, captions / seconds);
        }
    }

    /** All images at once, as many callers would: the batcher of serving puts them together. */
    private static CaptionScores scores(
            ImageCaptioner captioner,
            List<CaptionedImage> images,
            Path folder,
            String language,
            GenerationOptions options)
            throws IOException {
        OptionalInt first = captioner.firstToken(language);
        GenerationOptions forced = first.isPresent() ? options.withFirstToken(first.getAsInt()) : options;
        List<CompletableFuture<GeneratedText>> answers = new ArrayList<>();
        List<List<String>> references = new ArrayList<>();
        for (CaptionedImage image : images) {
            List<String> captions = image.captions().getOrDefault(language, List.of());
            if (captions.isEmpty()) {
                continue;
            }
            RgbImage pixels = ImageFiles.pixels(folder.resolve(image.file()), captioner.preprocessing());
            answers.add(captioner.captionWhenAdmitted(pixels, forced, Call.unbounded()));
            references.add(captions);
        }
        List<String> captions = new ArrayList<>();
        try {
            answers.forEach(answer -> captions.add(answer.join().best().text().strip()));
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
        return CaptionScores.of(captions, references);
    }

    /** Mean BLEU-4 of the languages. */
    @Override
    public double score() {
        return scores.values().stream()
                .mapToDouble(CaptionScores::bleu)
                .average()
                .orElse(0);
    }

    @Override
    public String scoreName() {
        return "BLEU-4";
    }

    @Override
    public String speed() {
        return String.format(Locale.ROOT, "%.0f captions/s", captionsPerSecond);
    }

    /** A row for each language. */
    @Override
    public String toMarkdown() {
        StringBuilder table = new StringBuilder(CaptionScores.header());
        scores.forEach((language, score) -> table.append(score.row(language)));
        return table.toString();
    }
}
