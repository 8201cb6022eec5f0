package dev.polymath.ner;

import java.util.List;
import java.util.Map;

/**
 * One record.
 *
 * @param fields entities by the name of the field, in the order of the schema and each in the order of the text; fields
 *     without an entity are absent
 * @param missing names of required fields without an entity, in the order of the schema
 * @param matches one per reference value, in the order of the schema
 * @param begin UTF-16 index of the part of the document that the record comes from
 * @param end UTF-16 index after that part
 */
public record ExtractedRecord(
        Map<String, List<Entity>> fields, List<String> missing, List<FieldMatch> matches, int begin, int end) {

    /**
     * How a field compares with its reference value.
     *
     * @param field its name
     * @param verdict the outcome
     * @param similarity 0 to 1, of the closest value; 0 if there is none
     */
    public record FieldMatch(String field, Verdict verdict, double similarity) {}

    /** The outcome of a comparison. */
    public enum Verdict {
        MATCH,
        MISMATCH,
        MISSING
    }
}
