package dev.polymath.gateway;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.grpc.StatusRuntimeException;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jwa.AlgorithmConstraints.ConstraintType;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jwk.VerificationJwkSelector;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.MalformedClaimException;
import org.jose4j.jwt.NumericDate;
import org.jose4j.jwt.consumer.ErrorCodes;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;
import org.jose4j.jwx.JsonWebStructure;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;

/**
 * Checks access tokens: signature by an allowed algorithm and a key of the sign-in server, issuer, audience, times. What was found good
 * is remembered until it expires or the keys change. Thread-safe; nothing blocks.
 */
final class TokenVerifier {
    /** Signatures that anybody can check and only the owner of a private key can make. */
    static final Set<String> ASYMMETRIC =
            Set.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA");

    private static final int MAX_TOKEN = 16 * 1024;
    private static final int MAX_REMEMBERED = 10_000;

    private final SigningKeys keys;
    private final String issuer;
    private final String audience;
    private final Set<String> algorithms;
    private final Duration skew;
    private final Clock clock;
    private final ScheduledExecutorService timer;
    private final AlgorithmConstraints allowed;
    private final VerificationJwkSelector selector = new VerificationJwkSelector();
    private final Cache<String, Known> known =
            Caffeine.newBuilder().maximumSize(MAX_REMEMBERED).build();

    private record Known(Session session, long generation) {}

    /** @throws IllegalArgumentException if an algorithm is not allowed; the message names the key */
    TokenVerifier(
            SigningKeys keys, String issuer, GatewayConfig.Auth config, Clock clock, ScheduledExecutorService timer) {
        this.keys = keys;
        this.issuer = issuer;
        this.audience = config.audience();
        this.algorithms = new LinkedHashSet<>(config.algorithms());
        this.skew = config.clockSkew();
        this.clock = clock;
        this.timer = timer;
        if (algorithms.isEmpty() || !ASYMMETRIC.containsAll(algorithms)) {
            throw new IllegalArgumentException("polymath.gateway.auth.algorithms: " + algorithms
                    + " (expected: some of " + ASYMMETRIC.stream().sorted().toList() + ")");
        }
        allowed = new AlgorithmConstraints(ConstraintType.PERMIT, algorithms.toArray(String[]::new));
    }

    /**
     * The session of a token.
     *
     * @return fails with UNAUTHENTICATED if the token is not good, with UNAVAILABLE if that cannot be known now
     */
    CompletionStage<Session> verify(String token) {
        String fingerprint = fingerprint(token);
        Known before = known.getIfPresent(fingerprint);
        if (before != null && before.generation() == keys.generation()) {
            StatusRuntimeException over = before.session().ended();
            return over == null
                    ? CompletableFuture.completedStage(before.session())
                    : CompletableFuture.failedStage(over);
        }
        JsonWebSignature signature;
        try {
            signature = parse(token);
        } catch (StatusRuntimeException refused) {
            return CompletableFuture.failedStage(refused);
        }
        return keys.get(present -> select(signature, present) != null).thenApply(present -> {
            long generation = keys.generation();
            Session session = new Session(caller(token, signature, present), clock, timer);
            // The first one wins: its streams are the ones that end with it.
            return known.asMap()
                    .merge(
                            fingerprint,
                            new Known(session, generation),
                            (old, fresh) -> old.session().ended() == null
                                    ? new Known(old.session(), fresh.generation())
                                    : fresh)
                    .session();
        });
    }

    /** Reads what the token says of itself, of which nothing is believed yet. */
    private JsonWebSignature parse(String token) {
        if (token.length() > MAX_TOKEN) {
            throw Access.invalidToken("is longer than " + MAX_TOKEN + " characters");
        }
        JsonWebStructure structure;
        try {
            structure = JsonWebStructure.fromCompactSerialization(token);
        } catch (JoseException | RuntimeException notEvenNearly) {
            throw Access.invalidToken("is not a JSON Web Token");
        }
        if (!(structure instanceof JsonWebSignature signature)) {
            throw Access.invalidToken("is not a signed JSON Web Token");
        }
        if (!algorithms.contains(signature.getAlgorithmHeaderValue())) {
            throw Access.invalidToken(
                    "is signed by an algorithm that is not allowed (expected: " + String.join(", ", algorithms) + ")");
        }
        return signature;
    }

    private @Nullable Key select(JsonWebSignature signature, List<JsonWebKey> present) {
        try {
            JsonWebKey key = selector.select(signature, present);
            return key instanceof PublicJsonWebKey pair ? pair.getPublicKey() : null;
        } catch (JoseException e) {
            return null;
        }
    }

    private Caller caller(String token, JsonWebSignature signature, List<JsonWebKey> present) {
        Key key = select(signature, present);
        if (key == null) {
            throw Access.invalidToken("is signed with a key that the sign-in server does not have");
        }
        Instant now = clock.instant();
        JwtConsumerBuilder builder = new JwtConsumerBuilder()
                .setJwsAlgorithmConstraints(allowed)
                .setVerificationKey(key)
                .setRequireExpirationTime()
                .setExpectedIssuer(true, issuer)
                .setExpectedAudience(true, audience)
                .setAllowedClockSkewInSeconds((int) skew.toSeconds())
                .setEvaluationTime(NumericDate.fromMilliseconds(now.toEpochMilli()));
        try {
            JwtClaims claims = builder.build().processToClaims(token);
            return caller(claims);
        } catch (InvalidJwtException e) {
            throw Access.invalidToken(reason(e)); // its own message has the claims in it
        } catch (MalformedClaimException e) {
            throw Access.invalidToken("has a claim of the wrong type");
        }
    }

    private Caller caller(JwtClaims claims) throws MalformedClaimException {
        String client = claims.getStringClaimValue("azp");
        if (client == null) {
            client = claims.getStringClaimValue("client_id");
        }
        String subject = claims.getSubject();
        String scope = claims.getStringClaimValue("scope");
        return new Caller(
                client == null ? "" : client,
                subject == null ? "" : subject,
                scope == null
                        ? Set.of()
                        : Set.copyOf(
                                new LinkedHashSet<>(Arrays.asList(scope.strip().split(" +")))),
                Instant.ofEpochMilli(claims.getExpirationTime().getValueInMillis())
                        .plus(skew),
                quota(claims.getClaimValue(Quota.CLAIM)));
    }

    private static Quota quota(@Nullable Object claim) {
        try {
            return Quota.of(claim);
        } catch (IllegalArgumentException e) {
            throw Access.invalidToken("has a claim " + Quota.CLAIM + " that cannot be used: " + e.getMessage());
        }
    }

    private String reason(InvalidJwtException e) {
        if (e.hasErrorCode(ErrorCodes.SIGNATURE_INVALID)) {
            return "has a signature that is not right";
        }
        if (e.hasErrorCode(ErrorCodes.EXPIRED)) {
            return "has expired";
        }
        if (e.hasErrorCode(ErrorCodes.NOT_YET_VALID) || e.hasErrorCode(ErrorCodes.ISSUED_AT_INVALID_FUTURE)) {
            return "is not valid yet";
        }
        if (e.hasErrorCode(ErrorCodes.EXPIRATION_MISSING)) {
            return "has no time at which it expires";
        }
        if (e.hasErrorCode(ErrorCodes.ISSUER_INVALID) || e.hasErrorCode(ErrorCodes.ISSUER_MISSING)) {
            return "is of another issuer (expected: " + issuer + ")";
        }
        if (e.hasErrorCode(ErrorCodes.AUDIENCE_INVALID) || e.hasErrorCode(ErrorCodes.AUDIENCE_MISSING)) {
            return "is for another audience (expected: " + audience + ")";
        }
        return "cannot be verified";
    }

    /** By which a token is remembered. */
    static String fingerprint(String token) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException everyJavaHasIt) {
            throw new IllegalStateException(everyJavaHasIt);
        }
    }
}
