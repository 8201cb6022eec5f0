package dev.polymath.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProgressiveJpegTest {
    @ParameterizedTest
    @CsvSource({"1, 1, 0.9", "8, 8, 0.5", "17, 9, 0.95", "16, 16, 1", "33, 70, 0.75", "203, 101, 0.3", "203, 101, 1"})
    void hasTheSamePixelsAsJavaReadsAfterTheLastScan(int width, int height, float quality) throws IOException {
        for (int type : new int[] {BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_BYTE_GRAY}) {
            byte[] progressive = progressive(picture(width, height, type), quality);

            byte[] sequential = Objects.requireNonNull(ProgressiveJpeg.sequential(progressive));

            assertThat(JpegFile.read(sequential).progressive()).isFalse();
            assertSamePixels(sequential, progressive);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"progressive.jpg", "progressive-subsampled.jpg", "progressive-restarts.jpg"})
    void hasTheSamePixelsAsOtherEncodersMeant(String name) throws IOException {
        byte[] progressive = TestImages.resource(name);

        byte[] sequential = Objects.requireNonNull(ProgressiveJpeg.sequential(progressive));

        assertSamePixels(sequential, progressive);
    }

    @Test
    void aSequentialFileIsLeftToJava() {
        assertThat(ProgressiveJpeg.sequential(TestImages.resource("baseline.jpg")))
                .isNull();
    }

    @Test
    void aFileThatIsCutOffIsAnError() throws IOException {
        byte[] progressive = progressive(picture(64, 64, BufferedImage.TYPE_INT_RGB), 0.9f);
        ImageDecoder decoder = new ImageDecoder(ImageLimits.defaults());
        for (int length = 700; length < progressive.length - 2; length += 13) {
            byte[] part = Arrays.copyOf(progressive, length);
            assertThatThrownBy(() -> decoder.decode(part))
                    .as("%d of %d bytes", length, progressive.length)
                    .isInstanceOf(ImageException.class)
                    .hasMessageStartingWith("JPEG that is cut off after");
        }
    }

    @Test
    void aBrokenFileIsLeftToJavaOrGivesAFile() throws IOException {
        byte[] progressive = progressive(picture(64, 64, BufferedImage.TYPE_INT_RGB), 0.9f);
        Random random = new Random(7);
        int left = 0;
        for (int i = 0; i < 500; i++) {
            byte[] broken = progressive.clone();
            broken[random.nextInt(broken.length)] = (byte) random.nextInt(256);
            try {
                left += ProgressiveJpeg.sequential(broken) == null ? 1 : 0;
            } catch (ImageException e) {
                assertThat(e.kind()).isEqualTo(ImageException.Kind.UNDECODABLE);
            }
        }
        assertThat(left).isPositive();
    }

    private static void assertSamePixels(byte[] actual, byte[] expected) throws IOException {
        BufferedImage a = ImageIO.read(new ByteArrayInputStream(actual));
        BufferedImage b = ImageIO.read(new ByteArrayInputStream(expected));
        int[] pixels = a.getRGB(0, 0, a.getWidth(), a.getHeight(), null, 0, a.getWidth());
        assertThat(pixels).isEqualTo(b.getRGB(0, 0, b.getWidth(), b.getHeight(), null, 0, b.getWidth()));
    }

    /** Waves, noise and an edge. */
    private static BufferedImage picture(int width, int height, int type) {
        Random random = new Random(7);
        BufferedImage image = new BufferedImage(width, height, type);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int red = (int) (127 + 100 * Math.sin(x / 5.0)) + random.nextInt(20);
                int green = x > y ? 220 : 20;
                int blue = (int) (127 + 100 * Math.cos((x + y) / 9.0)) + random.nextInt(20);
                image.setRGB(x, y, red << 16 | green << 8 | blue);
            }
        }
        return image;
    }

    private static byte[] progressive(BufferedImage image, float quality) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ImageWriteParam parameters = writer.getDefaultWriteParam();
        parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        parameters.setCompressionQuality(quality);
        parameters.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
            writer.setOutput(out);
            writer.write(null, new IIOImage(image, null, null), parameters);
        }
        writer.dispose();
        return bytes.toByteArray();
    }
}
