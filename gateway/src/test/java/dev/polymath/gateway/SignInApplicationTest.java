package dev.polymath.gateway;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.startsWith;

import com.sun.net.httpserver.HttpServer;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwt.JwtClaims;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** The sign-in as the application puts it together: keys over HTTP, readiness, and the pages that the framework answers. */
@QuarkusTest
@TestProfile(SignInApplicationTest.Profile.class)
@NullUnmarked
class SignInApplicationTest {
    @ConfigProperty(name = "polymath.gateway.auth.issuer")
    String issuer;

    /** An application of its own. */
    public static final class Profile implements QuarkusTestProfile {
        @Override
        public List<TestResourceEntry> testResources() {
            return List.of(new TestResourceEntry(Server.class));
        }
    }

    /** Answers with its configuration and its keys. */
    public static final class Server implements QuarkusTestResourceLifecycleManager {
        private HttpServer http;
        private FakeServices fake;

        @Override
        public Map<String, String> start() {
            try {
                http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
                fake = new FakeServices("fake");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            String url = "http://127.0.0.1:" + http.getAddress().getPort();
            answer(
                    "/.well-known/openid-configuration",
                    "{\"issuer\":\"" + url + "\",\"jwks_uri\":\"" + url + "/keys\"}");
            answer("/keys", new JsonWebKeySet(TestTokens.KEY).toJson());
            http.start();
            return Map.of(
                    "polymath.gateway.auth.enabled", "true",
                    "polymath.gateway.auth.issuer", url,
                    "polymath.gateway.services.ner.address", fake.address(),
                    "quarkus.http.cors.enabled", "true",
                    "quarkus.http.cors.origins", "https://app.example");
        }

        private void answer(String path, String body) {
            http.createContext(path, exchange -> {
                byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(200, bytes.length);
                exchange.getResponseBody().write(bytes);
                exchange.close();
            });
        }

        @Override
        public void stop() {
            http.stop(0);
            fake.close();
        }
    }

    private RequestSpecification signedIn(String scopes) {
        JwtClaims claims = new JwtClaims();
        claims.setIssuer(issuer);
        claims.setAudience("polymath");
        claims.setStringClaim("scope", scopes);
        claims.setExpirationTime(TestTokens.date(Instant.now().plusSeconds(60)));
        return given().header("authorization", "Bearer " + TestTokens.signed(claims, TestTokens.KEY, "RS256"));
    }

    @Test
    void shippedScopesProtectTheShippedRoutes() {
        String request = "{\"documents\":[{\"text\":\"Ada\"}]}";
        given().contentType("application/json")
                .body(request)
                .post("/v1/entities:recognize")
                .then()
                .statusCode(401);
        signedIn("polymath.translation")
                .contentType("application/json")
                .body(request)
                .post("/v1/entities:recognize")
                .then()
                .statusCode(403)
                .body("detail", containsString("polymath.ner"));
        signedIn("polymath.ner")
                .contentType("application/json")
                .body(request)
                .post("/v1/entities:recognize")
                .then()
                .statusCode(200)
                .body("results[0].entities[0].text", equalTo("Ada"));
    }

    @Test
    void healthIsOpenAndReadyOnceTheKeysAreThere() {
        given().get("/q/health/ready").then().statusCode(200);
        given().get("/q/health/live").then().statusCode(200);
        given().get("/q/health").then().statusCode(200);
    }

    @Test
    void metricsOfTheFrameworkAreProtected() {
        given().get("/q/metrics").then().statusCode(401).header("www-authenticate", startsWith("Bearer"));
        for (String detour : List.of(
                "/q/health/%2e%2e/metrics", "/q/health/..%2fmetrics", "//q/metrics", "/q//metrics", "/Q/metrics")) {
            given().urlEncodingEnabled(false)
                    .get(detour)
                    .then()
                    .statusCode(not(equalTo(200)))
                    .body(not(containsString("polymath_gateway")));
        }
        signedIn("polymath.ner").get("/q/metrics").then().statusCode(403);
        signedIn("polymath.admin")
                .get("/q/metrics")
                .then()
                .statusCode(200)
                .body(containsString("polymath_gateway_requests_total"));
    }

    @Test
    void preflightNeedsNoTokenAndTheChallengeMayBeRead() {
        given().header("origin", "https://app.example")
                .header("access-control-request-method", "POST")
                .header("access-control-request-headers", "authorization,content-type")
                .options("/v1/entities:recognize")
                .then()
                .statusCode(200)
                .header("access-control-allow-origin", equalTo("https://app.example"));
        given().header("origin", "https://app.example")
                .post("/v1/entities:recognize")
                .then()
                .statusCode(401)
                .header("access-control-expose-headers", containsString("www-authenticate"));
    }
}
