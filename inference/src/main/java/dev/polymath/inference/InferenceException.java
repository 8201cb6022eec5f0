package dev.polymath.inference;

import java.io.Serial;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The only exception of this library that is meant for callers. The message names the offending value and what was
 * expected, never the user's text.
 */
public final class InferenceException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    /** Metadata key: after how many milliseconds a retry is worth while (kinds {@link Kind#OVERLOADED} and the like). */
    public static final String RETRY_AFTER_MILLIS = "retryAfterMillis";

    /** Metadata key, with any value: there was too little memory ({@link Kind#ENGINE_FAILURE}). */
    public static final String OUT_OF_MEMORY = "outOfMemory";

    /** What went wrong, in the words of {@code polymath.common.v1.ErrorReason}. */
    public enum Kind {
        /** A value that is not allowed. */
        INVALID_INPUT,
        /** An input larger than a limit. */
        INPUT_TOO_LONG,
        /** The model, or one of its files, is not there. */
        MODEL_NOT_FOUND,
        /** The model cannot be used: corrupt files, no such device, too little memory. */
        MODEL_NOT_READY,
        /** The queue is full. */
        OVERLOADED,
        /** Closed, or closing. */
        SHUTTING_DOWN,
        /** The call's deadline passed first. */
        DEADLINE_EXCEEDED,
        /** The caller cancelled. */
        CANCELLED,
        /** The engine failed on this input. */
        ENGINE_FAILURE,
        /** A defect of this library. */
        INTERNAL
    }

    private final Kind kind;

    @SuppressWarnings("serial") // always an immutable Map.copyOf
    private final Map<String, String> metadata;

    public InferenceException(Kind kind, String message, Map<String, String> metadata) {
        this(kind, message, metadata, null);
    }

    public InferenceException(Kind kind, String message) {
        this(kind, message, Map.of(), null);
    }

    public InferenceException(Kind kind, String message, Map<String, String> metadata, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.metadata = Map.copyOf(metadata);
    }

    static InferenceException retryable(Kind kind, String message, Duration retryAfter) {
        return new InferenceException(
                kind, message, Map.of(RETRY_AFTER_MILLIS, Long.toString(Math.max(1, retryAfter.toMillis()))));
    }

    public Kind kind() {
        return kind;
    }

    public Map<String, String> metadata() {
        return metadata;
    }

    /** When to try again; null where a retry makes no sense or nothing is known. */
    public @Nullable Duration retryAfter() {
        String millis = metadata.get(RETRY_AFTER_MILLIS);
        return millis == null ? null : Duration.ofMillis(Long.parseLong(millis));
    }
}
