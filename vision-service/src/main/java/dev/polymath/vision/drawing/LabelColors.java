package dev.polymath.vision.drawing;

import java.awt.Color;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The colours of the labels of one picture: different ones as long as there are enough, and mostly the same for a label in every
 * picture. Not thread-safe.
 */
final class LabelColors {
    /** Easy to tell apart, and none of the colours of grass, sky and skin. */
    private static final List<Color> PALETTE = List.of(
            new Color(0xE6194B),
            new Color(0xFFE119),
            new Color(0x4363D8),
            new Color(0xF58231),
            new Color(0x42D4F4),
            new Color(0xF032E6),
            new Color(0xBFEF45),
            new Color(0x911EB4),
            new Color(0x3CB44B),
            new Color(0xFABED4),
            new Color(0x469990),
            new Color(0x9A6324));

    private final Map<String, Color> colors = new HashMap<>();

    Color of(String label) {
        Color known = colors.get(label);
        if (known != null) {
            return known;
        }
        int first = Math.floorMod(label.hashCode(), PALETTE.size());
        Color color = PALETTE.get(first);
        for (int i = 1; i < PALETTE.size() && colors.containsValue(color); i++) {
            color = PALETTE.get((first + i) % PALETTE.size());
        }
        if (colors.containsValue(color)) {
            color = PALETTE.get(first);
        }
        colors.put(label, color);
        return color;
    }

    /** Black or white, whichever is easier to read on a colour. */
    static Color textOn(Color background) {
        return contrast(Color.BLACK, background) >= contrast(Color.WHITE, background) ? Color.BLACK : Color.WHITE;
    }

    /** Contrast ratio as in WCAG 2: 1 to 21, of which 4.5 is enough to read text. */
    static double contrast(Color a, Color b) {
        double first = luminance(a);
        double second = luminance(b);
        return (Math.max(first, second) + 0.05) / (Math.min(first, second) + 0.05);
    }

    private static double luminance(Color color) {
        return 0.2126 * linear(color.getRed()) + 0.7152 * linear(color.getGreen()) + 0.0722 * linear(color.getBlue());
    }

    private static double linear(int value) {
        double share = value / 255.0;
        return share <= 0.04045 ? share / 12.92 : Math.pow((share + 0.055) / 1.055, 2.4);
    }
}
