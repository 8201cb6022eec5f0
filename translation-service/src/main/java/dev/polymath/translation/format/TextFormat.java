package dev.polymath.translation.format;

/** A kind of text. Thread-safe. */
@FunctionalInterface
public interface TextFormat {
    /**
     * Finds what is to be translated.
     *
     * @throws MalformedTextException if it is not of this kind
     */
    TranslatableText read(String source);
}
