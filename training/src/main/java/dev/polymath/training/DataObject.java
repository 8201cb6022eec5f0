package dev.polymath.training;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.Reader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object of a data file that knows where it stands, so that what is wrong with it is told with its place.
 *
 * @param file it is read from
 * @param position in the file: {@code line 17}, {@code annotations[3]}; empty for the whole of a document
 */
public record DataObject(Path file, String position, JsonObject json) {

    /**
     * The object of a line.
     *
     * @throws BadDataException if the line is something else
     */
    public static DataObject parse(Path file, DataFile.Line line) {
        String position = "line " + line.number();
        try {
            JsonElement element = JsonParser.parseString(line.text());
            if (element.isJsonObject()) {
                return new DataObject(file, position, element.getAsJsonObject());
            }
        } catch (JsonParseException e) {
            throw new BadDataException(file, position, "not JSON (" + e.getMessage() + ")");
        }
        throw new BadDataException(file, position, "not a JSON object");
    }

    /**
     * The object that a document is.
     *
     * @throws BadDataException if the document is something else
     */
    public static DataObject parse(Path file, Reader document) {
        try {
            JsonElement element = JsonParser.parseReader(document);
            if (element.isJsonObject()) {
                return new DataObject(file, "", element.getAsJsonObject());
            }
        } catch (JsonParseException e) {
            throw new BadDataException(file, "document", "not JSON (" + e.getMessage() + ")");
        }
        throw new BadDataException(file, "document", "not a JSON object");
    }

    /** Whether there is a value that is not null. */
    public boolean has(String key) {
        return json.has(key) && !json.get(key).isJsonNull();
    }

    /** A text that is not blank. */
    public String string(String key) {
        JsonElement value = json.get(key);
        if (value == null || !value.isJsonPrimitive() || value.getAsString().isBlank()) {
            throw bad(key, value, "a text");
        }
        return value.getAsString();
    }

    /** A finite number. */
    public double number(String key) {
        return number(key, json.get(key));
    }

    /** A whole number that fits into a long. */
    public long whole(String key) {
        double value = number(key);
        if (value != Math.rint(value) || Math.abs(value) > 1L << 53) {
            throw bad(key, json.get(key), "a whole number");
        }
        return (long) value;
    }

    /** An array of {@code count} finite numbers. */
    public double[] numbers(String key, int count) {
        JsonElement value = json.get(key);
        if (value == null || !value.isJsonArray() || value.getAsJsonArray().size() != count) {
            throw bad(key, value, "an array of " + count + " numbers");
        }
        double[] numbers = new double[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = number(key + "[" + i + "]", value.getAsJsonArray().get(i));
        }
        return numbers;
    }

    /** An array of objects. */
    public List<DataObject> objects(String key) {
        JsonElement value = json.get(key);
        if (value == null || !value.isJsonArray()) {
            throw bad(key, value, "an array");
        }
        JsonArray array = value.getAsJsonArray();
        List<DataObject> objects = new ArrayList<>(array.size());
        for (int i = 0; i < array.size(); i++) {
            String at = (position.isEmpty() ? "" : position + ".") + key + "[" + i + "]";
            if (!array.get(i).isJsonObject()) {
                throw new BadDataException(file, at, "not a JSON object");
            }
            objects.add(new DataObject(file, at, array.get(i).getAsJsonObject()));
        }
        return objects;
    }

    /**
     * What to throw for a value that cannot be used.
     *
     * @param problem the value and what was expected
     */
    public BadDataException bad(String key, String problem) {
        return new BadDataException(file, position.isEmpty() ? key : position + "." + key, problem);
    }

    private BadDataException bad(String key, @Nullable JsonElement value, String expected) {
        String given = value == null ? "missing" : value.toString();
        return bad(
                key, (given.length() > 80 ? given.substring(0, 80) + "..." : given) + " (expected: " + expected + ")");
    }

    private double number(String key, @Nullable JsonElement value) {
        try {
            if (value != null && value.isJsonPrimitive() && Double.isFinite(value.getAsDouble())) {
                return value.getAsDouble();
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw bad(key, value, "a number");
    }
}
