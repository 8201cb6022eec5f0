package dev.polymath.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class RgbImageTest {
    private final RgbImage image =
            new RgbImage(3, 2, new byte[] {1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 7, (byte) 255});

    @Test
    void cropCopiesAPart() {
        RgbImage part = image.crop(1, 1, 2, 1);

        assertThat(part.toString()).isEqualTo("2x1");
        assertThat(part.pixels()).containsExactly(5, 5, 5, 6, 7, 255);
    }

    @Test
    void cropOutsideIsRefused() {
        assertThatThrownBy(() -> image.crop(3, 0, 1, 1)).hasMessage("x: 3 (expected: 0 to 2)");
        assertThatThrownBy(() -> image.crop(1, 0, 3, 1)).hasMessage("cropWidth: 3 (expected: 1 to 2)");
        assertThatThrownBy(() -> image.crop(0, 0, 1, 0)).hasMessage("cropHeight: 0 (expected: 1 to 2)");
    }

    @Test
    void pixelsThatDoNotFitAreRefused() {
        assertThatThrownBy(() -> new RgbImage(2, 2, new byte[11])).hasMessage("pixels: 11 (expected: 3 x 2 x 2)");
        assertThatThrownBy(() -> new RgbImage(0, 2, new byte[0])).hasMessage("width: 0 (expected: >= 1)");
    }

    @Test
    void resizeAveragesWhereItShrinks() {
        byte[] pixels = new byte[3 * 100];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) (i / 3 % 2 == 0 ? 0 : 200);
        }
        RgbImage stripes = new RgbImage(100, 1, pixels);

        assertThat(stripes.resize(100, 1).pixels()).isEqualTo(pixels);
        assertThat(stripes.resize(5, 1).pixels()).hasSize(15).satisfies(shrunk -> {
            for (byte value : shrunk) {
                assertThat((int) value).isBetween(95, 105);
            }
        });
        assertThat(stripes.resize(8, 2).toString()).isEqualTo("8x2");
        assertThatThrownBy(() -> stripes.resize(0, 1)).hasMessage("newWidth: 0 (expected: >= 1)");
    }

    @Test
    void bufferedImageHasTheSamePixels() {
        assertThat(image.toBufferedImage().getRGB(2, 1)).isEqualTo(0xFF0607FF);
        assertThat(image.toBufferedImage().getRGB(0, 0)).isEqualTo(0xFF010101);
    }
}
