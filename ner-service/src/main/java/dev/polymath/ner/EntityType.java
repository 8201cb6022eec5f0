package dev.polymath.ner;

/**
 * A type of entity that is found, and by whom.
 *
 * @param type {@code PERSON}, {@code IBAN}, ...
 * @param recognizer {@link Entity#MODEL}, or the name of a {@link Recognizer}
 * @param description what it is
 * @param example a text with one in it
 * @param confidence of every match of a recognizer; 0 for the model, whose confidence differs from match to match
 */
public record EntityType(String type, String recognizer, String description, String example, double confidence) {}
