package dev.polymath.service;

import com.google.rpc.BadRequest;
import dev.polymath.common.v1.ErrorReason;
import java.io.Serial;
import java.util.List;

/** A request, or one document of it, that must not be sent like this. Made by {@link Violations}. */
public final class InvalidRequestException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final ErrorReason reason;

    @SuppressWarnings("serial") // always an immutable List.copyOf
    private final List<BadRequest.FieldViolation> violations;

    InvalidRequestException(ErrorReason reason, String message, List<BadRequest.FieldViolation> violations) {
        super(message, null, false, false);
        this.reason = reason;
        this.violations = List.copyOf(violations);
    }

    /** INVALID_INPUT, or the more precise reason that all violations have in common. */
    public ErrorReason reason() {
        return reason;
    }

    /** What is wrong, field by field; at least one. */
    public List<BadRequest.FieldViolation> violations() {
        return violations;
    }
}
