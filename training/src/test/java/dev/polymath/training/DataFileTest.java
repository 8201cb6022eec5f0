package dev.polymath.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataFileTest {
    @TempDir
    Path folder;

    private static String content() {
        return new Random(1).ints(5000).mapToObj(i -> i + "\tx\n").collect(Collectors.joining());
    }

    private static byte[] packed() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(content().getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    @Test
    void whatIsCompressedIsReadAsTheFileThatItWas() throws IOException {
        DataFile plain = new DataFile(Files.writeString(folder.resolve("a.tsv"), content()));
        DataFile compressed = new DataFile(Files.write(folder.resolve("a.tsv.gz"), packed()));

        assertThat(compressed.lines()).hasSize(5000).isEqualTo(plain.lines());
        assertThat(compressed.rows()).isEqualTo(plain.rows());
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 9, 1000, -3})
    void aCompressedFileThatIsCutOffIsNamed(int length) throws IOException {
        byte[] whole = packed();
        byte[] part = Arrays.copyOf(whole, length < 0 ? whole.length + length : length);
        DataFile file = new DataFile(Files.write(folder.resolve("a.tsv.gz"), part));

        assertThatThrownBy(file::lines)
                .isInstanceOf(BadDataException.class)
                .hasMessage(file.path() + ": gzip: cut off (expected: a whole file)");
        assertThatThrownBy(file::rows).isInstanceOf(BadDataException.class).hasMessageContaining("cut off");
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 2000})
    void aCompressedFileThatIsBrokenIsNamed(int place) throws IOException {
        byte[] bytes = packed();
        Arrays.fill(bytes, place, place + 50, (byte) 0x55);
        DataFile file = new DataFile(Files.write(folder.resolve("a.tsv.gz"), bytes));

        assertThatThrownBy(file::lines)
                .isInstanceOf(BadDataException.class)
                .hasMessageStartingWith(file.path() + ": gzip: broken: ");
    }
}
