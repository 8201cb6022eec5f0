package dev.polymath.image;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** A file that is not decoded. The message says what it is and what was expected, to be put behind the name of a field. */
public final class ImageException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    /** What is wrong. */
    public enum Kind {
        /** Not an image, not of a known format, or broken. */
        UNDECODABLE,
        /** More bytes or more pixels than the limit. */
        TOO_LARGE
    }

    private final Kind kind;

    ImageException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    static ImageException undecodable(String message) {
        return new ImageException(Kind.UNDECODABLE, message, null);
    }

    public Kind kind() {
        return kind;
    }
}
