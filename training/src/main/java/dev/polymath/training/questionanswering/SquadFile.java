package dev.polymath.training.questionanswering;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.polymath.training.BadDataException;
import dev.polymath.training.DataFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A file of questions with their texts and answers:
 *
 * <ul>
 *   <li>{@code .json}: SQuAD 1.1 and 2.0, {@code {"data": [article, ...]}} (Rajpurkar et al. 2016 and 2018);
 *   <li>{@code .jsonl}: on each line an article as SQuAD has it, {@code {"title", "paragraphs": [{"context", "qas": [...]}]}}, or
 *       a question, {@code {"title", "context", "question", "answers": [{"text", "answer_start"}]}};
 * </ul>
 *
 * plain or compressed with gzip. {@code answer_start} counts code points, as SQuAD does. Without a {@code title} each context is an
 * article of its own. Without {@code answers} the text does not answer the question. An answer with {@code occurrences} above 1 has
 * no sure place; a question that has no other is left out. Bad data is a {@link BadDataException} with file, position and what was
 * expected.
 */
public final class SquadFile {
    private final DataFile file;
    private final List<Question> questions = new ArrayList<>();

    private SquadFile(Path file) {
        this.file = new DataFile(file);
    }

    /** All questions of a file, in its order. */
    public static List<Question> read(Path file) throws IOException {
        SquadFile reader = new SquadFile(file);
        reader.read();
        if (reader.questions.isEmpty()) {
            throw new BadDataException(file, 1, "no question in the file (expected: SQuAD)");
        }
        return reader.questions;
    }

    /** Writes a question per line, as {@code .jsonl}. */
    static void write(Path file, List<Question> questions) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (Question question : questions) {
            JsonArray answers = new JsonArray();
            for (Question.Answer answer : question.answers()) {
                JsonObject json = new JsonObject();
                json.addProperty("text", answer.text());
                json.addProperty("answer_start", question.context().codePointCount(0, answer.begin()));
                answers.add(json);
            }
            JsonObject json = new JsonObject();
            json.addProperty("title", question.article());
            json.addProperty("context", question.context());
            json.addProperty("question", question.text());
            json.add("answers", answers);
            lines.append(json).append('\n');
        }
        Files.writeString(file, lines);
    }

    private void read() throws IOException {
        try (BufferedReader reader = file.open()) {
            if (file.isNamed(".json")) {
                JsonElement document;
                try {
                    document = JsonParser.parseReader(reader);
                } catch (JsonParseException e) {
                    throw bad("document", "not JSON (" + e.getMessage() + ")");
                }
                JsonArray articles = array(object(document, "document"), "data", "");
                for (int i = 0; i < articles.size(); i++) {
                    article(object(articles.get(i), "data[" + i + "]"), "data[" + i + "]");
                }
                return;
            }
            int number = 0;
            for (String line = file.readLine(reader, 0); line != null; line = file.readLine(reader, number)) {
                number++;
                if (!line.isBlank()) {
                    line(line, number);
                }
            }
        }
    }

    private void line(String line, int number) {
        String position = "line " + number;
        JsonElement element;
        try {
            element = JsonParser.parseString(line);
        } catch (JsonParseException e) {
            throw new BadDataException(file.path(), number, "not JSON (" + e.getMessage() + ")");
        }
        JsonObject json = object(element, position);
        if (json.has("paragraphs")) {
            article(json, position);
        } else {
            String context = string(json, "context", position);
            question(json, title(json, context), context, position);
        }
    }

    private void article(JsonObject article, String position) {
        JsonArray paragraphs = array(article, "paragraphs", position);
        for (int p = 0; p < paragraphs.size(); p++) {
            String at = position + ".paragraphs[" + p + "]";
            JsonObject paragraph = object(paragraphs.get(p), at);
            String context = string(paragraph, "context", at);
            JsonArray qas = array(paragraph, "qas", at);
            for (int q = 0; q < qas.size(); q++) {
                String atQuestion = at + ".qas[" + q + "]";
                question(object(qas.get(q), atQuestion), title(article, context), context, atQuestion);
            }
        }
    }

    private void question(JsonObject json, String title, String context, String position) {
        List<Question.Answer> answers = new ArrayList<>();
        JsonArray given = json.has("answers") ? array(json, "answers", position) : new JsonArray();
        for (int a = 0; a < given.size(); a++) {
            String at = position + ".answers[" + a + "]";
            Question.Answer answer = answer(object(given.get(a), at), context, at);
            if (answer != null) {
                answers.add(answer);
            }
        }
        if (given.isEmpty() || !answers.isEmpty()) {
            questions.add(new Question(title, context, string(json, "question", position), answers));
        }
    }

    private Question.@Nullable Answer answer(JsonObject json, String context, String position) {
        if (json.has("occurrences") && number(json, "occurrences", position) > 1) {
            return null;
        }
        String text = string(json, "text", position);
        int start = number(json, "answer_start", position);
        int begin = start < 0 || start > context.codePointCount(0, context.length())
                ? -1
                : context.offsetByCodePoints(0, start);
        if (text.isBlank() || begin < 0 || !context.startsWith(text, begin)) {
            throw bad(
                    position,
                    "answer_start: " + start + " (expected: where the context has the " + text.length()
                            + " characters of the answer's text)");
        }
        return new Question.Answer(text, begin);
    }

    private static String title(JsonObject json, String context) {
        return json.has("title") ? json.get("title").getAsString() : context;
    }

    private JsonObject object(JsonElement element, String position) {
        if (!element.isJsonObject()) {
            throw bad(position, "not an object");
        }
        return element.getAsJsonObject();
    }

    private JsonArray array(JsonObject json, String key, String position) {
        if (!json.has(key) || !json.get(key).isJsonArray()) {
            throw bad(position, "no array `" + key + "`");
        }
        return json.getAsJsonArray(key);
    }

    private String string(JsonObject json, String key, String position) {
        if (!json.has(key)
                || !json.get(key).isJsonPrimitive()
                || json.get(key).getAsString().isBlank()) {
            throw bad(position, "no text `" + key + "`");
        }
        return json.get(key).getAsString();
    }

    private int number(JsonObject json, String key, String position) {
        try {
            return json.getAsJsonPrimitive(key).getAsInt();
        } catch (ClassCastException | NullPointerException | NumberFormatException e) {
            throw bad(position, "no number `" + key + "`");
        }
    }

    private BadDataException bad(String position, String problem) {
        return new BadDataException(file.path(), position, problem);
    }
}
