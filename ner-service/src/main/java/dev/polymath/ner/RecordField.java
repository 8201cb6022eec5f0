package dev.polymath.ner;

import java.util.List;

/**
 * One field of a record.
 *
 * @param name unique in the schema, at most 63 characters
 * @param types that can fill it, the preferred ones first
 * @param required whether a record without it lists it as missing
 * @param multiple whether it takes all matching entities, else the first one of the most preferred type
 */
public record RecordField(String name, List<String> types, boolean required, boolean multiple) {
    private static final int LONGEST_NAME = 63;

    /**
     * @throws dev.polymath.inference.InferenceException INVALID_INPUT, naming the component in the metadata's {@code field}
     */
    public RecordField {
        types = List.copyOf(types);
        if (name.isBlank() || name.length() > LONGEST_NAME) {
            throw InvalidInput.of("name", name.length() + " characters", "1 to " + LONGEST_NAME + ", not blank");
        }
        if (types.isEmpty()) {
            throw InvalidInput.of("types", "empty", "at least one entity type");
        }
        for (int i = 0; i < types.size(); i++) {
            EntityPattern.checkedType("types[" + i + "]", types.get(i));
        }
    }
}
