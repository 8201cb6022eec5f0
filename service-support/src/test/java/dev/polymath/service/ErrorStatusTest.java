package dev.polymath.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RequestInfo;
import com.google.rpc.ResourceInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import dev.polymath.common.v1.ErrorReason;
import dev.polymath.inference.InferenceException;
import dev.polymath.inference.InferenceException.Kind;
import io.grpc.protobuf.StatusProto;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ErrorStatusTest {
    private static final String SECRET = "Angela Merkel";

    @ParameterizedTest
    @EnumSource
    void everyKindHasTheReasonOfItsName(Kind kind) {
        assertThat(ErrorStatus.word(ErrorStatus.reason(kind))).isEqualTo(kind.name());
    }

    @ParameterizedTest
    @CsvSource({
        "INVALID_INPUT, INVALID_ARGUMENT",
        "INPUT_TOO_LONG, INVALID_ARGUMENT",
        "UNSUPPORTED_LANGUAGE, INVALID_ARGUMENT",
        "UNDECODABLE_IMAGE, INVALID_ARGUMENT",
        "MODEL_NOT_FOUND, NOT_FOUND",
        "UNAUTHENTICATED, UNAUTHENTICATED",
        "PERMISSION_DENIED, PERMISSION_DENIED",
        "QUOTA_EXCEEDED, RESOURCE_EXHAUSTED",
        "OVERLOADED, UNAVAILABLE",
        "MODEL_NOT_READY, UNAVAILABLE",
        "SHUTTING_DOWN, UNAVAILABLE",
        "DEADLINE_EXCEEDED, DEADLINE_EXCEEDED",
        "CANCELLED, CANCELLED",
        "ENGINE_FAILURE, INTERNAL",
        "INTERNAL, INTERNAL",
        "METHOD_NOT_FOUND, UNIMPLEMENTED",
        "SERVICE_UNREACHABLE, UNAVAILABLE",
        "MODEL_UNUSABLE, FAILED_PRECONDITION",
        "SERVICE_NOT_FOUND, NOT_FOUND",
        "UNSPECIFIED, INTERNAL"
    })
    void everyReasonHasItsCode(String word, Code code) {
        assertThat(ErrorStatus.code(ErrorReason.valueOf("ERROR_REASON_" + word)))
                .isEqualTo(code);
    }

    @Test
    void noReasonIsMissingInTheTestAbove() {
        assertThat(ErrorReason.values()).hasSize(20 + 1);
    }

    @Test
    void anInputThatMemoryDoesNotSufficeForIsCalledSo() {
        Status status = ErrorStatus.of(new InferenceException(
                Kind.ENGINE_FAILURE, "x", Map.of(InferenceException.OUT_OF_MEMORY, "cpu"), new OutOfMemoryError()));

        assertThat(status.getMessage())
                .startsWith("the memory of the server does not suffice for this input; please report request ");
    }

    @ParameterizedTest
    @EnumSource
    void everyKindBecomesAStatusWithItsCodeReasonAndDetails(Kind kind) {
        Status status = ErrorStatus.of(new InferenceException(kind, "x: 1 (expected: 2)", Map.of("field", "x")));

        assertThat(status.getCode())
                .isEqualTo(ErrorStatus.code(ErrorStatus.reason(kind)).getNumber());
        assertThat(detail(status, ErrorInfo.class).getReason()).isEqualTo(kind.name());
        assertThat(detail(status, ErrorInfo.class).getDomain()).isEqualTo("polymath.dev");
        switch (kind) {
            case INVALID_INPUT, INPUT_TOO_LONG ->
                assertThat(detail(status, BadRequest.class).getFieldViolationsList())
                        .singleElement()
                        .satisfies(violation -> {
                            assertThat(violation.getField()).isEqualTo("x");
                            assertThat(violation.getDescription()).isEqualTo("1 (expected: 2)");
                        });
            case OVERLOADED, MODEL_NOT_READY, SHUTTING_DOWN ->
                assertThat(detail(status, RetryInfo.class).getRetryDelay().getSeconds())
                        .isEqualTo(1);
            case ENGINE_FAILURE, INTERNAL ->
                assertThat(status.getMessage())
                        .endsWith(detail(status, RequestInfo.class).getRequestId())
                        .doesNotContain("x: 1");
            case MODEL_NOT_FOUND, DEADLINE_EXCEEDED, CANCELLED ->
                assertThat(status.getMessage()).isEqualTo("x: 1 (expected: 2)");
        }
    }

    @Test
    void theRetryDelayIsTheOneOfTheException() {
        Status status = ErrorStatus.of(new InferenceException(
                Kind.OVERLOADED, "the queue is full", Map.of(InferenceException.RETRY_AFTER_MILLIS, "2500")));

        assertThat(detail(status, RetryInfo.class).getRetryDelay().getSeconds()).isEqualTo(2);
        assertThat(detail(status, RetryInfo.class).getRetryDelay().getNanos()).isEqualTo(500_000_000);
    }

    @Test
    void whatNobodyExpectedTellsNoClassNoStackAndNoText() {
        Status status = ErrorStatus.of(new CompletionException(new IllegalStateException(SECRET)));

        assertThat(status.getCode()).isEqualTo(Code.INTERNAL_VALUE);
        assertThat(detail(status, ErrorInfo.class).getReason()).isEqualTo("INTERNAL");
        assertThat(detail(status, RequestInfo.class).getRequestId()).isNotEmpty();
        assertThat(status.toString()).doesNotContain(SECRET, "Exception", "dev.polymath.service");
    }

    @Test
    void violationsBecomeABadRequest() {
        Violations violations = new Violations();
        violations.add("documents[0].id", "the same as documents[1].id (expected: unique)");
        violations.add("min_confidence", "2.0 (expected: 0 to 1)");

        Status status = ErrorStatus.of(violations.exception());

        assertThat(detail(status, BadRequest.class).getFieldViolationsList())
                .extracting(BadRequest.FieldViolation::getField)
                .containsExactly("documents[0].id", "min_confidence");
        assertThat(status.getMessage())
                .isEqualTo("documents[0].id: the same as documents[1].id (expected: unique);"
                        + " min_confidence: 2.0 (expected: 0 to 1)");
    }

    @Test
    void aModelThatIsNotHostedIsNamed() {
        Status status = ErrorStatus.of(ErrorStatus.modelNotFound("model", "ner-xx", List.of("ner-en/1")));

        assertThat(status.getCode()).isEqualTo(Code.NOT_FOUND_VALUE);
        assertThat(status.getMessage()).isEqualTo("model: \"ner-xx\" (expected: one of ner-en/1)");
        assertThat(detail(status, ResourceInfo.class).getResourceName()).isEqualTo("ner-xx");
    }

    @Test
    void aMessageThatDoesNotParseIsInvalidInput() {
        Status status = ErrorStatus.of(io.grpc.Status.INTERNAL
                .withCause(new InvalidProtocolBufferException(SECRET))
                .asRuntimeException());

        assertThat(status.getCode()).isEqualTo(Code.INVALID_ARGUMENT_VALUE);
        assertThat(status.toString()).doesNotContain(SECRET);
    }

    @Test
    void aStatusWithDetailsPassesAsItIs() {
        Status status = ErrorStatus.status(ErrorReason.ERROR_REASON_QUOTA_EXCEEDED, "enough for today");

        assertThat(ErrorStatus.of(StatusProto.toStatusRuntimeException(status))).isEqualTo(status);
    }

    private static <M extends Message> M detail(Status status, Class<M> type) {
        for (Any any : status.getDetailsList()) {
            if (any.is(type)) {
                try {
                    return any.unpack(type);
                } catch (InvalidProtocolBufferException e) {
                    throw new AssertionError(e);
                }
            }
        }
        throw new AssertionError("no " + type.getSimpleName() + " in " + status);
    }
}
