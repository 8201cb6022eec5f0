package dev.polymath.service;

import dev.polymath.common.v1.ErrorReason;
import java.util.HashMap;
import java.util.IllformedLocaleException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What has to be true of the documents of a request. */
public final class Documents {
    private Documents() {}

    /**
     * Checks how many there are, and that no two have the same id.
     *
     * @param field of the request that has the documents
     * @param ids of all of them; empty ones are no ids
     */
    public static void checkList(String field, List<String> ids, int maxDocuments, Violations violations) {
        String count = ids.size() + " " + field + " (expected: 1 to " + maxDocuments + ")";
        if (ids.isEmpty()) {
            violations.add(field, count);
        } else if (ids.size() > maxDocuments) {
            violations.add(ErrorReason.ERROR_REASON_INPUT_TOO_LONG, field, count);
            return;
        }
        Map<String, Integer> seen = new HashMap<>();
        for (int i = 0; i < ids.size(); i++) {
            String id = ids.get(i);
            Integer first = id.isEmpty() ? null : seen.putIfAbsent(id, i);
            if (first != null) {
                violations.add(
                        field + "[" + i + "].id",
                        "the same as " + field + "[" + first + "].id (expected: unique, or empty)");
            }
        }
    }

    /** Checks that a text says something and is not too long. */
    public static void checkText(String field, String text, int maxCharacters, Violations violations) {
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
     * The locale of a language code; null if there is none, or if it is wrong.
     *
     * @param languages that can be read; empty means any
     */
    public static @Nullable Locale locale(
            String field, String languageCode, List<String> languages, Violations violations) {
        if (languageCode.isEmpty()) {
            return null;
        }
        Locale locale;
        try {
            locale = new Locale.Builder().setLanguageTag(languageCode).build();
        } catch (IllformedLocaleException e) {
            violations.add(field, Violations.quote(languageCode) + " (expected: a BCP-47 tag, for example en-GB)");
            return null;
        }
        if (!languages.isEmpty() && !languages.contains(locale.getLanguage())) {
            violations.add(
                    ErrorReason.ERROR_REASON_UNSUPPORTED_LANGUAGE,
                    field,
                    Violations.quote(languageCode) + " (expected: one of " + String.join(", ", languages) + ")");
        }
        return locale;
    }
}
