package dev.polymath.ner;

import java.util.Map;

/**
 * Which redaction applies to which type.
 *
 * @param defaultRedaction for all types without one of their own
 * @param byType by entity type
 */
public record RedactionPolicy(Redaction defaultRedaction, Map<String, Redaction> byType) {
    /** Numbered labels for all. */
    public static final RedactionPolicy LABELS = new RedactionPolicy(new Redaction.EntityLabel(), Map.of());

    public RedactionPolicy {
        byType = Map.copyOf(byType);
    }

    Redaction redaction(String type) {
        return byType.getOrDefault(type, defaultRedaction);
    }
}
