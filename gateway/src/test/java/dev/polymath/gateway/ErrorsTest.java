package dev.polymath.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.Durations;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RequestInfo;
import com.google.rpc.RetryInfo;
import dev.polymath.common.v1.ErrorReason;
import io.grpc.Status;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@NullUnmarked
class ErrorsTest {
    private static final Path TABLE = Path.of("../docs/errors.md");

    private static final TypeRegistry TYPES = TypeRegistry.newBuilder()
            .add(List.of(
                    ErrorInfo.getDescriptor(),
                    RequestInfo.getDescriptor(),
                    RetryInfo.getDescriptor(),
                    BadRequest.getDescriptor()))
            .build();

    @ParameterizedTest
    @CsvSource({
        "OK, 200",
        "CANCELLED, 499",
        "UNKNOWN, 500",
        "INVALID_ARGUMENT, 400",
        "DEADLINE_EXCEEDED, 504",
        "NOT_FOUND, 404",
        "ALREADY_EXISTS, 409",
        "PERMISSION_DENIED, 403",
        "RESOURCE_EXHAUSTED, 429",
        "FAILED_PRECONDITION, 400",
        "ABORTED, 409",
        "OUT_OF_RANGE, 400",
        "UNIMPLEMENTED, 501",
        "INTERNAL, 500",
        "UNAVAILABLE, 503",
        "DATA_LOSS, 500",
        "UNAUTHENTICATED, 401",
    })
    void httpStatusOfEachCode(Code code, int status) {
        assertThat(ProblemJson.httpStatus(code)).isEqualTo(status);
    }

    @ParameterizedTest
    @EnumSource(Code.class)
    void everyCodeHasAStatusAndAProblemWithTheMembersOfRfc9457(Code code) {
        com.google.rpc.Status error =
                Errors.outward(Status.fromCode(code).withDescription("text"), null, "a.B/C", "b", "id-1");

        JsonObject problem = new ProblemJson(TYPES).body(error, ProblemJson.httpStatus(code));

        assertThat(problem.get("type").getAsString()).isEqualTo("about:blank");
        assertThat(problem.get("title").getAsString()).isNotBlank().doesNotContain("Unknown");
        assertThat(problem.get("status").getAsInt()).isEqualTo(ProblemJson.httpStatus(code));
        assertThat(problem.get("detail").getAsString()).isNotBlank();
        assertThat(problem.get("reason").getAsString()).matches("[A-Z_]+");
        assertThat(problem.get("requestId").getAsString()).isEqualTo("id-1");
    }

    @Test
    void detailOfAnUnknownTypeIsNamedAndNotPrinted() {
        com.google.rpc.Status error = com.google.rpc.Status.newBuilder()
                .setCode(Code.ABORTED.value())
                .setMessage("m")
                .addDetails(
                        Any.newBuilder().setTypeUrl("type.googleapis.com/a.B").setValue(ByteString.copyFromUtf8("x")))
                .build();

        JsonObject problem = new ProblemJson(TYPES).body(error, 409);

        assertThat(problem.getAsJsonArray("details").toString()).isEqualTo("[{\"@type\":\"type.googleapis.com/a.B\"}]");
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "1, 1", "1000, 1", "1001, 2", "2500, 3"})
    void retryAfterIsInWholeSecondsRoundedUp(long millis, long seconds) {
        com.google.rpc.Status error = com.google.rpc.Status.newBuilder()
                .addDetails(Any.pack(RetryInfo.newBuilder()
                        .setRetryDelay(Durations.fromMillis(millis))
                        .build()))
                .build();

        assertThat(ProblemJson.retryAfter(error)).hasValue(seconds);
    }

    @Test
    void namesOfCallersAreRepeatedOnlyIfTheyAreNames() {
        assertThat(Errors.printable("acme.weather.v1.Weather/Get")).isEqualTo("'acme.weather.v1.Weather/Get'");
        assertThat(Errors.printable("My secret text")).isEqualTo("(name not shown)");
        assertThat(Errors.printable("x".repeat(201))).isEqualTo("(name not shown)");
    }

    /** The rows of the table that users read: reason, gRPC code, HTTP status. */
    private static List<String[]> rows() throws IOException {
        Pattern row = Pattern.compile("^\\| `([A-Z_]+)` \\| ([A-Z_]+) \\| ([0-9, or]+) \\|.*");
        List<String[]> rows = new ArrayList<>();
        for (String line : Files.readAllLines(TABLE)) {
            Matcher matcher = row.matcher(line);
            if (matcher.matches()) {
                rows.add(new String[] {
                    matcher.group(1), matcher.group(2), matcher.group(3).strip()
                });
            }
        }
        return rows;
    }

    @Test
    void tableForUsersHasEveryReasonOnceInOrder() throws IOException {
        List<String> words = new ArrayList<>();
        for (ErrorReason reason : ErrorReason.values()) {
            if (reason != ErrorReason.ERROR_REASON_UNSPECIFIED && reason != ErrorReason.UNRECOGNIZED) {
                words.add(Errors.word(reason));
            }
        }

        assertThat(rows()).extracting(row -> row[0]).containsExactlyElementsOf(words);
    }

    @Test
    void tableForUsersHasTheStatusesThatTheGatewaySends() throws IOException {
        for (String[] row : rows()) {
            Code code = Code.valueOf(row[1]);
            if (row[0].equals("METHOD_NOT_FOUND")) {
                assertThat(row[2]).isEqualTo("404, 405 or 501");
            } else if (row[0].equals("INPUT_TOO_LONG")) {
                assertThat(row[2]).isEqualTo("400 or 413");
            } else if (row[0].equals("INVALID_INPUT")) {
                assertThat(row[2]).isEqualTo("400 or 415");
            } else if (row[0].equals("DEADLINE_EXCEEDED")) {
                assertThat(row[2]).isEqualTo("504 or 408");
            } else {
                assertThat(row[2]).as(row[0]).isEqualTo(Integer.toString(ProblemJson.httpStatus(code)));
            }
        }
    }

    @Test
    void statusesInTheCommentsOfTheContractAreThoseOfTheTable() throws IOException {
        Schema schema = Schema.load(List.of());
        Pattern status = Pattern.compile("\\b([A-Z][A-Z_]{6,})(?: for gRPC)?,\\s+(\\d{3})");
        int checked = 0;
        for (String[] row : rows()) {
            ErrorReason reason = ErrorReason.valueOf("ERROR_REASON_" + row[0]);
            Matcher comment = status.matcher(schema.comment(reason.getValueDescriptor()));
            assertThat(comment.find()).as(row[0]).isTrue();
            assertThat(comment.group(1)).as(row[0]).isEqualTo(row[1]);
            assertThat(row[2]).as(row[0]).startsWith(comment.group(2));
            checked++;
        }
        assertThat(checked).isEqualTo(ErrorReason.values().length - 2);
    }
}
