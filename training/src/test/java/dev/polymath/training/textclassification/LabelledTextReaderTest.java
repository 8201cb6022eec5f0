package dev.polymath.training.textclassification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polymath.training.BadDataException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LabelledTextReaderTest {
    private static final LabelledTextReader DETECTING = new LabelledTextReader(null, null, null, List.of());

    @TempDir
    private Path folder;

    @Test
    void quotedCellsMayHoldCommasQuotesAndLines() throws IOException {
        Path file = write("a.csv", "text,category\n\"Hello, \"\"you\"\"\nthere\",greeting\nBye,farewell\n");

        assertThat(DETECTING.read(file))
                .containsExactly(
                        new LabelledText("Hello, \"you\"\nthere", List.of("greeting")),
                        new LabelledText("Bye", List.of("farewell")));
    }

    @Test
    void quoteInTabSeparatedFileIsACharacter() throws IOException {
        Path file = write("a.tsv", "sentence\tlabel\n\"so-called art \t0\n5\" of joy\t1\n");

        assertThat(DETECTING.read(file))
                .containsExactly(
                        new LabelledText("\"so-called art", List.of("0")),
                        new LabelledText("5\" of joy", List.of("1")));
    }

    @Test
    void fileWithoutHeaderHasTextThenLabelAndMayHaveMore() throws IOException {
        Path file = write("a.tsv", "This text is the label's sentence\t4,27\tid1\n");

        assertThat(new LabelledTextReader(null, null, ",", List.of()).read(file))
                .containsExactly(new LabelledText("This text is the label's sentence", List.of("4", "27")));
    }

    @Test
    void columnsAreChosenByNameOrNumber() throws IOException {
        Path named = write("a.csv", "id,label,body,topic\n1,x,Hello,greeting\n");
        Path numbered = write("b.csv", "1,greeting,Hello\n");

        assertThat(new LabelledTextReader("body", "topic", null, List.of()).read(named))
                .containsExactly(new LabelledText("Hello", List.of("greeting")));
        assertThat(new LabelledTextReader("2", "1", null, List.of()).read(numbered))
                .containsExactly(new LabelledText("Hello", List.of("greeting")));
    }

    @Test
    void jsonLinesHaveOneLabelOrAList() throws IOException {
        Path file = write(
                "a.jsonl",
                "{\"text\": \"Hi\", \"label\": \"a, b\"}\n\n{\"text\": \"Ho\", \"labels\": [\"a\", \"b\"]}\n");

        assertThat(DETECTING.read(file))
                .containsExactly(new LabelledText("Hi", List.of("a, b")), new LabelledText("Ho", List.of("a", "b")));
    }

    @Test
    void compressedFileIsReadByItsContent() throws IOException {
        Path file = folder.resolve("a.csv.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write("Hello,greeting\n".getBytes(StandardCharsets.UTF_8));
        }

        assertThat(DETECTING.read(file)).containsExactly(new LabelledText("Hello", List.of("greeting")));
    }

    @Test
    void rowWithoutLabelIsToldWithItsLine() throws IOException {
        Path file = write("a.csv", "text,label\n\"two\nlines\",x\nHello\n");

        assertThatThrownBy(() -> DETECTING.read(file))
                .isInstanceOf(BadDataException.class)
                .hasMessage(file + ":4: 1 column (expected: a text in column 1 and a label in column 2)");
    }

    @Test
    void quoteThatIsNeverClosedIsToldWithTheLineItBeginsOn() throws IOException {
        Path file = write("a.csv", "Hello,x\n\"Bye,y\nno end,z\n");

        assertThatThrownBy(() -> DETECTING.read(file))
                .isInstanceOf(BadDataException.class)
                .hasMessageStartingWith(file + ":2: a row that begins here cannot be read (");
    }

    @Test
    void emptyTextIsToldWithItsLine() throws IOException {
        Path file = write("a.tsv", "Hello\tx\n \ty\n");

        assertThatThrownBy(() -> DETECTING.read(file)).hasMessageStartingWith(file + ":2: an empty text");
    }

    @Test
    void missingColumnOfTheHeaderIsTold() throws IOException {
        Path file = write("a.csv", "text,label\nHello,x\n");

        assertThatThrownBy(() -> new LabelledTextReader("body", null, null, List.of()).read(file))
                .hasMessage(file + ":1: header [text, label] (expected: the columns body and label)");
    }

    @Test
    void lineThatIsNoJsonIsToldWithItsNumber() throws IOException {
        Path file = write("a.jsonl", "{\"text\": \"Hi\", \"label\": \"x\"}\n{\"text\": \"Hi\"}\n");
        Path broken = write("b.jsonl", "Hello\n");

        assertThatThrownBy(() -> DETECTING.read(file))
                .hasMessage(file + ":2: fields [text] (expected: text and label or labels)");
        assertThatThrownBy(() -> DETECTING.read(broken)).hasMessageStartingWith(broken + ":1: not a JSON object");
    }

    @Test
    void bytesThatAreNotUtf8AreTold() throws IOException {
        Path table = folder.resolve("a.tsv");
        Files.write(table, new byte[] {'a', '\t', 'x', '\n', (byte) 0xff, '\t', 'x', '\n'});
        Path json = folder.resolve("a.jsonl");
        Files.write(json, new byte[] {'{', (byte) 0xff, '}', '\n'});

        assertThatThrownBy(() -> DETECTING.read(table)).hasMessageContaining("not UTF-8");
        assertThatThrownBy(() -> DETECTING.read(json)).hasMessageContaining(":1: bytes that are not UTF-8");
    }

    @Test
    void numbersBecomeNamesAndOthersAreTold() throws IOException {
        Path file = write("a.tsv", "Hi\t1\nHo\t2\n");
        LabelledTextReader reader = new LabelledTextReader(null, null, null, List.of("joy", "anger"));

        assertThatThrownBy(() -> reader.read(file))
                .hasMessage(file + ":2: label '2' (expected: a number from 0 to 1, of the names that are given)");
    }

    @Test
    void fileThatIsNotThereOrEmptyIsTold() throws IOException {
        Path empty = write("a.csv", "text,label\n");

        assertThatThrownBy(() -> DETECTING.read(folder.resolve("none.csv"))).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> DETECTING.read(empty)).hasMessageContaining("no text in the file");
    }

    private Path write(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }
}
