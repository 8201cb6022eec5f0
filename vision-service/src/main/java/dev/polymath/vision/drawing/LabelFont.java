package dev.polymath.vision.drawing;

import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.GeneralPath;
import java.awt.geom.Path2D;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.apache.fontbox.ttf.CmapLookup;
import org.apache.fontbox.ttf.GlyphData;
import org.apache.fontbox.ttf.TTFParser;
import org.apache.fontbox.ttf.TrueTypeFont;
import org.apache.pdfbox.io.RandomAccessReadBuffer;

/**
 * Letters as outlines, from the font that is packed with this class. Java's own text drawing needs fontconfig and fonts, which a
 * bare machine or a small container does not have. Thread-safe.
 */
final class LabelFont {
    private static final String FILE = "LiberationSans-Regular.ttf";

    private final TrueTypeFont font;
    private final CmapLookup glyphs;
    private final float unitsPerEm;
    private final ConcurrentMap<Integer, Letter> letters = new ConcurrentHashMap<>();

    /** An outline and how far the next letter is, in parts of the size; y goes down, the base line is at 0. */
    private record Letter(Shape outline, double advance) {}

    LabelFont() {
        try (InputStream in = LabelFont.class.getResourceAsStream(FILE)) {
            if (in == null) {
                throw new IllegalStateException(FILE + ": missing (expected: packed with the service)");
            }
            font = new TTFParser().parse(new RandomAccessReadBuffer(in.readAllBytes()));
            glyphs = font.getUnicodeCmapLookup();
            unitsPerEm = font.getUnitsPerEm();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Width of a line of text in pixels. */
    double width(String text, double size) {
        return size
                * text.codePoints()
                        .mapToDouble(character -> letter(character).advance())
                        .sum();
    }

    /**
     * The outline of a line of text. A character that the font does not have is an empty box.
     *
     * @param size of the letters in pixels
     * @param x of the left end
     * @param baseline y on which the letters stand
     */
    Shape outline(String text, double size, double x, double baseline) {
        Path2D line = new Path2D.Double(Path2D.WIND_NON_ZERO);
        double at = x;
        for (int character : text.codePoints().toArray()) {
            Letter letter = letter(character);
            AffineTransform place = new AffineTransform(size, 0, 0, size, at, baseline);
            line.append(letter.outline().getPathIterator(place), false);
            at += size * letter.advance();
        }
        return line;
    }

    private Letter letter(int character) {
        return letters.computeIfAbsent(character, this::read);
    }

    private Letter read(int character) {
        // the font reads from one place in its file at a time
        synchronized (font) {
            try {
                int glyph = glyphs.getGlyphId(character);
                GlyphData data = font.getGlyph().getGlyph(glyph);
                GeneralPath path = data == null ? new GeneralPath() : data.getPath();
                path.transform(AffineTransform.getScaleInstance(1 / unitsPerEm, -1 / unitsPerEm));
                return new Letter(path, font.getAdvanceWidth(glyph) / unitsPerEm);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
