package dev.polymath.ner;

/**
 * Something that a text names.
 *
 * @param text exactly as in the document
 * @param type {@code PERSON}, {@code IBAN}, ...
 * @param subtype a finer type, or empty
 * @param begin UTF-16 index of its first character
 * @param end UTF-16 index after its last character
 * @param confidence probability, 0 to 1, that the span is an entity of the type
 * @param recognizer {@link #MODEL}, or the name of a {@link Recognizer}
 * @param value the normal form, or empty where there is none
 */
public record Entity(
        String text,
        String type,
        String subtype,
        int begin,
        int end,
        double confidence,
        String recognizer,
        String value) {

    /** The {@code recognizer} of what the model found. */
    public static final String MODEL = "model";
}
