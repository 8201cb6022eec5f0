package dev.polymath.training.objectdetection;

import dev.polymath.image.DecodedImage;
import dev.polymath.image.ImagePreprocessing;
import dev.polymath.image.Placement;
import dev.polymath.image.RgbImage;
import dev.polymath.training.vision.ImageCanvas;
import dev.polymath.training.vision.ImageFiles;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Makes what the network reads of annotated pictures: as they are, or augmented. Thread-safe. */
final class DetectionExamples {
    private static final int BACKGROUND = 114;
    /** Of an object that is cut, what must be left of it, as a share of its area. */
    private static final double LEAST_PART = 0.2;
    /** Pixels that an object must have in both directions. */
    private static final float SMALLEST = 4;

    private final List<String> labels;
    private final ImagePreprocessing preprocessing;
    private final Mosaic options;

    /**
     * @param labels by id
     * @param preprocessing of the network, square
     */
    DetectionExamples(List<String> labels, ImagePreprocessing preprocessing, Mosaic options) {
        this.labels = List.copyOf(labels);
        this.preprocessing = preprocessing;
        this.options = options;
    }

    /** The preprocessing of YOLOX: letterbox at the top left, blue, green, red, 0 to 255. */
    static ImagePreprocessing yolox(int size) {
        return new ImagePreprocessing(
                size,
                size,
                ImagePreprocessing.Fit.LETTERBOX_TOP_LEFT,
                BACKGROUND,
                true,
                new float[] {1, 1, 1},
                new float[3]);
    }

    /**
     * Pictures as the network reads them.
     *
     * @param pixels {@code [batch, 3, size, size]}
     * @param targets of each picture, in pixels of the input
     */
    record Batch(float[] pixels, List<List<SimOta.Target>> targets) {}

    /**
     * Pictures as serving reads them.
     *
     * @param pixels {@code [batch, 3, size, size]}
     * @param placements of the pictures in them, in the unit of their boxes
     */
    record PlainBatch(float[] pixels, List<AnnotatedImage> pictures, List<Placement> placements) {}

    int size() {
        return preprocessing.width();
    }

    PlainBatch plain(List<AnnotatedImage> pictures) {
        float[] pixels = new float[pictures.size() * preprocessing.size()];
        List<Placement> placements = new ArrayList<>();
        for (AnnotatedImage picture : pictures) {
            RgbImage image = ImageFiles.decode(picture.file(), size()).pixels();
            Placement placement = preprocessing.apply(image, pixels, placements.size() * preprocessing.size());
            placements.add(new Placement(
                    placement.scaleX() * image.width() / picture.width(),
                    placement.scaleY() * image.height() / picture.height(),
                    placement.left(),
                    placement.top()));
        }
        return new PlainBatch(pixels, pictures, placements);
    }

    /**
     * Augmented pictures.
     *
     * @param pictures all that there are
     * @param chosen indices of those of the batch; a mosaic takes three more at random
     * @param mosaics whether there may be mosaics
     * @param seed of everything random
     */
    Batch augmented(List<AnnotatedImage> pictures, int[] chosen, boolean mosaics, long seed) {
        float[] pixels = new float[chosen.length * preprocessing.size()];
        List<List<SimOta.Target>> targets = new ArrayList<>();
        Random random = new Random(seed);
        for (int index : chosen) {
            ImageCanvas canvas = new ImageCanvas(size(), BACKGROUND);
            List<SimOta.Target> found = mosaics && random.nextDouble() < options.mosaic
                    ? mosaic(canvas, pictures, index, random)
                    : single(canvas, pictures.get(index), random);
            if (options.colour.apply(canvas, random)) {
                found = found.stream().map(this::mirrored).toList();
            }
            canvas.write(preprocessing, pixels, targets.size() * preprocessing.size());
            targets.add(found);
        }
        return new Batch(pixels, targets);
    }

    /** Larger or smaller, and shifted from where the letterbox has it. */
    private List<SimOta.Target> single(ImageCanvas canvas, AnnotatedImage picture, Random random) {
        double factor = options.drawScale(random);
        double x = options.drawShift(random, size());
        double y = options.drawShift(random, size());
        DecodedImage decoded = ImageFiles.decode(picture.file(), size());
        double ratio = ratio(decoded.pixels()) * factor;
        // what would stand out is cut from a random place
        double spareX = size() - ratio * decoded.pixels().width();
        double spareY = size() - ratio * decoded.pixels().height();
        x += Math.min(0, spareX) * random.nextDouble();
        y += Math.min(0, spareY) * random.nextDouble();
        return draw(canvas, decoded, picture, ratio, x, y, canvas.all());
    }

    /** Four pictures around a point near the middle. */
    private List<SimOta.Target> mosaic(ImageCanvas canvas, List<AnnotatedImage> pictures, int first, Random random) {
        List<SimOta.Target> targets = new ArrayList<>();
        double factor = options.drawScale(random);
        int middleX = middle(random, factor);
        int middleY = middle(random, factor);
        for (int quarter = 0; quarter < 4; quarter++) {
            AnnotatedImage picture = pictures.get(quarter == 0 ? first : random.nextInt(pictures.size()));
            DecodedImage decoded = ImageFiles.decode(picture.file(), size());
            double ratio = ratio(decoded.pixels()) * factor;
            boolean atLeft = quarter % 2 == 0;
            boolean above = quarter < 2;
            double x = atLeft ? middleX - Math.rint(ratio * decoded.pixels().width()) : middleX;
            double y = above ? middleY - Math.rint(ratio * decoded.pixels().height()) : middleY;
            ImageCanvas.Area area = new ImageCanvas.Area(
                    atLeft ? 0 : middleX, above ? 0 : middleY, atLeft ? middleX : size(), above ? middleY : size());
            targets.addAll(draw(canvas, decoded, picture, ratio, x, y, area));
        }
        return targets;
    }

    private int middle(Random random, double factor) {
        double middle =
                size() / 2.0 + size() * factor * (random.nextDouble() - 0.5) + options.drawShift(random, size());
        return (int) Math.max(0.1 * size(), Math.min(0.9 * size(), middle));
    }

    private double ratio(RgbImage image) {
        return Math.min((double) size() / image.width(), (double) size() / image.height());
    }

    private List<SimOta.Target> draw(
            ImageCanvas canvas,
            DecodedImage decoded,
            AnnotatedImage picture,
            double ratio,
            double x,
            double y,
            ImageCanvas.Area within) {
        RgbImage image = decoded.pixels();
        int left = (int) Math.rint(x);
        int top = (int) Math.rint(y);
        int width = Math.max(1, (int) Math.rint(ratio * image.width()));
        int height = Math.max(1, (int) Math.rint(ratio * image.height()));
        canvas.draw(image, new ImageCanvas.Area(left, top, left + width, top + height), within);
        Rectangle visible = new Rectangle(within.left(), within.top(), within.right(), within.bottom());
        List<SimOta.Target> targets = new ArrayList<>();
        for (AnnotatedImage.Item item : picture.objects()) {
            Rectangle whole = item.box()
                    .scale((float) width / picture.width(), (float) height / picture.height())
                    .shift(left, top);
            Rectangle part = whole.intersect(visible);
            if (!item.crowd()
                    && part.width() >= SMALLEST
                    && part.height() >= SMALLEST
                    && part.area() >= LEAST_PART * whole.area()) {
                targets.add(new SimOta.Target(labels.indexOf(item.label()), part));
            }
        }
        return targets;
    }

    private SimOta.Target mirrored(SimOta.Target target) {
        Rectangle box = target.box();
        return new SimOta.Target(
                target.label(), new Rectangle(size() - box.right(), box.top(), size() - box.left(), box.bottom()));
    }
}
