package dev.polymath.training.objectdetection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polymath.training.BadDataException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DetectionDataTest {
    private static final Rectangle BOX = new Rectangle(10, 20, 30, 60);

    @TempDir
    private Path folder;

    @BeforeEach
    void drawPictures() throws IOException {
        Files.createDirectories(folder.resolve("images"));
        for (String name : List.of("a.png", "b.png")) {
            ImageIO.write(
                    new BufferedImage(100, 80, BufferedImage.TYPE_INT_RGB),
                    "png",
                    folder.resolve("images").resolve(name).toFile());
        }
    }

    @Test
    void jsonLinesHaveAPicturePerLineAndAFieldChoosesAmongThem() throws IOException {
        String file = file(
                "data.jsonl",
                """
                {"image": "a.png", "split": "train", "objects": [{"name": "dog", "bbox": [10, 20, 30, 60]}]}

                {"image": "b.png", "split": "test", "width": 50, "height": 40, "objects": [
                """.stripTrailing() + "{\"name\": \"cat\", \"bbox\": [-3, 5, 60, 20.5], \"iscrowd\": 1}]}\n");

        List<AnnotatedImage> all = DetectionData.read(file, null);
        assertThat(all).hasSize(2);
        assertThat(all.get(0))
                .isEqualTo(new AnnotatedImage(
                        folder.resolve("images/a.png").toAbsolutePath(),
                        100,
                        80,
                        List.of(new AnnotatedImage.Item("dog", BOX, false))));
        // cut at the sides of the picture
        assertThat(all.get(1).objects())
                .containsExactly(new AnnotatedImage.Item("cat", new Rectangle(0, 5, 50, 20.5f), true));
        assertThat(DetectionData.read(file + "@split=test|val", null)).containsExactly(all.get(1));
        assertThat(DetectionData.read(file + "@split!=test|val", null)).containsExactly(all.get(0));
        assertThatThrownBy(() -> DetectionData.read(file + "@split=dev", null)).hasMessageContaining("no pictures");
        assertThatThrownBy(() -> DetectionData.read(file + "@part=dev", null))
                .isInstanceOf(BadDataException.class)
                .hasMessageContaining("data.jsonl: line 1.part: missing");
    }

    @Test
    void cocoHasBoxesWithWidthAndHeight() throws IOException {
        String file = file("data.json", """
                {"images": [{"id": 7, "file_name": "a.png", "width": 100, "height": 80}, {"id": 8, "file_name": "b.png"}],
                 "annotations": [{"image_id": 7, "category_id": 18, "bbox": [10, 20, 20, 40], "iscrowd": 0}],
                 "categories": [{"id": 18, "name": "dog"}]}
                """);

        List<AnnotatedImage> all = DetectionData.read(file, null);
        assertThat(all.get(0).objects()).containsExactly(new AnnotatedImage.Item("dog", BOX, false));
        assertThat(all.get(1).objects()).isEmpty();
        assertThat(all.get(1).width()).isEqualTo(100);
    }

    @Test
    void vocCountsPixelsFromOneAndHasAFilePerPicture() throws IOException {
        Files.createDirectories(folder.resolve("Annotations"));
        file("Annotations/a.xml", """
                <annotation>
                  <folder>VOC</folder>
                  <filename>a.png</filename>
                  <source><database>x</database></source>
                  <size><width>100</width><height>80</height><depth>3</depth></size>
                  <object>
                    <name>dog</name>
                    <difficult>1</difficult>
                    <bndbox><xmin>11</xmin><ymin>21</ymin><xmax>30</xmax><ymax>60</ymax></bndbox>
                    <part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></part>
                  </object>
                </annotation>
                """);

        assertThat(DetectionData.read(folder.resolve("Annotations").toString(), null)
                        .get(0)
                        .objects())
                .containsExactly(new AnnotatedImage.Item("dog", BOX, true));
    }

    @Test
    void whatIsWrongIsToldWithItsPlace() throws IOException {
        assertBad("{\"image\": \"a.png\"}", "line 1.objects: missing (expected: an array)");
        assertBad("\n{\"image\": \"c.png\", \"objects\": []}", "line 2.image: c.png: no such picture");
        assertBad("\n{\"image\": \"c\\u0000\", \"objects\": []}", "line 2.image: c\0: not the name of a file");
        assertBad(line("{\"name\": \"dog\"}"), "line 1.objects[0].bbox: missing (expected: an array of 4 numbers)");
        assertBad(
                line("{\"name\": 3, \"bbox\": [0, 0, \"x\", 9]}"),
                "line 1.objects[0].bbox[2]: \"x\" (expected: a number)");
        assertBad(line("{\"name\": \"\", \"bbox\": [0, 0, 9, 9]}"), "line 1.objects[0].name: \"\" (expected: a text)");
        assertBad(
                line("{\"name\": \"dog\", \"bbox\": [30, 0, 20, 9]}"),
                "line 1.objects[0].bbox: from 30.0, 0.0 to 20.0, 9.0 (expected: a box with an area inside of the picture of"
                        + " 100 x 80 pixels)");
        assertBad("[1]", "line 1: not a JSON object");
        String coco = file("bad.json", """
                {"images": [{"id": 7, "file_name": "a.png"}],
                 "annotations": [{"image_id": 7, "category_id": 5, "bbox": [1, 1, 2, 2]}], "categories": []}
                """);
        assertThatThrownBy(() -> DetectionData.read(coco, null))
                .hasMessageContaining("bad.json: annotations[0].category_id: 5 (expected: an id of `categories`)");
        Files.createDirectories(folder.resolve("voc"));
        file("voc/a.xml", "<annotation>\n<filename>a.png</filename>\n<object>\n<name>dog</name></object></annotation>");
        assertThatThrownBy(() -> DetectionData.read(folder.resolve("voc").toString(), null))
                .hasMessageContaining("a.xml:3: object: xmin: null (expected: a number)");
        file("voc/a.xml", "<annotation>\n<filename>a.png</filename>\n<object>");
        assertThatThrownBy(() -> DetectionData.read(folder.resolve("voc").toString(), null))
                .isInstanceOf(BadDataException.class)
                .hasMessageContaining("a.xml:3: not XML");
        file("images/c.png", "no picture");
        assertBad("{\"image\": \"c.png\", \"objects\": []}", "c.png");
    }

    private void assertBad(String lines, String message) throws IOException {
        String file = file("bad.jsonl", lines + "\n");
        assertThatThrownBy(() -> DetectionData.read(file, null))
                .isInstanceOf(BadDataException.class)
                .hasMessageContaining(message);
    }

    private static String line(String object) {
        return "{\"image\": \"a.png\", \"objects\": [" + object + "]}";
    }

    private String file(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content).toString();
    }
}
