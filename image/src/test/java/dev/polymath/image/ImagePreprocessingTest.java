package dev.polymath.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonParser;
import dev.polymath.image.ImagePreprocessing.Fit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ImagePreprocessingTest {
    private static final float[] ONE = {1, 1, 1};
    private static final float[] ZERO = {0, 0, 0};

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"24, 20", "61, 9", "100, 90", "7, 5"})
    void resizesAsPillowDoes(int width, int height) {
        ImageDecoder decoder = new ImageDecoder(ImageLimits.defaults());
        RgbImage noise = decoder.decode(TestImages.resource("noise.png")).pixels();
        RgbImage expected = decoder.decode(TestImages.resource("noise-" + width + "x" + height + ".png"))
                .pixels();
        ImagePreprocessing stretch = new ImagePreprocessing(width, height, Fit.STRETCH, 0, false, ONE, ZERO);
        float[] planes = new float[stretch.size()];

        stretch.apply(noise, planes, 0);

        for (int i = 0; i < width * height; i++) {
            for (int c = 0; c < 3; c++) {
                // Pillow rounds after each direction
                assertThat(planes[c * width * height + i])
                        .as("pixel %d, colour %d", i, c)
                        .isCloseTo(expected.pixels()[3 * i + c] & 0xFF, within(1.01f));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "30, 40, 10, 8",
        "7, 5, 20, 30",
        "9, 700, 4, 6",
        "50, 100, 25, 100",
        "11, 9, 11, 8",
        "1, 1, 3, 3",
        "40, 1, 7, 1"
    })
    void aPixelIsTheMeanUnderATriangle(int width, int height, int newWidth, int newHeight) {
        byte[] pixels = new byte[3 * width * height];
        new Random(5).nextBytes(pixels);
        float[] planes = new float[3 * newWidth * newHeight];

        new ImagePreprocessing(newWidth, newHeight, Fit.STRETCH, 0, false, ONE, ZERO)
                .apply(new RgbImage(width, height, pixels), planes, 0);

        for (int y = 0; y < newHeight; y++) {
            double[] rows = triangle(height, newHeight, y);
            for (int x = 0; x < newWidth; x++) {
                double[] columns = triangle(width, newWidth, x);
                double red = 0;
                for (int i = 0; i < width * height; i++) {
                    red += rows[i / width] * columns[i % width] * (pixels[3 * i] & 0xFF);
                }
                assertThat(planes[y * newWidth + x]).as("pixel %d, %d", x, y).isCloseTo((float) red, within(1e-3f));
            }
        }
    }

    private static double[] triangle(int size, int newSize, int place) {
        double scale = (double) size / newSize;
        double support = Math.max(1, scale);
        double[] weights = IntStream.range(0, size)
                .mapToDouble(i -> Math.max(0, 1 - Math.abs(i + 0.5 - (place + 0.5) * scale) / support))
                .toArray();
        double sum = DoubleStream.of(weights).sum();
        return DoubleStream.of(weights).map(weight -> weight / sum).toArray();
    }

    @Test
    void sameSizeIsCopiedExactlyInPlanesOfTheOrderThatIsAskedFor() {
        RgbImage image = new RgbImage(2, 1, new byte[] {10, 20, 30, (byte) 200, (byte) 210, (byte) 220});
        float[] planes = new float[7];

        new ImagePreprocessing(2, 1, Fit.STRETCH, 0, false, ONE, ZERO).apply(image, planes, 1);
        assertThat(planes).containsExactly(0, 10, 200, 20, 210, 30, 220);

        new ImagePreprocessing(2, 1, Fit.STRETCH, 0, true, new float[] {1, 2, 3}, new float[] {-1, -2, -3})
                .apply(image, planes, 1);
        assertThat(planes).containsExactly(0, 29, 219, 38, 418, 27, 597);
    }

    @Test
    void letterboxOfYoloxIsAtTheTopLeftAndMapsBack() {
        RgbImage image = filled(640, 480, 50);
        ImagePreprocessing yolox = new ImagePreprocessing(416, 416, Fit.LETTERBOX_TOP_LEFT, 114, true, ONE, ZERO);
        float[] planes = new float[yolox.size()];

        Placement placement = yolox.apply(image, planes, 0);

        assertThat(placement).isEqualTo(new Placement(0.65f, 0.65f, 0, 0));
        assertThat(planes[0]).isCloseTo(50, within(1e-3f));
        assertThat(planes[311 * 416 + 415]).isCloseTo(50, within(1e-3f));
        assertThat(planes[312 * 416]).isEqualTo(114);
        assertThat(planes[3 * 416 * 416 - 1]).isEqualTo(114);
        assertThat(placement.imageX(416)).isCloseTo(640, within(1e-3f));
        assertThat(placement.imageY(312)).isCloseTo(480, within(1e-3f));
    }

    @Test
    void letterboxInTheMiddleHasPaddingAtTwoSides() {
        ImagePreprocessing centred = new ImagePreprocessing(
                20, 20, Fit.LETTERBOX_CENTER, 0, false, new float[] {2, 2, 2}, new float[] {1, 1, 1});
        float[] planes = new float[centred.size()];

        Placement placement = centred.apply(filled(10, 5, 7), planes, 0);

        assertThat(placement).isEqualTo(new Placement(2, 2, 0, 5));
        assertThat(planes[4 * 20]).isEqualTo(1);
        assertThat(planes[5 * 20]).isCloseTo(15, within(1e-4f));
        assertThat(planes[14 * 20 + 19]).isCloseTo(15, within(1e-4f));
        assertThat(planes[15 * 20]).isEqualTo(1);
        assertThat(placement.imageY(5)).isZero();
        assertThat(placement.imageY(15)).isEqualTo(5);
    }

    @Test
    void cropTakesTheMiddle() {
        byte[] pixels = new byte[3 * 400 * 200];
        for (int x = 0; x < 400; x++) {
            for (int y = 0; y < 200; y++) {
                Arrays.fill(pixels, 3 * (y * 400 + x), 3 * (y * 400 + x) + 3, (byte) (x / 2));
            }
        }
        ImagePreprocessing crop = new ImagePreprocessing(80, 80, Fit.CROP_CENTER, 100, 0, false, ONE, ZERO);
        float[] planes = new float[crop.size()];

        Placement placement = crop.apply(new RgbImage(400, 200, pixels), planes, 0);

        // 200 x 100, of which columns 60 to 140 are read
        assertThat(placement).isEqualTo(new Placement(0.5f, 0.5f, -60, -10));
        assertThat(planes[0]).isCloseTo(60.25f, within(0.3f));
        assertThat(planes[79]).isCloseTo(139.25f, within(0.3f));
        assertThat(placement.imageX(0)).isEqualTo(120);
    }

    @Test
    void aLargeImageOfOneColourStaysThatColourToItsEdges() {
        for (int side : new int[] {1, 2, 415, 417, 1663, 1664, 1665, 2500}) {
            ImagePreprocessing stretch = new ImagePreprocessing(416, 64, Fit.STRETCH, 0, false, ONE, ZERO);
            float[] planes = new float[stretch.size()];

            stretch.apply(filled(side, 2 * side, 200), planes, 0);

            for (float value : planes) {
                assertThat(value).isCloseTo(200, within(0.01f));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Fit.class)
    void whatIsWrittenIsReadAgain(Fit fit) throws IOException {
        ImagePreprocessing written = new ImagePreprocessing(
                64,
                48,
                fit,
                fit == Fit.CROP_CENTER ? 72 : 64,
                114,
                true,
                new float[] {1 / 58f, 1 / 57f, 1 / 56f},
                new float[] {-2, -1, 0.5f});
        Path file = directory.resolve("preprocessor_config.json");
        Files.writeString(file, written.toJson().toString());

        ImagePreprocessing read = ImagePreprocessing.read(file);

        assertThat(read.width()).isEqualTo(64);
        assertThat(read.height()).isEqualTo(48);
        assertThat(read.fit()).isEqualTo(fit);
        assertThat(read.shortestEdge()).isEqualTo(written.shortestEdge());
        assertThat(read.bgr()).isTrue();
        assertThat(read.scale()).containsExactly(written.scale(), within(1e-8f));
        assertThat(read.offset()).containsExactly(written.offset(), within(1e-6f));
        boolean letterbox = fit == Fit.LETTERBOX_TOP_LEFT || fit == Fit.LETTERBOX_CENTER;
        assertThat(read.padValue()).isEqualTo(letterbox ? 114 : 0);
    }

    @Test
    void plainPixelsStayPlain() throws IOException {
        ImagePreprocessing yolox = new ImagePreprocessing(416, 416, Fit.LETTERBOX_TOP_LEFT, 114, true, ONE, ZERO);

        ImagePreprocessing read = read(yolox.toJson().toString());

        assertThat(read.scale()).containsExactly(ONE);
        assertThat(read.offset()).containsExactly(ZERO);
    }

    @Test
    void readsWhatHuggingFaceWrites() throws IOException {
        ImagePreprocessing mobileNet = read("""
                {"crop_size": {"height": 224, "width": 224}, "do_center_crop": true, "do_normalize": true,
                 "do_rescale": true, "do_resize": true, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5],
                 "resample": 2, "rescale_factor": 0.00392156862745098, "size": {"shortest_edge": 256}}""");
        assertThat(mobileNet.fit()).isEqualTo(Fit.CROP_CENTER);
        assertThat(mobileNet.width()).isEqualTo(224);
        assertThat(mobileNet.shortestEdge()).isEqualTo(256);
        assertThat(mobileNet.scale()).containsExactly(new float[] {1 / 127.5f, 1 / 127.5f, 1 / 127.5f}, within(1e-8f));
        assertThat(mobileNet.offset()).containsExactly(-1, -1, -1);

        ImagePreprocessing vit = read("""
                {"do_normalize": true, "do_resize": true, "image_mean": [0.485, 0.456, 0.406],
                 "image_std": [0.229, 0.224, 0.225], "resample": 2, "size": 224}""");
        assertThat(vit.fit()).isEqualTo(Fit.STRETCH);
        assertThat(vit.height()).isEqualTo(224);
        assertThat(vit.offset()[0]).isCloseTo(-0.485f / 0.229f, within(1e-6f));

        ImagePreprocessing rtDetr = read("""
                {"do_normalize": false, "do_pad": false, "do_rescale": true, "image_mean": [0.485, 0.456, 0.406],
                 "image_std": [0.229, 0.224, 0.225], "rescale_factor": 0.00392156862745098,
                 "size": {"height": 640, "width": 640}, "pad_size": null}""");
        assertThat(rtDetr.fit()).isEqualTo(Fit.STRETCH);
        assertThat(rtDetr.scale()[1]).isCloseTo(1 / 255f, within(1e-8f));
        assertThat(rtDetr.offset()).containsExactly(ZERO);

        ImagePreprocessing detr = read("""
                {"do_normalize": true, "do_pad": true, "image_mean": [0.485, 0.456, 0.406],
                 "image_std": [0.229, 0.224, 0.225], "size": {"longest_edge": 1333, "shortest_edge": 800}}""");
        assertThat(detr.fit()).isEqualTo(Fit.LETTERBOX_TOP_LEFT);
        assertThat(detr.width()).isEqualTo(1333);
    }

    @Test
    void whatIsNotUnderstoodIsNamed() {
        assertThatThrownBy(() -> read("[]")).hasMessageContaining("preprocessor_config.json: not the");
        assertThatThrownBy(() -> read("{}")).hasMessageContaining("size: {} (expected: height and width)");
        assertThatThrownBy(() -> read("{\"size\": 224, \"do_pad\": true, \"pad_position\": \"left\"}"))
                .hasMessageContaining("pad_position: left (expected: top_left, center)");
        assertThatThrownBy(() -> read("{\"size\": 224, \"image_mean\": [1, 2], \"image_std\": [1, 1, 1]}"))
                .hasMessageContaining("image_mean: [1,2] (expected: three numbers)");
        assertThatThrownBy(() -> read("{\"size\": 0}")).hasMessageContaining("width: 0 (expected: 1 to 8192)");
        assertThatThrownBy(() -> read("{\"size\": 8, \"image_mean\": [0, 0, 0], \"image_std\": [0, 1, 1]}"))
                .hasMessageContaining("image_std: 0.0 (expected: > 0)");
    }

    @Test
    void tooLittleRoomIsRefused() {
        ImagePreprocessing stretch = new ImagePreprocessing(4, 4, Fit.STRETCH, 0, false, ONE, ZERO);

        assertThatThrownBy(() -> stretch.apply(filled(4, 4, 0), new float[48], 1))
                .hasMessage("offset: 1 (expected: room for 48 values in 48)");
    }

    @Test
    void jsonIsThatOfHuggingFace() {
        String json = new ImagePreprocessing(416, 416, Fit.LETTERBOX_TOP_LEFT, 114, true, ONE, ZERO)
                .toJson()
                .toString();

        assertThat(JsonParser.parseString(json)).isEqualTo(JsonParser.parseString("""
                {"do_resize": true, "resample": 2, "size": {"height": 416, "width": 416}, "do_center_crop": false,
                 "do_pad": true, "pad_size": {"height": 416, "width": 416}, "pad_value": 114,
                 "pad_position": "top_left", "do_flip_channel_order": true, "do_rescale": false,
                 "do_normalize": false}"""));
    }

    private ImagePreprocessing read(String json) throws IOException {
        Path file = directory.resolve("preprocessor_config.json");
        Files.writeString(file, json);
        return ImagePreprocessing.read(file);
    }

    private static RgbImage filled(int width, int height, int value) {
        byte[] pixels = new byte[3 * width * height];
        Arrays.fill(pixels, (byte) value);
        return new RgbImage(width, height, pixels);
    }
}
