package dev.polymath.training.textclassification;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.polymath.training.BadDataException;
import dev.polymath.training.DataFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads labelled texts: JSON lines {@code {"text": "...", "label": "..."}} or {@code {"text": "...", "labels": ["...", ...]}}, or
 * the rows of a table as {@link DataFile#rows} has them. A first row that names a column of texts and one of labels is a header; without one the text is the first column and the label
 * the second. Bad data is a {@link BadDataException}; nothing is repaired silently. Thread-safe.
 *
 * @param textColumn name of the column or JSON field of the text, or its number from 0; null: detected
 * @param labelColumn likewise of the label
 * @param labelSeparator what stands between several labels in one column; null: a column holds one label
 * @param labelNames where labels are numbers, what they stand for, from 0; empty: labels are what they are called
 */
public record LabelledTextReader(
        @Nullable String textColumn,
        @Nullable String labelColumn,
        @Nullable String labelSeparator,
        List<String> labelNames) {
    private static final List<String> TEXT_NAMES =
            List.of("text", "sentence", "content", "document", "query", "utterance");
    private static final List<String> LABEL_NAMES =
            List.of("label", "labels", "category", "categories", "class", "intent");
    private static final Predicate<String> NUMBER =
            Pattern.compile("[0-9]{1,4}").asMatchPredicate();

    /** Column of the text and of the label in every row. */
    private record Columns(int text, int label, boolean header) {}

    public List<LabelledText> read(Path file) throws IOException {
        List<LabelledText> texts = new ArrayList<>();
        if (new DataFile(file).isJsonLines()) {
            for (DataFile.Line line : new DataFile(file).lines()) {
                texts.add(parse(file, line.number(), line.text()));
            }
        } else {
            List<DataFile.Row> rows = new DataFile(file).rows();
            if (!rows.isEmpty()) {
                Columns columns = columns(file, rows.get(0).cells());
                for (DataFile.Row row : columns.header ? rows.subList(1, rows.size()) : rows) {
                    texts.add(text(file, row, columns));
                }
            }
        }
        if (texts.isEmpty()) {
            throw new BadDataException(file, 1, "no text in the file (expected: rows of a text and its label)");
        }
        return texts;
    }

    private Columns columns(Path file, List<String> first) {
        int text = find(first, textColumn, TEXT_NAMES);
        int label = find(first, labelColumn, LABEL_NAMES);
        boolean named =
                (textColumn != null && !NUMBER.test(textColumn)) || (labelColumn != null && !NUMBER.test(labelColumn));
        if (named && (text < 0 || label < 0)) {
            throw new BadDataException(
                    file,
                    1,
                    "header " + first + " (expected: the columns " + (textColumn == null ? "text" : textColumn)
                            + " and " + (labelColumn == null ? "label" : labelColumn) + ")");
        }
        boolean header = named || (find(first, null, TEXT_NAMES) >= 0 && find(first, null, LABEL_NAMES) >= 0);
        return new Columns(
                text >= 0 && (header || textColumn != null) ? text : 0,
                label >= 0 && (header || labelColumn != null) ? label : 1,
                header);
    }

    private static int find(List<String> header, @Nullable String wanted, List<String> usual) {
        if (wanted != null) {
            return NUMBER.test(wanted) ? Integer.parseInt(wanted) : header.indexOf(wanted);
        }
        for (int i = 0; i < header.size(); i++) {
            if (usual.contains(header.get(i).strip())) {
                return i;
            }
        }
        return -1;
    }

    private LabelledText text(Path file, DataFile.Row row, Columns columns) {
        List<String> cells = row.cells();
        if (cells.size() <= Math.max(columns.text, columns.label)) {
            throw new BadDataException(
                    file,
                    row.line(),
                    cells.size() + " column" + (cells.size() == 1 ? "" : "s") + " (expected: a text in column "
                            + (columns.text + 1) + " and a label in column " + (columns.label + 1) + ")");
        }
        return labelled(file, row.line(), cells.get(columns.text), split(cells.get(columns.label)));
    }

    private List<String> split(String labels) {
        String[] parts = labelSeparator == null ? new String[] {labels} : labels.split(Pattern.quote(labelSeparator));
        return Arrays.stream(parts)
                .map(String::strip)
                .filter(label -> !label.isEmpty())
                .toList();
    }

    private LabelledText labelled(Path file, long line, String text, List<String> labels) {
        if (text.isBlank()) {
            throw new BadDataException(file, line, "an empty text (expected: something to classify)");
        }
        List<String> named =
                labels.stream().map(label -> name(file, line, label)).toList();
        return new LabelledText(text.strip(), named);
    }

    private String name(Path file, long line, String label) {
        if (labelNames.isEmpty()) {
            return label;
        }
        if (!NUMBER.test(label) || Integer.parseInt(label) >= labelNames.size()) {
            throw new BadDataException(
                    file,
                    line,
                    "label '" + label + "' (expected: a number from 0 to " + (labelNames.size() - 1)
                            + ", of the names that are given)");
        }
        return labelNames.get(Integer.parseInt(label));
    }

    private LabelledText parse(Path file, long line, String json) {
        JsonObject object;
        try {
            object = JsonParser.parseString(json).getAsJsonObject();
        } catch (JsonParseException | IllegalStateException e) {
            throw new BadDataException(file, line, "not a JSON object (expected: {\"text\": ..., \"label\": ...})");
        }
        JsonElement text = field(object, textColumn, TEXT_NAMES);
        JsonElement labels = field(object, labelColumn, LABEL_NAMES);
        if (text == null || labels == null || !text.isJsonPrimitive()) {
            throw new BadDataException(
                    file,
                    line,
                    "fields " + object.keySet() + " (expected: " + (textColumn == null ? "text" : textColumn) + " and "
                            + (labelColumn == null ? "label or labels" : labelColumn) + ")");
        }
        List<String> names = new ArrayList<>();
        JsonArray array = new JsonArray();
        if (labels.isJsonArray()) {
            array = labels.getAsJsonArray();
        } else {
            array.add(labels);
        }
        for (JsonElement label : array) {
            if (!label.isJsonPrimitive()) {
                throw new BadDataException(file, line, "label " + label + " (expected: a string)");
            }
            names.addAll(labels.isJsonArray() ? List.of(label.getAsString()) : split(label.getAsString()));
        }
        return labelled(file, line, text.getAsString(), names);
    }

    private static @Nullable JsonElement field(JsonObject object, @Nullable String wanted, List<String> usual) {
        if (wanted != null) {
            return object.get(wanted);
        }
        return usual.stream().filter(object::has).findFirst().map(object::get).orElse(null);
    }
}
