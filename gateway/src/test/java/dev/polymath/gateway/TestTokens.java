package dev.polymath.gateway;

import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jwk.RsaJsonWebKey;
import org.jose4j.jwk.RsaJwkGenerator;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.NumericDate;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.NullUnmarked;

/** A sign-in server in memory: keys of its own, tokens, and a clock that a test holds. */
@NullUnmarked
final class TestTokens implements AutoCloseable {
    static final String ISSUER = "https://sign-in.example/realms/polymath";
    static final String KEYS = "https://sign-in.example/keys";
    static final RsaJsonWebKey KEY = key("first");

    final List<URI> asked = new ArrayList<>();
    final AtomicLong nanos = new AtomicLong();
    final SigningKeys keys;
    final Access access;
    private final AtomicReference<Instant> now;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private List<RsaJsonWebKey> published = List.of(KEY);
    private boolean reachable = true;
    private CompletableFuture<Void> gate = CompletableFuture.completedFuture(null);

    /** With a clock that stands still. */
    TestTokens(Map<String, String> config) {
        this(config, new AtomicReference<>(Instant.parse("2026-11-26T12:00:00Z")));
    }

    /** @param now the time; null in it for that of the system */
    TestTokens(Map<String, String> config, AtomicReference<Instant> now) {
        this.now = now;
        Map<String, String> properties = new HashMap<>(config);
        properties.put("polymath.gateway.services.any.address", "127.0.0.1:1");
        properties.put("polymath.gateway.services.any.grpc-services", "any.Any");
        GatewayConfig.Auth auth = GatewayFixture.config(properties).auth();
        keys = new SigningKeys(ISSUER, null, this::fetch, nanos::get, auth.keysRefresh(), auth.keysMinRefresh());
        Clock clock = new Clock() {
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
                return now();
            }
        };
        access = new Access(new TokenVerifier(keys, ISSUER, auth, clock, timer), null);
    }

    static RsaJsonWebKey key(String id) {
        try {
            RsaJsonWebKey key = RsaJwkGenerator.generateJwk(2048);
            key.setKeyId(id);
            return key;
        } catch (JoseException e) {
            throw new IllegalStateException(e);
        }
    }

    Instant now() {
        Instant fixed = now.get();
        return fixed == null ? Instant.now() : fixed;
    }

    void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
        now.updateAndGet(before -> before == null ? null : before.plus(time));
    }

    void publish(RsaJsonWebKey... keys) {
        published = List.of(keys);
    }

    void reachable(boolean can) {
        reachable = can;
    }

    /** Lets every answer of the server wait. */
    CompletableFuture<Void> hold() {
        gate = new CompletableFuture<>();
        return gate;
    }

    private CompletionStage<String> fetch(URI url) {
        asked.add(url);
        if (!reachable) {
            return CompletableFuture.failedStage(new java.io.IOException("connection refused"));
        }
        String body = url.toString().equals(KEYS)
                ? new JsonWebKeySet(published).toJson()
                : "{\"issuer\":\"" + ISSUER + "\",\"jwks_uri\":\"" + KEYS + "\"}";
        return gate.thenApply(v -> body);
    }

    /** Claims of a good token of the client "shop" that ends in five minutes. */
    JwtClaims claims(String scopes) {
        JwtClaims claims = new JwtClaims();
        claims.setIssuer(ISSUER);
        claims.setAudience("polymath", "account");
        claims.setSubject("service-account-shop");
        claims.setStringClaim("azp", "shop");
        claims.setStringClaim("scope", scopes);
        claims.setIssuedAt(date(now()));
        claims.setExpirationTime(date(now().plusSeconds(300)));
        return claims;
    }

    static NumericDate date(Instant time) {
        return NumericDate.fromMilliseconds(time.toEpochMilli());
    }

    String token(String scopes) {
        return signed(claims(scopes), KEY, "RS256");
    }

    String token(String scopes, Consumer<JwtClaims> change) {
        JwtClaims claims = claims(scopes);
        change.accept(claims);
        return signed(claims, KEY, "RS256");
    }

    static String signed(JwtClaims claims, PublicJsonWebKey key, String algorithm) {
        return signed(claims, key.getKeyId(), key.getPrivateKey(), algorithm);
    }

    static String signed(JwtClaims claims, String keyId, java.security.Key key, String algorithm) {
        JsonWebSignature signature = new JsonWebSignature();
        signature.setPayload(claims.toJson());
        signature.setKey(key);
        signature.setKeyIdHeaderValue(keyId);
        signature.setAlgorithmHeaderValue(algorithm);
        signature.setAlgorithmConstraints(org.jose4j.jwa.AlgorithmConstraints.NO_CONSTRAINTS);
        signature.setDoKeyValidation(false);
        try {
            return signature.getCompactSerialization();
        } catch (JoseException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
