package dev.polymath.training.tokenclassification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polymath.training.BadDataException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Files of pieces that mean something to the reader; docs/fuzzing.md says how to try more. */
public class SentenceReaderFuzzTest {
    @SuppressWarnings("NullAway.Init")
    private static Path folder;

    @BeforeContainer
    public static void fuzzerInitialize() throws IOException {
        folder = Files.createTempDirectory("sentences");
    }

    @AfterContainer
    static void removeFolder() throws IOException {
        for (String name : List.of("a.conll", "a.jsonl")) {
            Files.deleteIfExists(folder.resolve(name));
        }
        Files.delete(folder);
    }

    private static List<TaggedSentence> read(String name, byte[] content) throws IOException {
        Path file = Files.write(folder.resolve(name), content);
        return new SentenceReader(LabelMap.parse("", Set.of()), null, null).read(file);
    }

    @Provide
    Arbitrary<String> files() {
        return Arbitraries.of(
                        "Alice",
                        "Paris",
                        "#",
                        "# text = ",
                        "# text = Alice met Bob",
                        " ",
                        "\t",
                        "\n",
                        "\r\n",
                        "\n\n",
                        "O",
                        "B-PERSON",
                        "I-PERSON",
                        "E-X",
                        "S-X",
                        "U-X",
                        "L-X",
                        "B-",
                        "-DOCSTART-",
                        "1",
                        "_",
                        "{",
                        "}",
                        "[",
                        "]",
                        "\"",
                        ",",
                        ":",
                        "{\"tokens\": [\"a\"], \"labels\": [\"O\"]}",
                        "{\"tokens\": ",
                        ", \"labels\": [\"O\"]}",
                        "\"text\": \"a b\"",
                        "\"entities\": [",
                        "{\"begin\": 0, \"end\": 1, \"type\": \"X\"}",
                        "{\"text\": \"ab cd\", \"entities\": [",
                        "]}",
                        "null",
                        "-1",
                        "1e999",
                        "99999999999",
                        "\u00E9",
                        "\uD83D\uDE00",
                        "\u0000",
                        "\uFEFF",
                        "\u2028",
                        "\u00A0")
                .list()
                .ofMaxSize(25)
                .map(all -> String.join("", all));
    }

    @Property(seed = "1")
    void aFileIsSentencesOrBadData(@ForAll("files") String content, @ForAll boolean lines) throws IOException {
        fuzzerTestOneInput(((lines ? "1" : "0") + content).getBytes(StandardCharsets.UTF_8));
    }

    @Property(seed = "1")
    void bytesAreSentencesOrAnError(@ForAll byte[] content) throws IOException {
        fuzzerTestOneInput(content);
    }

    /** Any bytes after the first, which chooses the format, are sentences or an error that names the file. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        if (input.length == 0) {
            return;
        }
        String name = input[0] % 2 == 0 ? "a.conll" : "a.jsonl";
        try {
            assertThat(read(name, Arrays.copyOfRange(input, 1, input.length)))
                    .isNotEmpty()
                    .allSatisfy(sentence -> assertThat(sentence.words()).isNotEmpty());
        } catch (BadDataException e) {
            assertThat(e.getMessage()).contains(name);
        } catch (CharacterCodingException e) {
            assertThat(e).isNotNull();
        }
    }

    @Provide
    Arbitrary<List<TaggedSentence>> sentences() {
        Arbitrary<String> words =
                Arbitraries.of("Alice", "x", "#tag", "3", "-", ".", "Zo\u00EB", "\uD83D\uDE00", "B-X", "O");
        Arbitrary<List<TaggedSentence.Word>> entity = Combinators.combine(
                        words.list().ofMinSize(1).ofMaxSize(3), Arbitraries.of("PERSON", "LOCATION", ""))
                .as((all, type) -> IntStream.range(0, all.size())
                        .mapToObj(i -> new TaggedSentence.Word(
                                all.get(i), type.isEmpty() ? "O" : (i == 0 ? "B-" : "I-") + type, true))
                        .toList());
        return entity.list()
                .ofMinSize(1)
                .ofMaxSize(5)
                .map(all ->
                        new TaggedSentence(all.stream().flatMap(List::stream).toList()))
                .list()
                .ofMinSize(1)
                .ofMaxSize(4);
    }

    @Property(seed = "1")
    void whatIsWrittenInColumnsIsReadAsTheSame(@ForAll("sentences") List<TaggedSentence> sentences) throws IOException {
        String columns = sentences.stream()
                .map(sentence -> sentence.words().stream()
                        .map(word -> word.text() + "\t" + word.label() + "\n")
                        .collect(Collectors.joining()))
                .collect(Collectors.joining("\n"));

        assertThat(read("a.conll", columns.getBytes(StandardCharsets.UTF_8))).isEqualTo(sentences);
    }
}
