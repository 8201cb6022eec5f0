package dev.polymath.ner;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What records look like.
 *
 * @param fields 1 to {@value #MOST_FIELDS}
 * @param scope the part of a document that makes one record
 */
public record RecordSchema(List<RecordField> fields, Scope scope) {
    static final int MOST_FIELDS = 100;

    /** The part of a document that makes one record. */
    public enum Scope {
        DOCUMENT,
        /** Separated by lines with nothing but white space. */
        PARAGRAPH,
        LINE
    }

    /**
     * @throws dev.polymath.inference.InferenceException INVALID_INPUT, naming the component in the metadata's {@code field}
     */
    public RecordSchema {
        fields = List.copyOf(fields);
        if (fields.isEmpty() || fields.size() > MOST_FIELDS) {
            throw InvalidInput.of("fields", fields.size() + " fields", "1 to " + MOST_FIELDS);
        }
        Set<String> names = new HashSet<>();
        for (int i = 0; i < fields.size(); i++) {
            if (!names.add(fields.get(i).name())) {
                throw InvalidInput.of("fields[" + i + "].name", fields.get(i).name(), "a name that no other field has");
            }
        }
    }
}
