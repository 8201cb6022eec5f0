package dev.polymath.training.tokenclassification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polymath.inference.TextTokenizer;
import dev.polymath.inference.WordShape;
import dev.polymath.training.encoder.StartingModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SentenceEncoderTest {
    private static final List<String> LABELS = List.of("O", "B-LOC", "I-LOC", "B-PER", "I-PER");

    @TempDir
    private static Path folder;

    private static TextTokenizer tokenizer;

    @BeforeAll
    static void open() throws IOException {
        Path file = Files.write(
                folder.resolve("tokenizer.json"), StartingModel.load(null).tokenizer());
        tokenizer = TextTokenizer.open(file, 24, 4, true);
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    @Test
    void firstSubwordOfEachTokenizerWordCarriesTheLabel() {
        EncodedSentence encoded = encode(false, "Shaikh|B-PER", "lives|O", "in|O", "U.S.|B-LOC");

        // [CLS] shaikh(2 pieces or more) lives in u . s . [SEP]
        assertThat(encoded.labels()[0]).isEqualTo(EncodedSentence.IGNORED);
        assertThat(encoded.labels()[encoded.length() - 1]).isEqualTo(EncodedSentence.IGNORED);
        assertThat(startLabels(encoded)).containsExactly("B-PER", "O", "O", "B-LOC", "I-LOC", "I-LOC", "I-LOC");
        assertThat(encoded.startOfWord()).containsExactly(0, 1, 2, 3);
        assertThat(asked(encoded)).isEqualTo(7);
    }

    @Test
    void otherSubwordsAreAskedAsInsideWhenWanted() {
        EncodedSentence encoded = encode(true, "Quxvantreer|B-PER", "sleeps|O");

        assertThat(asked(encoded)).isEqualTo(encoded.length() - 2);
        assertThat(encoded.labels()[1]).isEqualTo(LABELS.indexOf("B-PER"));
        assertThat(encoded.labels()[2]).isEqualTo(LABELS.indexOf("I-PER"));
    }

    @Test
    void tokenTypesAreTheShapesOfTheWords() {
        EncodedSentence encoded = encode(false, "paris|O", "Paris|O", "NATO|O", "42|O");

        assertThat(Arrays.stream(encoded.wordStarts()).map(at -> encoded.input().typeIds()[at]))
                .containsExactly(
                        WordShape.LOWER.ordinal(),
                        WordShape.CAPITALIZED.ordinal(),
                        WordShape.UPPER.ordinal(),
                        WordShape.DIGITS.ordinal());
        assertThat(encoded.input().typeIds()[0]).isZero();
    }

    @Test
    void wordThatTheTokenizerDropsIsOutside() {
        EncodedSentence encoded = encode(false, "Ada|B-PER", "\u200b|I-PER", "sleeps|O");

        assertThat(encoded.startOfWord()[1]).isEqualTo(-1);
        assertThat(SentenceEncoder.wordLabels(encoded, List.of("B-PER", "O"))).containsExactly("B-PER", "O", "O");
    }

    @Test
    void wordThatBeginsInsideATokenizerWordSharesItsLabel() {
        TaggedSentence sentence = new TaggedSentence(List.of(
                new TaggedSentence.Word("do", "O", true),
                new TaggedSentence.Word("n't", "O", false),
                new TaggedSentence.Word("go", "O", true)));

        EncodedSentence encoded =
                new SentenceEncoder(tokenizer, LABELS, false).encode(sentence).get(0);

        // the tokenizer's words are don ' t go
        assertThat(encoded.wordStarts()).hasSize(4);
        assertThat(SentenceEncoder.wordLabels(encoded, List.of("B-PER", "I-PER", "O", "O")))
                .hasSize(3)
                .startsWith("B-PER", "I-PER");
    }

    @Test
    void perfectAnswersGiveTheLabelsOfTheData() {
        EncodedSentence encoded =
                encode(false, "Ada|B-PER", "King-Noel|I-PER", "left|O", "St.|B-LOC", "Ebba|I-LOC", "#Rome|B-LOC");

        assertThat(SentenceEncoder.wordLabels(encoded, startLabels(encoded))).isEqualTo(encoded.gold());
    }

    @Test
    void sentenceLongerThanTheWindowIsSplitBetweenEntitiesAndNothingIsLost() {
        String[] words = new String[60];
        for (int i = 0; i < words.length; i++) {
            words[i] = i % 3 == 0 ? "Anna|B-PER" : i % 3 == 1 ? "Maria|I-PER" : "sings|O";
        }

        List<EncodedSentence> parts =
                new SentenceEncoder(tokenizer, LABELS, false).encode(TextNoiseTest.sentence(words));

        List<String> gold = new ArrayList<>();
        for (EncodedSentence part : parts) {
            assertThat(part.length()).isLessThanOrEqualTo(24);
            assertThat(part.gold().get(0)).doesNotStartWith("I-");
            gold.addAll(part.gold());
        }
        assertThat(gold).isEqualTo(TextNoiseTest.sentence(words).labels());
    }

    private static EncodedSentence encode(boolean all, String... words) {
        List<EncodedSentence> parts = new SentenceEncoder(tokenizer, LABELS, all).encode(TextNoiseTest.sentence(words));
        assertThat(parts).hasSize(1);
        return parts.get(0);
    }

    private static List<String> startLabels(EncodedSentence encoded) {
        return Arrays.stream(encoded.wordStarts())
                .mapToObj(at -> LABELS.get(encoded.labels()[at]))
                .toList();
    }

    private static long asked(EncodedSentence encoded) {
        return Arrays.stream(encoded.labels())
                .filter(label -> label != EncodedSentence.IGNORED)
                .count();
    }
}
