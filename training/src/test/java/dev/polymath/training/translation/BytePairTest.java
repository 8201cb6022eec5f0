package dev.polymath.training.translation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.polymath.training.generation.BytePairEncoder;
import dev.polymath.training.generation.BytePairLearner;
import dev.polymath.training.generation.TextNormalizer;
import dev.polymath.training.generation.TokenizerJson;
import dev.polymath.training.generation.Vocabulary;
import dev.polymath.training.generation.Vocabulary.Merge;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BytePairTest {
    private static final Path EXAMPLE = Path.of("examples", "translation");

    @TempDir
    private Path folder;

    @Test
    void theMostFrequentPairIsMergedFirst() {
        // the words of Sennrich, Haddow and Birch 2016, where e s and s t tie at 9 and then come es t, l o, lo w
        Map<String, Long> words = Map.of("low", 5L, "lower", 2L, "newest", 6L, "widest", 3L);

        Vocabulary vocabulary = BytePairLearner.learn(words, List.of("en"), reserved("en") + 10 + 4, 1);

        assertThat(vocabulary.merges())
                .startsWith(new Merge("e", "s"), new Merge("es", "t"), new Merge("l", "o"), new Merge("lo", "w"))
                .hasSize(4);
        assertThat(vocabulary.tokens()).endsWith("es", "est", "lo", "low");
    }

    @Test
    void overlappingPairsAreCountedAsTheyAreMerged() {
        Vocabulary vocabulary = BytePairLearner.learn(Map.of("aaaa", 3L), List.of("en"), reserved("en") + 10, 1);

        // aa aa, then aaaa; a pair that is left once only would not be there
        assertThat(vocabulary.merges()).containsExactly(new Merge("a", "a"), new Merge("aa", "aa"));
    }

    @Test
    void rareCharactersAreLeftToTheirBytes() {
        Vocabulary vocabulary = BytePairLearner.learn(Map.of("aβ", 1L, "ab", 5L), List.of("en"), reserved("en") + 2, 2);
        BytePairEncoder encoder = new BytePairEncoder(vocabulary);

        assertThat(vocabulary.tokens()).contains("a", "b").doesNotContain("β");
        // the mark of a space, which these words do not have, is three bytes
        assertThat(names(vocabulary, encoder.target("β")))
                .containsExactly("<0xE2>", "<0x96>", "<0x81>", "<0xCE>", "<0xB2>", "</s>");
    }

    @Test
    void aVocabularyTooSmallForItsCharactersIsRefused() {
        assertThatThrownBy(() -> BytePairLearner.learn(Map.of("ab", 5L), List.of("en"), 100, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("vocabulary-size: 100 (expected: at least " + (reserved("en") + 2));
    }

    @Test
    void servingReadsTextsAsTrainingDoesAndWritesThemAsTheyWere() throws IOException {
        Vocabulary vocabulary = exampleVocabulary(500);
        Path file = folder.resolve("tokenizer.json");
        TokenizerJson.write(vocabulary, file);
        BytePairEncoder encoder = new BytePairEncoder(vocabulary);
        List<String> texts = new ArrayList<>(List.of(
                "Hello world!",
                "<x0> likes <x1>Tom<x2>.",
                "Der Hund <x3> heute.",
                "<x0>",
                "a",
                "1999, 3.5 % (gut) ... «Ja»",
                "日本 ok € 😀",
                "http://example.com/a_b?x=1"));
        ParallelFile.parse("en-de=" + EXAMPLE.resolve("en-de.tsv")).read().stream()
                .limit(200)
                .forEach(pair -> texts.addAll(List.of(pair.first(), pair.second())));
        try (HuggingFaceTokenizer tokenizer =
                HuggingFaceTokenizer.builder().optTokenizerPath(file).build()) {
            for (String text : texts) {
                int[] source = encoder.source(text, "de");
                int[] target = encoder.target(text);
                assertThat(tokenizer.encode(">>de<< " + text).getIds()).as(text).isEqualTo(longs(source));
                assertThat(tokenizer.encode(text).getIds()).as(text).isEqualTo(longs(target));
                assertThat(tokenizer.decode(longs(target), true)).isEqualTo(text);
            }
            // of one kind afterwards: composition, spaces, apostrophes
            String odd = "l\u2019e\u0301te\u0301\u00a0!";
            assertThat(tokenizer.encode(odd).getIds()).isEqualTo(longs(encoder.target(odd)));
            assertThat(tokenizer.decode(longs(encoder.target(odd)), true)).isEqualTo("l'\u00e9t\u00e9 !");
            assertThat(names(vocabulary, encoder.source("Tom", "en")))
                    .startsWith(">>en<<")
                    .endsWith("</s>");
        }
    }

    @Test
    void whatIsWrittenIsReadAgain() throws IOException {
        Vocabulary vocabulary = exampleVocabulary(400);
        Path file = folder.resolve("tokenizer.json");

        TokenizerJson.write(vocabulary, file);

        assertThat(TokenizerJson.read(file)).isEqualTo(vocabulary);
    }

    @Test
    void anotherTokenizerIsRefused() throws IOException {
        Path file = folder.resolve("tokenizer.json");
        Files.writeString(file, "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": []}}");
        assertThatThrownBy(() -> TokenizerJson.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("another kind of vocabulary");
        Files.writeString(file, "[]");
        assertThatThrownBy(() -> TokenizerJson.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not a tokenizer");
    }

    private static Vocabulary exampleVocabulary(int size) throws IOException {
        Map<String, Long> pieces = new HashMap<>();
        for (SentencePair pair :
                ParallelFile.parse("en-de=" + EXAMPLE.resolve("en-de.tsv")).read()) {
            for (String text : List.of(pair.first(), pair.second())) {
                List<String> parts = new ArrayList<>();
                TextNormalizer.split(TextNormalizer.normalize(text), true, parts);
                parts.forEach(part -> pieces.merge(part, 1L, Long::sum));
            }
        }
        return BytePairLearner.learn(pieces, List.of("en", "de"), size, 1);
    }

    private static int reserved(String... languages) {
        return Vocabulary.reserved(List.of(languages)).size();
    }

    private static List<String> names(Vocabulary vocabulary, int[] ids) {
        return Arrays.stream(ids).mapToObj(id -> vocabulary.tokens().get(id)).toList();
    }

    private static long[] longs(int[] ids) {
        return Arrays.stream(ids).asLongStream().toArray();
    }
}
