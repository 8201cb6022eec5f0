package dev.polymath.training;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/**
 * Shows how far a run is: a bar that is redrawn on a terminal, a line every half minute elsewhere. Not thread-safe.
 */
final class Progress {
    private static final int WIDTH = 24;
    private static final Duration BETWEEN_LINES = Duration.ofSeconds(30);
    private static final Duration BETWEEN_DRAWS = Duration.ofMillis(200);

    private final PrintStream out;
    private final boolean terminal;
    private long lastShown = System.nanoTime() - BETWEEN_LINES.toNanos();
    private int lastLength;

    Progress(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /**
     * @param fraction done, in [0, 1]
     * @param unit what is counted in {@code perSecond}
     * @param remaining estimated
     */
    void show(String what, double fraction, double loss, double perSecond, String unit, Duration remaining) {
        long now = System.nanoTime();
        if (now - lastShown < (terminal ? BETWEEN_DRAWS : BETWEEN_LINES).toNanos()) {
            return;
        }
        lastShown = now;
        int filled = (int) Math.round(fraction * WIDTH);
        String line = String.format(
                Locale.ROOT,
                "%s [%s%s] %5.1f%%  loss %.4f  %s %s/s  %s left",
                what,
                "#".repeat(filled),
                ".".repeat(WIDTH - filled),
                100 * fraction,
                loss,
                String.format(Locale.ROOT, perSecond < 100 ? "%.1f" : "%,.0f", perSecond),
                unit,
                clock(remaining));
        if (terminal) {
            out.print("\r" + line + " ".repeat(Math.max(0, lastLength - line.length())));
            out.flush();
            lastLength = line.length();
        } else {
            out.println(line);
        }
    }

    /** A line of its own that stays. */
    void say(String message) {
        if (terminal && lastLength > 0) {
            out.print("\r" + " ".repeat(lastLength) + "\r");
            lastLength = 0;
        }
        out.println(message);
    }

    private static String clock(Duration duration) {
        return duration.toHours() > 0
                ? "%d:%02d:%02d".formatted(duration.toHours(), duration.toMinutesPart(), duration.toSecondsPart())
                : "%02d:%02d".formatted(duration.toMinutesPart(), duration.toSecondsPart());
    }
}
