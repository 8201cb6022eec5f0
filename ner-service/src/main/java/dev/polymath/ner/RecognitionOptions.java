package dev.polymath.ner;

import java.util.List;
import java.util.Set;

/**
 * What a caller wants of the entities of a text.
 *
 * @param types only these; empty means all
 * @param minConfidence only entities with at least this confidence, in [0, 1]
 * @param patterns more to look for, at most {@value #MOST_PATTERNS}
 */
public record RecognitionOptions(Set<String> types, double minConfidence, List<EntityPattern> patterns) {
    static final int MOST_PATTERNS = 100;

    /** Everything that is found. */
    public static final RecognitionOptions ALL = new RecognitionOptions(Set.of(), 0, List.of());

    /**
     * @throws dev.polymath.inference.InferenceException INVALID_INPUT, naming the component in the metadata's {@code field}
     */
    public RecognitionOptions {
        types = Set.copyOf(types);
        patterns = List.copyOf(patterns);
        if (!(minConfidence >= 0 && minConfidence <= 1)) {
            throw InvalidInput.of("min_confidence", Double.toString(minConfidence), ">= 0 and <= 1");
        }
        if (patterns.size() > MOST_PATTERNS) {
            throw InvalidInput.of("patterns", patterns.size() + " patterns", "<= " + MOST_PATTERNS);
        }
    }

    boolean wants(Entity entity) {
        return (types.isEmpty() || types.contains(entity.type())) && entity.confidence() >= minConfidence;
    }
}
