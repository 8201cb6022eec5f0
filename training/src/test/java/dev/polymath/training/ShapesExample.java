package dev.polymath.training;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.Polygon;
import java.awt.Rectangle;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/**
 * Draws the pictures of {@code examples/shapes}: balls, boxes and cones with their boxes in {@code shapes.jsonl}, and one of them per
 * picture in a folder per label in {@code single/}. {@code main} writes them anew.
 */
final class ShapesExample {
    private static final int SIDE = 96;
    private static final List<String> LABELS = List.of("ball", "box", "cone");

    private final Random random = new Random(20);

    private ShapesExample() {}

    public static void main(String[] arguments) throws IOException {
        new ShapesExample().write(Path.of(arguments[0]));
    }

    private void write(Path folder) throws IOException {
        Files.createDirectories(folder.resolve("images"));
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 80; i++) {
            BufferedImage image = background();
            List<String> objects = new ArrayList<>();
            List<Rectangle> taken = new ArrayList<>();
            int count = 1 + random.nextInt(3);
            for (int object = 0; object < count; object++) {
                String label = LABELS.get(random.nextInt(3));
                Rectangle box = place(taken, 22, 44);
                if (box != null) {
                    taken.add(box);
                    draw(image, label, box);
                    objects.add(String.format(
                            Locale.ROOT,
                            "{\"name\": \"%s\", \"bbox\": [%d, %d, %d, %d]}",
                            label,
                            box.x,
                            box.y,
                            box.x + box.width,
                            box.y + box.height));
                }
            }
            String name = String.format(Locale.ROOT, "%02d.png", i);
            ImageIO.write(image, "png", folder.resolve("images").resolve(name).toFile());
            lines.add(String.format(
                    Locale.ROOT,
                    "{\"image\": \"%s\", \"width\": %d, \"height\": %d, \"split\": \"%s\", \"objects\": [%s]}",
                    name,
                    SIDE,
                    SIDE,
                    i < 64 ? "train" : "test",
                    String.join(", ", objects)));
        }
        Files.write(folder.resolve("shapes.jsonl"), lines);
        for (String label : LABELS) {
            Path single = folder.resolve("single").resolve(label);
            Files.createDirectories(single);
            for (int i = 0; i < 12; i++) {
                BufferedImage image = background();
                Rectangle box = Objects.requireNonNull(place(List.of(), 40, 80));
                draw(image, label, box);
                ImageIO.write(
                        image,
                        "png",
                        single.resolve(String.format(Locale.ROOT, "%02d.png", i))
                                .toFile());
            }
        }
    }

    private BufferedImage background() {
        BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setPaint(new GradientPaint(0, 0, colour(60, 140), random.nextInt(SIDE), SIDE, colour(60, 140)));
        graphics.fillRect(0, 0, SIDE, SIDE);
        graphics.dispose();
        return image;
    }

    /** Not on what is there. */
    private @Nullable Rectangle place(List<Rectangle> taken, int least, int most) {
        for (int attempt = 0; attempt < 50; attempt++) {
            int size = least + random.nextInt(most - least);
            Rectangle box = new Rectangle(random.nextInt(SIDE - size), random.nextInt(SIDE - size), size, size);
            if (taken.stream().noneMatch(box::intersects)) {
                return box;
            }
        }
        return null;
    }

    private void draw(BufferedImage image, String label, Rectangle box) {
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        Color colour = colour(150, 255);
        graphics.setPaint(new GradientPaint(
                box.x,
                box.y,
                colour.brighter(),
                box.x + box.width,
                box.y + box.height,
                colour.darker().darker()));
        switch (label) {
            case "ball" -> graphics.fillOval(box.x, box.y, box.width, box.height);
            case "box" -> graphics.fillRect(box.x, box.y, box.width, box.height);
            default ->
                graphics.fill(new Polygon(
                        new int[] {box.x + box.width / 2, box.x, box.x + box.width},
                        new int[] {box.y, box.y + box.height, box.y + box.height},
                        3));
        }
        graphics.dispose();
    }

    private Color colour(int from, int to) {
        return new Color(
                from + random.nextInt(to - from), from + random.nextInt(to - from), from + random.nextInt(to - from));
    }
}
