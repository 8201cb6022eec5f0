package dev.polymath.translation.format;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/**
 * A text and what of it is to be translated. What no unit covers stays as it is, character by character.
 *
 * @param source the whole text
 * @param units by their beginning, the outer before the inner: a unit may lie within a mark of another one (the alternative
 *     text of an image in a sentence)
 */
public record TranslatableText(String source, List<Unit> units) {
    public TranslatableText {
        units = units.stream()
                .sorted(Comparator.comparingInt(Unit::begin)
                        .thenComparing(Comparator.comparingInt(Unit::end).reversed()))
                .toList();
    }

    /** The units that lie in no other one. */
    public List<Integer> outer() {
        List<Integer> outer = new ArrayList<>();
        int end = -1;
        for (int i = 0; i < units.size(); i++) {
            if (units.get(i).begin() >= end) {
                outer.add(i);
                end = units.get(i).end();
            }
        }
        return outer;
    }

    /** The words of all units, for the detection of their language. */
    public String words() {
        StringBuilder words = new StringBuilder();
        units.forEach(unit -> words.append(unit.words()).append('\n'));
        return words.toString();
    }

    /**
     * The text with the units translated.
     *
     * @param translations of the unit with a number, with the characters of its marks
     */
    public String render(Function<Integer, String> translations) {
        return render(0, source.length(), translations);
    }

    /** The part of the text between two places, with the units that lie in it translated. */
    public String render(int from, int to, Function<Integer, String> translations) {
        StringBuilder rendered = new StringBuilder();
        int at = from;
        for (int i = firstFrom(from); i < units.size() && units.get(i).begin() < to; i++) {
            Unit unit = units.get(i);
            if (unit.begin() >= at && unit.end() <= to) {
                rendered.append(source, at, unit.begin());
                rendered.append(write(unit, unit.marks(), translations.apply(i), translations));
                at = unit.end();
            }
        }
        return rendered.append(source, at, to).toString();
    }

    private int firstFrom(int from) {
        int low = 0;
        int high = units.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (units.get(middle).begin() < from) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /**
     * A translation, or a part of one, as it stands in the text.
     *
     * @param marks of the translation, those of the unit among them
     */
    public String write(Unit unit, Marks marks, String translation, Function<Integer, String> translations) {
        StringBuilder written = new StringBuilder();
        int from = 0;
        for (int i = 0; i < translation.length(); ) {
            int c = translation.codePointAt(i);
            int next = i + Character.charCount(c);
            if (Marks.isMark(c)) {
                written.append(unit.place().apply(translation.substring(from, i)));
                Mark mark = marks.get(c);
                written.append(write(unit, mark, translations));
                from = next;
            }
            i = next;
        }
        return written.append(unit.place().apply(translation.substring(from))).toString();
    }

    private String write(Unit unit, Mark mark, Function<Integer, String> translations) {
        String output = mark.output();
        if (output == null) {
            return render(mark.begin(), mark.end(), translations);
        }
        return switch (mark.kind()) {
            case TERM, LOOSE -> unit.place().apply(output);
            case OPEN, CLOSE, BREAK -> output;
        };
    }
}
