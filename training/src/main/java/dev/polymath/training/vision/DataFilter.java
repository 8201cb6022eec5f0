package dev.polymath.training.vision;

import dev.polymath.training.DataObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file and which of its pictures are meant, written {@code FILE[@FIELD=VALUE|VALUE...]} or {@code FILE@FIELD!=VALUE|VALUE...}:
 * {@code animals.jsonl@split=train}.
 *
 * @param field of a picture; empty for all pictures
 * @param values one of which the field has
 * @param except whether those are meant whose field has none of the values
 */
public record DataFilter(Path file, String field, List<String> values, boolean except) {
    private static final Pattern FILTERED = Pattern.compile("(.+)@([A-Za-z_][\\w-]*)(!?)=([^@]+)");

    /** Reads the form above. */
    public static DataFilter parse(String specification) {
        Matcher matcher = FILTERED.matcher(specification);
        return matcher.matches()
                ? new DataFilter(
                        Path.of(matcher.group(1)),
                        matcher.group(2),
                        List.of(matcher.group(4).split("\\|")),
                        !matcher.group(3).isEmpty())
                : new DataFilter(Path.of(specification), "", List.of(), false);
    }

    /**
     * Whether the picture is meant.
     *
     * @throws dev.polymath.training.BadDataException if it has no such field
     */
    public boolean accepts(DataObject picture) {
        if (field.isEmpty()) {
            return true;
        }
        if (!picture.json().has(field) || !picture.json().get(field).isJsonPrimitive()) {
            throw picture.bad(field, "missing (expected: a value, which @" + field + " asks for)");
        }
        return values.contains(picture.json().get(field).getAsString()) != except;
    }

    /** Whether the picture with these fields is meant. */
    public boolean accepts(Map<String, String> fields) {
        return field.isEmpty() || values.contains(fields.get(field)) != except;
    }
}
