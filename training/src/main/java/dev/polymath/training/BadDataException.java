package dev.polymath.training;

import java.nio.file.Path;

/** Training or evaluation data that cannot be used as it is. The message begins with the file and the position. */
public final class BadDataException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /**
     * @param line number of the bad line, from 1
     * @param problem the offending value and what was expected
     */
    public BadDataException(Path file, long line, String problem) {
        super(file + ":" + line + ": " + problem);
    }

    /**
     * @param position where in a file that has no lines to speak of: {@code data[3].paragraphs[0]}
     * @param problem the offending value and what was expected
     */
    public BadDataException(Path file, String position, String problem) {
        super(file + ": " + position + ": " + problem);
    }
}
