package dev.polymath.vision.drawing;

import dev.polymath.image.RgbImage;
import dev.polymath.inference.DetectedObject;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Draws objects into their image: boxes with a dark edge, and labels with confidences on their colour. Thread-safe. */
public final class ObjectPainter {
    static {
        // a service has no screen, whatever the machine has
        System.setProperty("java.awt.headless", "true");
    }

    private static final double MIN_LETTERS = 9;
    private static final double MAX_LETTERS = 40;

    /** Parts of the longer side. */
    private static final double LETTERS = 1 / 40.0;

    /** Parts of the size of the letters. */
    private static final double HEIGHT = 1.3;

    private static final double BASELINE = 1.0;
    private static final double PADDING = 0.3;

    private static final Color EDGE = new Color(0, 0, 0, 160);

    private final LabelFont font = new LabelFont();

    /** How thick and how large things are in a picture. */
    private record Style(double letters, float line) {
        static Style of(BufferedImage picture) {
            double side = Math.max(picture.getWidth(), picture.getHeight());
            double letters = Math.max(MIN_LETTERS, Math.min(MAX_LETTERS, side * LETTERS));
            return new Style(letters, (float) Math.max(1.5, letters / 8));
        }
    }

    /**
     * The picture with the objects in it.
     *
     * @param objects the most confident first; it is drawn last, over the others
     * @param maxSide longer side of the picture in pixels, at most
     * @return PNG
     */
    public byte[] png(RgbImage image, List<DetectedObject> objects, int maxSide) {
        BufferedImage picture = shrunk(image, maxSide).toBufferedImage();
        Graphics2D graphics = picture.createGraphics();
        try {
            graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
            graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
            draw(graphics, picture, objects);
        } finally {
            graphics.dispose();
        }
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        // in memory: the default is a file
        try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(png)) {
            ImageIO.write(picture, "png", out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return png.toByteArray();
    }

    private static RgbImage shrunk(RgbImage image, int maxSide) {
        int side = Math.max(image.width(), image.height());
        return side <= maxSide
                ? image
                : image.resize(Math.max(1, (int) Math.round(image.width() * (double) maxSide / side)), Math.max(1, (int)
                        Math.round(image.height() * (double) maxSide / side)));
    }

    private void draw(Graphics2D graphics, BufferedImage picture, List<DetectedObject> objects) {
        Style style = Style.of(picture);
        LabelColors colors = new LabelColors();
        objects.forEach(object -> colors.of(object.label()));
        for (int i = objects.size() - 1; i >= 0; i--) {
            box(
                    graphics,
                    frame(objects.get(i), picture, style),
                    colors.of(objects.get(i).label()),
                    style);
        }
        // the most confident objects get the best places, and are drawn over what is left to the others
        List<Label> labels = new ArrayList<>();
        for (DetectedObject object : objects) {
            labels.add(label(object, picture, style, labels));
        }
        for (int i = labels.size() - 1; i >= 0; i--) {
            Color color = colors.of(objects.get(i).label());
            graphics.setColor(color);
            graphics.fill(labels.get(i).place());
            graphics.setColor(LabelColors.textOn(color));
            graphics.fill(labels.get(i).text());
        }
    }

    private static void box(Graphics2D graphics, Rectangle2D frame, Color color, Style style) {
        graphics.setColor(EDGE);
        graphics.setStroke(new BasicStroke(style.line() + 2));
        graphics.draw(frame);
        graphics.setColor(color);
        graphics.setStroke(new BasicStroke(style.line()));
        graphics.draw(frame);
    }

    /** The box, so far inside of the picture that all of its line is seen. */
    private static Rectangle2D frame(DetectedObject object, BufferedImage picture, Style style) {
        double half = style.line() / 2;
        double left = clamp(object.box().xMin() * picture.getWidth(), half, picture.getWidth() - half);
        double top = clamp(object.box().yMin() * picture.getHeight(), half, picture.getHeight() - half);
        double right = clamp(object.box().xMax() * picture.getWidth(), half, picture.getWidth() - half);
        double bottom = clamp(object.box().yMax() * picture.getHeight(), half, picture.getHeight() - half);
        return new Rectangle2D.Double(left, top, right - left, bottom - top);
    }

    private static double clamp(double value, double least, double most) {
        return Math.max(least, Math.min(value, Math.max(least, most)));
    }

    /** A label: where it is and its letters. */
    private record Label(Rectangle2D place, Shape text) {}

    /** The first of: above the box, below it, inside at the top, inside at the bottom, where no other label is. */
    private Label label(DetectedObject object, BufferedImage picture, Style style, List<Label> others) {
        String text = String.format(Locale.ROOT, "%s %.2f", object.label(), object.confidence());
        double padding = PADDING * style.letters();
        double letters = style.letters();
        double width = font.width(text, letters) + 2 * padding;
        if (width > picture.getWidth()) {
            // never too small to see, even if the end is cut off then
            letters = Math.max(MIN_LETTERS / 1.5, letters * picture.getWidth() / width);
            padding = PADDING * letters;
            width = Math.min(picture.getWidth(), font.width(text, letters) + 2 * padding);
        }
        double height = HEIGHT * letters;
        Rectangle2D frame = frame(object, picture, style);
        double half = style.line() / 2;
        double x = clamp(frame.getMinX() - half, 0, picture.getWidth() - width);
        double[] tops = {
            frame.getMinY() - half - height,
            frame.getMaxY() + half,
            frame.getMinY() - half,
            frame.getMaxY() + half - height
        };
        for (double top : tops) {
            Rectangle2D place = new Rectangle2D.Double(x, top, width, height);
            boolean inside = place.getMinY() >= 0 && place.getMaxY() <= picture.getHeight();
            if (inside && others.stream().noneMatch(other -> other.place().intersects(place))) {
                return label(text, letters, padding, place);
            }
        }
        double top = clamp(tops[0], 0, picture.getHeight() - height);
        return label(text, letters, padding, new Rectangle2D.Double(x, top, width, height));
    }

    private Label label(String text, double letters, double padding, Rectangle2D place) {
        return new Label(place, font.outline(text, letters, place.getX() + padding, place.getY() + BASELINE * letters));
    }
}
