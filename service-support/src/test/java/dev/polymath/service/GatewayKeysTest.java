package dev.polymath.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.NumericDate;
import org.jose4j.keys.HmacKey;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class GatewayKeysTest {
    private static final String SERVICE = "acme.weather.v1.WeatherService";
    private static final KeyPair FIRST = pair();
    private static final KeyPair SECOND = pair();

    @TempDir
    Path folder;

    private Path file;
    private Instant now = Instant.parse("2026-11-26T12:00:00Z");
    private final Clock clock = new Clock() {
        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    };

    @BeforeEach
    void write() throws Exception {
        file = folder.resolve("keys.pem");
        Files.writeString(file, pem(FIRST.getPublic()));
    }

    private static KeyPair pair() {
        try {
            return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static String pem(PublicKey key) {
        return "-----BEGIN PUBLIC KEY-----\n" + Base64.getMimeEncoder().encodeToString(key.getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
    }

    private String token(PrivateKey key, Consumer<JwtClaims> change) throws Exception {
        JwtClaims claims = new JwtClaims();
        claims.setIssuer("polymath-gateway");
        claims.setAudience(SERVICE);
        claims.setSubject("shop");
        claims.setExpirationTime(
                NumericDate.fromMilliseconds(now.plusSeconds(60).toEpochMilli()));
        change.accept(claims);
        JsonWebSignature signature = new JsonWebSignature();
        signature.setPayload(claims.toJson());
        signature.setAlgorithmHeaderValue("EdDSA");
        signature.setKey(key);
        return signature.getCompactSerialization();
    }

    private String token(KeyPair pair) throws Exception {
        return token(pair.getPrivate(), claims -> {});
    }

    @Test
    void identityOfTheGatewayTellsTheClient() throws Exception {
        assertThat(new GatewayKeys(file, clock).identify(token(FIRST), SERVICE).client())
                .isEqualTo("shop");
    }

    @Test
    void identityHasAWeightAndOneThatSaysNoneWeighsOne() throws Exception {
        GatewayKeys keys = new GatewayKeys(file, clock);

        assertThat(keys.identify(token(FIRST), SERVICE).weight()).isEqualTo(1);
        assertThat(keys.identify(token(FIRST.getPrivate(), claims -> claims.setClaim("weight", 100L)), SERVICE)
                        .weight())
                .isEqualTo(100);
    }

    @Test
    void rememberedIdentityExpires() throws Exception {
        GatewayKeys keys = new GatewayKeys(file, clock);
        String token = token(FIRST);
        keys.identify(token, SERVICE);

        now = now.plusSeconds(69);
        keys.identify(token, SERVICE);
        now = now.plusSeconds(1);

        assertThatIllegalArgumentException().isThrownBy(() -> keys.identify(token, SERVICE));
    }

    @Test
    void identityForOneServiceIsOfNoUseAtAnother() throws Exception {
        GatewayKeys keys = new GatewayKeys(file, clock);
        String token = token(FIRST);
        keys.identify(token, SERVICE);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> keys.identify(token, "acme.traffic.v1.TrafficService"))
                .withMessage("is for another service");
    }

    static Stream<Arguments> wrong() {
        return Stream.of(
                Arguments.of((Consumer<JwtClaims>) claims -> claims.setIssuer("somebody")),
                Arguments.of((Consumer<JwtClaims>) claims -> claims.unsetClaim("aud")),
                Arguments.of((Consumer<JwtClaims>) claims -> claims.setAudience(SERVICE, "acme.More")),
                Arguments.of((Consumer<JwtClaims>) claims -> claims.unsetClaim("exp")),
                Arguments.of((Consumer<JwtClaims>) claims -> claims.unsetClaim("sub")),
                Arguments.of((Consumer<JwtClaims>) claims -> claims.setClaim("weight", 0L)),
                Arguments.of((Consumer<JwtClaims>) claims -> claims.setClaim("weight", 101L)),
                Arguments.of((Consumer<JwtClaims>) claims -> claims.setStringClaim("weight", "4")),
                Arguments.of((Consumer<JwtClaims>) claims -> claims.setExpirationTime(NumericDate.fromSeconds(1))));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void wrongClaimIsRefused(Consumer<JwtClaims> change) throws Exception {
        GatewayKeys keys = new GatewayKeys(file, clock);
        String token = token(FIRST.getPrivate(), change);

        assertThatIllegalArgumentException().isThrownBy(() -> keys.identify(token, SERVICE));
    }

    @Test
    void signatureOfAnotherKeyIsRefused() throws Exception {
        GatewayKeys keys = new GatewayKeys(file, clock);
        String token = token(SECOND);

        assertThatIllegalArgumentException().isThrownBy(() -> keys.identify(token, SERVICE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "HS256"})
    void algorithmWithoutAPrivateKeyIsRefused(String algorithm) throws Exception {
        JsonWebSignature signature = new JsonWebSignature();
        signature.setPayload("{\"iss\":\"polymath-gateway\",\"aud\":\"" + SERVICE + "\",\"sub\":\"shop\",\"exp\":"
                + now.plusSeconds(60).getEpochSecond() + "}");
        signature.setAlgorithmHeaderValue(algorithm);
        signature.setAlgorithmConstraints(AlgorithmConstraints.NO_CONSTRAINTS);
        if (!algorithm.equals("none")) {
            signature.setKey(new HmacKey(FIRST.getPublic().getEncoded()));
        }
        String token = signature.getCompactSerialization();
        GatewayKeys keys = new GatewayKeys(file, clock);

        assertThatIllegalArgumentException().isThrownBy(() -> keys.identify(token, SERVICE));
    }

    @Test
    void keysAreReplacedWithoutARestartAndWithoutAGap() throws Exception {
        GatewayKeys keys = new GatewayKeys(file, clock);
        Files.writeString(file, pem(FIRST.getPublic()) + pem(SECOND.getPublic()));
        now = now.plus(Duration.ofSeconds(10));
        assertThat(keys.identify(token(FIRST), SERVICE)).isNotNull();
        assertThat(keys.identify(token(SECOND), SERVICE)).isNotNull();
        String old = token(FIRST);
        keys.identify(old, SERVICE);

        Files.writeString(file, pem(SECOND.getPublic()));
        now = now.plus(Duration.ofSeconds(10));

        assertThatIllegalArgumentException().isThrownBy(() -> keys.identify(old, SERVICE));
        assertThat(keys.identify(token(SECOND), SERVICE)).isNotNull();
    }

    @Test
    void fileThatIsBrokenLaterChangesNothing() throws Exception {
        GatewayKeys keys = new GatewayKeys(file, clock);
        Files.writeString(file, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
        now = now.plus(Duration.ofSeconds(10));

        assertThat(keys.identify(token(FIRST), SERVICE)).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "no key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"})
    void fileWithoutAKeyIsRefusedAtTheStart(String content) throws Exception {
        Files.writeString(file, content);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> new GatewayKeys(file, clock))
                .withMessageStartingWith("polymath.calls.gateway-keys: ");
    }

    private record Calls(Optional<Path> gatewayKeys, boolean allowAnonymousOnAnyAddress) implements CallsConfig {
        @Override
        public int workerThreads() {
            return 1;
        }

        @Override
        public int maxWaiting() {
            return 1;
        }

        @Override
        public long maxRequestBytes() {
            return 1;
        }

        @Override
        public int maxStreams() {
            return 1;
        }

        @Override
        public int streamWindow() {
            return 1;
        }

        @Override
        public Duration maxConnectionAge() {
            return Duration.ofDays(1);
        }

        @Override
        public Duration stopDelay() {
            return Duration.ZERO;
        }

        @Override
        public Duration drainTimeout() {
            return Duration.ZERO;
        }
    }

    @Test
    void serviceForEverybodyListensOnLoopbackOnly() {
        Calls open = new Calls(Optional.empty(), false);

        assertThatIllegalStateException()
                .isThrownBy(() -> GatewayOnly.check("0.0.0.0", open))
                .withMessageContaining("polymath.calls.gateway-keys=FILE")
                .withMessageContaining("polymath.calls.allow-anonymous-on-any-address=true");
        assertThatCode(() -> {
                    GatewayOnly.check("127.0.0.1", open);
                    GatewayOnly.check("0.0.0.0", new Calls(Optional.of(file), false));
                    GatewayOnly.check("0.0.0.0", new Calls(Optional.empty(), true));
                })
                .doesNotThrowAnyException();
    }
}
