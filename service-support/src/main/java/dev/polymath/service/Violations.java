package dev.polymath.service;

import com.google.rpc.BadRequest.FieldViolation;
import dev.polymath.common.v1.ErrorReason;
import dev.polymath.inference.InferenceException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Collects everything that is wrong with a request, so that a caller learns it all at once. Not thread-safe.
 *
 * <p>What is sent travels in HTTP/2 headers, for which clients commonly allow 8 KiB: violations past the room that leaves
 * are counted, not listed.
 */
public final class Violations {
    private static final int ROOM = 3000;
    private static final int IN_MESSAGE = 3;

    private final List<FieldViolation> listed = new ArrayList<>();
    private ErrorReason reason = ErrorReason.ERROR_REASON_UNSPECIFIED;
    private int size;
    private int used;

    /** As {@link #add(ErrorReason, String, String)} with INVALID_INPUT. */
    public void add(String field, String description) {
        add(ErrorReason.ERROR_REASON_INVALID_INPUT, field, description);
    }

    /**
     * @param violated the reason of the whole, if all violations have the same; else that is INVALID_INPUT
     * @param field path from the request, as in {@code documents[3].text}
     * @param description what is there and what was expected, as in {@code 9200 characters (expected: <= 5120)}
     */
    public void add(ErrorReason violated, String field, String description) {
        reason = size == 0 || reason == violated ? violated : ErrorReason.ERROR_REASON_INVALID_INPUT;
        size++;
        used += field.length() + description.length();
        if (used <= ROOM || listed.isEmpty()) {
            listed.add(FieldViolation.newBuilder()
                    .setField(field)
                    .setDescription(description)
                    .build());
        }
    }

    /**
     * What the domain makes of a value, or null and a violation if it refuses it with an {@link InferenceException} that
     * names the {@linkplain ErrorStatus#FIELD field}.
     *
     * @param prefix path of the value, before the field
     */
    public <T> @Nullable T collect(String prefix, Supplier<T> value) {
        try {
            return value.get();
        } catch (InferenceException e) {
            String field = e.metadata().get(ErrorStatus.FIELD);
            if (field == null) {
                throw e;
            }
            String message = String.valueOf(e.getMessage());
            add(prefix + field, message.startsWith(field + ": ") ? message.substring(field.length() + 2) : message);
            return null;
        }
    }

    public boolean isEmpty() {
        return size == 0;
    }

    /** @throws InvalidRequestException if there is a violation */
    public void throwIfAny() {
        if (!isEmpty()) {
            throw exception();
        }
    }

    /**
     * The exception that says it all.
     *
     * @throws IllegalStateException if there is no violation
     */
    public InvalidRequestException exception() {
        if (isEmpty()) {
            throw new IllegalStateException("violations: 0 (expected: >= 1)");
        }
        StringBuilder message = new StringBuilder();
        int shown = Math.min(IN_MESSAGE, listed.size());
        for (FieldViolation violation : listed.subList(0, shown)) {
            message.append(message.isEmpty() ? "" : "; ")
                    .append(violation.getField())
                    .append(": ")
                    .append(violation.getDescription());
        }
        if (size > shown) {
            message.append("; and ").append(size - shown).append(" more");
        }
        return new InvalidRequestException(reason, message.toString(), listed);
    }

    /** A value of a request as it may stand in a description: quoted, at most 64 characters, no control characters. */
    public static String quote(String value) {
        String visible = value.length() <= 64 ? value : value.substring(0, 63) + "…";
        return '"' + visible.replaceAll("[\\p{Cntrl}\\p{Cs}]", "?") + '"';
    }
}
