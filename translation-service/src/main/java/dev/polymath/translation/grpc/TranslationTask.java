package dev.polymath.translation.grpc;

import com.google.rpc.Status;
import dev.polymath.common.v1.DetectedLanguage;
import dev.polymath.common.v1.Document;
import dev.polymath.inference.Call;
import dev.polymath.service.DocumentBatch;
import dev.polymath.service.DocumentBatch.Analyzed;
import dev.polymath.service.DocumentLimits;
import dev.polymath.service.ErrorStatus;
import dev.polymath.service.LanguageMessages;
import dev.polymath.service.Violations;
import dev.polymath.text.LanguageDetection;
import dev.polymath.translation.LanguagePair;
import dev.polymath.translation.Route;
import dev.polymath.translation.RunningTranslation;
import dev.polymath.translation.TextTranslator;
import dev.polymath.translation.format.MalformedTextException;
import dev.polymath.translation.format.TranslatableText;
import dev.polymath.translation.grpc.PreparedDocument.Into;
import dev.polymath.translation.grpc.TranslationOptions.Target;
import dev.polymath.translation.v1.TranslationResult;
import dev.polymath.translation.v1.TranslationWarning;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The translation of each document of a call. */
record TranslationTask(TranslationOptions options, LanguageChecks checks, TextTranslator translator, Call call)
        implements DocumentBatch.Task<Document, TranslationResult> {
    @Override
    public CompletionStage<Analyzed<TranslationResult>> analyze(Document document, String path, boolean patient) {
        PreparedDocument prepared = prepare(document, path + ".text", path + ".language_code", patient);
        prepared.submit();
        return prepared.result();
    }

    /**
     * Finds out everything but the translations.
     *
     * @throws dev.polymath.service.InvalidRequestException if something is wrong with the document, or it can be translated
     *     into none of the target languages
     */
    PreparedDocument prepare(Document document, String textField, String languageField, boolean patient) {
        Violations violations = new Violations();
        checks.limits().checkText(document.getText(), textField, violations);
        Optional<Locale> declared =
                DocumentLimits.locale(document.getLanguageCode(), List.of(), languageField, violations);
        violations.throwIfAny();
        TranslatableText text = read(document.getText(), textField);
        String words = text.words();
        LanguageDetection detection = checks.detect(words);
        if (text.units().isEmpty()) {
            return verbatim(document, declared.isEmpty() ? LanguageMessages.best(detection) : null, text);
        }
        if (declared.isEmpty()) {
            LanguageChecks.Source source = checks.source(words, detection, options.routes(), languageField);
            DetectedLanguage detected = source.language();
            return prepared(document, text, detected.getLanguageCode(), detected, source.warnings(), patient);
        }
        String source = declared.get().getLanguage();
        checks.requireSource(source, document.getLanguageCode(), options.routes(), languageField);
        return prepared(document, text, source, null, checks.warnings(source, detection), patient);
    }

    private TranslatableText read(String text, String field) {
        Violations violations = new Violations();
        try {
            return options.format().read(text);
        } catch (MalformedTextException e) {
            violations.add(field, String.valueOf(e.getMessage()));
        } catch (StackOverflowError e) {
            violations.add(field, "nested too deeply (expected: what people write)");
        }
        throw violations.exception();
    }

    /** A text without a word is the same in every language. */
    private PreparedDocument verbatim(Document document, @Nullable DetectedLanguage detected, TranslatableText text) {
        List<Into> into = options.targets().stream()
                .map(target -> {
                    Route none = new Route(new LanguagePair("und", target.language()), List.of());
                    return new Into(target, "", start(text, none, target, true), null);
                })
                .toList();
        return new PreparedDocument(
                document.getId(), document.getText(), detected, List.of(), into, options.glossary());
    }

    private PreparedDocument prepared(
            Document document,
            TranslatableText text,
            String source,
            @Nullable DetectedLanguage detected,
            List<TranslationWarning> warnings,
            boolean patient) {
        List<Into> into = new ArrayList<>();
        Violations all = new Violations();
        boolean waits = patient;
        for (Target target : options.targets()) {
            Optional<Route> route = options.routes().find(new LanguagePair(source, target.language()));
            if (route.isPresent()) {
                into.add(new Into(target, route.get().pivot(), start(text, route.get(), target, waits), null));
                waits = true;
            } else {
                Violations violations = new Violations();
                checks.noRoute(source, target, options.routes(), violations);
                checks.noRoute(source, target, options.routes(), all);
                into.add(new Into(target, "", null, ErrorStatus.of(violations.exception())));
            }
        }
        if (into.stream().noneMatch(each -> each.running() != null)) {
            throw all.exception();
        }
        return new PreparedDocument(document.getId(), document.getText(), detected, warnings, into, options.glossary());
    }

    private RunningTranslation start(TranslatableText text, Route route, Target target, boolean patient) {
        return translator.prepare(text, route, options.terms(target), options.search(), call, patient);
    }

    @Override
    public TranslationResult failed(Document document, Status error) {
        return TranslationResult.newBuilder()
                .setId(document.getId())
                .setError(error)
                .build();
    }
}
