package dev.polymath.gateway;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.Durations;
import com.google.rpc.BadRequest;
import com.google.rpc.BadRequest.FieldViolation;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RequestInfo;
import com.google.rpc.RetryInfo;
import dev.polymath.common.v1.ErrorReason;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The gateway's own errors, and the form that all errors have when they leave it. */
final class Errors {
    /** Domain of the reasons in {@link ErrorReason}. */
    static final String DOMAIN = "polymath.dev";

    private static final int RETRY_SECONDS = 1;

    private Errors() {}

    /** The reason as it is written in errors and metrics: without the prefix of the enum. */
    static String word(ErrorReason reason) {
        return reason.name().substring("ERROR_REASON_".length());
    }

    static StatusRuntimeException of(Code code, ErrorReason reason, String message, Message... details) {
        return of(code, reason, message, Map.of(), details);
    }

    /** @param metadata what programs may want to know, beside the reason */
    static StatusRuntimeException of(
            Code code, ErrorReason reason, String message, Map<String, String> metadata, Message... details) {
        com.google.rpc.Status.Builder status = com.google.rpc.Status.newBuilder()
                .setCode(code.value())
                .setMessage(message)
                .addDetails(info(reason, metadata));
        for (Message detail : details) {
            status.addDetails(Any.pack(detail));
        }
        return StatusProto.toStatusRuntimeException(status.build());
    }

    static StatusRuntimeException invalidInput(String field, String description) {
        return invalidInput(List.of(FieldViolation.newBuilder()
                .setField(field)
                .setDescription(description)
                .build()));
    }

    /** One error for all violations; the message has the first. */
    static StatusRuntimeException invalidInput(List<FieldViolation> violations) {
        FieldViolation first = violations.get(0);
        String more = violations.size() > 1 ? " (and " + (violations.size() - 1) + " more)" : "";
        return of(
                Code.INVALID_ARGUMENT,
                ErrorReason.ERROR_REASON_INVALID_INPUT,
                first.getField() + ": " + first.getDescription() + more,
                BadRequest.newBuilder().addAllFieldViolations(violations).build());
    }

    static StatusRuntimeException tooLong(String field) {
        return of(
                Code.INVALID_ARGUMENT,
                ErrorReason.ERROR_REASON_INPUT_TOO_LONG,
                field + ": too large (expected: <= " + RawMessage.MAX_BYTES + " bytes)",
                BadRequest.newBuilder()
                        .addFieldViolations(FieldViolation.newBuilder()
                                .setField(field)
                                .setDescription("too large (expected: <= " + RawMessage.MAX_BYTES + " bytes)"))
                        .build());
    }

    static StatusRuntimeException tooSlow(Duration timeout) {
        return of(
                Code.DEADLINE_EXCEEDED,
                ErrorReason.ERROR_REASON_DEADLINE_EXCEEDED,
                "body: not complete after " + seconds(timeout) + " s");
    }

    static StatusRuntimeException idle(Duration timeout) {
        return of(
                Code.DEADLINE_EXCEEDED,
                ErrorReason.ERROR_REASON_DEADLINE_EXCEEDED,
                "the stream had no message for " + seconds(timeout) + " s");
    }

    private static String seconds(Duration duration) {
        return BigDecimal.valueOf(duration.toMillis(), 3).stripTrailingZeros().toPlainString();
    }

    static StatusRuntimeException methodNotFound(String method) {
        return of(
                Code.UNIMPLEMENTED,
                ErrorReason.ERROR_REASON_METHOD_NOT_FOUND,
                "method " + printable(method) + ": not served here (the reflection service lists what is)");
    }

    /**
     * What a caller is told about a call that failed. An error that already carries a reason goes out as it came, with the request
     * id added; any other gets the reason of its code, and a message that shows nothing of the inside.
     */
    static com.google.rpc.Status outward(
            Status status, @Nullable Metadata trailers, String method, String service, String requestId) {
        com.google.rpc.Status.Builder error = given(status, trailers).toBuilder();
        if (error.getDetailsList().stream().noneMatch(any -> any.is(ErrorInfo.class))) {
            explain(error, status, method, service);
        }
        if (error.getDetailsList().stream().noneMatch(any -> any.is(RequestInfo.class))) {
            error.addDetails(
                    Any.pack(RequestInfo.newBuilder().setRequestId(requestId).build()));
        }
        return error.build();
    }

    /** Whether a call failed for this reason. */
    static boolean has(Status status, @Nullable Metadata trailers, ErrorReason reason) {
        return given(status, trailers).getDetailsList().stream()
                .filter(any -> any.is(ErrorInfo.class))
                .anyMatch(any -> {
                    try {
                        return any.unpack(ErrorInfo.class).getReason().equals(word(reason));
                    } catch (InvalidProtocolBufferException e) {
                        return false;
                    }
                });
    }

    private static com.google.rpc.Status given(Status status, @Nullable Metadata trailers) {
        com.google.rpc.Status plain = com.google.rpc.Status.newBuilder()
                .setCode(status.getCode().value())
                .setMessage(status.getDescription() == null ? "" : status.getDescription())
                .build();
        if (trailers == null) {
            return plain;
        }
        try {
            com.google.rpc.Status detailed = StatusProto.fromStatusAndTrailers(status, trailers);
            return detailed == null ? plain : detailed;
        } catch (IllegalArgumentException unreadableOrOfAnotherCode) {
            return plain;
        }
    }

    private static void explain(com.google.rpc.Status.Builder error, Status status, String method, String service) {
        Code code = status.getCode();
        ErrorReason reason = reason(code);
        switch (code) {
            case UNAVAILABLE -> {
                error.setMessage("service '" + service + "' cannot be reached");
                error.addDetails(Any.pack(RetryInfo.newBuilder()
                        .setRetryDelay(Durations.fromSeconds(RETRY_SECONDS))
                        .build()));
            }
            case DEADLINE_EXCEEDED -> error.setMessage("the deadline passed before the answer was there");
            case CANCELLED -> error.setMessage("the call was cancelled");
            case UNIMPLEMENTED -> error.setMessage("method " + method + ": its service does not implement it");
            case INTERNAL, UNKNOWN, DATA_LOSS -> error.setMessage("internal error; report the request id");
            case RESOURCE_EXHAUSTED -> {
                String description = status.getDescription();
                // So says the deframer of grpc-java; no code of its own, and nobody's quota.
                if (description != null && description.contains("exceeds maximum size")) {
                    reason = ErrorReason.ERROR_REASON_INPUT_TOO_LONG;
                    error.setCode(Code.INVALID_ARGUMENT.value());
                    error.setMessage("a message of the call is too large (expected: <= " + RawMessage.MAX_BYTES
                            + " bytes); send less in one request");
                }
            }
            case OK,
                    INVALID_ARGUMENT,
                    NOT_FOUND,
                    ALREADY_EXISTS,
                    PERMISSION_DENIED,
                    FAILED_PRECONDITION,
                    ABORTED,
                    OUT_OF_RANGE,
                    UNAUTHENTICATED -> {}
        }
        if (reason != null) {
            error.addDetails(0, info(reason, Map.of()));
        }
    }

    /** The reason of an error that came without one, null where the vocabulary has no word for the code. */
    static @Nullable ErrorReason reason(Code code) {
        return switch (code) {
            case OK, NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION, ABORTED -> null;
            case INVALID_ARGUMENT, OUT_OF_RANGE -> ErrorReason.ERROR_REASON_INVALID_INPUT;
            case UNAUTHENTICATED -> ErrorReason.ERROR_REASON_UNAUTHENTICATED;
            case PERMISSION_DENIED -> ErrorReason.ERROR_REASON_PERMISSION_DENIED;
            case RESOURCE_EXHAUSTED -> ErrorReason.ERROR_REASON_QUOTA_EXCEEDED;
            case UNAVAILABLE -> ErrorReason.ERROR_REASON_SERVICE_UNREACHABLE;
            case DEADLINE_EXCEEDED -> ErrorReason.ERROR_REASON_DEADLINE_EXCEEDED;
            case CANCELLED -> ErrorReason.ERROR_REASON_CANCELLED;
            case UNIMPLEMENTED -> ErrorReason.ERROR_REASON_METHOD_NOT_FOUND;
            case INTERNAL, UNKNOWN, DATA_LOSS -> ErrorReason.ERROR_REASON_INTERNAL;
        };
    }

    private static Any info(ErrorReason reason, Map<String, String> metadata) {
        return Any.pack(ErrorInfo.newBuilder()
                .setReason(word(reason))
                .setDomain(DOMAIN)
                .putAllMetadata(metadata)
                .build());
    }

    /** A name that a caller chose, safe to repeat: names of the protocol pass, anything else is left out. */
    static String printable(String name) {
        return name.matches("[A-Za-z0-9_./$-]{1,200}") ? "'" + name + "'" : "(name not shown)";
    }
}
