package dev.polymath.training.sentenceembedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScoredPairReaderTest {
    @TempDir
    private Path folder;

    @Test
    void tablesAndJsonLinesAreRead() throws IOException {
        Path csv = Files.writeString(folder.resolve("a.csv"), "\"A, b\",C,4.5\nD,E,0\n");
        Path json = Files.writeString(
                folder.resolve("a.jsonl"),
                "{\"left\": \"A, b\", \"right\": \"C\", \"score\": 4.5}\n{\"left\": \"D\", \"right\": \"E\", \"score\": 0}\n");

        assertThat(ScoredPairReader.read(csv))
                .containsExactly(new ScoredPair("A, b", "C", 4.5), new ScoredPair("D", "E", 0));
        assertThat(ScoredPairReader.read(json)).isEqualTo(ScoredPairReader.read(csv));
    }

    @Test
    void badRowsAreToldWithTheirLine() throws IOException {
        Path score = Files.writeString(folder.resolve("a.tsv"), "A\tB\t1\nA\tB\thigh\n");
        Path columns = Files.writeString(folder.resolve("b.tsv"), "A\tB\n");
        Path json = Files.writeString(folder.resolve("c.jsonl"), "{\"left\": \"A\"}\n");

        assertThatThrownBy(() -> ScoredPairReader.read(score))
                .hasMessage(score + ":2: score 'high' (expected: a number)");
        assertThatThrownBy(() -> ScoredPairReader.read(columns))
                .hasMessage(columns + ":1: 2 columns (expected: text, text, score)");
        assertThatThrownBy(() -> ScoredPairReader.read(json))
                .hasMessage(json + ":1: fields [left] (expected: left, right, score)");
    }
}
