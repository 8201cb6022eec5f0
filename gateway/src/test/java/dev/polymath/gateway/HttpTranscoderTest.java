package dev.polymath.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.startsWith;

import com.google.gson.JsonParser;
import io.grpc.Metadata;
import io.grpc.Status;
import io.restassured.config.EncoderConfig;
import io.restassured.config.RestAssuredConfig;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@NullUnmarked
@Timeout(60)
class HttpTranscoderTest {
    private static final String RECOGNIZE = "/v1/entities:recognize";
    private GatewayFixture gateway;

    @BeforeEach
    void start() throws Exception {
        gateway = new GatewayFixture(Map.of(
                GatewayFixture.PREFIX + "services.weather.method-deadlines.\"WeatherService/GetWeather\"", "PT0.5S"));
    }

    @AfterEach
    void stop() throws Exception {
        gateway.close();
    }

    private RequestSpecification http() {
        return given().config(RestAssuredConfig.config()
                        .encoderConfig(EncoderConfig.encoderConfig()
                                .appendDefaultContentCharsetToContentTypeIfUndefined(false)))
                .port(gateway.httpPort)
                .urlEncodingEnabled(false);
    }

    private ValidatableResponse recognize(String json) {
        return http().contentType("application/json; charset=utf-8")
                .body(json.getBytes(StandardCharsets.UTF_8))
                .post(RECOGNIZE)
                .then();
    }

    private static ValidatableResponse problem(ValidatableResponse response, int status, String reason) {
        return response.statusCode(status)
                .contentType("application/problem+json")
                .body("status", equalTo(status))
                .body("type", equalTo("about:blank"))
                .body("title", notNullValue())
                .body("reason", equalTo(reason))
                .body("requestId", notNullValue())
                .body("detail", not(containsString("Exception")))
                .body("detail", not(containsString("Secret")));
    }

    private static ValidatableResponse invalid(ValidatableResponse response, String field, String description) {
        return problem(response, 400, "INVALID_INPUT")
                .body("code", equalTo("INVALID_ARGUMENT"))
                .body("violations[0].field", equalTo(field))
                .body("violations[0].description", containsString(description));
    }

    @Test
    void jsonGoesInAndOutWithZerosAndEmptyListsPrinted() {
        recognize("{\"documents\":[{\"id\":\"1\",\"text\":\"Zoë 👩‍🚀\"}],\"offsetUnit\":\"OFFSET_UNIT_CODE_POINT\"}")
                .statusCode(200)
                .contentType("application/json")
                .header("x-request-id", notNullValue())
                .body("results[0].id", equalTo("1"))
                .body("results[0].entities[0].text", equalTo("Zoë 👩‍🚀"))
                .body("results[0].entities[0].begin", equalTo(0))
                .body("results[0].entities[0].subtype", equalTo(""))
                .body("receipt.tokens", equalTo("7"));
        assertThat(gateway.count("polymath.ner.v1.EntityRecognitionService/RecognizeEntities", "OK"))
                .isEqualTo(1);
    }

    @Test
    void protoNamesAreAcceptedToo() {
        recognize("{\"documents\":[{\"text\":\"a\",\"language_code\":\"en\"}],\"min_confidence\":0.25}")
                .statusCode(200);
    }

    @Test
    void colonOfTheVerbMayBeEscaped() {
        http().contentType("application/json")
                .body("{\"documents\":[{\"text\":\"Ada\"}]}")
                .post("/v1/entities%3Arecognize")
                .then()
                .statusCode(200);
    }

    @Test
    void errorsOfDocumentsArePrintedWithTheirDetails() {
        recognize("{\"documents\":[{\"text\":\"Ada\"},{\"text\":\"\"},{\"text\":\"nuqneH\",\"languageCode\":\"tlh\"}]}")
                .statusCode(200)
                .body("results[0].entities[0].text", equalTo("Ada"))
                .body("results[1].error.message", equalTo("text: empty"))
                .body("results[1].error.details[0].@type", equalTo("type.googleapis.com/google.rpc.ErrorInfo"))
                .body("results[1].error.details[0].reason", equalTo("INVALID_INPUT"))
                .body("results[1].error.details[1].fieldViolations[0].field", equalTo("text"))
                .body("results[2].error.details[0].reason", equalTo("UNSUPPORTED_LANGUAGE"));
    }

    @Test
    void textOfFiveMegabytesIsAnErrorOfItsDocumentAlone() {
        recognize("{\"documents\":[{\"text\":\"Ada\"},{\"text\":\"" + "x".repeat(5_000_000) + "\"}]}")
                .statusCode(200)
                .body("results[0].entities[0].text", equalTo("Ada"))
                .body("results[1].error.details[0].reason", equalTo("INPUT_TOO_LONG"));
    }

    @Test
    void answerOfMegabytesArrivesComplete() {
        String text = "x".repeat(900_000);
        recognize("{\"documents\":[{\"text\":\"" + text + "\"},{\"text\":\"" + text + "\"}]}")
                .statusCode(200)
                .body("results[1].entities[0].text.length()", equalTo(900_000));
    }

    @Test
    void duplicateIdsTenThousandDocumentsAndUnknownTypesAreTheErrorsOfTheService() {
        problem(
                        recognize("{\"documents\":[{\"id\":\"a\",\"text\":\"x\"},{\"id\":\"a\",\"text\":\"y\"}]}"),
                        400,
                        "INVALID_INPUT")
                .body("violations[0].field", equalTo("documents[1].id"))
                .body("detail", equalTo("documents[1].id: not unique"));
        problem(
                recognize("{\"documents\":[" + "{\"text\":\"x\"},".repeat(9_999) + "{\"text\":\"x\"}]}"),
                400,
                "INPUT_TOO_LONG");
        problem(recognize("{\"documents\":[{\"text\":\"x\"}],\"types\":[\"DRAGON\"]}"), 400, "INVALID_INPUT")
                .body("violations[0].field", equalTo("types[0]"));
    }

    @Test
    void wrongFieldNamesAreAllNamedWithTheirPaths() {
        invalid(
                        recognize("{\"documents\":[{\"text\":\"a\"},{\"txt\":\"b\",\"text\":\"c\"}],\"min\":0.5}"),
                        "documents[1].txt",
                        "unknown field (expected: one of id, text, languageCode)")
                .body("violations[1].field", equalTo("min"))
                .body("detail", startsWith("documents[1].txt: unknown field"))
                .body("detail", containsString("(and 1 more)"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'documents':'x'}                                    | documents          | a string (expected: a list)",
                "{'documents':['x']}                                  | documents[0]       | a string (expected: an object)",
                "{'documents':[{'text':5}]}                           | documents[0].text  | a number (expected: a string)",
                "{'documents':[null]}                                 | documents[0]       | null (expected: an object)",
                "{'documents':[],'minConfidence':'much'}              | minConfidence      | a string (expected: a number)",
                "{'documents':[],'minConfidence':1e999}               | minConfidence      | expected: a number",
                "{'offsetUnit':'BYTES'}                               | offsetUnit         | 'BYTES' (expected: one of OFFSET_UNIT",
                "{'offsetUnit':'a text of the user'}                  | offsetUnit         | (name not shown)",
                "{'model':[]}                                         | model              | a list (expected: an object)",
                "{'types':['A',['B']]}                                | types[1]           | a list (expected: a string)",
                "[]                                                   | body               | a list (expected: an object)",
                "'text'                                               | body               | a string (expected: an object)",
                "{'documents':[{'text':'a','text':'b'}]}              | documents[0].text  | the same name twice",
                "{} {}                                                | body               | more after the end",
                "{'documents':[{'text':'a}                            | body               | ends before it is complete, line 1",
                "{'documents':[{'text':'a'}                           | body               | ends before it is complete",
                "{documents:[]}                                       | body               | not JSON, line 1, column",
                "{'documents':[],}                                    | body               | not JSON",
            })
    void wrongJsonIsNamedByPath(String json, String field, String description) {
        invalid(recognize(json.replace('\'', '"')), field, description);
    }

    @Test
    void exampleInTheDocumentationIsWhatTheGatewayAnswers() throws Exception {
        String page = Files.readString(Path.of("../docs/errors.md"));
        String body = page.replaceAll("(?s).*-d '([^']+)'.*", "$1");
        String example = page.replaceAll("(?s).*```json\n(.*?)```.*", "$1");

        String answer = http().contentType("application/json")
                .header("x-request-id", "docs-1")
                .body(body)
                .post(RECOGNIZE)
                .asString();

        assertThat(JsonParser.parseString(answer)).isEqualTo(JsonParser.parseString(example));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", "\n"})
    void emptyBodyIsInvalid(String body) {
        invalid(recognize(body), "body", "empty");
    }

    @Test
    void loneSurrogatesAreNamedByPathAndPlace() {
        invalid(
                recognize("{\"documents\":[{\"text\":\"a\"},{\"text\":\"ab\\ud83dc\"}]}"),
                "documents[1].text",
                "character 2 is half of a surrogate pair");
        invalid(recognize("{\"documents\":[{\"text\":\"\\udc00\"}]}"), "documents[0].text", "character 0");
        recognize("{\"documents\":[{\"text\":\"\\ud83d\\ude00\"}]}")
                .statusCode(200)
                .body("results[0].entities[0].text", equalTo("😀"));
    }

    @Test
    void bytesThatAreNotUtf8AreNamedByPosition() {
        byte[] body = "{\"documents\":[{\"text\":\"a?\"}]}".getBytes(StandardCharsets.US_ASCII);
        body[24] = (byte) 0xFF;

        invalid(
                http().contentType("application/json")
                        .body(body)
                        .post(RECOGNIZE)
                        .then(),
                "body",
                "byte 24 is not UTF-8");
    }

    @Test
    void deepNestingIsRefused() {
        invalid(
                recognize("{\"documents\":" + "[".repeat(200) + "]".repeat(200) + "}"),
                "body",
                "nested too deep (expected: <= 100 levels)");
    }

    @Test
    void hugeNumbersCostNothing() {
        invalid(
                http().contentType("application/json")
                        .body("{\"index\":1e999999999,\"droplets\":\"9223372036854775808\"}")
                        .put("/acme/v1/places/Oslo/weather")
                        .then(),
                "weather.index",
                "expected: an integer of type int32");
    }

    @Test
    void bodyOverTheLimitIs413() {
        problem(
                        recognize("{\"documents\":[{\"text\":\"" + "x".repeat(RawMessage.MAX_BYTES) + "\"}]}"),
                        413,
                        "INPUT_TOO_LONG")
                .body("detail", equalTo("body: too large (expected: <= 33554432 bytes)"));
        recognize("{\"documents\":[{\"text\":\"still here\"}]}").statusCode(200);
    }

    @Test
    void announcedBodyOverTheLimitIsRefusedBeforeItIsSent() throws Exception {
        try (Socket socket = new Socket("127.0.0.1", gateway.httpPort)) {
            socket.getOutputStream()
                    .write(("POST " + RECOGNIZE + " HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
                                    + "content-length: 99999999\r\nexpect: 100-continue\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));

            assertThat(firstLine(socket)).startsWith("HTTP/1.1 413");
        }
    }

    private String statusLine(String request) throws Exception {
        try (Socket socket = new Socket("127.0.0.1", gateway.httpPort)) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return firstLine(socket);
        }
    }

    private static String firstLine(Socket socket) throws Exception {
        InputStream in = socket.getInputStream();
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
            line.write(b);
        }
        return line.toString(StandardCharsets.US_ASCII);
    }

    @Test
    void bodyMayBeGzip() throws Exception {
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(zipped)) {
            gzip.write("{\"documents\":[{\"text\":\"packed\"}]}".getBytes(StandardCharsets.UTF_8));
        }

        http().contentType("application/json")
                .header("content-encoding", "gzip")
                .body(zipped.toByteArray())
                .post(RECOGNIZE)
                .then()
                .statusCode(200)
                .body("results[0].entities[0].text", equalTo("packed"));
    }

    @ParameterizedTest
    @CsvSource({"application/x-www-form-urlencoded", "text/plain", "application/xml", "application/octet-stream"})
    void wrongContentTypeIs415AndSaysWhichToSend(String type) {
        HttpResponse<String> response = post(RECOGNIZE, type, "{\"documents\":[{\"text\":\"x\"}]}");

        assertThat(response.statusCode()).isEqualTo(415);
        assertThat(response.headers().firstValue("content-type")).hasValue("application/problem+json");
        assertThat(response.body())
                .contains(
                        "'" + type + "' (expected: application/json; with curl: -H 'content-type: application/json')");
    }

    @Test
    void missingContentTypeIs415() {
        HttpResponse<String> response = post(RECOGNIZE, null, "{\"documents\":[{\"text\":\"x\"}]}");

        assertThat(response.statusCode()).isEqualTo(415);
        assertThat(response.body()).contains("missing (expected: application/json");
    }

    @Test
    void otherCharsetIs415() {
        assertThat(post(RECOGNIZE, "application/json; charset=ISO-8859-1", "{}").statusCode())
                .isEqualTo(415);
        assertThat(post(RECOGNIZE, "application/json; charset=\"UTF-8\"", "{\"documents\":[{\"text\":\"x\"}]}")
                        .statusCode())
                .isEqualTo(200);
    }

    private HttpResponse<String> post(String path, String type, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.httpPort + path))
                .POST(HttpRequest.BodyPublishers.ofString(body));
        if (type != null) {
            request.header("content-type", type);
        }
        try {
            return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void unknownPathIs404() throws Exception {
        problem(http().get("/v1/entities").then(), 404, "METHOD_NOT_FOUND");
        problem(
                http().contentType("application/json")
                        .body("{}")
                        .post("/v1/entities:dance")
                        .then(),
                404,
                "METHOD_NOT_FOUND");
        assertThat(statusLine("GET /acme/v1/places/%zz/weather HTTP/1.1\r\nhost: x\r\n\r\n"))
                .matches("HTTP/1.1 40[04] .*\\s*");
    }

    @Test
    void wrongMethodIs405WithAllow() {
        problem(http().get(RECOGNIZE).then(), 405, "METHOD_NOT_FOUND").header("allow", equalTo("POST"));
        problem(http().post("/v1/models").then(), 405, "METHOD_NOT_FOUND").header("allow", equalTo("GET"));
    }

    @Test
    void methodWithoutARuleIsNotOnHttp() {
        problem(
                http().contentType("application/json")
                        .body("{}")
                        .post("/acme.weather.v1.WeatherService/Ping")
                        .then(),
                404,
                "METHOD_NOT_FOUND");
    }

    @Test
    void grpcOnTheHttpPortIs415AndNamesThePort() {
        HttpResponse<String> response = post("/acme.weather.v1.WeatherService/Ping", "application/grpc", "");

        assertThat(response.statusCode()).isEqualTo(415);
        assertThat(response.body()).contains("gRPC has a port of its own");
    }

    @Test
    void serviceThatWasAddedByConfigurationTakesPathAndQuery() {
        http().get(
                        "/acme/v1/places/Oslo%20S%2F1/weather?place.country=NO&hours=1&hours=2&skies=SKY_RAIN&ahead=3.5s&brief=true")
                .then()
                .statusCode(200)
                .body("place", equalTo("Oslo S/1,NO"))
                .body("temperature", equalTo(3.0f))
                .body("sky", equalTo("SKY_RAIN"))
                .body("droplets", equalTo("3"))
                .body("remark", equalTo("brief"));
    }

    @Test
    void pathOfManySegmentsIsOneValue() {
        http().get("/acme/v1/stations/north/7:read").then().statusCode(200).body("place", equalTo("stations/north/7,"));
    }

    @Test
    void wrongQueryParametersAreNamed() {
        invalid(http().get("/acme/v1/places/Oslo/weather?colour=red").then(), "colour", "unknown field");
        invalid(http().get("/acme/v1/places/Oslo/weather?place.street=x").then(), "place.street", "unknown field");
        invalid(http().get("/acme/v1/places/Oslo/weather?hours=noon").then(), "hours[0]", "expected: an integer");
        invalid(http().get("/acme/v1/places/Oslo/weather?brief=1").then(), "brief", "expected: true or false");
        invalid(
                http().get("/acme/v1/places/Oslo/weather?brief=true&brief=false")
                        .then(),
                "brief",
                "a list");
        invalid(http().get("/acme/v1/places/Oslo/weather?ahead=soon").then(), "body", "wrong form");
        invalid(
                http().contentType("application/json")
                        .body("{}")
                        .post(RECOGNIZE + "?types=PERSON")
                        .then(),
                "query",
                "takes no query parameters");
    }

    @Test
    void bodyAndAnswerMayBeFields() {
        http().contentType("application/json")
                .body("{\"place\":\"here\",\"photo\":\"AAEC\",\"readings\":{\"a\":1.5},\"before\":{\"index\":4}}")
                .put("/acme/v1/places/Oslo/weather?dryRun=true")
                .then()
                .statusCode(200)
                .body("place", equalTo("here"))
                .body("photo", equalTo("AAEC"))
                .body("readings.a", equalTo(1.5f))
                .body("before.index", equalTo(4))
                .body("remark", equalTo("Oslo true"));
        invalid(
                http().contentType("application/json")
                        .body("{\"photo\":\"%%\"}")
                        .put("/acme/v1/places/Oslo/weather")
                        .then(),
                "body",
                "base64");
        invalid(
                http().contentType("application/json")
                        .body("{\"x\":1}")
                        .put("/acme/v1/places/Oslo/weather")
                        .then(),
                "weather.x",
                "unknown field");
        invalid(
                http().contentType("application/json")
                        .body("{\"place\":\"here\"},\"dryRun\":true")
                        .put("/acme/v1/places/Oslo/weather")
                        .then(),
                "body",
                "not JSON, line 1, column 17");
    }

    @Test
    void serverStreamIsLinesOfJson() {
        String[] lines = http().get("/acme/v1/forecast?count=3")
                .then()
                .statusCode(200)
                .contentType("application/x-ndjson")
                .extract()
                .asString()
                .split("\n");

        assertThat(lines).hasSize(3);
        assertThat(lines[2]).startsWith("{\"place\":\"\"").contains("\"index\":2");
    }

    @Test
    void largeStreamArrivesCompleteAndInOrder() {
        String[] lines = http().get("/acme/v1/forecast?count=200&remarkLength=200000")
                .then()
                .statusCode(200)
                .extract()
                .asString()
                .split("\n");

        assertThat(lines).hasSize(200);
        for (int i = 0; i < lines.length; i++) {
            assertThat(lines[i].substring(0, 100) + lines[i].substring(lines[i].length() - 100))
                    .contains("\"index\":" + i + ",");
        }
    }

    @Test
    void errorBeforeTheFirstLineOfAStreamIsAProblemAndLaterItIsTheLastLine() {
        problem(http().get("/acme/v1/forecast?count=x").then(), 400, "INVALID_INPUT");
        String[] lines = http().get("/acme/v1/forecast?count=9&failAfter=2")
                .then()
                .statusCode(200)
                .extract()
                .asString()
                .split("\n");

        assertThat(lines).hasSize(3);
        assertThat(lines[2]).startsWith("{\"error\":{").contains("\"reason\":\"OVERLOADED\"", "\"status\":503");
    }

    @Test
    void slowReaderOfAStreamSlowsTheService() throws Exception {
        try (Socket socket = new Socket("127.0.0.1", gateway.httpPort)) {
            socket.setReceiveBufferSize(64 * 1024);
            socket.getOutputStream()
                    .write("GET /acme/v1/forecast?count=2000&remarkLength=100000 HTTP/1.1\r\nhost: x\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(firstLine(socket)).startsWith("HTTP/1.1 200");
            int before = -1;
            while (before != gateway.ner.sent.get()) {
                before = gateway.ner.sent.get();
                assertThat(gateway.ner.cancelled.await(500, TimeUnit.MILLISECONDS))
                        .isFalse();
            }
            assertThat(before).isLessThan(400);
        }
        // The reader has gone: the service is told.
        assertThat(gateway.ner.cancelled.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void clientStreamIsLinesOfJsonUploaded() {
        StringBuilder lines = new StringBuilder();
        for (int i = 1; i <= 5000; i++) {
            lines.append("{\"index\":").append(i).append("}\r\n");
        }
        http().contentType("application/x-ndjson")
                .body((lines + "\n{\"index\":1}").getBytes(StandardCharsets.UTF_8))
                .post("/acme/v1/reports:collect")
                .then()
                .statusCode(200)
                .body("count", equalTo(5001))
                .body("sum", equalTo("12502501"));
    }

    @Test
    void wrongLineIsNamedByNumber() {
        invalid(
                http().contentType("application/x-ndjson")
                        .body("{\"index\":1}\n{\"index\":\n{}".getBytes(StandardCharsets.UTF_8))
                        .post("/acme/v1/reports:collect")
                        .then(),
                "line 2",
                "ends before it is complete");
    }

    @Test
    void lineThatCannotBeReadIsGivenToAServiceThatTakesErrors() {
        http().contentType("application/x-ndjson")
                .queryParam("season", "winter")
                .body("{\"index\":1}\n\n{\"index\":\n{\"wind\":3}\n{\"index\":2}".getBytes(StandardCharsets.UTF_8))
                .post("/acme/v1/reports:survey")
                .then()
                .statusCode(200)
                .body("count", equalTo(2))
                .body("season", equalTo("winter"))
                .body("errors", hasSize(2))
                .body("errors[0]", containsString("line 3"))
                .body("errors[1]", containsString("line 4"));
    }

    @Test
    void wrongQueryParameterOfAnUploadIsAnErrorOfTheCall() {
        invalid(
                http().contentType("application/x-ndjson")
                        .queryParam("saison", "winter")
                        .body("{\"index\":1}".getBytes(StandardCharsets.UTF_8))
                        .post("/acme/v1/reports:survey")
                        .then(),
                "saison",
                "");
    }

    @Test
    void bidirectionalStreamIsLinesBothWays() {
        String[] lines = http().contentType("application/x-ndjson")
                .body("{\"index\":1,\"remark\":\"a\"}\n{\"index\":2,\"remark\":\"b\"}\n"
                        .getBytes(StandardCharsets.UTF_8))
                .post("/acme/v1/reports:converse")
                .then()
                .statusCode(200)
                .contentType("application/x-ndjson")
                .extract()
                .asString()
                .split("\n");

        assertThat(lines).hasSize(2);
        assertThat(lines[0]).contains("\"index\":2", "\"remark\":\"A\"");
        assertThat(lines[1]).contains("\"index\":3", "\"remark\":\"B\"");
    }

    @ParameterizedTest
    @EnumSource(value = Status.Code.class, mode = EnumSource.Mode.EXCLUDE, names = "OK")
    void errorOfTheServiceHasTheStatusOfItsCode(Status.Code code) {
        ValidatableResponse response =
                http().get("/acme/v1/places/fail%20" + code + "/weather").then();

        response.statusCode(ProblemJson.httpStatus(code))
                .contentType("application/problem+json")
                .body("code", equalTo(code.name()))
                .body("requestId", notNullValue());
    }

    @Test
    void reasonAndRetryAfterComeFromTheService() {
        problem(
                        http().get("/acme/v1/places/reason%20RESOURCE_EXHAUSTED%20QUOTA_EXCEEDED/weather")
                                .then(),
                        429,
                        "QUOTA_EXCEEDED")
                .header("retry-after", equalTo("3"))
                .body("detail", equalTo("because"))
                .body("details.@type", hasItem("type.googleapis.com/google.rpc.RetryInfo"));
    }

    @Test
    void unreachableServiceIs503WithRetryAfter() {
        gateway.ner.close();

        problem(http().get("/acme/v1/places/Oslo/weather").then(), 503, "SERVICE_UNREACHABLE")
                .header("retry-after", equalTo("1"))
                .body("detail", equalTo("service 'weather' cannot be reached"));
    }

    @Test
    void deadlineOfTheRouteIs504() throws Exception {
        problem(http().get("/acme/v1/places/slow/weather").then(), 504, "DEADLINE_EXCEEDED");
        assertThat(gateway.ner.cancelled.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void deadlineOfTheCallerIsTakenFromTheHeader() {
        problem(
                http().contentType("application/json")
                        .header("grpc-timeout", "200m")
                        .body("{\"documents\":[{\"text\":\"slow\"}]}")
                        .post(RECOGNIZE)
                        .then(),
                504,
                "DEADLINE_EXCEEDED");
        invalid(
                http().header("grpc-timeout", "soon")
                        .get("/acme/v1/places/Oslo/weather")
                        .then(),
                "header grpc-timeout",
                "not a timeout");
    }

    @Test
    void callerThatGoesAwayCancelsTheCall() throws Exception {
        try (Socket socket = new Socket("127.0.0.1", gateway.httpPort)) {
            byte[] body = "{\"documents\":[{\"text\":\"slow\"}]}".getBytes(StandardCharsets.US_ASCII);
            socket.getOutputStream()
                    .write(("POST " + RECOGNIZE
                                    + " HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: "
                                    + body.length + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(body);
            assertThat(gateway.ner.slowCallCame.await(10, TimeUnit.SECONDS)).isTrue();
        }

        assertThat(gateway.ner.cancelled.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void headersGoOnAndThoseOfTheHopDoNot() throws Exception {
        http().header("x-request-id", "abc-1")
                .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
                .header("authorization", "Bearer t")
                .header("cookie", "a=b")
                .get("/acme/v1/places/Oslo/weather")
                .then()
                .statusCode(200)
                .header("x-request-id", equalTo("abc-1"));

        Metadata arrived = gateway.ner.headers.take();
        assertThat(List.of("x-request-id", "traceparent", "authorization"))
                .allSatisfy(name -> assertThat(arrived.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER)))
                        .isNotNull());
        assertThat(arrived.keys()).doesNotContain("cookie", "host", "accept");
    }

    @Test
    void modelsOfAllServicesAreJoinedAndThoseLeftOutAreNamed() {
        http().get("/v1/models")
                .then()
                .statusCode(200)
                .body("models.name", contains("model-of-ner", "model-of-vision"));
        gateway.vision.close();
        http().get("/v1/models")
                .then()
                .statusCode(200)
                .header("polymath-omitted", equalTo("vision"))
                .body("models", hasSize(1))
                .body("models.name", everyItem(equalTo("model-of-ner")));
    }

    @Test
    void pageAndItsFilesComeFromTheGateway() {
        http().get("/docs")
                .then()
                .statusCode(200)
                .body(containsString("docs/swagger-ui-bundle.js"), not(containsString("http")));
        http().get("/docs/swagger-ui-bundle.js").then().statusCode(200).contentType(containsString("javascript"));
        http().get("/docs/swagger-ui.css").then().statusCode(200).contentType(containsString("css"));
    }
}
