package dev.polymath.translation.grpc;

import com.google.rpc.Status;
import dev.polymath.common.v1.Coverage;
import dev.polymath.common.v1.DetectedLanguage;
import dev.polymath.inference.Receipt;
import dev.polymath.service.DocumentBatch.Analyzed;
import dev.polymath.translation.RunningTranslation;
import dev.polymath.translation.TextTranslation;
import dev.polymath.translation.grpc.TranslationOptions.Target;
import dev.polymath.translation.v1.AlternativeTranslation;
import dev.polymath.translation.v1.AppliedGlossaryEntry;
import dev.polymath.translation.v1.GlossaryEntry;
import dev.polymath.translation.v1.TranslationResult;
import dev.polymath.translation.v1.TranslationWarning;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A document about which all is known but its translations.
 *
 * @param detected its language; null if it said so itself
 * @param into one per target language, in the order of the request
 */
record PreparedDocument(
        String id,
        String text,
        @Nullable DetectedLanguage detected,
        List<TranslationWarning> warnings,
        List<Into> into,
        List<GlossaryEntry> glossary) {
    /**
     * One target language.
     *
     * @param running null if there is an error
     * @param error null if the text can be translated into it
     */
    record Into(
            Target target,
            String pivot,
            @Nullable RunningTranslation running,
            @Nullable Status error) {}

    /** Gives all sentences to the models; may wait on the calling thread. */
    void submit() {
        into.forEach(each -> {
            if (each.running() != null) {
                each.running().submit();
            }
        });
    }

    /** The result, when all translations are there; fails as the first that fails. */
    CompletableFuture<Analyzed<TranslationResult>> result() {
        List<CompletableFuture<TextTranslation>> wholes = into.stream()
                .map(Into::running)
                .filter(Objects::nonNull)
                .map(RunningTranslation::whole)
                .toList();
        return CompletableFuture.allOf(wholes.toArray(CompletableFuture[]::new))
                .thenApply(done ->
                        result(wholes.stream().map(CompletableFuture::join).toList()));
    }

    private Analyzed<TranslationResult> result(List<TextTranslation> translations) {
        TranslationResult.Builder result = TranslationResult.newBuilder().setId(id);
        if (detected != null) {
            result.setDetectedLanguage(detected);
        }
        List<Receipt> receipts = new ArrayList<>();
        int next = 0;
        int kept = 0;
        for (Into each : into) {
            if (each.error() != null) {
                result.addTranslations(dev.polymath.translation.v1.TextTranslation.newBuilder()
                        .setLanguageCode(each.target().code())
                        .setError(each.error()));
            } else {
                TextTranslation translation = translations.get(next++);
                result.addTranslations(message(each, translation));
                receipts.addAll(translation.receipts());
                kept = Math.max(kept, translation.kept());
            }
        }
        result.addAllWarnings(warnings);
        if (kept > 0) {
            result.addWarnings(TranslationWarning.newBuilder()
                    .setKind(TranslationWarning.Kind.KIND_UNTRANSLATED)
                    .setDescription(kept + " letters stand in the translation as they were, because the model has no"
                            + " translation for them"));
        }
        result.setCoverage(Coverage.newBuilder()
                .setCharacters(text.length())
                .setAnalyzedCharacters(text.length())
                .setWindows(Math.max(
                        1, translations.isEmpty() ? 1 : translations.get(0).pieces())));
        return new Analyzed<>(result.build(), receipts);
    }

    private dev.polymath.translation.v1.TextTranslation message(Into into, TextTranslation translation) {
        dev.polymath.translation.v1.TextTranslation.Builder message =
                dev.polymath.translation.v1.TextTranslation.newBuilder()
                        .setLanguageCode(into.target().code())
                        .setText(translation.text())
                        .setScore(translation.score())
                        .setPivot(into.pivot());
        translation
                .alternatives()
                .forEach(alternative -> message.addAlternatives(AlternativeTranslation.newBuilder()
                        .setText(alternative.text())
                        .setScore(alternative.score())));
        translation.terms().entrySet().stream()
                .sorted(java.util.Map.Entry.comparingByKey())
                .forEach(term -> message.addAppliedGlossary(AppliedGlossaryEntry.newBuilder()
                        .setSource(glossary.get(term.getKey()).getSource())
                        .setTarget(glossary.get(term.getKey()).getTarget())
                        .setCount(term.getValue())));
        return message.build();
    }
}
