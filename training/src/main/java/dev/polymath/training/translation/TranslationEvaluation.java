package dev.polymath.training.translation;

import dev.polymath.inference.Call;
import dev.polymath.inference.GeneratedText;
import dev.polymath.inference.GenerationOptions;
import dev.polymath.inference.InferenceListener;
import dev.polymath.inference.InferenceOptions;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.inference.TextGenerator;
import dev.polymath.training.generation.GenerationEvaluation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Translations of test sentences by a model as it is served, and their scores.
 *
 * @param beamSize hypotheses that were followed; 1 is greedy
 * @param scores by direction, in the order of the data
 * @param sentencesPerSecond on this machine, all sentences asked for at once
 */
record TranslationEvaluation(int beamSize, Map<String, TranslationScores> scores, double sentencesPerSecond)
        implements GenerationEvaluation {

    /**
     * Translates both directions of each set that the model offers.
     *
     * @param sets pairs of one pair of languages each
     * @param beamSize 0: what the model says
     */
    static TranslationEvaluation of(ModelDirectory model, List<List<SentencePair>> sets, int beamSize) {
        TranslationPrompt prompt = TranslationPrompt.of(model);
        Map<String, TranslationScores> scores = new LinkedHashMap<>();
        try (TextGenerator generator = TextGenerator.load(model, InferenceOptions.defaults(), InferenceListener.NONE)) {
            GenerationOptions defaults = generator.defaults();
            GenerationOptions options = beamSize == 0 ? defaults : defaults.withBeamSize(beamSize);
            long started = System.nanoTime();
            int sentences = 0;
            for (List<SentencePair> set : sets) {
                LanguagePair languages = set.get(0).languages();
                for (LanguagePair direction :
                        List.of(languages, new LanguagePair(languages.second(), languages.first()))) {
                    if (prompt.directions().contains(direction.toString())) {
                        scores.put(direction.toString(), scores(generator, prompt, direction, set, options));
                        sentences += set.size();
                    }
                }
            }
            if (scores.isEmpty()) {
                throw new IllegalArgumentException(
                        model + ": none of the languages of the data (expected: one of " + prompt.directions() + ")");
            }
            double seconds = (System.nanoTime() - started) / 1e9;
            return new TranslationEvaluation(options.beamSize(), scores, sentences / seconds);
        }
    }

    /** All sentences at once, as many callers would: the batcher of serving puts them together. */
    private static TranslationScores scores(
            TextGenerator generator,
            TranslationPrompt prompt,
            LanguagePair direction,
            List<SentencePair> pairs,
            GenerationOptions options) {
        String first = prompt.firstToken(direction.first(), direction.second());
        GenerationOptions forced = options;
        if (!first.isEmpty()) {
            OptionalInt token = generator.tokenId(first);
            if (token.isEmpty()) {
                throw new IllegalArgumentException(
                        "polymath.translation.forced-bos: " + first + " (expected: a token of the model)");
            }
            forced = options.withFirstToken(token.getAsInt());
        }
        List<CompletableFuture<GeneratedText>> answers = new ArrayList<>();
        List<String> references = new ArrayList<>();
        for (SentencePair pair : pairs) {
            String source = prompt.source(pair.side(direction.first()), direction.first(), direction.second());
            answers.add(generator.generateWhenAdmitted(source, forced, Call.unbounded()));
            references.add(pair.side(direction.second()));
        }
        List<String> translations = new ArrayList<>();
        try {
            answers.forEach(
                    answer -> translations.add(answer.join().best().text().strip()));
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
        return TranslationScores.of(translations, references);
    }

    /** Mean BLEU of the directions. */
    double bleu() {
        return scores.values().stream()
                .mapToDouble(TranslationScores::bleu)
                .average()
                .orElse(0);
    }

    /** Mean chrF of the directions. */
    double chrf() {
        return scores.values().stream()
                .mapToDouble(TranslationScores::chrf)
                .average()
                .orElse(0);
    }

    /** A row for each direction and their mean. */
    @Override
    public String toMarkdown() {
        StringBuilder table = new StringBuilder(TranslationScores.header());
        scores.forEach((direction, score) -> table.append(score.row(direction)));
        if (scores.size() > 1) {
            table.append(String.format(Locale.ROOT, "| mean | | %.1f | %.1f | |%n", bleu(), chrf()));
        }
        return table.toString();
    }

    /** Mean BLEU of the directions. */
    @Override
    public double score() {
        return bleu() / 100;
    }

    @Override
    public String scoreName() {
        return "BLEU / 100";
    }

    @Override
    public String speed() {
        return String.format(Locale.ROOT, "%.0f sentences/s", sentencesPerSecond);
    }
}
