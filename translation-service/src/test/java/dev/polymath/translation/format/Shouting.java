package dev.polymath.translation.format;

import java.util.List;
import java.util.stream.Collectors;

/** Translates into upper case, without a model. */
final class Shouting {
    private Shouting() {}

    static String translate(TextFormat format, String source) {
        TranslatableText text = format.read(source);
        return text.render(i -> shout(text.units().get(i).text()));
    }

    /** The units, with a `|` for each mark and a `/` for each line break. */
    static List<String> units(TextFormat format, String source) {
        return format.read(source).units().stream()
                .map(unit -> unit.text()
                        .codePoints()
                        .mapToObj(c -> !Marks.isMark(c)
                                ? Character.toString(c)
                                : unit.marks().get(c).kind() == Mark.Kind.BREAK ? "/" : "|")
                        .collect(Collectors.joining()))
                .toList();
    }

    private static String shout(String text) {
        return text.codePoints()
                .map(c -> Marks.isMark(c) ? c : Character.toUpperCase(c))
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
