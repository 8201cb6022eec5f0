package dev.polymath.ner.grpc;

import dev.polymath.common.v1.Document;
import dev.polymath.inference.OffsetUnit;
import dev.polymath.ner.EntityPattern;
import dev.polymath.ner.EntityType;
import dev.polymath.ner.RecognitionOptions;
import dev.polymath.ner.v1.ExtractRecordsRequest;
import dev.polymath.ner.v1.RecognizeEntitiesRequest;
import dev.polymath.ner.v1.RedactEntitiesRequest;
import dev.polymath.service.CommonMessages;
import dev.polymath.service.DocumentLimits;
import dev.polymath.service.Violations;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * What all requests have in common, checked. What is wrong with the request goes into the violations; what is wrong with
 * one document is for {@link #check}, so that it does not fail the others.
 *
 * @param model the model to use
 * @param options what is wanted
 * @param unit of offsets
 * @param limits of the documents
 */
record NerRequest(NerModel model, RecognitionOptions options, OffsetUnit unit, DocumentLimits limits) {

    private static final int MOST_PATTERNS = 100;

    static NerRequest of(RecognizeEntitiesRequest request, NerModel model, NerConfig config, Violations violations) {
        limits(config).check(request.getDocumentsList(), violations);
        return ofOptions(request, model, config, violations);
    }

    static NerRequest of(RedactEntitiesRequest request, NerModel model, NerConfig config, Violations violations) {
        RecognizeEntitiesRequest common = RecognizeEntitiesRequest.newBuilder()
                .addAllDocuments(request.getDocumentsList())
                .addAllTypes(request.getTypesList())
                .setMinConfidence(request.getMinConfidence())
                .setOffsetUnitValue(request.getOffsetUnitValue())
                .addAllPatterns(request.getPatternsList())
                .build();
        return of(common, model, config, violations);
    }

    static NerRequest of(ExtractRecordsRequest request, NerModel model, NerConfig config, Violations violations) {
        RecognizeEntitiesRequest common = RecognizeEntitiesRequest.newBuilder()
                .addAllDocuments(request.getDocumentsList())
                .setMinConfidence(request.getMinConfidence())
                .setOffsetUnitValue(request.getOffsetUnitValue())
                .addAllPatterns(request.getPatternsList())
                .build();
        return of(common, model, config, violations);
    }

    /** Without its documents: the options of a stream. */
    static NerRequest ofOptions(
            RecognizeEntitiesRequest request, NerModel model, NerConfig config, Violations violations) {
        List<EntityPattern> patterns = patterns(request.getPatternsList(), violations);
        checkTypes("types", request.getTypesList(), model, patterns, violations);
        OffsetUnit unit = CommonMessages.offsetUnit(
                request.getOffsetUnit(), request.getOffsetUnitValue(), "offset_unit", violations);
        RecognitionOptions options = violations.collect(
                "",
                () -> new RecognitionOptions(Set.copyOf(request.getTypesList()), request.getMinConfidence(), patterns));
        return new NerRequest(model, options == null ? RecognitionOptions.ALL : options, unit, limits(config));
    }

    /** The locale of a document, if nothing is wrong with it. */
    Locale check(Document document, String path, Violations violations) {
        limits.checkText(document.getText(), path + ".text", violations);
        List<String> languages = model.languages();
        return DocumentLimits.locale(document.getLanguageCode(), languages, path + ".language_code", violations)
                .orElse(languages.isEmpty() ? Locale.ENGLISH : Locale.forLanguageTag(languages.get(0)));
    }

    /** Adds a violation for each type that can never be found. */
    static void checkTypes(
            String field, List<String> types, NerModel model, List<EntityPattern> patterns, Violations violations) {
        Set<String> known = new TreeSet<>();
        model.patient().entityTypes().stream().map(EntityType::type).forEach(known::add);
        patterns.forEach(pattern -> known.add(pattern.type()));
        for (int i = 0; i < types.size(); i++) {
            if (!known.contains(types.get(i))) {
                violations.add(
                        field + "[" + i + "]",
                        Violations.quote(types.get(i)) + " (expected: one of " + String.join(", ", known) + ")");
            }
        }
    }

    private static List<EntityPattern> patterns(
            List<dev.polymath.ner.v1.EntityPattern> patterns, Violations violations) {
        List<EntityPattern> valid = new ArrayList<>();
        if (patterns.size() > MOST_PATTERNS) {
            violations.add("patterns", patterns.size() + " patterns (expected: <= " + MOST_PATTERNS + ")");
            return valid;
        }
        for (int i = 0; i < patterns.size(); i++) {
            dev.polymath.ner.v1.EntityPattern pattern = patterns.get(i);
            EntityPattern checked = violations.collect(
                    "patterns[" + i + "].",
                    () -> new EntityPattern(pattern.getType(), pattern.getRegex(), pattern.getConfidence()));
            if (checked != null) {
                valid.add(checked);
            }
        }
        return valid;
    }

    private static DocumentLimits limits(NerConfig config) {
        return new DocumentLimits(config.maxDocuments(), config.maxCharacters());
    }
}
