package dev.polymath.ner.grpc;

import dev.polymath.common.v1.Document;
import dev.polymath.common.v1.ErrorReason;
import dev.polymath.inference.InferenceException;
import dev.polymath.inference.OffsetUnit;
import dev.polymath.ner.EntityPattern;
import dev.polymath.ner.EntityType;
import dev.polymath.ner.RecognitionOptions;
import dev.polymath.ner.v1.ExtractRecordsRequest;
import dev.polymath.ner.v1.RecognizeEntitiesRequest;
import dev.polymath.ner.v1.RedactEntitiesRequest;
import dev.polymath.service.CommonMessages;
import dev.polymath.service.ErrorStatus;
import dev.polymath.service.Violations;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IllformedLocaleException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What all requests have in common, checked. What is wrong with the request goes into the violations; what is wrong with
 * one document is for {@link #check}, so that it does not fail the others.
 *
 * @param model the model to use
 * @param options what is wanted
 * @param unit of offsets
 * @param maxCharacters longest text of a document
 */
record NerRequest(NerModel model, RecognitionOptions options, OffsetUnit unit, int maxCharacters) {

    private static final int MOST_PATTERNS = 100;

    static NerRequest of(RecognizeEntitiesRequest request, NerModel model, NerConfig config, Violations violations) {
        checkDocuments(request.getDocumentsList(), config.maxDocuments(), violations);
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
        RecognitionOptions options = collect(
                "",
                violations,
                () -> new RecognitionOptions(Set.copyOf(request.getTypesList()), request.getMinConfidence(), patterns));
        return new NerRequest(model, options == null ? RecognitionOptions.ALL : options, unit, config.maxCharacters());
    }

    /** The locale of a document, if nothing is wrong with it. */
    Locale check(Document document, String path, Violations violations) {
        String text = document.getText();
        if (text.isBlank()) {
            violations.add(
                    path + ".text",
                    (text.isEmpty() ? "empty" : "only white space")
                            + " (expected: at least one character that is not white space)");
        } else if (text.length() > maxCharacters) {
            violations.add(
                    ErrorReason.ERROR_REASON_INPUT_TOO_LONG,
                    path + ".text",
                    text.length() + " characters (expected: <= " + maxCharacters + ")");
        }
        return locale(document.getLanguageCode(), path + ".language_code", violations);
    }

    private Locale locale(String languageCode, String field, Violations violations) {
        List<String> languages = model.languages();
        Locale fallback = languages.isEmpty() ? Locale.ENGLISH : Locale.forLanguageTag(languages.get(0));
        if (languageCode.isEmpty()) {
            return fallback;
        }
        try {
            Locale locale = new Locale.Builder().setLanguageTag(languageCode).build();
            if (!languages.isEmpty() && !languages.contains(locale.getLanguage())) {
                violations.add(
                        ErrorReason.ERROR_REASON_UNSUPPORTED_LANGUAGE,
                        field,
                        Violations.quote(languageCode) + " (expected: one of " + String.join(", ", languages) + ")");
            }
            return locale;
        } catch (IllformedLocaleException e) {
            violations.add(field, Violations.quote(languageCode) + " (expected: a BCP-47 tag, for example en-GB)");
            return fallback;
        }
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
            EntityPattern checked = collect(
                    "patterns[" + i + "].",
                    violations,
                    () -> new EntityPattern(pattern.getType(), pattern.getRegex(), pattern.getConfidence()));
            if (checked != null) {
                valid.add(checked);
            }
        }
        return valid;
    }

    /** What the domain makes of a value, or null and a violation if it refuses it. */
    static <T> @Nullable T collect(String prefix, Violations violations, Supplier<T> value) {
        try {
            return value.get();
        } catch (InferenceException e) {
            String field = e.metadata().get(ErrorStatus.FIELD);
            if (field == null) {
                throw e;
            }
            String message = String.valueOf(e.getMessage());
            violations.add(
                    prefix + field, message.startsWith(field + ": ") ? message.substring(field.length() + 2) : message);
            return null;
        }
    }

    private static void checkDocuments(List<Document> documents, int maxDocuments, Violations violations) {
        if (documents.isEmpty()) {
            violations.add("documents", "0 documents (expected: 1 to " + maxDocuments + ")");
        } else if (documents.size() > maxDocuments) {
            violations.add(
                    ErrorReason.ERROR_REASON_INPUT_TOO_LONG,
                    "documents",
                    documents.size() + " documents (expected: 1 to " + maxDocuments + ")");
            return;
        }
        Map<String, Integer> seen = new HashMap<>();
        for (int i = 0; i < documents.size(); i++) {
            String id = documents.get(i).getId();
            Integer first = id.isEmpty() ? null : seen.putIfAbsent(id, i);
            if (first != null) {
                violations.add(
                        "documents[" + i + "].id",
                        "the same as documents[" + first + "].id (expected: unique, or empty)");
            }
        }
    }
}
