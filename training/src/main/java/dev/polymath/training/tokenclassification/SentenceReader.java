package dev.polymath.training.tokenclassification;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.polymath.training.BadDataException;
import dev.polymath.training.DataFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads labelled sentences, plain or gzip-compressed, in UTF-8.
 *
 * <ul>
 *   <li><b>CoNLL</b>: one word per line, columns separated by tabs or spaces, an empty line between sentences. Without a choice
 *       the label is the last column and the word the first; a first column that counts words from 1 is an index, and then the
 *       word is the second column and the label the third. Lines that begin with {@code #} and carry no label are comments;
 *       a comment {@code # text = ...} gives the spacing. A row with the label {@code O} and no word is skipped. {@code -DOCSTART-} is skipped. IOB1, IOB2, IOBES and BILOU labels are
 *       accepted and become IOB2.
 *   <li><b>JSON lines</b> (names ending in {@code .jsonl}): {@code {"tokens": [...], "labels": [...]}} or {@code {"text": "...",
 *       "entities": [{"begin": 0, "end": 5, "type": "PERSON"}]}}, offsets in UTF-16 units, end exclusive.
 * </ul>
 *
 * Bad data is a {@link BadDataException} with file, line and what was expected; nothing is repaired silently. Thread-safe.
 */
public final class SentenceReader {
    private static final Pattern LABEL = Pattern.compile("O|[BIESLU]-\\S+");
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{M}\\p{N}]+|[^\\s\\p{L}\\p{M}\\p{N}]");
    private static final String TEXT_COMMENT = "# text = ";

    private final LabelMap labelMap;
    private final @Nullable Integer tokenColumn;
    private final @Nullable Integer labelColumn;

    /**
     * @param tokenColumn column of the word, from 0; null: detected
     * @param labelColumn column of the label, from 0, negative counts from the last; null: detected
     */
    public SentenceReader(LabelMap labelMap, @Nullable Integer tokenColumn, @Nullable Integer labelColumn) {
        this.labelMap = labelMap;
        this.tokenColumn = tokenColumn;
        this.labelColumn = labelColumn;
    }

    public List<TaggedSentence> read(Path file) throws IOException {
        DataFile data = new DataFile(file);
        try (BufferedReader reader = data.open()) {
            List<TaggedSentence> sentences = data.isNamed(".jsonl", ".json", ".ndjson")
                    ? readJsonLines(file, reader)
                    : new ConllParser(file).read(reader);
            if (sentences.isEmpty()) {
                throw new BadDataException(file, 1, "no sentence in the file (expected: CoNLL columns or JSON lines)");
            }
            return sentences;
        }
    }

    /** Turns IOB1, IOBES and BILOU into IOB2 and maps the types; {@code line} is where the sentence's labels are. */
    private List<String> normalise(Path file, List<String> labels, int[] lines) {
        List<String> normalised = new ArrayList<>(labels.size());
        String previousType = "";
        for (int i = 0; i < labels.size(); i++) {
            String label = labels.get(i);
            if (!LABEL.matcher(label).matches()) {
                throw new BadDataException(
                        file, lines[i], "label '" + label + "' (expected: O, or B- or I- and an entity type)");
            }
            if (label.equals("O")) {
                normalised.add("O");
                previousType = "";
                continue;
            }
            String type = label.substring(2);
            boolean begins = switch (label.charAt(0)) {
                case 'B', 'S', 'U' -> true;
                default -> !type.equals(previousType);
            };
            String target = labelMap.target(type);
            if (target == null) {
                throw new BadDataException(
                        file, lines[i], "entity type '" + type + "' (expected: " + labelMap.expectation() + ")");
            }
            normalised.add(target.equals("O") ? "O" : (begins ? "B-" : "I-") + target);
            previousType = type;
        }
        return normalised;
    }

    private final class ConllParser {
        private final Path file;
        private final List<TaggedSentence> sentences = new ArrayList<>();
        private final List<String> words = new ArrayList<>();
        private final List<String> labels = new ArrayList<>();
        private final List<Integer> lines = new ArrayList<>();
        private @Nullable String text;
        private int wordAt = -1;
        private int labelAt;

        ConllParser(Path file) {
            this.file = file;
        }

        List<TaggedSentence> read(BufferedReader reader) throws IOException {
            int number = 0;
            for (String line = new DataFile(file).readLine(reader, 0);
                    line != null;
                    line = new DataFile(file).readLine(reader, number)) {
                number++;
                if (line.isBlank()) {
                    endSentence();
                } else if (!line.startsWith("-DOCSTART-")) {
                    accept(line, number);
                }
            }
            endSentence();
            return sentences;
        }

        private void accept(String line, int number) {
            String[] columns = line.indexOf('\t') >= 0
                    ? line.split("\t", -1)
                    : line.strip().split(" +");
            if (line.startsWith("#") && !carriesLabel(columns)) {
                if (line.startsWith(TEXT_COMMENT)) {
                    text = line.substring(TEXT_COMMENT.length());
                }
                return;
            }
            if (wordAt < 0) {
                detectColumns(columns);
            }
            int label = labelAt < 0 ? columns.length + labelAt : labelAt;
            if (columns.length < 2 || wordAt >= columns.length || label < 0 || label >= columns.length) {
                throw new BadDataException(
                        file,
                        number,
                        columns.length + " column" + (columns.length == 1 ? "" : "s") + " (expected: a word in column "
                                + (wordAt + 1) + " and a label in "
                                + (labelAt < 0 ? "the last column" : "column " + (labelAt + 1))
                                + ", separated by tabs or spaces)");
            }
            if (columns[wordAt].isBlank()) {
                if (columns[label].equals("O")) {
                    return;
                }
                throw new BadDataException(
                        file,
                        number,
                        "an empty word with label '" + columns[label] + "' (expected: text in column " + (wordAt + 1)
                                + ")");
            }
            words.add(columns[wordAt]);
            labels.add(columns[label]);
            lines.add(number);
        }

        /** A word may begin with # (a hash tag); a comment is a line without a label where the label should be. */
        private boolean carriesLabel(String[] columns) {
            if (columns.length < 2) {
                return false;
            }
            int column = wordAt < 0 ? -1 : labelAt;
            int at = column < 0 ? columns.length + column : column;
            return at >= 0 && at < columns.length && LABEL.matcher(columns[at]).matches();
        }

        private void detectColumns(String[] columns) {
            boolean indexed = columns.length >= 3 && columns[0].equals("1");
            wordAt = tokenColumn != null ? tokenColumn : indexed ? 1 : 0;
            labelAt = labelColumn != null ? labelColumn : indexed ? 2 : -1;
        }

        private void endSentence() {
            if (!words.isEmpty()) {
                List<String> normalised = normalise(
                        file, labels, lines.stream().mapToInt(Integer::intValue).toArray());
                boolean[] spaces = spacing();
                List<TaggedSentence.Word> tagged = new ArrayList<>(words.size());
                for (int i = 0; i < words.size(); i++) {
                    tagged.add(new TaggedSentence.Word(words.get(i), normalised.get(i), spaces[i]));
                }
                sentences.add(new TaggedSentence(tagged));
                words.clear();
                labels.clear();
                lines.clear();
            }
            text = null;
        }

        /** From the text comment where it has exactly these words in this order, otherwise a space before each word. */
        private boolean[] spacing() {
            boolean[] spaces = new boolean[words.size()];
            Arrays.fill(spaces, true);
            if (text == null) {
                return spaces;
            }
            boolean[] found = new boolean[words.size()];
            int position = 0;
            for (int i = 0; i < found.length; i++) {
                int start = position;
                while (position < text.length() && Character.isWhitespace(text.charAt(position))) {
                    position++;
                }
                if (!text.startsWith(words.get(i), position)) {
                    return spaces;
                }
                found[i] = position > start;
                position += words.get(i).length();
            }
            return found;
        }
    }

    private List<TaggedSentence> readJsonLines(Path file, BufferedReader reader) throws IOException {
        List<TaggedSentence> sentences = new ArrayList<>();
        int number = 0;
        for (String line = new DataFile(file).readLine(reader, 0);
                line != null;
                line = new DataFile(file).readLine(reader, number)) {
            number++;
            if (line.isBlank()) {
                continue;
            }
            try {
                JsonObject object = JsonParser.parseString(line).getAsJsonObject();
                if (object.has("tokens") && object.has("labels")) {
                    sentences.add(fromTokens(file, number, object));
                } else if (object.has("text") && object.has("entities")) {
                    sentences.add(fromText(file, number, object));
                } else {
                    throw new BadDataException(
                            file,
                            number,
                            "fields " + object.keySet() + " (expected: tokens and labels, or text and entities)");
                }
            } catch (JsonParseException
                    | ClassCastException
                    | IllegalStateException
                    | UnsupportedOperationException
                    | NumberFormatException e) {
                throw new BadDataException(
                        file,
                        number,
                        "not a JSON object of the expected form (expected: {\"tokens\": [\"...\"], \"labels\": [\"...\"]} or"
                                + " {\"text\": \"...\", \"entities\": [{\"begin\": 0, \"end\": 5, \"type\": \"...\"}]})");
            }
        }
        return sentences;
    }

    private TaggedSentence fromTokens(Path file, int line, JsonObject object) {
        List<String> tokens = strings(object.getAsJsonArray("tokens"));
        List<String> labels = strings(object.getAsJsonArray("labels"));
        if (tokens.isEmpty() || tokens.size() != labels.size()) {
            throw new BadDataException(
                    file,
                    line,
                    tokens.size() + " tokens and " + labels.size() + " labels (expected: as many of both, at least 1)");
        }
        if (tokens.stream().anyMatch(String::isBlank)) {
            throw new BadDataException(file, line, "an empty token (expected: text in every token)");
        }
        int[] lines = new int[tokens.size()];
        Arrays.fill(lines, line);
        List<String> normalised = normalise(file, labels, lines);
        List<TaggedSentence.Word> words = new ArrayList<>(tokens.size());
        for (int i = 0; i < tokens.size(); i++) {
            words.add(new TaggedSentence.Word(tokens.get(i), normalised.get(i), true));
        }
        return new TaggedSentence(words);
    }

    private static List<String> strings(JsonArray array) {
        List<String> strings = new ArrayList<>(array.size());
        for (JsonElement element : array) {
            strings.add(element.getAsString());
        }
        return strings;
    }

    private TaggedSentence fromText(Path file, int line, JsonObject object) {
        String text = object.get("text").getAsString();
        String[] typeAt = new String[text.length()];
        boolean[] cut = new boolean[text.length() + 1];
        boolean[] entityBegin = new boolean[text.length()];
        for (JsonElement element : object.getAsJsonArray("entities")) {
            JsonObject entity = element.getAsJsonObject();
            if (!entity.has("begin") || !entity.has("end") || !entity.has("type")) {
                throw new BadDataException(
                        file, line, "entity with fields " + entity.keySet() + " (expected: begin, end and type)");
            }
            int begin = entity.get("begin").getAsInt();
            int end = entity.get("end").getAsInt();
            if (begin < 0 || end <= begin || end > text.length()) {
                throw new BadDataException(
                        file,
                        line,
                        "entity from " + begin + " to " + end + " (expected: 0 <= begin < end <= " + text.length()
                                + ")");
            }
            String type = entity.get("type").getAsString();
            for (int i = begin; i < end; i++) {
                if (typeAt[i] != null) {
                    throw new BadDataException(
                            file,
                            line,
                            "entity from " + begin + " to " + end + " overlaps another one (expected: none does)");
                }
                typeAt[i] = type;
            }
            entityBegin[begin] = true;
            cut[begin] = true;
            cut[end] = true;
        }
        List<String> pieces = new ArrayList<>();
        List<String> labels = new ArrayList<>();
        List<Boolean> spaces = new ArrayList<>();
        int lastEnd = 0;
        boolean pending = false;
        Matcher matcher = WORD.matcher(text);
        while (matcher.find()) {
            for (int begin = matcher.start(); begin < matcher.end(); ) {
                int end = begin + 1;
                while (end < matcher.end() && !cut[end]) {
                    end++;
                }
                // an entity may begin with white space: its first word still begins it
                for (int i = lastEnd; i <= begin; i++) {
                    pending |= entityBegin[i];
                }
                String type = typeAt[begin];
                labels.add(type == null ? "O" : (pending ? "B-" : "I-") + type);
                pending = false;
                pieces.add(text.substring(begin, end));
                spaces.add(begin > lastEnd);
                lastEnd = end;
                begin = end;
            }
        }
        if (pieces.isEmpty()) {
            throw new BadDataException(file, line, "a text without a word (expected: at least one)");
        }
        int[] lines = new int[pieces.size()];
        Arrays.fill(lines, line);
        List<String> normalised = normalise(file, labels, lines);
        List<TaggedSentence.Word> words = new ArrayList<>(pieces.size());
        for (int i = 0; i < pieces.size(); i++) {
            words.add(new TaggedSentence.Word(pieces.get(i), normalised.get(i), spaces.get(i)));
        }
        return new TaggedSentence(words);
    }
}
