package dev.polymath.service;

import dev.polymath.common.v1.Document;
import dev.polymath.common.v1.ErrorReason;
import java.util.HashMap;
import java.util.IllformedLocaleException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * How many documents a request may have, and how long they may be.
 *
 * @param maxDocuments of a request
 * @param maxCharacters of the text of a document, in UTF-16 units
 */
public record DocumentLimits(int maxDocuments, int maxCharacters) {
    /** Adds what is wrong with the documents of a request as a whole: none, too many, an id twice. */
    public void check(List<Document> documents, Violations violations) {
        check("documents", documents, Document::getId, violations);
    }

    /**
     * As {@link #check(List, Violations)}, of whatever else a request has many of.
     *
     * @param field of the request that has them
     */
    public <D> void check(String field, List<D> documents, Function<D, String> ids, Violations violations) {
        if (documents.isEmpty()) {
            violations.add(field, "0 " + field + " (expected: 1 to " + maxDocuments + ")");
        } else if (documents.size() > maxDocuments) {
            violations.add(
                    ErrorReason.ERROR_REASON_INPUT_TOO_LONG,
                    field,
                    documents.size() + " " + field + " (expected: 1 to " + maxDocuments + ")");
            return;
        }
        Map<String, Integer> seen = new HashMap<>();
        for (int i = 0; i < documents.size(); i++) {
            String id = ids.apply(documents.get(i));
            Integer first = id.isEmpty() ? null : seen.putIfAbsent(id, i);
            if (first != null) {
                violations.add(
                        field + "[" + i + "].id",
                        "the same as " + field + "[" + first + "].id (expected: unique, or empty)");
            }
        }
    }

    /** Adds what is wrong with a text of a document: empty, white space, too long. */
    public void checkText(String text, String field, Violations violations) {
        if (text.isBlank()) {
            violations.add(
                    field,
                    (text.isEmpty() ? "empty" : "only white space")
                            + " (expected: at least one character that is not white space)");
        } else if (text.length() > maxCharacters) {
            violations.add(
                    ErrorReason.ERROR_REASON_INPUT_TOO_LONG,
                    field,
                    text.length() + " characters (expected: <= " + maxCharacters + ")");
        }
    }

    /**
     * The locale of a BCP-47 tag; empty if there is no tag or, with a violation, if it is none.
     *
     * @param supported languages that the model reads, BCP-47; empty if it does not say. Another one is a violation
     */
    public static Optional<Locale> locale(
            String languageCode, List<String> supported, String field, Violations violations) {
        if (languageCode.isEmpty()) {
            return Optional.empty();
        }
        try {
            Locale locale = new Locale.Builder().setLanguageTag(languageCode).build();
            if (!supported.isEmpty() && !supported.contains(locale.getLanguage())) {
                violations.add(
                        ErrorReason.ERROR_REASON_UNSUPPORTED_LANGUAGE,
                        field,
                        Violations.quote(languageCode) + " (expected: one of " + String.join(", ", supported) + ")");
            }
            return Optional.of(locale);
        } catch (IllformedLocaleException e) {
            violations.add(field, Violations.quote(languageCode) + " (expected: a BCP-47 tag, for example en-GB)");
            return Optional.empty();
        }
    }
}
