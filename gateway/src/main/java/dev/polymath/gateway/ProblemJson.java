package dev.polymath.gateway;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RequestInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import io.grpc.Status.Code;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.OptionalLong;

/** Errors on HTTP: the problem details of RFC 9457 made from a {@code google.rpc.Status}. Thread-safe. */
final class ProblemJson {
    static final String MEDIA_TYPE = "application/problem+json";

    private final JsonFormat.Printer printer;

    ProblemJson(TypeRegistry types) {
        printer = JsonFormat.printer().usingTypeRegistry(types).omittingInsignificantWhitespace();
    }

    /** The HTTP status of a gRPC code, as google/rpc/code.proto lists them; 499 is the one it takes from nginx. */
    static int httpStatus(Code code) {
        return switch (code) {
            case OK -> 200;
            case INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE -> 400;
            case UNAUTHENTICATED -> 401;
            case PERMISSION_DENIED -> 403;
            case NOT_FOUND -> 404;
            case ALREADY_EXISTS, ABORTED -> 409;
            case RESOURCE_EXHAUSTED -> 429;
            case CANCELLED -> 499;
            case UNKNOWN, INTERNAL, DATA_LOSS -> 500;
            case UNIMPLEMENTED -> 501;
            case UNAVAILABLE -> 503;
            case DEADLINE_EXCEEDED -> 504;
        };
    }

    /**
     * The body of an error response.
     *
     * @return an object with {@code type}, {@code title}, {@code status}, {@code detail}, and the extensions {@code reason},
     *     {@code code}, {@code requestId}, {@code violations} (if fields are to blame) and {@code details} (all details of the status)
     */
    JsonObject body(Status error, int httpStatus) {
        Code code = io.grpc.Status.fromCodeValue(error.getCode()).getCode();
        JsonObject problem = new JsonObject();
        problem.addProperty("type", "about:blank");
        problem.addProperty(
                "title",
                httpStatus == 499
                        ? "Client Closed Request"
                        : HttpResponseStatus.valueOf(httpStatus).reasonPhrase());
        problem.addProperty("status", httpStatus);
        problem.addProperty("detail", error.getMessage());
        problem.addProperty("reason", code.name());
        problem.addProperty("code", code.name());
        JsonArray violations = new JsonArray();
        JsonArray details = new JsonArray();
        for (Any any : error.getDetailsList()) {
            details.add(print(any));
            try {
                if (any.is(ErrorInfo.class)) {
                    problem.addProperty("reason", any.unpack(ErrorInfo.class).getReason());
                } else if (any.is(RequestInfo.class)) {
                    problem.addProperty(
                            "requestId", any.unpack(RequestInfo.class).getRequestId());
                } else if (any.is(BadRequest.class)) {
                    any.unpack(BadRequest.class).getFieldViolationsList().forEach(violation -> {
                        JsonObject entry = new JsonObject();
                        entry.addProperty("field", violation.getField());
                        entry.addProperty("description", violation.getDescription());
                        violations.add(entry);
                    });
                }
            } catch (InvalidProtocolBufferException malformedDetail) {
                // It stays in the list of details as far as it could be printed.
            }
        }
        if (!violations.isEmpty()) {
            problem.add("violations", violations);
        }
        problem.add("details", details);
        return problem;
    }

    private JsonObject print(Any detail) {
        try {
            return JsonParser.parseString(printer.print(detail)).getAsJsonObject();
        } catch (InvalidProtocolBufferException unknownType) {
            JsonObject type = new JsonObject();
            type.addProperty("@type", detail.getTypeUrl());
            return type;
        }
    }

    /** Seconds for the header Retry-After, rounded up, if the error says when to come back. */
    static OptionalLong retryAfter(Status error) {
        for (Any any : error.getDetailsList()) {
            if (any.is(RetryInfo.class)) {
                try {
                    long millis = Durations.toMillis(any.unpack(RetryInfo.class).getRetryDelay());
                    return OptionalLong.of(Math.max(1, (millis + 999) / 1000));
                } catch (InvalidProtocolBufferException malformed) {
                    return OptionalLong.empty();
                }
            }
        }
        return OptionalLong.empty();
    }
}
