package dev.polymath.benchmarks;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Two graphs over the load: documents answered, and how long answers and refusals took. */
final class OverloadChart {
    private static final int WIDTH = 640;
    private static final int LEFT = 70;
    private static final int RIGHT = 620;
    private static final int TOP = 40;
    private static final int HEIGHT = 180;
    private static final int GAP = 70;

    private OverloadChart() {}

    static String svg(double sustainable, List<OverloadCommand.Row> rows) {
        StringBuilder svg = new StringBuilder(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">%n"
                        + "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n",
                WIDTH,
                TOP + 2 * HEIGHT + GAP + 50));
        double most = Math.max(
                sustainable,
                rows.stream().mapToDouble(OverloadCommand.Row::goodput).max().orElse(1));
        text(svg, LEFT, TOP - 15, "start", "answered, documents per second");
        for (int i = 0; i <= 4; i++) {
            double value = most * 1.1 * i / 4;
            grid(svg, TOP, value / (most * 1.1), String.format(Locale.ROOT, "%.0f", value));
        }
        line(svg, rows, TOP, "#1f77b4", row -> row.goodput() / (most * 1.1));
        int second = TOP + HEIGHT + GAP;
        text(svg, LEFT, second - 15, "start", "99th percentile, milliseconds: answers (blue), refusals (red)");
        for (int power = 0; power <= 5; power++) {
            grid(svg, second, power / 5.0, String.format(Locale.ROOT, "%.0f", Math.pow(10, power)));
        }
        line(svg, rows, second, "#1f77b4", row -> log(row.p99AnsweredMillis()));
        line(
                svg,
                rows.stream().filter(row -> row.p99RefusedMillis() > 0).toList(),
                rows,
                second,
                "#d62728",
                row -> log(row.p99RefusedMillis()));
        for (int i = 0; i < rows.size(); i++) {
            String label = String.format(Locale.ROOT, "%s x", number(rows.get(i).factor()));
            text(svg, x(i, rows.size()), TOP + HEIGHT + 16, "middle", label);
            text(svg, x(i, rows.size()), second + HEIGHT + 16, "middle", label);
        }
        text(
                svg,
                (LEFT + RIGHT) / 2.0,
                second + HEIGHT + 38,
                "middle",
                String.format(
                        Locale.ROOT,
                        "load, in multiples of the sustainable rate (%.0f documents per second)",
                        sustainable));
        return svg.append("</svg>\n").toString();
    }

    private static String number(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }

    /** Five powers of ten from 1 ms. */
    private static double log(double millis) {
        return Math.max(0, Math.min(1, Math.log10(Math.max(1, millis)) / 5));
    }

    private static double x(int index, int count) {
        return LEFT + 40 + (RIGHT - LEFT - 80.0) * index / Math.max(1, count - 1);
    }

    private static void grid(StringBuilder svg, int top, double share, String label) {
        double y = top + HEIGHT * (1 - share);
        svg.append(String.format(
                Locale.ROOT, "<path d=\"M%d %.1fH%d\" stroke=\"#ddd\" fill=\"none\"/>%n", LEFT, y, RIGHT));
        text(svg, LEFT - 8, y + 4, "end", label);
    }

    private static void line(
            StringBuilder svg,
            List<OverloadCommand.Row> rows,
            int top,
            String color,
            ToDoubleFunction<OverloadCommand.Row> share) {
        line(svg, rows, rows, top, color, share);
    }

    private static void line(
            StringBuilder svg,
            List<OverloadCommand.Row> rows,
            List<OverloadCommand.Row> all,
            int top,
            String color,
            ToDoubleFunction<OverloadCommand.Row> share) {
        StringBuilder path = new StringBuilder();
        StringBuilder dots = new StringBuilder();
        for (OverloadCommand.Row row : rows) {
            double x = x(all.indexOf(row), all.size());
            double y = top + HEIGHT * (1 - share.applyAsDouble(row));
            path.append(String.format(Locale.ROOT, "%s%.1f %.1f", path.isEmpty() ? "M" : "L", x, y));
            dots.append(
                    String.format(Locale.ROOT, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>%n", x, y, color));
        }
        svg.append(String.format(
                        Locale.ROOT, "<path d=\"%s\" stroke=\"%s\" stroke-width=\"2\" fill=\"none\"/>%n", path, color))
                .append(dots);
    }

    private static void text(StringBuilder svg, double x, double y, String anchor, String text) {
        svg.append(String.format(
                Locale.ROOT, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n", x, y, anchor, text));
    }
}
