package dev.polymath.vision;

import java.io.Serial;

/** A file that is not analyzed. The message says what it is and what was expected, to be put behind the name of a field. */
public final class UnusableImageException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    /** What is wrong. */
    public enum Kind {
        /** Not an image, not of a known format, or broken. */
        UNDECODABLE,
        /** More bytes or pixels than the limit. */
        TOO_LARGE,
        /** Too few pixels to show anything. */
        TOO_SMALL
    }

    private final Kind kind;

    UnusableImageException(Kind kind, String message) {
        super(message, null, false, false);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
