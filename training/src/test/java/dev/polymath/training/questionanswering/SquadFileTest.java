package dev.polymath.training.questionanswering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polymath.training.BadDataException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SquadFileTest {
    private static final String ARTICLE = """
            {"title": "Bees", "paragraphs": [{"context": "Bees make honey.", "qas": [
              {"id": "1", "question": "Who makes honey?", "answers": [{"text": "Bees", "answer_start": 0}]},
              {"id": "2", "question": "Who makes wax?", "is_impossible": true, "answers": []}]}]}""";

    private static final Question HONEY =
            new Question("Bees", "Bees make honey.", "Who makes honey?", List.of(new Question.Answer("Bees", 0)));
    private static final Question WAX = new Question("Bees", "Bees make honey.", "Who makes wax?", List.of());

    @TempDir
    private Path folder;

    @Test
    void squadIsReadWithItsUnansweredQuestions() throws IOException {
        Path file = write("squad.json", "{\"version\": \"v2.0\", \"data\": [" + ARTICLE + "]}");

        assertThat(SquadFile.read(file)).containsExactly(HONEY, WAX);
    }

    @Test
    void aLineMayHoldAnArticleOrAQuestion() throws IOException {
        String question = """
                {"id": 7, "title": "Bees", "context": "Bees make honey.", "question": "Who makes wax?"}""";
        Path file = write("squad.jsonl", ARTICLE.replace("\n", " ") + "\n\n" + question + "\n");

        assertThat(SquadFile.read(file)).containsExactly(HONEY, WAX, WAX);
    }

    @Test
    void compressedFileIsReadLikeAPlainOne() throws IOException {
        Path file = folder.resolve("squad.json.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(("{\"data\": [" + ARTICLE + "]}").getBytes(StandardCharsets.UTF_8));
        }

        assertThat(SquadFile.read(file)).hasSize(2);
    }

    @Test
    void contextWithoutATitleIsAnArticleOfItsOwn() throws IOException {
        Path file = write("squad.jsonl", "{\"context\": \"Ants dig.\", \"question\": \"Who digs?\"}");

        assertThat(SquadFile.read(file)).extracting(Question::article).containsExactly("Ants dig.");
    }

    @Test
    void answerStartCountsCodePoints() throws IOException {
        Path file = write("squad.jsonl", line("🐝🐝 make honey", "honey", "8"));

        assertThat(SquadFile.read(file).get(0).answers()).containsExactly(new Question.Answer("honey", 10));
    }

    @Test
    void whatIsWrittenIsReadAgain() throws IOException {
        Path file = folder.resolve("out.jsonl");
        Question bees = new Question("B", "🐝 is a \"bee\"", "What?", List.of(new Question.Answer("bee", 9)));

        SquadFile.write(file, List.of(bees, WAX));

        assertThat(SquadFile.read(file)).containsExactly(bees, WAX);
    }

    @Test
    void questionWhoseAnswersAllHaveSeveralPlacesIsLeftOut() throws IOException {
        String ambiguous =
                line("honey honey", "honey", "0").replace("\"answer_start\"", "\"occurrences\": 2, \"answer_start\"");
        Path file = write("squad.jsonl", ambiguous + "\n" + line("wax honey", "honey", "4"));

        assertThat(SquadFile.read(file)).extracting(Question::context).containsExactly("wax honey");
    }

    @Test
    void answerThatIsNotInItsPlaceIsToldWithThePlace() throws IOException {
        assertBad("bad.jsonl", "\n" + line("Bees make honey", "honey", "9"), "line 2.answers[0]: answer_start: 9");
        assertBad("bad.jsonl", line("Bees make honey", "honey", "-1"), "line 1.answers[0]: answer_start: -1");
        assertBad("bad.jsonl", line("Bees make honey", "honey", "99"), "line 1.answers[0]: answer_start: 99");
        assertBad(
                "bad.json",
                "{\"data\": [" + ARTICLE.replace("\"answer_start\": 0", "\"answer_start\": 1") + "]}",
                "data[0].paragraphs[0].qas[0].answers[0]: answer_start: 1");
    }

    @Test
    void whatIsMissingIsNamed() throws IOException {
        assertBad("bad.json", "{}", "no array `data`");
        assertBad("bad.json", "[", "not JSON");
        assertBad("bad.jsonl", "{\"context\": \"a\"}", "line 1: no text `question`");
        assertBad("bad.jsonl", "{\"question\": \"a\"}", "line 1: no text `context`");
        assertBad("bad.jsonl", "nonsense {", "bad.jsonl:1: not JSON");
        assertBad("bad.jsonl", line("Bees", "Bees", "\"x\""), "line 1.answers[0]: no number `answer_start`");
        assertBad("empty.jsonl", "\n", "no question in the file");
    }

    private void assertBad(String name, String content, String message) throws IOException {
        Path file = write(name, content);
        assertThatThrownBy(() -> SquadFile.read(file))
                .isInstanceOf(BadDataException.class)
                .hasMessageContaining(message)
                .hasMessageContaining(file.toString());
    }

    private Path write(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }

    private static String line(String context, String answer, String start) {
        return "{\"context\": \"%s\", \"question\": \"What?\", \"answers\": [{\"text\": \"%s\", \"answer_start\": %s}]}"
                .formatted(context, answer, start);
    }
}
