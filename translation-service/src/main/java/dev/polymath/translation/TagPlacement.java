package dev.polymath.translation;

import dev.polymath.translation.format.Mark;
import dev.polymath.translation.format.Mark.Kind;
import dev.polymath.translation.format.Marks;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Puts the tags of a sentence into its translation by what is between them: where the translation of a word between tags is
 * found in the translation of the sentence, that is where the tags belong.
 *
 * @param plain the sentence without tags
 * @param pairs in the order in which they open
 */
record TagPlacement(String text, Marks marks, String plain, List<Pair> pairs) {
    /** In a sentence with more pairs, each word would be translated by itself anyway. */
    private static final int MOST = 20;

    /**
     * Two tags and what is between them.
     *
     * @param open the character of the first
     * @param close the character of the second
     * @param inner between them, without tags
     * @param parent number of the pair that they are in; below 0 for none
     */
    record Pair(int open, int close, String inner, int parent) {}

    /** The tags of a sentence; null if it has none, many, or one without its other end. */
    static @Nullable TagPlacement of(String text, Marks marks) {
        List<Pair> pairs = new ArrayList<>();
        List<Integer> open = new ArrayList<>();
        List<Integer> begins = new ArrayList<>();
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            Mark mark = Marks.isMark(c) ? marks.get(c) : null;
            if (mark != null && mark.kind() == Kind.OPEN) {
                pairs.add(new Pair(c, -1, "", open.isEmpty() ? -1 : open.get(open.size() - 1)));
                open.add(pairs.size() - 1);
                begins.add(plain.length());
            } else if (mark != null && mark.kind() == Kind.CLOSE) {
                if (open.isEmpty()) {
                    return null;
                }
                int number = open.remove(open.size() - 1);
                Pair pair = pairs.get(number);
                if (marks.get(pair.open()).pair() != mark.pair()) {
                    return null;
                }
                String inner = plain.substring(begins.remove(begins.size() - 1)).strip();
                pairs.set(number, new Pair(pair.open(), c, inner, pair.parent()));
            } else {
                plain.appendCodePoint(c);
            }
        }
        return pairs.isEmpty() || pairs.size() > MOST || !open.isEmpty()
                ? null
                : new TagPlacement(text, marks, plain.toString(), pairs);
    }

    /**
     * The translation with its tags; null if the place of one is not found.
     *
     * @param translation of the sentence without tags
     * @param inners translations of what is between the tags of each pair
     */
    @Nullable
    String place(String translation, List<String> inners) {
        List<int[]> ranges = new ArrayList<>();
        for (int i = 0; i < pairs.size(); i++) {
            int[] range = find(translation, inners.get(i), i, ranges);
            if (range == null) {
                return null;
            }
            ranges.add(range);
        }
        StringBuilder placed = new StringBuilder();
        for (int at = 0; at <= translation.length(); at++) {
            for (int i = pairs.size() - 1; i >= 0; i--) {
                if (ranges.get(i)[1] == at) {
                    placed.appendCodePoint(pairs.get(i).close());
                }
            }
            for (int i = 0; i < pairs.size(); i++) {
                if (ranges.get(i)[0] == at) {
                    placed.appendCodePoint(pairs.get(i).open());
                }
            }
            if (at < translation.length()) {
                placed.append(translation.charAt(at));
            }
        }
        String result = placed.toString();
        return MarkedSentence.sameStructure(text, result, marks) ? result : null;
    }

    /** Where a pair belongs: within its parent, and beside those that were placed before. */
    private int @Nullable [] find(String translation, String inner, int number, List<int[]> ranges) {
        int[] range = occurrence(translation, inner, number, ranges);
        int space = inner.indexOf(' ');
        // a word alone is often translated with an article
        return range == null && space > 0 && pairs.get(number).inner().indexOf(' ') < 0
                ? occurrence(translation, inner.substring(space + 1), number, ranges)
                : range;
    }

    private int @Nullable [] occurrence(String translation, String words, int number, List<int[]> ranges) {
        int parent = pairs.get(number).parent();
        int from = parent < 0 ? 0 : ranges.get(parent)[0];
        int to = (parent < 0 ? translation.length() : ranges.get(parent)[1]) - words.length();
        for (int begin = from; begin <= to && !words.isEmpty(); begin++) {
            int end = begin + words.length();
            if (translation.regionMatches(true, begin, words, 0, words.length())
                    && isEdge(translation, begin)
                    && isEdge(translation, end)
                    && isFree(begin, end, parent, ranges)) {
                return new int[] {begin, end};
            }
        }
        return null;
    }

    private boolean isFree(int begin, int end, int parent, List<int[]> ranges) {
        for (int i = 0; i < ranges.size(); i++) {
            boolean beside = ranges.get(i)[1] <= begin || ranges.get(i)[0] >= end;
            if (pairs.get(i).parent() == parent && !beside) {
                return false;
            }
        }
        return true;
    }

    private static boolean isEdge(String text, int place) {
        return place == 0
                || place == text.length()
                || !Character.isLetterOrDigit(text.codePointBefore(place))
                || !Character.isLetterOrDigit(text.codePointAt(place));
    }
}
