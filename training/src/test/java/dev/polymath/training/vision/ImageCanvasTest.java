package dev.polymath.training.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.polymath.image.ImagePreprocessing;
import dev.polymath.image.RgbImage;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ImageCanvasTest {
    private static final ImagePreprocessing RGB = preprocessing(false);

    @Test
    void aPictureIsDrawnWhereItIsWantedAndNowhereElse() {
        ImageCanvas canvas = new ImageCanvas(4, 114);

        canvas.draw(grey(2, 2, 10), new ImageCanvas.Area(-1, 1, 3, 5), new ImageCanvas.Area(0, 0, 2, 4));

        float[] red = Arrays.copyOf(values(canvas, RGB), 16);
        assertThat(red)
                .containsExactly(
                        114, 114, 114, 114, //
                        10, 10, 114, 114, //
                        10, 10, 114, 114, //
                        10, 10, 114, 114);
    }

    @Test
    void mirroringSwapsLeftAndRightAndPlanesAreInTheOrderOfTheModel() {
        ImageCanvas canvas = new ImageCanvas(4, 0);
        byte[] pixels = {9, 8, 7};
        canvas.draw(new RgbImage(1, 1, pixels), new ImageCanvas.Area(0, 0, 1, 1), canvas.all());

        canvas.mirror();

        assertThat(values(canvas, RGB)[3]).isEqualTo(9);
        assertThat(values(canvas, RGB)[0]).isZero();
        assertThat(values(canvas, preprocessing(true))[3]).isEqualTo(7);
        assertThat(values(canvas, preprocessing(true))[35]).isEqualTo(9);
    }

    @Test
    void coloursTurnAroundGreyWhichStays() {
        byte[] pixels = {(byte) 200, 0, 0, 100, 100, 100};
        ImageCanvas canvas = new ImageCanvas(4, 0);
        canvas.draw(new RgbImage(2, 1, pixels), new ImageCanvas.Area(0, 0, 2, 1), canvas.all());

        // a third of a turn makes red green
        canvas.colour(1 / 3.0, 1, 1);

        float[] values = values(canvas, RGB);
        assertThat(new float[] {values[0], values[16], values[32]})
                .containsExactly(new float[] {0, 200, 0}, within(0.01f));
        assertThat(new float[] {values[1], values[17], values[33]})
                .containsExactly(new float[] {100, 100, 100}, within(0.01f));

        canvas.colour(0, 0, 0.5);
        values = values(canvas, RGB);
        assertThat(new float[] {values[0], values[16], values[32]})
                .containsExactly(new float[] {200 / 6f, 200 / 6f, 200 / 6f}, within(0.01f));
    }

    private static float[] values(ImageCanvas canvas, ImagePreprocessing preprocessing) {
        float[] values = new float[48];
        canvas.write(preprocessing, values, 0);
        return values;
    }

    private static RgbImage grey(int width, int height, int value) {
        byte[] pixels = new byte[3 * width * height];
        Arrays.fill(pixels, (byte) value);
        return new RgbImage(width, height, pixels);
    }

    private static ImagePreprocessing preprocessing(boolean bgr) {
        return new ImagePreprocessing(
                4, 4, ImagePreprocessing.Fit.STRETCH, 0, bgr, new float[] {1, 1, 1}, new float[] {0, 0, 0});
    }
}
