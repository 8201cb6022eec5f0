package dev.polymath.translation.format;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Turns what stands between pieces of text into marks: tags in pairs, comments and the like as terms. A tag that is not of
 * an inline element ends the unit. Not thread-safe.
 */
final class MarkupReader {
    private static final Set<String> VOID = Set.of("img", "input", "wbr", "embed", "area", "source", "track", "param");

    /** Tags, comments, declarations; an attribute value in quotes may have a {@code >} in it. */
    private static final Pattern MARKUP = Pattern.compile(
            "<!--.*?(?:-->|$)|<[!?][^>]*+>?|<(?<end>/?)(?<name>[a-zA-Z0-9][^\\s/>]*+)(?:[^>\"']|\"[^\"]*+\"|'[^']*+'|[\"'])*+>?",
            Pattern.DOTALL);

    private record Open(String name, int pair, int place, int begin) {}

    private final String source;
    private final List<Unit> units;
    private final Predicate<String> inline;
    private final UnaryOperator<String> place;
    private final Deque<Open> open = new ArrayDeque<>();
    private UnitBuilder unit = new UnitBuilder();

    /**
     * @param units to which the units are added
     * @param inline whether the tags of elements with a name, in lower case, may stand within a unit
     * @param place how text is written
     */
    MarkupReader(String source, List<Unit> units, Predicate<String> inline, UnaryOperator<String> place) {
        this.source = source;
        this.units = units;
        this.inline = inline;
        this.place = place;
    }

    UnitBuilder unit() {
        return unit;
    }

    /** Ends the unit. */
    void flush() {
        @Nullable Unit built = unit.build(place);
        if (built != null) {
            units.add(built);
        }
        unit = new UnitBuilder();
        open.clear();
    }

    /** Reads what is between two texts. What is no markup is a term. */
    void markup(int from, int to) {
        Matcher matcher = MARKUP.matcher(source).region(from, to);
        int at = from;
        while (at < to && matcher.find()) {
            other(at, matcher.start());
            at = matcher.end();
            String name = matcher.group("name");
            if (name == null) {
                unit.term(matcher.start(), matcher.end());
            } else {
                tag(element(name), !matcher.group("end").isEmpty(), matcher.start(), matcher.end());
            }
        }
        other(at, to);
    }

    /** In WebVTT a tag has classes behind a full stop, its end tag has not. */
    private static String element(String name) {
        int stop = name.indexOf('.');
        return (stop > 0 && !Character.isDigit(name.charAt(0)) ? name.substring(0, stop) : name)
                .toLowerCase(Locale.ROOT);
    }

    private void other(int from, int to) {
        if (from < to) {
            unit.term(from, to);
        }
    }

    private void tag(String name, boolean end, int from, int to) {
        if (!inline.test(name)) {
            flush();
        } else if (VOID.contains(name) || Character.isDigit(name.charAt(0)) || source.startsWith("/>", to - 2)) {
            unit.term(from, to);
        } else if (end) {
            close(name, from, to);
        } else {
            int begin = unit.place();
            open.push(new Open(name, unit.open(from, to), begin, from));
        }
    }

    private void close(String name, int from, int to) {
        Open match = open.stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElse(null);
        if (match == null) {
            unit.close(-1, from, to);
            return;
        }
        open.remove(match);
        if (unit.onlyMarksAfter(match.place()) && open.stream().noneMatch(each -> each.begin() > match.begin())) {
            unit.fold(match.place(), match.begin(), to);
        } else {
            unit.close(match.pair(), from, to);
        }
    }
}
