package dev.polymath.ner;

import dev.polymath.ner.ExtractedRecord.FieldMatch;
import dev.polymath.ner.ExtractedRecord.Verdict;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Builds records from the entities of a text, and compares them with known values.
 *
 * <p>An entity belongs to the part of the document in which it begins, and goes to the first field that has its type. A
 * reference value is brought to the normal form of the entity's type before it is compared; a reference that is no entity
 * of that type is compared with the normal form as it stands. Where both have normal forms the similarity is theirs (1 if
 * they are equal), else that of the texts. Immutable, thread-safe.
 */
public final class RecordExtractor {
    /** At least this similar is the same, for types without a normal form. */
    static final double SAME = 0.9;

    private static final int LONGEST_REFERENCE = 1_000;
    private static final Pattern LINE = Pattern.compile("\\R|$");
    // atomic, as \R would else match the halves of CR LF one by one
    private static final Pattern BLANK_LINES = Pattern.compile("(?>\\R)(?:[\\h\\f]{0,1000}+(?>\\R))++|$");

    private final RecordSchema schema;
    private final Map<String, String> reference;
    private final EntityRecognizer recognizer;

    /**
     * @param schema what records look like
     * @param reference known values by the name of the field; may be empty
     * @param recognizer knows the normal forms
     * @throws dev.polymath.inference.InferenceException INVALID_INPUT, naming the reference value in the metadata's
     *     {@code field}
     */
    public RecordExtractor(RecordSchema schema, Map<String, String> reference, EntityRecognizer recognizer) {
        this.schema = schema;
        this.reference = Map.copyOf(reference);
        this.recognizer = recognizer;
        List<String> names = schema.fields().stream().map(RecordField::name).toList();
        reference.forEach((name, value) -> {
            if (!names.contains(name)) {
                throw InvalidInput.of(
                        "reference", "a value for a field that the schema does not have", String.join(", ", names));
            }
            if (value.isBlank() || value.length() > LONGEST_REFERENCE) {
                throw InvalidInput.of(
                        "reference[" + name + "]",
                        value.length() + " characters",
                        "1 to " + LONGEST_REFERENCE + ", not blank");
            }
        });
    }

    /**
     * @param text the document
     * @param locale its language and region, in which the reference values are read too
     * @param entities of the document, in the order of the text
     */
    public List<ExtractedRecord> extract(String text, Locale locale, List<Entity> entities) {
        List<ExtractedRecord> records = new ArrayList<>();
        int next = 0;
        for (Part part : parts(text)) {
            int first = next;
            while (next < entities.size() && entities.get(next).begin() < part.end()) {
                next++;
            }
            Map<String, List<Entity>> fields = fields(entities.subList(first, next));
            if (!fields.isEmpty()) {
                records.add(record(fields, part, locale));
            }
        }
        return records;
    }

    private record Part(int begin, int end) {}

    private List<Part> parts(String text) {
        if (schema.scope() == RecordSchema.Scope.DOCUMENT) {
            return List.of(new Part(0, text.length()));
        }
        List<Part> parts = new ArrayList<>();
        Matcher separator = (schema.scope() == RecordSchema.Scope.LINE ? LINE : BLANK_LINES).matcher(text);
        int begin = 0;
        while (separator.find()) {
            parts.add(new Part(begin, separator.start()));
            begin = separator.end();
        }
        return parts;
    }

    private Map<String, List<Entity>> fields(List<Entity> entities) {
        Map<String, List<Entity>> byType = entities.stream().collect(Collectors.groupingBy(Entity::type));
        Map<String, List<Entity>> fields = new LinkedHashMap<>();
        for (RecordField field : schema.fields()) {
            List<Entity> taken = new ArrayList<>();
            for (String type : field.types()) {
                List<Entity> ofType = byType.remove(type);
                if (ofType != null && (field.multiple() || taken.isEmpty())) {
                    taken.addAll(field.multiple() ? ofType : ofType.subList(0, 1));
                }
            }
            if (!taken.isEmpty()) {
                taken.sort(Comparator.comparingInt(Entity::begin));
                fields.put(field.name(), List.copyOf(taken));
            }
        }
        return Collections.unmodifiableMap(fields);
    }

    private ExtractedRecord record(Map<String, List<Entity>> fields, Part part, Locale locale) {
        List<String> missing = schema.fields().stream()
                .filter(field -> field.required() && !fields.containsKey(field.name()))
                .map(RecordField::name)
                .toList();
        List<FieldMatch> matches = schema.fields().stream()
                .map(RecordField::name)
                .filter(reference::containsKey)
                .map(name -> compare(name, fields.getOrDefault(name, List.of()), locale))
                .toList();
        return new ExtractedRecord(fields, missing, matches, part.begin(), part.end());
    }

    private FieldMatch compare(String field, List<Entity> entities, Locale locale) {
        String expected = Optional.ofNullable(reference.get(field)).orElseThrow();
        if (entities.isEmpty()) {
            return new FieldMatch(field, Verdict.MISSING, 0);
        }
        boolean match = false;
        double closest = 0;
        for (Entity entity : entities) {
            double similarity;
            if (entity.value().isEmpty()) {
                similarity = WordSimilarity.of(entity.text(), expected);
                match |= similarity >= SAME;
            } else {
                Optional<String> normal = recognizer.normalize(entity.type(), expected, locale);
                String form = normal.orElse(expected.strip());
                boolean same = form.equals(entity.value());
                match |= same;
                similarity = same ? 1 : WordSimilarity.of(normal.isPresent() ? entity.value() : entity.text(), form);
            }
            closest = Math.max(closest, similarity);
        }
        return new FieldMatch(field, match ? Verdict.MATCH : Verdict.MISMATCH, closest);
    }
}
