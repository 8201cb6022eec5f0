package dev.polymath.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import acme.weather.v1.GetWeatherRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NullUnmarked
@Timeout(60)
class GatewayIdentityTest {
    private static final String WEATHER = "acme.weather.v1.WeatherService";

    @TempDir
    Path folder;

    private Path file;
    private KeyPair pair;

    @BeforeEach
    void write() throws Exception {
        file = folder.resolve("identity.key");
        pair = pair();
        Files.writeString(file, pem(pair));
    }

    private static KeyPair pair() throws Exception {
        return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    }

    private static String pem(KeyPair pair) {
        return "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder().encodeToString(pair.getPrivate().getEncoded())
                + "\n-----END PRIVATE KEY-----\n";
    }

    private static JwtClaims claims(String token, KeyPair pair) throws InvalidJwtException {
        return new JwtConsumerBuilder()
                .setVerificationKey(pair.getPublic())
                .setExpectedIssuer("polymath-gateway")
                .setExpectedAudience(WEATHER)
                .setRequireExpirationTime()
                .setMaxFutureValidityInMinutes(2)
                .build()
                .processToClaims(token);
    }

    @Test
    void callsOfAllProtocolsAreSignedAndCallersCannotSignThem() throws Exception {
        try (GatewayFixture gateway =
                new GatewayFixture(Map.of("polymath.gateway.identity.key-file", file.toString()))) {
            Metadata forged = new Metadata();
            forged.put(GatewayIdentity.HEADER, "forged");
            Channel channel =
                    ClientInterceptors.intercept(gateway.channel, MetadataUtils.newAttachHeadersInterceptor(forged));
            ClientCalls.blockingUnaryCall(
                    channel, FakeServices.GET_WEATHER, CallOptions.DEFAULT, GetWeatherRequest.getDefaultInstance());
            given().port(gateway.httpPort)
                    .header("polymath-identity", "forged")
                    .get("/acme/v1/places/Oslo/weather")
                    .then()
                    .statusCode(200);
            given().port(gateway.httpPort)
                    .header("polymath-identity", "forged")
                    .contentType("application/grpc-web+proto")
                    .body(new byte[5])
                    .post("/" + WEATHER + "/GetWeather")
                    .then()
                    .statusCode(200);

            for (int i = 0; i < 3; i++) {
                Metadata arrived = gateway.ner.headers.poll(10, TimeUnit.SECONDS);
                assertThat(arrived.getAll(GatewayIdentity.HEADER)).hasSize(1);
                JwtClaims claims = claims(arrived.get(GatewayIdentity.HEADER), pair);
                assertThat(claims.getSubject()).as("nobody has signed in").isEmpty();
            }
        }
    }

    @Test
    void withoutAKeyAnIdentityOfACallerIsDroppedToo() throws Exception {
        try (GatewayFixture gateway = new GatewayFixture(Map.of())) {
            given().port(gateway.httpPort)
                    .header("polymath-identity", "forged")
                    .get("/acme/v1/places/Oslo/weather")
                    .then()
                    .statusCode(200);

            assertThat(gateway.ner.headers.poll(10, TimeUnit.SECONDS).containsKey(GatewayIdentity.HEADER))
                    .isFalse();
        }
    }

    @Test
    void tokenIsUsedForHalfOfItsLife() throws Exception {
        List<Instant> now = new ArrayList<>(List.of(Instant.now()));
        GatewayIdentity identity = new GatewayIdentity(file, new Clock() {
            @Override
            public ZoneOffset getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(java.time.ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return now.get(now.size() - 1);
            }
        });
        String first = identity.token(WEATHER, "shop", 1);
        assertThat(identity.token(WEATHER, "shop", 1)).isSameAs(first);
        assertThat(identity.token(WEATHER, "bank", 1)).isNotEqualTo(first);
        assertThat(claims(first, pair).getSubject()).isEqualTo("shop");
        assertThat(claims(first, pair).getClaimValue("weight", Long.class)).isEqualTo(1);
        assertThat(claims(identity.token(WEATHER, "shop", 4), pair).getClaimValue("weight", Long.class))
                .as("of a token with another quota")
                .isEqualTo(4);

        now.add(now.get(0).plus(Duration.ofSeconds(30)));

        assertThat(identity.token(WEATHER, "shop", 1)).isNotEqualTo(first);
    }

    @Test
    void newKeyIsTakenWithoutARestartAndABrokenOneIsNot() throws Exception {
        GatewayIdentity identity = new GatewayIdentity(file, Clock.systemUTC());
        identity.token(WEATHER, "shop", 1);
        KeyPair second = pair();
        Files.writeString(file, pem(second));
        identity.tick();
        assertThat(claims(identity.token(WEATHER, "shop", 1), second).getSubject())
                .isEqualTo("shop");

        Files.writeString(file, "gone");
        identity.tick();

        assertThat(claims(identity.token(WEATHER, "bank", 1), second).getSubject())
                .isEqualTo("bank");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"})
    void fileWithoutAKeyIsNamedAtTheStart(String content) throws Exception {
        Files.writeString(file, content);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> new GatewayIdentity(file, Clock.systemUTC()))
                .withMessageStartingWith("polymath.gateway.identity.key-file: " + file);
    }
}
