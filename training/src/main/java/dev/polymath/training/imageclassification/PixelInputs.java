package dev.polymath.training.imageclassification;

import dev.polymath.image.ImagePreprocessing;
import dev.polymath.image.RgbImage;
import dev.polymath.training.vision.ColourJitter;
import dev.polymath.training.vision.ImageCanvas;
import dev.polymath.training.vision.ImageFiles;
import java.util.Random;

/**
 * The network reads pixels, in training of a part of the picture with other colours.
 *
 * @param crop largest share of the area that is cut off
 */
record PixelInputs(ImagePreprocessing preprocessing, ColourJitter colour, double crop)
        implements ClassificationTask.Inputs {
    PixelInputs {
        if (preprocessing.width() != preprocessing.height()) {
            throw new IllegalArgumentException("preprocessing: %d x %d (expected: a square, to train the network)"
                    .formatted(preprocessing.width(), preprocessing.height()));
        }
    }

    @Override
    public long[] shape() {
        return new long[] {3, preprocessing.height(), preprocessing.width()};
    }

    @Override
    public void train(LabelledImage picture, Random random, float[] values, int offset) {
        int side = preprocessing.width();
        RgbImage image = ImageFiles.pixels(picture.file(), preprocessing);
        ImageCanvas canvas = new ImageCanvas(side, 0);
        double whole = side / Math.sqrt(1 - crop * random.nextDouble());
        int width = (int) Math.rint(whole);
        int left = -random.nextInt(width - side + 1);
        int top = -random.nextInt(width - side + 1);
        canvas.draw(image, new ImageCanvas.Area(left, top, left + width, top + width), canvas.all());
        colour.apply(canvas, random);
        canvas.write(preprocessing, values, offset);
    }

    @Override
    public void plain(LabelledImage picture, float[] values, int offset) {
        preprocessing.apply(ImageFiles.pixels(picture.file(), preprocessing), values, offset);
    }
}
