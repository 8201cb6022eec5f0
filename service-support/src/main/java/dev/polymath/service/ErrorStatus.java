package dev.polymath.service;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.BadRequest.FieldViolation;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RequestInfo;
import com.google.rpc.ResourceInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import dev.polymath.common.v1.ErrorReason;
import dev.polymath.inference.InferenceException;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * What a failure looks like on the wire: the only place where an exception becomes a {@code google.rpc.Status}, and the
 * only one that logs it. Neither tells a class name, a stack or text of a caller.
 */
public final class ErrorStatus {
    /** {@code domain} of every ErrorInfo. */
    public static final String DOMAIN = "polymath.dev";

    /** Metadata key of an {@link InferenceException}: path of the field that has the value. */
    public static final String FIELD = "field";

    private static final Logger LOG = Logger.getLogger(ErrorStatus.class);
    private static final String PREFIX = "ERROR_REASON_";
    private static final java.time.Duration RETRY_AFTER = java.time.Duration.ofSeconds(1);

    private ErrorStatus() {}

    /** The status of the call on whose thread this is asked. */
    public static Status of(Throwable failure) {
        return of(failure, RequestId.current());
    }

    /** The status of a call, or of one document of a call, that failed. */
    public static Status of(Throwable failure, String requestId) {
        Throwable cause = unwrap(failure);
        if (cause instanceof InvalidRequestException e) {
            return invalid(e.reason(), message(e), e.violations());
        }
        if (cause instanceof InferenceException e) {
            return of(e, requestId);
        }
        if (cause instanceof StatusRuntimeException || cause instanceof StatusException) {
            if (cause.getCause() instanceof InvalidProtocolBufferException) {
                return invalid(
                        ErrorReason.ERROR_REASON_INVALID_INPUT,
                        "request: not a message of this method (expected: protobuf with strings in UTF-8)",
                        List.of());
            }
            Status status = StatusProto.fromThrowable(cause);
            if (status != null && status.getDetailsCount() > 0) {
                return status;
            }
        }
        return internal(ErrorReason.ERROR_REASON_INTERNAL, cause, requestId);
    }

    private static Status of(InferenceException e, String requestId) {
        ErrorReason reason = reason(e.kind());
        return switch (reason) {
            case ERROR_REASON_INVALID_INPUT, ERROR_REASON_INPUT_TOO_LONG -> {
                String field = e.metadata().get(FIELD);
                yield invalid(reason, message(e), field == null ? List.of() : List.of(violation(field, message(e))));
            }
            case ERROR_REASON_OVERLOADED, ERROR_REASON_MODEL_NOT_READY, ERROR_REASON_SHUTTING_DOWN ->
                retryable(reason, message(e), e.retryAfter());
            case ERROR_REASON_ENGINE_FAILURE, ERROR_REASON_INTERNAL -> internal(reason, e, requestId);
            default -> status(reason, message(e));
        };
    }

    /** The status of a failing that has no exception, without details beyond the ErrorInfo. */
    public static Status status(ErrorReason reason, String message, Message... details) {
        Status.Builder status =
                Status.newBuilder().setCode(code(reason).getNumber()).setMessage(message);
        status.addDetails(Any.pack(
                ErrorInfo.newBuilder().setReason(word(reason)).setDomain(DOMAIN).build()));
        for (Message detail : details) {
            status.addDetails(Any.pack(detail));
        }
        return status.build();
    }

    /** MODEL_NOT_FOUND for a model that a request names. */
    public static StatusRuntimeException modelNotFound(String field, String model, List<String> hosted) {
        String message = field + ": " + Violations.quote(model) + " (expected: "
                + (hosted.isEmpty() ? "none; no such model is hosted here" : "one of " + String.join(", ", hosted))
                + ")";
        return StatusProto.toStatusRuntimeException(status(
                ErrorReason.ERROR_REASON_MODEL_NOT_FOUND,
                message,
                ResourceInfo.newBuilder()
                        .setResourceType("model")
                        .setResourceName(model.length() <= 128 ? model : model.substring(0, 128))
                        .setDescription(message)
                        .build()));
    }

    /** The word of a reason in ErrorInfo, HTTP problems and metrics: {@code INVALID_INPUT}. */
    public static String word(ErrorReason reason) {
        return reason.name().substring(PREFIX.length());
    }

    /** The reason of the wire for a kind of the inference library. */
    public static ErrorReason reason(InferenceException.Kind kind) {
        return switch (kind) {
            case INVALID_INPUT -> ErrorReason.ERROR_REASON_INVALID_INPUT;
            case INPUT_TOO_LONG -> ErrorReason.ERROR_REASON_INPUT_TOO_LONG;
            case MODEL_NOT_FOUND -> ErrorReason.ERROR_REASON_MODEL_NOT_FOUND;
            case MODEL_NOT_READY -> ErrorReason.ERROR_REASON_MODEL_NOT_READY;
            case OVERLOADED -> ErrorReason.ERROR_REASON_OVERLOADED;
            case SHUTTING_DOWN -> ErrorReason.ERROR_REASON_SHUTTING_DOWN;
            case DEADLINE_EXCEEDED -> ErrorReason.ERROR_REASON_DEADLINE_EXCEEDED;
            case CANCELLED -> ErrorReason.ERROR_REASON_CANCELLED;
            case ENGINE_FAILURE -> ErrorReason.ERROR_REASON_ENGINE_FAILURE;
            case INTERNAL -> ErrorReason.ERROR_REASON_INTERNAL;
        };
    }

    /** The gRPC code of a reason. */
    public static Code code(ErrorReason reason) {
        return switch (reason) {
            case ERROR_REASON_INVALID_INPUT,
                    ERROR_REASON_INPUT_TOO_LONG,
                    ERROR_REASON_UNSUPPORTED_LANGUAGE,
                    ERROR_REASON_UNDECODABLE_IMAGE -> Code.INVALID_ARGUMENT;
            case ERROR_REASON_MODEL_NOT_FOUND, ERROR_REASON_SERVICE_NOT_FOUND -> Code.NOT_FOUND;
            case ERROR_REASON_UNAUTHENTICATED -> Code.UNAUTHENTICATED;
            case ERROR_REASON_PERMISSION_DENIED -> Code.PERMISSION_DENIED;
            case ERROR_REASON_QUOTA_EXCEEDED -> Code.RESOURCE_EXHAUSTED;
            case ERROR_REASON_OVERLOADED,
                    ERROR_REASON_MODEL_NOT_READY,
                    ERROR_REASON_SHUTTING_DOWN,
                    ERROR_REASON_SERVICE_UNREACHABLE -> Code.UNAVAILABLE;
            case ERROR_REASON_DEADLINE_EXCEEDED -> Code.DEADLINE_EXCEEDED;
            case ERROR_REASON_CANCELLED -> Code.CANCELLED;
            case ERROR_REASON_METHOD_NOT_FOUND -> Code.UNIMPLEMENTED;
            case ERROR_REASON_MODEL_UNUSABLE -> Code.FAILED_PRECONDITION;
            case ERROR_REASON_ENGINE_FAILURE, ERROR_REASON_INTERNAL, ERROR_REASON_UNSPECIFIED, UNRECOGNIZED ->
                Code.INTERNAL;
        };
    }

    private static Status invalid(ErrorReason reason, String message, List<FieldViolation> violations) {
        return violations.isEmpty()
                ? status(reason, message)
                : status(
                        reason,
                        message,
                        BadRequest.newBuilder()
                                .addAllFieldViolations(violations)
                                .build());
    }

    private static FieldViolation violation(String field, String message) {
        String prefix = field + ": ";
        return FieldViolation.newBuilder()
                .setField(field)
                .setDescription(message.startsWith(prefix) ? message.substring(prefix.length()) : message)
                .build();
    }

    private static Status retryable(ErrorReason reason, String message, java.time.@Nullable Duration retryAfter) {
        java.time.Duration delay = retryAfter == null ? RETRY_AFTER : retryAfter;
        return status(
                reason,
                message,
                RetryInfo.newBuilder()
                        .setRetryDelay(Duration.newBuilder()
                                .setSeconds(delay.getSeconds())
                                .setNanos(delay.getNano()))
                        .build());
    }

    private static Status internal(ErrorReason reason, Throwable failure, String requestId) {
        LOG.errorf("request %s failed: %s", requestId, describe(failure));
        String what = "something went wrong in the server";
        if (failure instanceof InferenceException e && e.metadata().containsKey(InferenceException.OUT_OF_MEMORY)) {
            what = "the memory of the server does not suffice for this input";
        } else if (reason == ErrorReason.ERROR_REASON_ENGINE_FAILURE) {
            what = "the engine failed on this input";
        }
        String message = what + "; please report request " + requestId;
        return status(
                reason,
                message,
                RequestInfo.newBuilder().setRequestId(requestId).build());
    }

    /** Classes and frames, and only those messages that cannot hold text of a caller. */
    private static String describe(Throwable failure) {
        StringBuilder description = new StringBuilder();
        for (Throwable t = failure; t != null; t = t.getCause()) {
            description.append(description.isEmpty() ? "" : System.lineSeparator() + "Caused by: ");
            description.append(t.getClass().getName());
            if (t instanceof InferenceException) {
                description.append(": ").append(t.getMessage());
            }
            for (StackTraceElement frame : t.getStackTrace()) {
                description.append(System.lineSeparator()).append("\tat ").append(frame);
            }
        }
        return description.toString();
    }

    private static Throwable unwrap(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private static String message(Throwable failure) {
        return String.valueOf(failure.getMessage());
    }
}
