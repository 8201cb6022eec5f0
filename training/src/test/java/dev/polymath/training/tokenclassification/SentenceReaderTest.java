package dev.polymath.training.tokenclassification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polymath.training.BadDataException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SentenceReaderTest {
    @TempDir
    private Path folder;

    @Test
    void lastColumnIsTheLabelAndEmptyLinesSeparateSentences() throws IOException {
        List<TaggedSentence> sentences =
                read("-DOCSTART- -X- O O\n\nAda NNP - B-PER\nwrote VBD - O\n\n\nParis NNP - B-LOC\n");

        assertThat(sentences).hasSize(2);
        assertThat(sentences.get(0).text()).isEqualTo("Ada wrote");
        assertThat(sentences.get(0).labels()).containsExactly("B-PER", "O");
        assertThat(sentences.get(1).labels()).containsExactly("B-LOC");
    }

    @Test
    void numberedColumnsAreTokenThenLabelAndTheTextCommentGivesTheSpaces() throws IOException {
        List<TaggedSentence> sentences = read(
                "# sent_id = 1\n# text = Ada's dog.\n1\tAda\tB-PER\t-\tann\n2\t's\tO\t-\t-\n" + "3\tdog\tO\n4\t.\tO\n");

        assertThat(sentences).singleElement().satisfies(sentence -> {
            assertThat(sentence.text()).isEqualTo("Ada's dog.");
            assertThat(sentence.labels()).containsExactly("B-PER", "O", "O", "O");
            assertThat(sentence.begins()).containsExactly(0, 3, 6, 9);
        });
    }

    @Test
    void hashTagsAreWordsAndNotComments() throws IOException {
        assertThat(read("# a comment\n#Berlin\tB-LOC\n#\tO\n").get(0).text()).isEqualTo("#Berlin #");
    }

    @Test
    void otherTaggingSchemesBecomeIob2() throws IOException {
        assertThat(read("a I-X\nb I-X\nc I-Y\nd O\ne I-X\nf B-X\n").get(0).labels())
                .containsExactly("B-X", "I-X", "B-Y", "O", "B-X", "B-X");
        assertThat(read("a S-X\nb B-X\nc E-X\nd U-Y\ne B-Y\nf L-Y\n").get(0).labels())
                .containsExactly("B-X", "B-X", "I-X", "B-Y", "B-Y", "I-Y");
    }

    @Test
    void mappingRenamesAndDropsTypesAndKeepsNeighboursApart() throws IOException {
        Path file = write("data.conll", "a B-corp\nb I-corp\nc I-group\nd B-product\ne B-O\n");
        LabelMap map = LabelMap.parse("corp=ORG,group=ORG,product=O,O=O", Set.of("ORG"));

        assertThat(new SentenceReader(map, null, null).read(file).get(0).labels())
                .containsExactly("B-ORG", "I-ORG", "B-ORG", "O", "O");
    }

    @Test
    void typeThatNobodyAskedForIsAnErrorWithFileAndLine() throws IOException {
        Path file = write("data.conll", "a B-ORG\nb B-product\n");

        assertThatThrownBy(() -> new SentenceReader(LabelMap.parse("", Set.of("ORG")), null, null).read(file))
                .isInstanceOf(BadDataException.class)
                .hasMessage(file + ":2: entity type 'product' (expected: one of ORG, or an entry in --map such as"
                        + " from=ORG or from=O)");
    }

    @Test
    void junkLabelIsAnErrorEvenWhenAllTypesAreWelcome() throws IOException {
        Path file = write("data.conll", "a B-ORG\nb B-O\n");

        assertThatThrownBy(() -> reader().read(file))
                .hasMessage(file + ":2: entity type 'O' (expected: an entity type, or an entry in --map)");
    }

    @Test
    void labelOfAnotherFormIsAnErrorWithFileAndLine() throws IOException {
        Path file = write("data.conll", "a O\nb PERSON\n");

        assertThatThrownBy(() -> reader().read(file))
                .isInstanceOf(BadDataException.class)
                .hasMessage(file + ":2: label 'PERSON' (expected: O, or B- or I- and an entity type)");
    }

    @Test
    void lineWithoutALabelIsAnErrorWithFileAndLine() throws IOException {
        Path file = write("data.conll", "a O\nb\n");

        assertThatThrownBy(() -> reader().read(file))
                .isInstanceOf(BadDataException.class)
                .hasMessageStartingWith(
                        file + ":2: 1 column (expected: a word in column 1 and a label in the last column");
    }

    @Test
    void rowWithoutWordIsSkippedIfItIsOutsideAndAnErrorIfItIsAnEntity() throws IOException {
        assertThat(read("a\tO\n\tO\nb\tO\n").get(0).text()).isEqualTo("a b");

        Path file = write("data.conll", "a\tO\n\tB-X\n");
        assertThatThrownBy(() -> reader().read(file))
                .hasMessage(file + ":2: an empty word with label 'B-X' (expected: text in column 1)");
    }

    @Test
    void columnsCanBeChosen() throws IOException {
        Path file = write("data.tsv", "B-X\tignored\tAda\nO\tignored\tsleeps\n");

        TaggedSentence sentence = new SentenceReader(LabelMap.parse("", Set.of()), 2, 0)
                .read(file)
                .get(0);

        assertThat(sentence.text()).isEqualTo("Ada sleeps");
        assertThat(sentence.labels()).containsExactly("B-X", "O");
    }

    @Test
    void jsonLinesWithTokens() throws IOException {
        Path file = write("data.jsonl", "{\"tokens\": [\"Ada\", \"sleeps\"], \"labels\": [\"B-X\", \"O\"]}\n\n");

        assertThat(reader().read(file)).singleElement().satisfies(sentence -> {
            assertThat(sentence.text()).isEqualTo("Ada sleeps");
            assertThat(sentence.labels()).containsExactly("B-X", "O");
        });
    }

    @Test
    void jsonLinesWithOffsetsKeepTheText() throws IOException {
        Path file = write(
                "data.jsonl",
                "{\"text\": \"(\uD83D\uDE00Ada Lovelace-Paris) \", \"entities\": [{\"begin\": 3, \"end\": 15, \"type\": \"PER\"},"
                        + " {\"begin\": 16, \"end\": 21, \"type\": \"LOC\"}]}\n");

        TaggedSentence sentence = reader().read(file).get(0);

        assertThat(sentence.text()).isEqualTo("(\uD83D\uDE00Ada Lovelace-Paris)");
        assertThat(sentence.words())
                .extracting(TaggedSentence.Word::text)
                .containsExactly("(", "\uD83D\uDE00", "Ada", "Lovelace", "-", "Paris", ")");
        assertThat(sentence.labels()).containsExactly("O", "O", "B-PER", "I-PER", "O", "B-LOC", "O");
    }

    @Test
    void entityOutsideOfTheTextIsAnErrorWithFileAndLine() throws IOException {
        Path file = write(
                "data.jsonl", "\n{\"text\": \"Ada\", \"entities\": [{\"begin\": 0, \"end\": 4, \"type\": \"PER\"}]}\n");

        assertThatThrownBy(() -> reader().read(file))
                .hasMessage(file + ":2: entity from 0 to 4 (expected: 0 <= begin < end <= 3)");
    }

    @Test
    void overlappingEntitiesAreAnError() throws IOException {
        Path file = write(
                "data.jsonl",
                "{\"text\": \"Ada B\", \"entities\": [{\"begin\": 0, \"end\": 3, \"type\": \"X\"}, {\"begin\": 2, \"end\": 5,"
                        + " \"type\": \"X\"}]}\n");

        assertThatThrownBy(() -> reader().read(file))
                .hasMessage(file + ":1: entity from 2 to 5 overlaps another one (expected: none does)");
    }

    @Test
    void truncatedJsonIsAnErrorWithFileAndLine() throws IOException {
        Path file = write("data.jsonl", "{\"tokens\": [\"a\"], \"labels\": [\"O\"]}\n{\"tokens\": [\"a\"\n");

        assertThatThrownBy(() -> reader().read(file))
                .isInstanceOf(BadDataException.class)
                .hasMessageStartingWith(file + ":2: not a JSON object of the expected form");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "{\"tokens\": \"Ada\", \"labels\": [\"O\"]}",
                "{\"tokens\": [null], \"labels\": [\"O\"]}",
                "{\"text\": \"Ada\", \"entities\": {}}",
                "{\"text\": \"Ada\", \"entities\": [{\"begin\": \"x\", \"end\": 1, \"type\": \"X\"}]}"
            })
    void jsonOfAnotherFormIsAnErrorWithFileAndLine(String json) throws IOException {
        Path file = write("data.jsonl", json + "\n");

        assertThatThrownBy(() -> reader().read(file))
                .isInstanceOf(BadDataException.class)
                .hasMessageStartingWith(file + ":1: not a JSON object of the expected form");
    }

    @Test
    void unequalNumbersOfTokensAndLabelsAreAnError() throws IOException {
        Path file = write("data.jsonl", "{\"tokens\": [\"a\", \"b\"], \"labels\": [\"O\"]}\n");

        assertThatThrownBy(() -> reader().read(file))
                .hasMessage(file + ":1: 2 tokens and 1 labels (expected: as many of both, at least 1)");
    }

    @Test
    void gzipIsReadWhateverTheNameSays() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write("Zo\u00eb B-X\n".getBytes(StandardCharsets.UTF_8));
        }
        Path file = folder.resolve("data.conll.gz");
        Files.write(file, bytes.toByteArray());

        assertThat(reader().read(file).get(0).text()).isEqualTo("Zo\u00eb");
    }

    @Test
    void bytesThatAreNotUtf8AreAnError() throws IOException {
        Path file = folder.resolve("latin1.conll");
        Files.write(file, "Zo\u00eb B-X\n".getBytes(StandardCharsets.ISO_8859_1));

        assertThatThrownBy(() -> reader().read(file))
                .isInstanceOf(BadDataException.class)
                .hasMessageContaining("bytes that are not UTF-8");
    }

    @Test
    void emptyAndMissingFilesAreErrors() throws IOException {
        Path empty = write("empty.conll", "\n\n");

        assertThatThrownBy(() -> reader().read(empty)).hasMessageStartingWith(empty + ":1: no sentence in the file");
        assertThatThrownBy(() -> reader().read(folder.resolve("none.conll")))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("no such data file");
    }

    @Test
    void mapEntryWithoutTargetIsRefused() {
        assertThatThrownBy(() -> LabelMap.parse("a=b,c", Set.of()))
                .hasMessage("label map entry 'c' (expected: from=to)");
    }

    @Test
    void handlesAreNoEntitiesWhenAskedFor() throws IOException {
        TaggedSentence sentence = read("@\tB-PER\nada\tB-PER\nLovelace\tI-PER\n@bob\tB-PER\nParis\tB-LOC\n")
                .get(0);

        assertThat(DataOptions.withoutHandles(sentence).labels()).containsExactly("O", "O", "B-PER", "O", "B-LOC");
    }

    private List<TaggedSentence> read(String content) throws IOException {
        return reader().read(write("data.conll", content));
    }

    private static SentenceReader reader() {
        return new SentenceReader(LabelMap.parse("", Set.of()), null, null);
    }

    private Path write(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }
}
