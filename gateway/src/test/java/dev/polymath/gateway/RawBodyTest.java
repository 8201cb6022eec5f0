package dev.polymath.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.restassured.config.EncoderConfig;
import io.restassured.config.RestAssuredConfig;
import io.restassured.specification.RequestSpecification;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@NullUnmarked
@Timeout(60)
class RawBodyTest {
    private static final String DEVELOP = "/acme/v1/photos:develop";
    private static final byte[] PHOTO = {(byte) 0xFF, (byte) 0xD8, 0, 'x'};
    private static final String DEVELOPED = "/9gAeCE=";

    private GatewayFixture gateway;

    @BeforeEach
    void start() throws Exception {
        gateway = new GatewayFixture(Map.of());
    }

    @AfterEach
    void stop() throws Exception {
        gateway.close();
    }

    private RequestSpecification http() {
        return given().config(RestAssuredConfig.config()
                        .encoderConfig(EncoderConfig.encoderConfig()
                                .appendDefaultContentCharsetToContentTypeIfUndefined(false)
                                .encodeContentTypeAs("image/jpeg", io.restassured.http.ContentType.BINARY)))
                .port(gateway.httpPort)
                .urlEncodingEnabled(false);
    }

    @Test
    void aFileIsTheContentOfTheRequestAndTheQueryTheRest() {
        http().contentType("image/jpeg")
                .body(PHOTO)
                .post(DEVELOP + "?fileName=a.jpg&filters=grey&filters=soft&size=7")
                .then()
                .statusCode(200)
                .contentType("application/json")
                .body("content", equalTo(DEVELOPED))
                .body("mimeType", equalTo("image/jpeg"))
                .body("note", equalTo("a.jpg [grey, soft] 7"));
    }

    @Test
    void aFormHasTheFileAndTheRest() {
        http().multiPart("file", "b c.png", PHOTO, "image/png")
                .multiPart("filters", "grey")
                .multiPart("size", "7")
                .post(DEVELOP + "?filters=soft")
                .then()
                .statusCode(200)
                .body("content", equalTo(DEVELOPED))
                .body("mimeType", equalTo("image/png"))
                .body("note", equalTo("b c.png [grey, soft] 7"));
    }

    @Test
    void jsonWithBase64SaysTheSame() {
        http().contentType("application/json")
                .body("{\"content\":\"/9gAeA==\",\"mimeType\":\"image/jpeg\"}")
                .post(DEVELOP)
                .then()
                .statusCode(200)
                .body("content", equalTo(DEVELOPED));
    }

    @Test
    void aFileIsTheOnlyOneOfABatch() {
        http().contentType("image/jpeg")
                .body(PHOTO)
                .post("/acme/v1/photos:judge?taste=good")
                .then()
                .statusCode(200)
                .body("judgements[0]", equalTo("4 bytes of image/jpeg: good"));
    }

    @Test
    void theFilesOfAFormAreABatchInTheirOrder() {
        http().multiPart("photos", "a.jpg", PHOTO, "image/jpeg")
                .multiPart("taste", "bad")
                .multiPart("photos", "b.png", new byte[3_000_000], "image/png")
                .multiPart("another", "c.gif", new byte[0], "image/gif")
                .post("/acme/v1/photos:judge")
                .then()
                .statusCode(200)
                .body(
                        "judgements",
                        contains(
                                "4 bytes of image/jpeg: bad",
                                "3000000 bytes of image/png: bad",
                                "0 bytes of image/gif: bad"));
    }

    @Test
    void aRequestForOneFileTakesNoSecond() {
        http().multiPart("file", "a.jpg", PHOTO, "image/jpeg")
                .multiPart("file", "b.jpg", PHOTO, "image/jpeg")
                .post(DEVELOP)
                .then()
                .statusCode(400)
                .body("violations[0].description", equalTo("2 files (expected: one)"));
    }

    @Test
    void whoAcceptsNoJsonGetsTheFileAlone() {
        byte[] answer = http().contentType("image/jpeg")
                .accept("image/*")
                .body(PHOTO)
                .post(DEVELOP)
                .then()
                .statusCode(200)
                .contentType("image/jpeg")
                .extract()
                .asByteArray();

        assertThat(answer).isEqualTo(new byte[] {(byte) 0xFF, (byte) 0xD8, 0, 'x', '!'});
    }

    @Test
    void errorsAreProblemsWhateverIsAccepted() {
        http().contentType("image/jpeg")
                .accept("image/*")
                .body(PHOTO)
                .post(DEVELOP + "?siez=7")
                .then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body("violations[0].field", equalTo("siez"));
    }

    @Test
    void theContentIsNotGivenTwice() {
        http().contentType("image/jpeg")
                .body(PHOTO)
                .post(DEVELOP + "?content=AAAA")
                .then()
                .statusCode(400)
                .body("violations[0].field", equalTo("content"));
    }

    @Test
    void aFormWithoutAFileIsInvalid() {
        http().multiPart("size", "7")
                .post(DEVELOP)
                .then()
                .statusCode(400)
                .body("violations[0].description", containsString("no file"));
    }

    @Test
    void aFormWithoutABoundaryIsInvalid() {
        http().contentType("multipart/form-data")
                .body("x".getBytes(StandardCharsets.UTF_8))
                .post(DEVELOP)
                .then()
                .statusCode(400)
                .body("violations[0].field", equalTo("body"));
    }

    @Test
    void whatCurlSendsByDefaultIsRefusedWithTheWayOut() {
        http().contentType("application/x-www-form-urlencoded")
                .formParam("size", 7)
                .post(DEVELOP)
                .then()
                .statusCode(415)
                .body("detail", containsString("or the content type of the file that the body is"));
    }

    private JsonObject description(String path) {
        return JsonParser.parseString(
                        http().get("/openapi.json").then().extract().asString())
                .getAsJsonObject()
                .getAsJsonObject("paths")
                .getAsJsonObject(path)
                .getAsJsonObject("post");
    }

    @Test
    void theDescriptionShowsWhereSeveralFilesGo() {
        JsonObject properties = description("/acme/v1/photos:judge")
                .getAsJsonObject("requestBody")
                .getAsJsonObject("content")
                .getAsJsonObject("multipart/form-data")
                .getAsJsonObject("schema")
                .getAsJsonObject("properties");

        assertThat(properties.keySet()).containsExactly("photos", "taste");
        assertThat(properties.getAsJsonObject("photos").get("type").getAsString())
                .isEqualTo("array");
    }

    @Test
    void theDescriptionShowsAllForms() {
        JsonObject operation = description(DEVELOP);

        JsonObject body = operation.getAsJsonObject("requestBody").getAsJsonObject("content");
        assertThat(body.keySet())
                .containsExactly("application/json", "application/octet-stream", "multipart/form-data");
        assertThat(body.getAsJsonObject("multipart/form-data")
                        .getAsJsonObject("schema")
                        .getAsJsonObject("properties")
                        .keySet())
                .containsExactly("file", "filters", "size");
        assertThat(operation
                        .getAsJsonObject("responses")
                        .getAsJsonObject("200")
                        .getAsJsonObject("content")
                        .keySet())
                .containsExactly("application/json", "application/octet-stream");
    }
}
