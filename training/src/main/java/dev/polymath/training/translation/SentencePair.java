package dev.polymath.training.translation;

/**
 * A sentence and its translation.
 *
 * @param languages of {@code first} and {@code second}
 */
record SentencePair(LanguagePair languages, String first, String second) {

    /** The side in this language. */
    String side(String language) {
        if (language.equals(languages.first())) {
            return first;
        }
        if (language.equals(languages.second())) {
            return second;
        }
        throw new IllegalArgumentException("language: " + language + " (expected: one of " + languages + ")");
    }
}
