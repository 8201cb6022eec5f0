package dev.polymath.vision.drawing;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Draws docs/street.jpg, the picture of the examples: a road with a stop sign beside it. Run with the name of the file. */
final class StreetPicture {
    private static final int WIDTH = 480;
    private static final int HEIGHT = 360;
    private static final int HORIZON = 220;

    private StreetPicture() {}

    public static void main(String[] args) throws IOException {
        if (!ImageIO.write(draw(), "jpg", Path.of(args[0]).toFile())) {
            throw new IllegalStateException("no writer for JPEG");
        }
    }

    static BufferedImage draw() {
        BufferedImage picture = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = picture.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setPaint(new GradientPaint(0, 0, new Color(110, 160, 220), 0, HORIZON, new Color(210, 225, 240)));
        graphics.fillRect(0, 0, WIDTH, HORIZON);
        graphics.setPaint(new GradientPaint(0, HORIZON, new Color(90, 120, 60), 0, HEIGHT, new Color(60, 90, 40)));
        graphics.fillRect(0, HORIZON, WIDTH, HEIGHT - HORIZON);
        graphics.setColor(new Color(90, 90, 95));
        graphics.fill(polygon(190, HORIZON, 230, HORIZON, 470, HEIGHT, 120, HEIGHT));
        graphics.setColor(new Color(50, 80, 45));
        graphics.fillOval(-40, 150, 180, 110);
        graphics.fillOval(350, 160, 180, 100);
        graphics.setColor(new Color(120, 120, 125));
        graphics.fillRect(317, 150, 8, 190);
        graphics.setColor(Color.WHITE);
        graphics.fill(octagon(321, 110, 62));
        graphics.setColor(new Color(190, 25, 35));
        graphics.fill(octagon(321, 110, 57));
        LabelFont font = new LabelFont();
        Shape stop = font.outline("STOP", 38, 321 - font.width("STOP", 38) / 2, 123);
        graphics.setColor(Color.WHITE);
        graphics.fill(stop);
        graphics.setStroke(new BasicStroke(2));
        graphics.draw(stop);
        graphics.dispose();
        return picture;
    }

    private static Shape octagon(double x, double y, double radius) {
        double[] points = new double[16];
        for (int i = 0; i < 8; i++) {
            double angle = Math.PI / 8 + i * Math.PI / 4;
            points[2 * i] = x + radius * Math.cos(angle);
            points[2 * i + 1] = y + radius * Math.sin(angle);
        }
        return polygon(points);
    }

    private static Shape polygon(double... points) {
        Path2D polygon = new Path2D.Double();
        polygon.moveTo(points[0], points[1]);
        for (int i = 2; i < points.length; i += 2) {
            polygon.lineTo(points[i], points[i + 1]);
        }
        polygon.closePath();
        return polygon;
    }
}
