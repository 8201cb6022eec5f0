package dev.polymath.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasKey;
import static org.hamcrest.Matchers.nullValue;

import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** What the application adds to the parts: the shipped configuration, health, metrics, CORS and the limits of the HTTP server. */
@QuarkusTest
@QuarkusTestResource(GatewayApplicationTest.Services.class)
@NullUnmarked
class GatewayApplicationTest {
    @Inject
    Gateway gateway;

    /** Puts a fake behind the routes that the application ships with. */
    public static final class Services implements QuarkusTestResourceLifecycleManager {
        private FakeServices fake;

        @Override
        public Map<String, String> start() {
            try {
                fake = new FakeServices("fake");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return Map.of(
                    "polymath.gateway.services.ner.address",
                    fake.address(),
                    "quarkus.http.cors.enabled",
                    "true",
                    "quarkus.http.cors.origins",
                    "https://app.example");
        }

        @Override
        public void stop() {
            fake.close();
        }
    }

    @Test
    void shippedRoutesAnswerOnBothProtocols() throws Exception {
        given().contentType("application/json")
                .body("{\"documents\":[{\"text\":\"Ada\"}]}")
                .post("/v1/entities:recognize")
                .then()
                .statusCode(200)
                .body("results[0].entities[0].text", equalTo("Ada"));
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", gateway.grpcPort())
                .usePlaintext()
                .build();
        try {
            assertThat(HealthGrpc.newBlockingStub(channel)
                            .check(HealthCheckRequest.getDefaultInstance())
                            .getStatus())
                    .isEqualTo(ServingStatus.SERVING);
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    void readinessListsTheServicesAndStaysUp() {
        given().get("/q/health/ready")
                .then()
                .statusCode(200)
                .body("status", equalTo("UP"))
                .body("checks.find { it.name == 'services behind the gateway' }.data", hasKey("ner"));
    }

    @Test
    void metricsCountCallsByMethodAndCode() {
        given().get("/v1/models").then().statusCode(200);

        given().get("/q/metrics")
                .then()
                .statusCode(200)
                .body(containsString("polymath_gateway_requests_total{code=\"OK\","
                        + "method=\"polymath.models.v1.ModelService/ListModels\",protocol=\"http\"}"))
                .body(containsString("polymath_gateway_request_duration_seconds_count"));
    }

    @Test
    void corsLetsTheConfiguredOriginInAndNoOther() {
        given().header("origin", "https://app.example")
                .header("access-control-request-method", "POST")
                .header("access-control-request-headers", "content-type,x-grpc-web")
                .options("/v1/entities:recognize")
                .then()
                .statusCode(200)
                .header("access-control-allow-origin", equalTo("https://app.example"));
        given().header("origin", "https://other.example")
                .header("access-control-request-method", "POST")
                .options("/v1/entities:recognize")
                .then()
                .header("access-control-allow-origin", nullValue());
        given().header("origin", "https://app.example")
                .get("/v1/models")
                .then()
                .statusCode(200)
                .header("access-control-expose-headers", containsString("grpc-status"));
    }

    @Test
    void bodyOverTheLimitIsAProblemHereToo() {
        given().contentType("application/json")
                .body("{\"documents\":[{\"text\":\"" + "x".repeat(RawMessage.MAX_BYTES) + "\"}]}")
                .post("/v1/entities:recognize")
                .then()
                .statusCode(413)
                .contentType("application/problem+json")
                .body("reason", equalTo("INPUT_TOO_LONG"));
    }

    @Test
    void unknownPathIsAProblemHereToo() {
        given().get("/nothing/here")
                .then()
                .statusCode(404)
                .contentType("application/problem+json")
                .body("reason", equalTo("METHOD_NOT_FOUND"));
    }

    @Test
    void descriptionAndPageAreServed() {
        given().get("/openapi.json").then().statusCode(200).body("paths", hasKey("/v1/entities:recognize"));
        given().get("/docs").then().statusCode(200).body(containsString("swagger-ui"));
        given().redirects().follow(false).get("/").then().statusCode(302).header("location", "/docs");
    }
}
