package dev.polymath.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.parser.OpenAPIV3Parser;
import io.swagger.v3.parser.core.models.ParseOptions;
import io.swagger.v3.parser.core.models.SwaggerParseResult;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

@NullUnmarked
class OpenApiTest {
    private static GatewayFixture gateway;
    private static String json;

    @BeforeAll
    static void start() throws Exception {
        gateway = new GatewayFixture(Map.of());
        json = given().port(gateway.httpPort)
                .get("/openapi.json")
                .then()
                .statusCode(200)
                .extract()
                .asString();
    }

    @AfterAll
    static void stop() throws Exception {
        gateway.close();
    }

    private static OpenAPI parsed(String document) {
        ParseOptions options = new ParseOptions();
        options.setResolve(true);
        SwaggerParseResult result = new OpenAPIV3Parser().readContents(document, null, options);
        assertThat(result.getMessages()).isEmpty();
        return result.getOpenAPI();
    }

    @Test
    void documentIsValidInBothForms() {
        OpenAPI api = parsed(json);
        assertThat(api.getOpenapi()).isEqualTo("3.1.0");
        OpenAPI yaml = parsed(given().port(gateway.httpPort)
                .get("/openapi.yaml")
                .then()
                .statusCode(200)
                .extract()
                .asString());
        assertThat(yaml.getPaths().keySet()).isEqualTo(api.getPaths().keySet());
    }

    @Test
    void commentsOfTheProtoFilesAreItsText() {
        OpenAPI api = parsed(json);

        Operation recognize = api.getPaths().get("/v1/entities:recognize").getPost();
        assertThat(recognize.getSummary()).isEqualTo("Finds the entities of each document.");
        assertThat(recognize.getOperationId()).isEqualTo("EntityRecognitionService_RecognizeEntities");
        Schema<?> entity = api.getComponents().getSchemas().get("polymath.ner.v1.Entity");
        assertThat(entity.getDescription()).isEqualTo("What was found.");
        assertThat(entity.getProperties().get("begin").getDescription()).startsWith("Start in the document");
        Schema<?> request = api.getComponents().getSchemas().get("polymath.ner.v1.RecognizeEntitiesRequest");
        assertThat(request.getRequired()).containsExactly("documents");
        Schema<?> unit = api.getComponents().getSchemas().get("polymath.common.v1.OffsetUnit");
        assertThat(unit.getDescription()).contains("- `OFFSET_UNIT_UTF8_BYTE`: Bytes of the UTF-8 form");
    }

    @Test
    void everyReferencePointsAtASchema() {
        JsonObject schemas = JsonParser.parseString(json)
                .getAsJsonObject()
                .getAsJsonObject("components")
                .getAsJsonObject("schemas");

        var references = java.util.regex.Pattern.compile("\"#/components/schemas/([^\"]+)\"")
                .matcher(json);
        int count = 0;
        while (references.find()) {
            assertThat(schemas.has(references.group(1))).as(references.group(1)).isTrue();
            count++;
        }
        assertThat(count).isGreaterThan(20);
    }

    @Test
    void parametersAndStreamsAreDescribed() {
        OpenAPI api = parsed(json);

        Operation get =
                api.getPaths().get("/acme/v1/places/{place.name}/weather").getGet();
        assertThat(get.getParameters())
                .extracting(p -> p.getIn() + " " + p.getName())
                .containsExactly(
                        "path place.name",
                        "query place.country",
                        "query station",
                        "query hours",
                        "query skies",
                        "query ahead",
                        "query brief");
        assertThat(api.getPaths()
                        .get("/acme/v1/forecast")
                        .getGet()
                        .getResponses()
                        .get("200")
                        .getContent())
                .containsOnlyKeys("application/x-ndjson");
        assertThat(api.getPaths()
                        .get("/acme/v1/reports:collect")
                        .getPost()
                        .getRequestBody()
                        .getContent())
                .containsOnlyKeys("application/x-ndjson");
        assertThat(get.getResponses().getDefault().getContent()).containsOnlyKeys("application/problem+json");
    }
}
