package dev.polymath.training.questionanswering;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polymath.inference.TextTokenizer;
import dev.polymath.inference.TokenizedText;
import dev.polymath.training.encoder.StartingModel;
import dev.polymath.training.questionanswering.QuestionEncoder.Encoded;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuestionEncoderTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path folder;

    @SuppressWarnings("NullAway.Init")
    static TextTokenizer tokenizer;

    @BeforeAll
    static void open() throws IOException {
        Path file = Files.write(
                folder.resolve("tokenizer.json"), StartingModel.load(null).tokenizer());
        tokenizer = TextTokenizer.open(file, 48, 16, false);
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    @Test
    void answerBecomesTheTokensOfItsWords() {
        assertThat(tokens("Bees make honey in spring.", "honey in spring")).isEqualTo("honey in spring");
        // several sub-words
        assertThat(tokens("A quokka-like wallaby sleeps.", "quokka-like wallaby"))
                .isEqualTo("quokka-like wallaby");
        assertThat(tokens("Bees.", "Bees")).isEqualTo("Bees");
        assertThat(tokens("They paid $69,197 then.", "69,197")).isEqualTo("69,197");
    }

    @Test
    void answerBehindAccentsAndEmojiIsFound() {
        assertThat(tokens("🐝👩‍👩‍👧 Žofie, café: Zoë's naïve élan 🎉 at Ålborg", "Ålborg"))
                .isEqualTo("Ålborg");
        assertThat(tokens("e\u0301lan of cafe\u0301s here", "cafe\u0301s")).isEqualTo("cafe\u0301s");
        assertThat(tokens("四川大地震 in 2008", "大地震")).isEqualTo("大地震");
    }

    @Test
    void answerInsideAWordBecomesTheWord() {
        assertThat(tokens("in the 1990s and later", "1990")).isEqualTo("1990s");
        assertThat(tokens("a hypercorrection occurs", "correction")).isEqualTo("hypercorrection");
    }

    @Test
    void spacesAroundAnAnswerDoNotMatter() {
        assertThat(tokens("Bees make  honey  now", " honey ")).isEqualTo("honey");
    }

    @Test
    void unansweredQuestionPointsNowhere() {
        Encoded encoded = new QuestionEncoder(tokenizer)
                .encode(new Question("t", "Bees make honey.", "Who?", List.of()))
                .orElseThrow();

        assertThat(encoded.isAnswered()).isFalse();
    }

    @Test
    void questionThatIsTooLongOrEmptyIsLeftOut() {
        QuestionEncoder encoder = new QuestionEncoder(tokenizer);

        assertThat(encoder.encode(new Question("t", "Bees.", "why ".repeat(30), List.of())))
                .isEmpty();
        assertThat(encoder.encode(new Question("t", "Bees.", "\u200b", List.of())))
                .isEmpty();
    }

    /** The surface of the tokens that the first place of {@code answer} in {@code context} becomes. */
    private static String tokens(String context, String answer) {
        Question question =
                new Question("t", context, "What?", List.of(new Question.Answer(answer, context.indexOf(answer))));
        Encoded encoded = new QuestionEncoder(tokenizer).encode(question).orElseThrow();
        TokenizedText text = encoded.context().text();
        return context.substring(text.begins()[encoded.first()], text.ends()[encoded.last()]);
    }
}
