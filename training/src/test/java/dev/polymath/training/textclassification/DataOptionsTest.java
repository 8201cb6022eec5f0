package dev.polymath.training.textclassification;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataOptionsTest {
    @TempDir
    private Path folder;

    @Test
    void textsOfTheDevSetAreNotTrainedOn() throws IOException {
        DataOptions options = new DataOptions();
        Path train = Files.writeString(folder.resolve("a.tsv"), "One two!\ta\nThree\tb\nFour\ta\n");
        Path dev = Files.writeString(folder.resolve("b.tsv"), "one, two\ta\nFive\tb\n");
        options.train = List.of(train.toString());
        options.dev = List.of(dev.toString());

        ClassifierData data = options.read(1);

        assertThat(data.train().get(0).texts()).extracting(LabelledText::text).containsExactly("Three", "Four");
        assertThat(data.dev().get(0).texts()).hasSize(2);
    }

    @Test
    void textWithSeveralLabelsIsLeftOutWhereOneIsWanted() throws IOException {
        DataOptions options = new DataOptions();
        Path train = Files.writeString(folder.resolve("a.tsv"), "One\ta,b\nTwo\ta\nThree\tb\nFour\tb\nFive\ta\n");
        options.train = List.of(train.toString());
        options.format.labelSeparator = ",";
        options.devShare = 0.25;

        assertThat(options.read(1).heads().get(0).multiLabel()).isTrue();
        options.singleLabel = Set.of("all");
        ClassifierData data = options.read(1);
        assertThat(data.heads().get(0).multiLabel()).isFalse();
        assertThat(data.train().get(0).texts())
                .extracting(LabelledText::text)
                .doesNotContain("One")
                .hasSize(3);
    }

    @Test
    void numbersBecomeTheNamesOfAFile() throws IOException {
        DataOptions options = new DataOptions();
        Path names = Files.writeString(folder.resolve("names.txt"), "joy\nanger\n");
        Path train = Files.writeString(folder.resolve("a.tsv"), "One\t0\nTwo\t1\nThree\t0\nFour\t1\n");
        options.train = List.of(train.toString());
        options.format.labelNames = List.of(names.toString());
        options.devShare = 0.25;

        assertThat(options.read(1).heads().get(0).labels()).containsExactly("anger", "joy");
    }
}
