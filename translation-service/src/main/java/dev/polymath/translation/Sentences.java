package dev.polymath.translation;

import dev.polymath.text.SentenceSplitter;
import dev.polymath.text.TextSpan;
import dev.polymath.translation.format.Mark;
import dev.polymath.translation.format.Mark.Kind;
import dev.polymath.translation.format.Marks;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The sentences of a text with marks, and what stands between them. All of it together is the text.
 *
 * @param sentences in their order
 * @param end what follows on the last one
 */
record Sentences(List<Sentence> sentences, String end) {
    /** A sentence, and the white space and marks that come before it and stay where they are. */
    record Sentence(String before, String text) {}

    static Sentences of(String text, Marks marks, SentenceSplitter splitter) {
        StringBuilder flat = new StringBuilder();
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            int next = i + Character.charCount(c);
            if (!Marks.isMark(c)) {
                flat.appendCodePoint(c);
                for (int j = i; j < next; j++) {
                    places.add(j);
                }
            } else {
                switch (marks.get(c).kind()) {
                    // a word that begins with a capital, so that a sentence may begin with it
                    case TERM -> {
                        flat.append("Xx");
                        places.add(i);
                        places.add(i + 1);
                    }
                    case BREAK -> {
                        flat.append(' ');
                        places.add(i);
                    }
                    // emoji, in a place where the splitter sees no letter
                    case LOOSE -> {
                        flat.append('\uFFFC');
                        places.add(i);
                    }
                    case OPEN, CLOSE -> {}
                }
            }
            i = next;
        }
        List<Sentence> sentences = new ArrayList<>();
        StringBuilder before = new StringBuilder();
        int at = 0;
        List<TextSpan> spans = splitter.split(flat.toString());
        for (int i = 0; i < spans.size(); i++) {
            boolean last = i == spans.size() - 1;
            int end = last
                    ? text.length()
                    : cut(
                            text,
                            places.get(spans.get(i).end() - 1),
                            places.get(spans.get(i + 1).begin()),
                            marks);
            Sentence peeled = peel(text.substring(at, end), marks, before);
            if (!peeled.text().isEmpty()) {
                sentences.add(peeled);
            }
            at = end;
        }
        return new Sentences(sentences, before.append(text.substring(at)).toString());
    }

    /** Where in the gap between two sentences the second begins: at its white space, or else at a tag that opens. */
    private static int cut(String text, int lastOfFirst, int second, Marks marks) {
        int at = lastOfFirst + Character.charCount(text.codePointAt(lastOfFirst));
        for (int i = at; i < second; ) {
            int c = text.codePointAt(i);
            if (Marks.isMark(c) ? marks.get(c).kind() != Kind.CLOSE : Character.isWhitespace(c)) {
                return i;
            }
            i += Character.charCount(c);
        }
        return second;
    }

    /**
     * Takes off what need not be translated at the ends of a sentence: white space, emoji, tags whose other end is elsewhere
     * or at the other end.
     *
     * @param before what stands before the sentence already; then what stands behind it
     */
    private static Sentence peel(String text, Marks marks, StringBuilder before) {
        Map<Integer, Integer> ends = pairEnds(text, marks);
        int begin = 0;
        int end = text.length();
        boolean more = true;
        while (more && begin < end) {
            more = false;
            int first = text.codePointAt(begin);
            int last = text.codePointBefore(end);
            int afterFirst = begin + Character.charCount(first);
            int beforeLast = end - Character.charCount(last);
            if (isPeeled(first, marks, ends)) {
                begin = afterFirst;
                more = true;
            } else if (isPeeled(last, marks, ends)) {
                end = beforeLast;
                more = true;
            } else if (Marks.isMark(first)
                    && Marks.isMark(last)
                    && marks.get(first).kind() == Kind.OPEN
                    && marks.get(last).kind() == Kind.CLOSE
                    && marks.get(first).pair() == marks.get(last).pair()) {
                begin = afterFirst;
                end = beforeLast;
                more = true;
            }
        }
        Sentence sentence = new Sentence(before.append(text, 0, begin).toString(), text.substring(begin, end));
        before.setLength(0);
        if (sentence.text().isEmpty()) {
            before.append(sentence.before()).append(text.substring(end));
        } else {
            before.append(text.substring(end));
        }
        return sentence;
    }

    private static boolean isPeeled(int c, Marks marks, Map<Integer, Integer> ends) {
        if (!Marks.isMark(c)) {
            return Character.isWhitespace(c);
        }
        Mark mark = marks.get(c);
        return switch (mark.kind()) {
            case BREAK, LOOSE -> true;
            case TERM -> false;
            case OPEN, CLOSE -> ends.getOrDefault(mark.pair(), 0) < 2;
        };
    }

    /** How many of the two ends of each pair are in the text. */
    private static Map<Integer, Integer> pairEnds(String text, Marks marks) {
        Map<Integer, Integer> ends = new HashMap<>();
        text.codePoints().filter(Marks::isMark).mapToObj(marks::get).forEach(mark -> {
            if (mark.kind() == Kind.OPEN || mark.kind() == Kind.CLOSE) {
                ends.merge(mark.pair(), 1, Integer::sum);
            }
        });
        return ends;
    }
}
