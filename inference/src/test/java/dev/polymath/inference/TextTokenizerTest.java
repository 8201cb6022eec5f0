package dev.polymath.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polymath.inference.InferenceException.Kind;
import dev.polymath.inference.TextTokenizer.TokenizedWords;
import dev.polymath.inference.TokenizedText.Window;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextTokenizerTest {
    private static final int MAX_LENGTH = 16;
    private static final int OVERLAP = 4;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    static TextTokenizer tokenizer;

    @BeforeAll
    static void open() throws IOException {
        Path file = directory.resolve("tokenizer.json");
        Files.writeString(file, TinyModel.tokenizer());
        tokenizer = TextTokenizer.open(file, MAX_LENGTH, OVERLAP, true);
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    @Test
    void tokensHaveOffsetsWordsAndShapes() {
        String text = "Alice met BOB, abc.";

        TokenizedText tokens = tokenizer.tokenize(text);

        assertThat(surface(text, tokens)).containsExactly("Alice", "met", "BOB", ",", "a", "b", "c", ".");
        assertThat(tokens.words()).containsExactly(0, 1, 2, 3, 4, 4, 4, 5);
        assertThat(tokens.typeIds()).containsExactly(1, 0, 2, 5, 0, 0, 0, 5);
        assertThat(tokens.startsWord(4)).isTrue();
        assertThat(tokens.startsWord(5)).isFalse();
    }

    @Test
    void theModelsInputHasSpecialTokensOfTypeZero() {
        TokenizedText tokens = tokenizer.tokenize("Alice met");

        TokenSequence sequence = tokens.sequence(tokens.windows().get(0));

        assertThat(sequence.length()).isEqualTo(4);
        assertThat(sequence.ids()[0]).isEqualTo(2);
        assertThat(sequence.ids()[3]).isEqualTo(3);
        assertThat(sequence.typeIds()).containsExactly(0, 1, 0, 0);
    }

    @Test
    void offsetsAreUtf16WhateverStandsBefore() {
        String text = "😀 Alice 👨‍👩‍👧‍👦 met 東京 e\u0301 \uD83D Bob é \uDC00, Paris";

        TokenizedText tokens = tokenizer.tokenize(text);

        assertThat(surface(text, tokens)).contains("Alice", "met", "東", "京", "Bob", ",", "Paris");
    }

    @Test
    void offsetsOfRandomTextsAreInTheTextAndNeverSplitACharacter() {
        Random random = new Random(3);
        List<String> pieces = List.of(
                "Alice",
                "bob",
                " ",
                ".",
                "😀",
                "👨‍👩‍👧‍👦",
                "e\u0301",
                "東",
                "\uD83D",
                "\uDE00",
                "\u0000",
                "\u200D",
                "İ",
                "ﬁ",
                "\n",
                "x");
        for (int round = 0; round < 200; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(40); i > 0; i--) {
                text.append(pieces.get(random.nextInt(pieces.size())));
            }
            TokenizedText tokens = tokenizer.tokenize(text.toString());

            int end = 0;
            for (int t = 0; t < tokens.size(); t++) {
                int begin = tokens.begins()[t];
                assertThat(begin).isGreaterThanOrEqualTo(t > 0 && !tokens.startsWord(t) ? 0 : end);
                end = tokens.ends()[t];
                assertThat(end).isGreaterThan(begin).isLessThanOrEqualTo(text.length());
                assertThat(isInsidePair(text, begin) || isInsidePair(text, end)).isFalse();
            }
        }
    }

    @Test
    void anEmptyTextHasOneEmptyWindow() {
        TokenizedText tokens = tokenizer.tokenize("");

        assertThat(tokens.size()).isZero();
        assertThat(tokens.windows()).containsExactly(new Window(0, 0));
    }

    @Test
    void windowsCoverEveryTokenOverlapAndFitTheModel() {
        for (int size = 1; size < 120; size++) {
            TokenizedText tokens = tokenizer.tokenize("the ".repeat(size));
            List<Window> windows = tokens.windows();

            assertThat(tokens.size()).isEqualTo(size);
            assertThat(windows.get(0).from()).isZero();
            assertThat(windows.get(windows.size() - 1).to()).isEqualTo(size);
            for (int w = 0; w < windows.size(); w++) {
                assertThat(tokens.sequence(windows.get(w)).length()).isLessThanOrEqualTo(MAX_LENGTH);
                if (w > 0) {
                    assertThat(windows.get(w).from())
                            .isEqualTo(windows.get(w - 1).to() - OVERLAP);
                }
            }
            assertThat(windows.stream().mapToInt(Window::size).max().orElse(0)
                            - windows.stream().mapToInt(Window::size).min().orElse(0))
                    .isLessThanOrEqualTo(1);
        }
    }

    @Test
    void everyTokenIsDecidedByTheWindowInWhichItIsFarthestFromAnEdge() {
        TokenizedText tokens = tokenizer.tokenize("the ".repeat(100));
        List<Window> windows = tokens.windows();

        assertThat(tokens.decidesFrom(0)).isZero();
        assertThat(tokens.decidesTo(windows.size() - 1)).isEqualTo(100);
        for (int w = 0; w < windows.size(); w++) {
            for (int t = tokens.decidesFrom(w); t < tokens.decidesTo(w); t++) {
                int token = t;
                int best = windows.stream()
                        .mapToInt(window -> context(window, token, 100))
                        .max()
                        .orElse(0);
                assertThat(context(windows.get(w), t, 100)).isEqualTo(best);
            }
            assertThat(tokens.decidesTo(w)).isEqualTo(w + 1 < windows.size() ? tokens.decidesFrom(w + 1) : 100);
        }
    }

    @Test
    void aLongTextHasTheTokensOfItsParts() {
        String part = "Alice met Bob, in New York. 東京 😀 abc ";
        TokenizedText one = tokenizer.tokenize(part);

        TokenizedText many = tokenizer.tokenize(part.repeat(2000));

        assertThat(many.size()).isEqualTo(2000 * one.size());
        assertThat(many.words()[many.size() - 1]).isEqualTo(2000 * (one.words()[one.size() - 1] + 1) - 1);
        for (int t = 0; t < many.size(); t++) {
            int repeat = t / one.size();
            int same = t % one.size();
            if (many.ids()[t] != one.ids()[same]
                    || many.typeIds()[t] != one.typeIds()[same]
                    || many.begins()[t] != one.begins()[same] + repeat * part.length()
                    || many.ends()[t] != one.ends()[same] + repeat * part.length()) {
                throw new AssertionError("token " + t + " differs");
            }
        }
    }

    @Test
    void aTextWithoutSpacesIsNotCutThroughACharacter() {
        String text = "😀".repeat(5000) + "東".repeat(5000);

        TokenizedText tokens = tokenizer.tokenize(text);

        assertThat(surface(text, tokens).subList(tokens.size() - 5000, tokens.size()))
                .allMatch("東"::equals);
        assertThat(tokens.ends()[tokens.size() - 1]).isEqualTo(text.length());
    }

    @Test
    void givenWordsKnowTheirTokens() {
        TokenizedWords words = tokenizer.tokenizeWords(List.of("Alice", "a.b.", "\u200D", "met", "abc"));

        assertThat(words.text()).isEqualTo("Alice a.b. \u200D met abc");
        assertThat(surface(words.text(), words.tokens()))
                .containsExactly("Alice", "a", ".", "b", ".", "met", "a", "b", "c");
        assertThat(words.sourceWords()).containsExactly(0, 1, 1, 1, 1, 3, 4, 4, 4);
    }

    @Test
    void withoutWordShapesAllTypesAreZero() {
        try (TextTokenizer plain =
                TextTokenizer.open(directory.resolve("tokenizer.json"), MAX_LENGTH, OVERLAP, false)) {
            assertThat(Arrays.stream(plain.tokenize("Alice BOB 12").typeIds()).sum())
                    .isZero();
        }
    }

    @Test
    void anOverlapAsLongAsTheWindowIsRefused() {
        assertThatThrownBy(() -> TextTokenizer.open(directory.resolve("tokenizer.json"), 16, 14, true))
                .hasMessage("overlap: 14 tokens (expected: >= 0, < 14, the window)");
    }

    @Test
    void aClosedTokenizerRefusesText() {
        TextTokenizer closed = TextTokenizer.open(directory.resolve("tokenizer.json"), MAX_LENGTH, OVERLAP, true);
        closed.close();

        assertThatThrownBy(() -> closed.tokenize("Alice"))
                .isInstanceOfSatisfying(
                        InferenceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.SHUTTING_DOWN));
    }

    private static int context(Window window, int token, int size) {
        if (token < window.from() || token >= window.to()) {
            return -1;
        }
        int left = window.from() == 0 ? Integer.MAX_VALUE : token - window.from();
        int right = window.to() == size ? Integer.MAX_VALUE : window.to() - 1 - token;
        return Math.min(left, right);
    }

    private static boolean isInsidePair(CharSequence text, int at) {
        return at > 0 && at < text.length() && Character.isSurrogatePair(text.charAt(at - 1), text.charAt(at));
    }

    private static List<String> surface(String text, TokenizedText tokens) {
        List<String> surface = new ArrayList<>();
        for (int t = 0; t < tokens.size(); t++) {
            surface.add(text.substring(tokens.begins()[t], tokens.ends()[t]));
        }
        return surface;
    }
}
