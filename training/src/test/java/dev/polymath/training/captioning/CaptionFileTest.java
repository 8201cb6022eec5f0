package dev.polymath.training.captioning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polymath.training.BadDataException;
import dev.polymath.training.DataFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CaptionFileTest {
    @TempDir
    private Path folder;

    @Test
    void everyKeyButImageAndSplitIsALanguage() throws IOException {
        assertThat(read("""
                        {"image": "a/b.jpg", "split": "val", "en": ["A dog. ", " "], "pt-BR": ["Um cão."], "de": []}

                        {"image": "c.jpg", "fr": ["Un chien."]}
                        """))
                .containsExactly(
                        new CaptionedImage(
                                "a/b.jpg", "val", Map.of("en", List.of("A dog."), "pt-BR", List.of("Um cão."))),
                        new CaptionedImage("c.jpg", "train", Map.of("fr", List.of("Un chien."))));
    }

    @Test
    void testImagesAreWrittenAsTheyAreRead() throws IOException {
        List<CaptionedImage> images =
                List.of(new CaptionedImage("a.jpg", "test", Map.of("de", List.of("Ein \"Hund\" <3"))));
        Path file = folder.resolve("test.jsonl");

        CaptionFile.write(file, images);

        assertThat(new CaptionFile(new DataFile(file)).read()).isEqualTo(images);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[1]                                              | no JSON object",
                "{\"image\": \"a\", \"en\": \"A dog.\"}           | en: \"A dog.\" (expected: a list of captions)",
                "{\"image\": \"a\", \"en\": [3]}                  | en: 3 (expected: a string)",
                "{\"image\": \"a\"}                               | no captions",
                "{\"en\": [\"A dog.\"]}                           | image: '' (expected: a file below the folder",
                "{\"image\": \"../a\", \"en\": [\"A dog.\"]}      | image: '../a'",
                "{\"image\": \"a\\u0000\", \"en\": [\"A\"]}   | image: 'a",
                "{\"image\": \"a\", \"split\": \"dev\", \"en\": [\"A\"]} | split: 'dev' (expected: train, val or test)",
                "{\"image\": \"a\", \"Caption\": [\"A dog.\"]}    | key: 'Caption' (expected: image, split, or a language",
                "{\"image\": \"first\", \"en\": [\"A dog.\"]}     | image: first, which was there before"
            })
    void aLineThatIsSomethingElseIsTold(String line, String problem) {
        assertThatThrownBy(() -> read("{\"image\": \"first\", \"en\": [\"A dog.\"]}\n" + line))
                .isInstanceOf(BadDataException.class)
                .hasMessageContaining("captions.jsonl:2: " + problem);
    }

    private List<CaptionedImage> read(String lines) throws IOException {
        return new CaptionFile(new DataFile(Files.writeString(folder.resolve("captions.jsonl"), lines))).read();
    }
}
