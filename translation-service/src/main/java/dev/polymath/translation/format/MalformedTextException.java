package dev.polymath.translation.format;

import java.io.Serial;

/** A text that is not of the kind that it should be. The message names the line and what was expected. */
public final class MalformedTextException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    /** Of a place in a text. */
    MalformedTextException(String source, int place, String problem) {
        this("line " + (source.substring(0, place).lines().count() + (atLineStart(source, place) ? 1 : 0)) + ": "
                + problem);
    }

    MalformedTextException(String message) {
        super(message, null, false, false);
    }

    private static boolean atLineStart(String source, int place) {
        return place == 0 || source.charAt(place - 1) == '\n' || source.charAt(place - 1) == '\r';
    }
}
