package dev.polymath.training.translation;

import java.util.regex.Pattern;

/**
 * Two languages whose sentences are learned in both directions.
 *
 * @param first BCP-47 language of the first column
 * @param second BCP-47 language of the second column
 */
record LanguagePair(String first, String second) {
    private static final Pattern LANGUAGE = Pattern.compile("[a-z]{2,3}");

    /** @throws IllegalArgumentException if it is not two different languages such as {@code en-de} */
    static LanguagePair parse(String text) {
        String[] parts = text.split("-", -1);
        if (parts.length != 2
                || !LANGUAGE.matcher(parts[0]).matches()
                || !LANGUAGE.matcher(parts[1]).matches()
                || parts[0].equals(parts[1])) {
            throw new IllegalArgumentException("language pair: '" + text + "' (expected: two languages, e.g. en-de)");
        }
        return new LanguagePair(parts[0], parts[1]);
    }

    @Override
    public String toString() {
        return first + "-" + second;
    }
}
