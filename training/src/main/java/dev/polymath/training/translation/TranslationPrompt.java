package dev.polymath.training.translation;

import dev.polymath.inference.ModelDirectory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What serving.properties says of asking for a direction.
 *
 * @param directions {@code en-de}, {@code de-en}, ...
 * @param prefix before every text, with a space after it; {@code {source}}, {@code {target}}, {@code {source-name}} and {@code
 *     {target-name}} stand for the languages
 * @param firstToken that a translation begins with, likewise; empty for none
 * @param codes the model's own names of languages
 */
record TranslationPrompt(List<String> directions, String prefix, String firstToken, Map<String, String> codes) {
    private static final String KEY = "polymath.translation.";

    static TranslationPrompt of(ModelDirectory model) {
        String pairs = model.property(KEY + "pairs", "");
        if (pairs.isBlank()) {
            throw new IllegalArgumentException(
                    model + ": " + KEY + "pairs: missing in serving.properties (expected: e.g. en-de,de-en)");
        }
        Map<String, String> codes = new HashMap<>();
        for (String code : items(model.property(KEY + "codes", ""))) {
            String[] parts = code.split("=", 2);
            codes.put(parts[0].strip(), parts[parts.length - 1].strip());
        }
        return new TranslationPrompt(
                items(pairs),
                model.property(KEY + "prefix", "").strip(),
                model.property(KEY + "forced-bos", "").strip(),
                codes);
    }

    /** The text as the encoder reads it. */
    String source(String text, String source, String target) {
        return prefix.isEmpty() ? text : fill(prefix, source, target) + " " + text;
    }

    /** The token that a translation begins with; empty for none. */
    String firstToken(String source, String target) {
        return fill(firstToken, source, target);
    }

    private String fill(String template, String source, String target) {
        return template.replace("{source}", codes.getOrDefault(source, source))
                .replace("{target}", codes.getOrDefault(target, target))
                .replace("{source-name}", Locale.forLanguageTag(source).getDisplayLanguage(Locale.ENGLISH))
                .replace("{target-name}", Locale.forLanguageTag(target).getDisplayLanguage(Locale.ENGLISH));
    }

    private static List<String> items(String list) {
        List<String> items = new ArrayList<>();
        for (String item : list.split(",")) {
            if (!item.isBlank()) {
                items.add(item.strip());
            }
        }
        return items;
    }
}
