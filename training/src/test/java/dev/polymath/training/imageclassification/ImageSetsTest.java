package dev.polymath.training.imageclassification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageSetsTest {
    @TempDir
    private Path folder;

    private final ImageSets sets = new ImageSets();

    @Test
    void aFolderHasAFolderPerLabelAndOtherFilesAreNotRead() throws IOException {
        picture("data/car/a.png");
        picture("data/car/more/b.PNG");
        picture("data/truck/c.png");
        Files.writeString(folder.resolve("data/truck/notes.txt"), "no picture");
        Files.writeString(folder.resolve("data/readme.md"), "nor this");

        List<LabelledImage> read = read("data");

        assertThat(read).extracting(LabelledImage::label).containsExactly("car", "car", "truck");
        assertThat(ImageSets.labels(List.of(read))).containsExactly("car", "truck");
    }

    @Test
    void jsonLinesNameLabelsWhichMayBeRenamedOrDropped() throws IOException {
        picture("images/a.png");
        picture("images/b.png");
        Files.writeString(folder.resolve("data.jsonl"), """
                {"image": "a.png", "label": "lorry", "split": "train"}
                {"image": "b.png", "label": "car", "split": "train"}
                {"image": "b.png", "label": "car", "split": "test"}
                """);
        sets.map = List.of("lorry=truck", "car=");

        assertThat(read("data.jsonl@split=train"))
                .extracting(LabelledImage::label)
                .containsExactly("truck");
        assertThatThrownBy(() -> read("data.jsonl@split=test"))
                .hasMessageContaining("no pictures (expected: a folder of pictures per label, or JSON lines)");
    }

    @Test
    void whatIsWrongIsToldWithItsPlace() throws IOException {
        picture("images/a.png");
        Files.writeString(
                folder.resolve("data.jsonl"), "\n{\"image\": \"a.png\", \"label\": 3.5}\n{\"image\": \"b.png\"}");

        assertThatThrownBy(() -> read("data.jsonl"))
                .hasMessageContaining("data.jsonl: line 3.image: b.png: no such picture");
    }

    @Test
    void aShareOfEachLabelIsHeldOutTheSameForTheSameSeed() {
        List<LabelledImage> pictures = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            pictures.add(new LabelledImage(Path.of("car" + i), "car"));
        }
        pictures.add(new LabelledImage(Path.of("truck0"), "truck"));
        pictures.add(new LabelledImage(Path.of("truck1"), "truck"));
        pictures.add(new LabelledImage(Path.of("van0"), "van"));

        List<LabelledImage> held = ImageSets.holdOut(pictures, 0.2, 1);

        // a label with one picture is learnt and not measured
        assertThat(held).extracting(LabelledImage::label).containsExactly("car", "car", "car", "car", "truck");
        assertThat(ImageSets.holdOut(pictures, 0.2, 1)).isEqualTo(held);
        assertThat(ImageSets.holdOut(pictures, 0.2, 2)).isNotEqualTo(held);
    }

    private List<LabelledImage> read(String specification) throws IOException {
        return sets.read(List.of(folder + "/" + specification))
                .values()
                .iterator()
                .next();
    }

    private void picture(String name) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        ImageIO.write(new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB), "png", file.toFile());
    }
}
