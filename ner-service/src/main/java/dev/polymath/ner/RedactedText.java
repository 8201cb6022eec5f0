package dev.polymath.ner;

import java.util.List;

/**
 * A text without its entities.
 *
 * @param text with the replacements
 * @param entities in the order of the text
 */
public record RedactedText(String text, List<RedactedEntity> entities) {
    public RedactedText {
        entities = List.copyOf(entities);
    }

    /**
     * An entity that was redacted.
     *
     * @param entity as it was found, with its place in the original text
     * @param replacement what stands in its place; empty if removed
     * @param begin UTF-16 index of the replacement in the redacted text
     * @param end UTF-16 index after the replacement in the redacted text
     */
    public record RedactedEntity(Entity entity, String replacement, int begin, int end) {}
}
