package dev.polymath.translation;

import dev.polymath.translation.format.Mark;
import dev.polymath.translation.format.Mark.Kind;
import dev.polymath.translation.format.Marks;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A sentence as a model reads it, with placeholders for its marks, and what must be true of the model's answer: each
 * placeholder once, pairs around what they were around, and around words if they were, the same digits.
 */
final class MarkedSentence {
    /** An ending of one or two letters, as in {@code 2nd} or {@code 8h}, is no word. */
    private static final Pattern DIGITS = Pattern.compile("(?<number>\\p{Nd}+)(?<word>\\p{L}{3})?");

    private static final String TERMINAL = ".!?…:;。！？।؟";

    /** Before these no space is written, before those of {@link #SPACED_IN_FRENCH} not outside of French. */
    private static final String TIGHT = ".,)";

    private static final String SPACED_IN_FRENCH = "!?;:";

    private final String text;
    private final Marks marks;
    private final boolean french;
    private final List<Integer> numbered = new ArrayList<>();
    private final List<Double> breaks = new ArrayList<>();
    private final List<Integer> breakMarks = new ArrayList<>();
    private final Map<Integer, Integer> around;
    private final Set<Integer> filled;
    private final Map<String, Integer> digits;
    private final String input;

    /**
     * Makes a sentence ready.
     *
     * @param placeholders at least as many as the sentence has marks, line breaks apart
     * @param target the language of the translation
     */
    MarkedSentence(String text, Marks marks, List<String> placeholders, String target) {
        this.text = text;
        this.marks = marks;
        this.french = target.equals("fr");
        this.around = new HashMap<>();
        around(text, marks, around);
        this.filled = filled(text, marks);
        this.digits = digits(text);
        StringBuilder encoded = new StringBuilder();
        int length = (int) text.codePoints().filter(c -> !Marks.isMark(c)).count();
        int read = 0;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            if (!Marks.isMark(c)) {
                encoded.appendCodePoint(c);
                read++;
                continue;
            }
            Kind kind = marks.get(c).kind();
            if (kind == Kind.BREAK) {
                encoded.append(' ');
                breaks.add((double) read / Math.max(1, length));
                breakMarks.add(c);
                continue;
            }
            String placeholder = placeholders.get(numbered.size());
            numbered.add(c);
            encoded.append(
                    kind == Kind.OPEN ? placeholder + " " : kind == Kind.CLOSE ? " " + placeholder : placeholder);
        }
        this.input = encoded.toString();
    }

    /** What the model reads. */
    String input() {
        return input;
    }

    /** Whether there is anything to put back. */
    boolean hasMarks() {
        return !numbered.isEmpty();
    }

    /** Whether there are digits that the model could change. */
    boolean hasDigits() {
        return !digits.isEmpty();
    }

    /** Whether a translation has the digits of the sentence, and no others. */
    boolean sameDigits(String translation) {
        return digits(translation).equals(digits);
    }

    /**
     * The model's answer with its marks; null if one is missing, is there twice, or has moved out of its pair, or if a pair has
     * lost its words.
     *
     * @param placeholder finds the placeholders of the model in their order
     */
    @Nullable
    String decode(String output, Pattern placeholder, List<String> placeholders) {
        StringBuilder decoded = new StringBuilder();
        Set<Integer> seen = new HashSet<>();
        Matcher matcher = placeholder.matcher(output);
        int at = 0;
        while (!placeholders.isEmpty() && matcher.find()) {
            int number = placeholders.indexOf(matcher.group());
            if (number >= numbered.size() || !seen.add(number)) {
                return null;
            }
            decoded.append(output, at, matcher.start());
            at = matcher.end();
            int mark = numbered.get(number);
            Kind kind = marks.get(mark).kind();
            if (kind == Kind.CLOSE) {
                while (!decoded.isEmpty() && decoded.charAt(decoded.length() - 1) == ' ') {
                    decoded.setLength(decoded.length() - 1);
                }
            }
            while (kind == Kind.OPEN && at < output.length() && output.charAt(at) == ' ') {
                at++;
            }
            decoded.appendCodePoint(mark);
        }
        decoded.append(output.substring(at));
        if (seen.size() < numbered.size()) {
            return null;
        }
        String stripped = asItEnded(decoded.toString().strip());
        Map<Integer, Integer> aroundNow = new HashMap<>();
        if (!around(stripped, marks, aroundNow)
                || !aroundNow.equals(around)
                || !filled(stripped, marks).containsAll(filled)) {
            return null;
        }
        return withBreaks(apart(stripped));
    }

    /** Without the full stop that a model likes to add. */
    private String asItEnded(String translation) {
        String words = words(text);
        boolean ended = !words.isEmpty() && TERMINAL.indexOf(words.charAt(words.length() - 1)) >= 0;
        return !ended && translation.length() > 1 && translation.endsWith(".") && !translation.endsWith("..")
                ? translation.substring(0, translation.length() - 1)
                : translation;
    }

    private static String words(String text) {
        StringBuilder words = new StringBuilder();
        text.codePoints().filter(c -> !Marks.isMark(c)).forEach(words::appendCodePoint);
        return words.toString().strip();
    }

    /** Whether a translation has the marks of a sentence, each in the pair that it was in. */
    static boolean sameStructure(String sentence, String translation, Marks marks) {
        Map<Integer, Integer> before = new HashMap<>();
        Map<Integer, Integer> after = new HashMap<>();
        around(sentence, marks, before);
        return around(translation, marks, after) && after.equals(before);
    }

    /** Which pair each mark is in; false if the pairs cross. A pair counts if both its ends are in the text. */
    private static boolean around(String sentence, Marks marks, Map<Integer, Integer> in) {
        Map<Integer, Integer> ends = new HashMap<>();
        List<Integer> characters =
                sentence.codePoints().filter(Marks::isMark).boxed().toList();
        for (int c : characters) {
            Mark mark = marks.get(c);
            if (mark.kind() == Kind.OPEN || mark.kind() == Kind.CLOSE) {
                ends.merge(mark.pair(), 1, Integer::sum);
            }
        }
        List<Integer> open = new ArrayList<>();
        boolean proper = true;
        for (int c : characters) {
            Mark mark = marks.get(c);
            boolean paired = mark.pair() >= 0 && ends.getOrDefault(mark.pair(), 0) == 2;
            if (paired && mark.kind() == Kind.CLOSE) {
                proper &= !open.isEmpty() && open.get(open.size() - 1) == mark.pair();
                open.remove((Integer) mark.pair());
            }
            if (mark.kind() != Kind.BREAK) {
                in.put(c, open.isEmpty() ? -1 : open.get(open.size() - 1));
            }
            if (paired && mark.kind() == Kind.OPEN) {
                open.add(mark.pair());
            }
        }
        return proper;
    }

    /** The pairs with letters or digits in them. */
    private static Set<Integer> filled(String sentence, Marks marks) {
        Set<Integer> open = new HashSet<>();
        Set<Integer> filled = new HashSet<>();
        sentence.codePoints().forEach(c -> {
            if (!Marks.isMark(c)) {
                if (Character.isLetterOrDigit(c)) {
                    filled.addAll(open);
                }
            } else if (marks.get(c).kind() == Kind.OPEN) {
                open.add(marks.get(c).pair());
            } else if (marks.get(c).kind() == Kind.CLOSE) {
                open.remove(marks.get(c).pair());
            }
        });
        return filled;
    }

    /**
     * Words that the model has put next to a mark although there was a space in the sentence are moved apart, and
     * punctuation that was next to a mark is moved back to it.
     */
    private String apart(String translation) {
        StringBuilder moved = new StringBuilder();
        for (int i = 0; i < translation.length(); ) {
            int c = translation.codePointAt(i);
            int next = i + Character.charCount(c);
            if (Marks.isMark(c)) {
                int place = text.indexOf(Character.toString(c));
                Kind kind = marks.get(c).kind();
                if (kind != Kind.CLOSE && isWord(translation, i, true) && !isWord(text, place, true)) {
                    moved.append(' ');
                }
                moved.appendCodePoint(c);
                if (kind != Kind.OPEN && isWord(translation, next, false) && !isWord(text, place + 2, false)) {
                    moved.append(' ');
                }
                if (kind != Kind.OPEN && isLoosePunctuation(translation, next, place + 2)) {
                    next++;
                }
            } else {
                moved.appendCodePoint(c);
            }
            i = next;
        }
        return moved.toString();
    }

    /** Whether a space stands before the punctuation that was right behind the mark in the sentence. */
    private boolean isLoosePunctuation(String translation, int space, int inText) {
        if (space + 1 >= translation.length() || translation.charAt(space) != ' ' || inText >= text.length()) {
            return false;
        }
        char punctuation = translation.charAt(space + 1);
        return text.charAt(inText) == punctuation
                && (TIGHT.indexOf(punctuation) >= 0 || (!french && SPACED_IN_FRENCH.indexOf(punctuation) >= 0));
    }

    /** Whether a letter or digit stands right before, or behind, a place. */
    private static boolean isWord(String text, int place, boolean before) {
        if (before ? place <= 0 : place >= text.length()) {
            return false;
        }
        int c = before ? text.codePointBefore(place) : text.codePointAt(place);
        return Character.isLetterOrDigit(c);
    }

    /** Puts line breaks at the spaces that are nearest to where they were; one for which there is no space is left out. */
    private String withBreaks(String translation) {
        if (breaks.isEmpty()) {
            return translation;
        }
        List<Integer> spaces = new ArrayList<>();
        for (int i = 0; i < translation.length(); i++) {
            if (translation.charAt(i) == ' ') {
                spaces.add(i);
            }
        }
        StringBuilder broken = new StringBuilder();
        int at = 0;
        int first = 0;
        for (int i = 0; i < breaks.size() && first < spaces.size(); i++) {
            double wanted = breaks.get(i) * translation.length();
            int lastAllowed = Math.max(first, spaces.size() - (breaks.size() - i));
            int best = first;
            for (int j = first; j <= lastAllowed; j++) {
                if (Math.abs(spaces.get(j) - wanted) < Math.abs(spaces.get(best) - wanted)) {
                    best = j;
                }
            }
            broken.append(translation, at, spaces.get(best)).appendCodePoint(breakMarks.get(i));
            at = spaces.get(best) + 1;
            first = best + 1;
        }
        return broken.append(translation.substring(at)).toString();
    }

    /** How often each number occurs. One that has grown together with a word counts as another: {@code 8ouses} is no 8. */
    private static Map<String, Integer> digits(String text) {
        Map<String, Integer> digits = new HashMap<>();
        Matcher matcher = DIGITS.matcher(text);
        while (matcher.find()) {
            StringBuilder ascii = new StringBuilder();
            matcher.group("number").codePoints().forEach(c -> ascii.append(Character.digit(c, 10)));
            if (matcher.group("word") != null) {
                ascii.append('~');
            }
            digits.merge(ascii.toString(), 1, Integer::sum);
        }
        return digits;
    }
}
