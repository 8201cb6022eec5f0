package dev.polymath.vision.drawing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polymath.image.ImageDecoder;
import dev.polymath.image.ImageLimits;
import dev.polymath.image.RgbImage;
import dev.polymath.inference.Box;
import dev.polymath.inference.DetectedObject;
import dev.polymath.vision.TestPictures;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class ObjectPainterTest {
    private final ObjectPainter painter = new ObjectPainter();

    private static RgbImage meadow(int width, int height) {
        return new ImageDecoder(ImageLimits.defaults())
                .decode(TestPictures.file("png", width, height))
                .pixels();
    }

    private static DetectedObject object(
            String label, double confidence, double xMin, double yMin, double xMax, double yMax) {
        return new DetectedObject(label, confidence, new Box(xMin, yMin, xMax, yMax));
    }

    private BufferedImage draw(RgbImage image, int maxSide, DetectedObject... objects) throws IOException {
        return ImageIO.read(new ByteArrayInputStream(painter.png(image, List.of(objects), maxSide)));
    }

    private static int changed(BufferedImage picture, RgbImage image, int left, int top, int width, int height) {
        BufferedImage before = image.toBufferedImage();
        return (int) IntStream.range(0, width * height)
                .filter(i -> picture.getRGB(left + i % width, top + i / width)
                        != before.getRGB(left + i % width, top + i / width))
                .count();
    }

    @Test
    void aBoxIsDrawnOnItsEdgesAndNowhereElse() throws IOException {
        RgbImage image = meadow(400, 300);
        BufferedImage picture = draw(image, 1000, object("cat", 0.87, 0.25, 0.25, 0.75, 0.75));

        assertThat(picture.getWidth()).isEqualTo(400);
        assertThat(picture.getHeight()).isEqualTo(300);
        assertThat(changed(picture, image, 100, 74, 200, 2)).isGreaterThan(390);
        assertThat(changed(picture, image, 299, 75, 2, 150)).isGreaterThan(290);
        assertThat(changed(picture, image, 110, 85, 180, 130)).isZero();
        assertThat(changed(picture, image, 310, 0, 90, 300)).isZero();
        assertThat(changed(picture, image, 0, 240, 400, 60)).isZero();
    }

    @Test
    void aLabelStandsAboveItsBoxInAColourOnWhichItsLettersAreEasyToRead() throws IOException {
        RgbImage image = meadow(800, 600);
        BufferedImage picture = draw(image, 1000, object("cat", 0.87, 0.25, 0.5, 0.75, 0.9));

        // the label begins at the left edge of the box and ends above it; 20 pixels are a letter's size
        int background = picture.getRGB(201, 300 - 12);
        assertThat(background).isNotEqualTo(image.toBufferedImage().getRGB(201, 300 - 12));
        Color color = new Color(background);
        Color text = LabelColors.textOn(color);
        assertThat(LabelColors.contrast(text, color)).isGreaterThan(4.5);
        assertThat(IntStream.range(0, 80 * 22)
                        .filter(i -> picture.getRGB(203 + i % 80, 274 + i / 80) == text.getRGB())
                        .count())
                .isBetween(50L, 900L);
    }

    @Test
    void theConfidenceIsPartOfTheLabel() throws IOException {
        RgbImage image = meadow(400, 300);

        assertThat(draw(image, 1000, object("cat", 0.87, 0.25, 0.25, 0.75, 0.75))
                        .getRGB(0, 0, 400, 300, null, 0, 400))
                .isNotEqualTo(draw(image, 1000, object("cat", 0.67, 0.25, 0.25, 0.75, 0.75))
                        .getRGB(0, 0, 400, 300, null, 0, 400));
    }

    @Test
    void everyLabelIsInsideOfThePictureAndNoneHidesAnother() throws IOException {
        RgbImage image = meadow(600, 400);
        List<DetectedObject> same = List.of(
                object("person", 0.9, 0, 0, 1, 1), object("dog", 0.8, 0, 0, 1, 1), object("car", 0.7, 0, 0.01, 1, 1));

        List<BufferedImage> pictures = List.of(
                draw(image, 1000, same.get(0)),
                draw(image, 1000, same.get(0), same.get(1)),
                draw(image, 1000, same.get(0), same.get(1), same.get(2)));

        // what an object adds is at least its label
        assertThat(difference(pictures.get(0), pictures.get(1))).isGreaterThan(1000);
        assertThat(difference(pictures.get(1), pictures.get(2))).isGreaterThan(1000);
    }

    private static int difference(BufferedImage a, BufferedImage b) {
        return (int) IntStream.range(0, a.getWidth() * a.getHeight())
                .filter(i ->
                        a.getRGB(i % a.getWidth(), i / a.getWidth()) != b.getRGB(i % a.getWidth(), i / a.getWidth()))
                .count();
    }

    @Test
    void aLargeImageIsDrawnSmallerAndASmallOneIsNotDrawnLarger() throws IOException {
        BufferedImage shrunk = draw(meadow(2000, 1000), 500, object("cat", 0.5, 0.1, 0.1, 0.9, 0.9));

        assertThat(shrunk.getWidth()).isEqualTo(500);
        assertThat(shrunk.getHeight()).isEqualTo(250);
        assertThat(draw(meadow(20, 10), 500).getWidth()).isEqualTo(20);
    }

    @Test
    void tinyPicturesLongLabelsAndLettersOfOtherAlphabetsAreDrawnToo() throws IOException {
        for (int side : List.of(8, 16, 64)) {
            assertThat(draw(meadow(side, side), 500, object("Stra\u00dfenbahn mit Anh\u00e4nger", 1, 0, 0, 1, 1))
                            .getWidth())
                    .isEqualTo(side);
        }
        assertThat(draw(
                        meadow(400, 300),
                        500,
                        object("\u043a\u043e\u0442 \u732b \ud83d\ude3a", 0.5, 0.2, 0.2, 0.3, 0.3)))
                .isNotNull();
        assertThat(draw(meadow(400, 300), 500, object("", 0.5, 0.2, 0.2, 0.2, 0.2)))
                .isNotNull();
    }

    @Test
    void labelsHaveDifferentColoursWhileThereAreEnough() {
        LabelColors colors = new LabelColors();

        assertThat(IntStream.range(0, 12).mapToObj(i -> colors.of("label" + i))).doesNotHaveDuplicates();
        assertThat(colors.of("label3")).isEqualTo(colors.of("label3"));
        assertThat(colors.of("one more")).isNotNull();
    }

    @Test
    void lettersOfAllColoursAreEasyToRead() {
        LabelColors colors = new LabelColors();

        assertThat(IntStream.range(0, 12).mapToObj(i -> colors.of("label" + i)))
                .allSatisfy(color -> assertThat(LabelColors.contrast(LabelColors.textOn(color), color))
                        .isGreaterThan(4.5));
    }

    /** Drawing text in Java's own way loads the fonts of the machine, and fails where there are none. */
    @Test
    void noFontOfTheMachineIsAskedFor() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xlog:class+load",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Drawing.class.getName())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();

        List<String> loaded = output.lines()
                .filter(line -> line.contains("java.awt.image.BufferedImage ")
                        || line.contains("sun.font.FontManager")
                        || line.contains("sun.font.SunFontManager")
                        || line.contains("sun.awt.FontConfiguration"))
                .toList();
        assertThat(process.exitValue())
                .as(output.substring(Math.max(0, output.length() - 2000)))
                .isZero();
        assertThat(loaded).singleElement().asString().contains("java.awt.image.BufferedImage");
    }

    /** Draws once. */
    static final class Drawing {
        private Drawing() {}

        public static void main(String[] args) {
            RgbImage image = new RgbImage(64, 64, new byte[3 * 64 * 64]);
            byte[] png = new ObjectPainter().png(image, List.of(object("cat", 0.5, 0.2, 0.2, 0.8, 0.8)), 64);
            if (png.length < 100) {
                throw new AssertionError();
            }
        }
    }
}
