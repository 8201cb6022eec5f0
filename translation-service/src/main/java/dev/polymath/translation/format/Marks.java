package dev.polymath.translation.format;

import java.util.ArrayList;
import java.util.List;

/**
 * The marks of a text. Each is one character of the text, of the two private planes of Unicode, which no language uses; it
 * takes two UTF-16 units. Thread-safe.
 */
public final class Marks {
    private static final int FIRST = 0xF0000;
    private static final int MOST = Character.MAX_CODE_POINT - FIRST;

    private final List<Mark> marks;

    /** No marks yet. */
    public Marks() {
        this(List.of());
    }

    private Marks(List<Mark> marks) {
        this.marks = new ArrayList<>(marks);
    }

    /** The same marks, to which others can be added. */
    public synchronized Marks copy() {
        return new Marks(marks);
    }

    /** The same marks of a text that is a part of another one. */
    synchronized Marks moved(int by) {
        return new Marks(marks.stream()
                .map(mark -> new Mark(mark.kind(), mark.pair(), mark.output(), mark.begin() + by, mark.end() + by))
                .toList());
    }

    /**
     * Adds a mark.
     *
     * @return the character that stands for it
     * @throws TooManyMarksException if there are about 131,000 already
     */
    public synchronized String add(Mark mark) {
        if (marks.size() >= MOST) {
            throw new TooManyMarksException(MOST);
        }
        marks.add(mark);
        return Character.toString(FIRST + marks.size() - 1);
    }

    /** The mark that a character stands for. */
    public synchronized Mark get(int codePoint) {
        return marks.get(codePoint - FIRST);
    }

    /** Whether a character stands for a mark, in a text made by {@link UnitBuilder}. */
    public static boolean isMark(int codePoint) {
        return codePoint >= FIRST;
    }

    /** A text has more tags, terms and the like than can be told apart. */
    public static final class TooManyMarksException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooManyMarksException(int most) {
            super("more than " + most + " tags, terms and placeholders in one paragraph", null, false, false);
        }
    }
}
