package dev.polymath.translation.format;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Plain text. A line is a unit of its own, unless it goes on in the next one: that begins in lower case, or the line is long
 * and does not end like a sentence. Marks of lists, indentation, columns (tabs, three spaces), fenced blocks and lines that
 * look like code stay as they are.
 */
public final class PlainTextFormat implements TextFormat {
    /** From this length on, a line that does not end like a sentence is taken for one that was wrapped. */
    private static final int LONG = 50;

    private static final Pattern LINE =
            Pattern.compile("([^\\n\\r\\u0085\\u2028\\u2029]*+)(\\r\\n|[\\n\\r\\u0085\\u2028\\u2029]|$)");
    private static final Pattern PREFIX =
            Pattern.compile("(?:\\h|>)*+(?:(?:[-+*•‣◦▪●–—]|#{1,6}|\\(?\\d{1,3}[.)]|\\(?[a-zA-Z]\\))\\h++)?+");
    private static final Pattern COLUMNS = Pattern.compile("\\h*\\t\\h*| {3,}+");
    private static final Pattern FENCE = Pattern.compile("\\h*(```|~~~).*");
    private static final Pattern CODE =
            Pattern.compile("\\h*(?:[{}()\\[\\];,]++|.*[;{]|.*\\)\\h*[{;]?|</?\\w[^>]*>.*</\\w+>)\\h*");
    private static final Pattern CODE_SIGN = Pattern.compile("[=(){}\\[\\];<>]");
    private static final Pattern PROSE = Pattern.compile("\\p{L}{2,},?\\h+\\p{L}{2,}\\h+\\p{L}{2,}");

    @Override
    public TranslatableText read(String source) {
        List<Unit> units = new ArrayList<>();
        Reader reader = new Reader(source, units);
        Matcher line = LINE.matcher(source);
        String fence = null;
        while (line.find() && line.start() < source.length()) {
            Matcher opening = FENCE.matcher(line.group(1));
            if (fence != null || opening.matches()) {
                reader.flush();
                if (fence == null) {
                    fence = opening.group(1);
                } else if (line.group(1).strip().equals(fence)) {
                    fence = null;
                }
            } else {
                reader.line(line.start(1), line.end(1));
            }
        }
        reader.flush();
        return new TranslatableText(source, units);
    }

    private static boolean looksLikeCode(String line) {
        return CODE.matcher(line).matches()
                && CODE_SIGN.matcher(line).find()
                && (!PROSE.matcher(line).find()
                        && line.codePoints()
                                        .filter(c -> "=(){};<>_\"".indexOf(c) >= 0)
                                        .count()
                                > 2);
    }

    private static final class Reader {
        private final String source;
        private final List<Unit> units;
        private UnitBuilder unit = new UnitBuilder();
        private int lastBegin;
        private int lastEnd;
        private String lastQuote = "";

        Reader(String source, List<Unit> units) {
            this.source = source;
            this.units = units;
        }

        void line(int begin, int end) {
            Matcher prefix = PREFIX.matcher(source).region(begin, end);
            int from = prefix.lookingAt() ? prefix.end() : begin;
            int to = end;
            while (to > from && Character.isWhitespace(source.charAt(to - 1))) {
                to--;
            }
            String line = source.substring(begin, end);
            if (from >= to || looksLikeCode(line)) {
                flush();
                return;
            }
            String mark = source.substring(begin, from).replaceAll("\\h", "");
            boolean quoted = mark.chars().allMatch(c -> c == '>');
            boolean sameDepth = mark.equals(lastQuote);
            lastQuote = quoted ? mark : "";
            if (unit.isEmpty() || !quoted || !sameDepth || !goesOn(from)) {
                flush();
            } else {
                unit.mark(Mark.Kind.BREAK, source.substring(lastEnd, from), lastEnd, from);
            }
            lastBegin = from;
            lastEnd = to;
            columns(from, to);
        }

        /** Whether the line before ends within a sentence. */
        private boolean goesOn(int next) {
            char last = source.charAt(lastEnd - 1);
            return Character.isLowerCase(source.codePointAt(next))
                    || (lastEnd - lastBegin >= LONG && ".!?:;…\"”»)]".indexOf(last) < 0);
        }

        private void columns(int from, int to) {
            Matcher columns = COLUMNS.matcher(source).region(from, to);
            int at = from;
            while (columns.find()) {
                unit.text(source.substring(at, columns.start()), at, columns.start());
                flush();
                at = columns.end();
            }
            unit.text(source.substring(at, to), at, to);
        }

        void flush() {
            @Nullable Unit built = unit.build(text -> text);
            if (built != null) {
                units.add(built);
            }
            unit = new UnitBuilder();
        }
    }
}
