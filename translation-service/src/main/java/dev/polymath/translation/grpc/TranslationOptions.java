package dev.polymath.translation.grpc;

import dev.polymath.common.v1.ErrorReason;
import dev.polymath.common.v1.ModelRef;
import dev.polymath.inference.Receipt;
import dev.polymath.service.Checks;
import dev.polymath.service.DocumentLimits;
import dev.polymath.service.Violations;
import dev.polymath.translation.GlossaryTerm;
import dev.polymath.translation.Routes;
import dev.polymath.translation.TranslationModel.Search;
import dev.polymath.translation.format.HtmlFormat;
import dev.polymath.translation.format.PlainTextFormat;
import dev.polymath.translation.format.TextFormat;
import dev.polymath.translation.v1.GlossaryEntry;
import dev.polymath.translation.v1.TranslateDocumentRequest;
import dev.polymath.translation.v1.TranslateTextRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a request asks for beside its documents, checked.
 *
 * @param targets in the order of the request
 * @param format of the texts
 * @param routes of the models that may be used
 * @param noWork the receipt if there is nothing to translate
 */
record TranslationOptions(
        List<Target> targets,
        List<GlossaryEntry> glossary,
        List<String> doNotTranslate,
        Search search,
        TextFormat format,
        Routes routes,
        Receipt noWork) {
    private static final int MAX_TERM = 200;
    private static final PlainTextFormat TEXT = new PlainTextFormat();
    private static final HtmlFormat HTML = new HtmlFormat();

    /**
     * A target language.
     *
     * @param code as the request has it
     * @param language of it, without region and script
     * @param field of the request
     */
    record Target(String code, String language, String field) {}

    static TranslationOptions of(
            TranslateTextRequest request, TranslationModels models, TranslationConfig config, Violations violations) {
        List<Target> targets = targets(request.getTargetLanguageCodesList(), config, violations);
        int alternatives =
                Checks.count(request.getAlternatives(), 0, config.maxAlternatives(), "alternatives", violations);
        int beamSize = Checks.count(request.getBeamSize(), 0, config.maxBeamSize(), "beam_size", violations);
        if (beamSize > 0 && alternatives >= beamSize) {
            violations.add(
                    "alternatives", alternatives + " (expected: fewer than the beam_size, which is " + beamSize + ")");
        }
        TextFormat format = switch (request.getFormat()) {
            case TEXT_FORMAT_UNSPECIFIED, TEXT_FORMAT_TEXT -> TEXT;
            case TEXT_FORMAT_HTML -> HTML;
            case UNRECOGNIZED -> {
                violations.add("format", request.getFormatValue() + " (expected: one of TEXT, HTML)");
                yield TEXT;
            }
        };
        terms(request.getGlossaryList(), request.getDoNotTranslateList(), config, violations);
        return of(
                targets,
                request.getGlossaryList(),
                request.getDoNotTranslateList(),
                new Search(beamSize, alternatives),
                format,
                request.getModel(),
                models);
    }

    /** @param format of the file */
    static TranslationOptions of(
            TranslateDocumentRequest request,
            TextFormat format,
            TranslationModels models,
            TranslationConfig config,
            Violations violations) {
        List<Target> targets = target(request.getTargetLanguageCode(), "target_language_code", violations);
        int beamSize = Checks.count(request.getBeamSize(), 0, config.maxBeamSize(), "beam_size", violations);
        terms(request.getGlossaryList(), request.getDoNotTranslateList(), config, violations);
        return of(
                targets,
                request.getGlossaryList(),
                request.getDoNotTranslateList(),
                new Search(beamSize, 0),
                format,
                request.getModel(),
                models);
    }

    private static TranslationOptions of(
            List<Target> targets,
            List<GlossaryEntry> glossary,
            List<String> doNotTranslate,
            Search search,
            TextFormat format,
            ModelRef model,
            TranslationModels models) {
        Routes routes = models.routes(model);
        return new TranslationOptions(
                targets,
                glossary,
                doNotTranslate,
                search,
                format,
                routes,
                models.first(model).noWork());
    }

    /** The terms for a target language. */
    List<GlossaryTerm> terms(Target target) {
        List<GlossaryTerm> terms = new ArrayList<>();
        for (int i = 0; i < glossary.size(); i++) {
            GlossaryEntry entry = glossary.get(i);
            String only = entry.getTargetLanguageCode();
            if (only.isEmpty()
                    || only.equalsIgnoreCase(target.code())
                    || Locale.forLanguageTag(only).toLanguageTag().equals(target.language())) {
                terms.add(new GlossaryTerm(entry.getSource().strip(), entry.getTarget(), true, i));
            }
        }
        doNotTranslate.forEach(term -> terms.add(new GlossaryTerm(term.strip(), term.strip(), false, -1)));
        return terms;
    }

    private static List<Target> targets(List<String> codes, TranslationConfig config, Violations violations) {
        String field = "target_language_codes";
        String count = codes.size() + " languages (expected: 1 to " + config.maxTargets() + ")";
        if (codes.isEmpty()) {
            violations.add(field, count);
        } else if (codes.size() > config.maxTargets()) {
            violations.add(ErrorReason.ERROR_REASON_INPUT_TOO_LONG, field, count);
            return List.of();
        }
        List<Target> targets = new ArrayList<>();
        Map<String, Integer> seen = new HashMap<>();
        for (int i = 0; i < codes.size(); i++) {
            String path = field + "[" + i + "]";
            for (Target target : target(codes.get(i), path, violations)) {
                Integer first = seen.putIfAbsent(target.code(), i);
                if (first != null) {
                    violations.add(path, "the same as " + field + "[" + first + "] (expected: different languages)");
                }
                targets.add(target);
            }
        }
        return targets;
    }

    private static List<Target> target(String code, String field, Violations violations) {
        if (code.isEmpty()) {
            violations.add(field, "empty (expected: a BCP-47 tag, for example de)");
            return List.of();
        }
        return DocumentLimits.locale(code, List.of(), field, violations)
                .map(locale -> new Target(code, locale.getLanguage(), field))
                .stream()
                .toList();
    }

    private static void terms(
            List<GlossaryEntry> glossary, List<String> kept, TranslationConfig config, Violations violations) {
        size(glossary.size(), "glossary", "entries", config, violations);
        size(kept.size(), "do_not_translate", "terms", config, violations);
        Map<String, Integer> seen = new HashMap<>();
        for (int i = 0; i < Math.min(glossary.size(), config.maxTerms()); i++) {
            GlossaryEntry entry = glossary.get(i);
            String path = "glossary[" + i + "]";
            term(entry.getSource(), path + ".source", violations);
            term(entry.getTarget(), path + ".target", violations);
            DocumentLimits.locale(entry.getTargetLanguageCode(), List.of(), path + ".target_language_code", violations);
            Integer first = seen.putIfAbsent(
                    entry.getSource().strip().toLowerCase(Locale.ROOT) + '\n' + entry.getTargetLanguageCode(), i);
            if (first != null) {
                violations.add(
                        path + ".source", "the same as glossary[" + first + "].source (expected: different terms)");
            }
        }
        for (int i = 0; i < Math.min(kept.size(), config.maxTerms()); i++) {
            term(kept.get(i), "do_not_translate[" + i + "]", violations);
        }
    }

    private static void size(int size, String field, String what, TranslationConfig config, Violations violations) {
        if (size > config.maxTerms()) {
            violations.add(
                    ErrorReason.ERROR_REASON_INPUT_TOO_LONG,
                    field,
                    size + " " + what + " (expected: <= " + config.maxTerms() + ")");
        }
    }

    private static void term(String term, String field, Violations violations) {
        if (term.isBlank()) {
            violations.add(field, "empty (expected: 1 to " + MAX_TERM + " characters)");
        } else if (term.length() > MAX_TERM) {
            violations.add(field, term.length() + " characters (expected: 1 to " + MAX_TERM + ")");
        } else if (term.chars().anyMatch(c -> c == '\n' || c == '\r')) {
            violations.add(field, "a line break (expected: a term in one line)");
        }
    }
}
