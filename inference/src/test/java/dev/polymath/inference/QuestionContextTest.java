package dev.polymath.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.polymath.inference.InferenceException.Kind;
import dev.polymath.inference.TokenizedText.Window;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuestionContextTest {
    private static final int CLS = 2;
    private static final int SEP = 3;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    static TextTokenizer tokenizer;

    @BeforeAll
    static void open() throws IOException {
        Path file = directory.resolve("tokenizer.json");
        Files.writeString(file, TinyModel.tokenizer());
        tokenizer = TextTokenizer.open(file, 16, 4, false);
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    @Test
    void questionAndTextStandBetweenSpecialTokensWithTheirTypes() {
        QuestionContext context = tokenizer.tokenizeQuestion("met", "Alice met BOB");

        TokenSequence sequence = context.sequence(context.windows().get(0));

        int[] text = tokenizer.tokenize("Alice met BOB").ids();
        assertThat(sequence.ids()).containsExactly(CLS, text[1], SEP, text[0], text[1], text[2], SEP);
        assertThat(sequence.typeIds()).containsExactly(0, 0, 0, 1, 1, 1, 1);
        assertThat(context.position(context.windows().get(0), 2)).isEqualTo(5);
    }

    @Test
    void longTextGetsOverlappingWindowsThatAllBeginWithTheQuestion() {
        String text = "met ".repeat(40);

        QuestionContext context = tokenizer.tokenizeQuestion("Alice met", text);

        boolean[] covered = new boolean[40];
        int previousEnd = 0;
        for (Window window : context.windows()) {
            TokenSequence sequence = context.sequence(window);
            assertThat(sequence.length()).isLessThanOrEqualTo(16);
            assertThat(Arrays.copyOf(sequence.ids(), 4)).isEqualTo(context.head());
            assertThat(window.from() == 0 || previousEnd - window.from() == 4)
                    .as("window %s after %d", window, previousEnd)
                    .isTrue();
            previousEnd = window.to();
            Arrays.fill(covered, window.from(), window.to(), true);
        }
        assertThat(IntStream.range(0, 40).allMatch(t -> covered[t])).isTrue();
    }

    @Test
    void questionMayTakeHalfOfTheWindowAndNoMore() {
        assertThat(tokenizer.maxQuestionTokens()).isEqualTo(6);
        assertThat(tokenizer
                        .tokenizeQuestion("met ".repeat(6), "met ".repeat(50))
                        .windows())
                .allMatch(window -> window.size() <= 7);

        assertThatThrownBy(() -> tokenizer.tokenizeQuestion("met ".repeat(7), "met"))
                .isInstanceOf(InferenceException.class)
                .hasMessage("question: 7 tokens (expected: <= 6)")
                .extracting(e -> ((InferenceException) e).kind())
                .isEqualTo(Kind.INPUT_TOO_LONG);
    }

    @Test
    void emptyTextHasOneEmptyWindow() {
        QuestionContext context = tokenizer.tokenizeQuestion("met", "");

        assertThat(context.windows()).containsExactly(new Window(0, 0));
        assertThat(context.sequence(context.windows().get(0)).ids()).hasSize(4);
    }

    @Test
    void tokenizerWithoutATemplateForTwoTextsIsRefused() throws IOException {
        JsonObject json = JsonParser.parseString(TinyModel.tokenizer()).getAsJsonObject();
        json.add("post_processor", JsonNull.INSTANCE);
        Path file = Files.writeString(directory.resolve("single.json"), json.toString());
        try (TextTokenizer single = TextTokenizer.open(file, 16, 4, false)) {
            assertThatThrownBy(() -> single.tokenizeQuestion("met", "met"))
                    .isInstanceOf(InferenceException.class)
                    .hasMessageContaining("expected: a template for a pair");
        }
    }
}
