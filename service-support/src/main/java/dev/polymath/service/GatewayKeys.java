package dev.polymath.service;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jwa.AlgorithmConstraints.ConstraintType;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.MalformedClaimException;
import org.jose4j.jwt.NumericDate;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;

/**
 * The public keys of the gateways whose calls a service takes, from a file that is read again when it changes. Several keys may be in
 * it, so that the gateway's can be replaced: first the new one is added here, then the gateway uses it, then the old one goes.
 * Thread-safe.
 */
final class GatewayKeys {
    static final String ISSUER = "polymath-gateway";

    private static final Logger LOG = Logger.getLogger(GatewayKeys.class);
    private static final Duration REREAD = Duration.ofSeconds(10);
    private static final int CLOCK_SKEW_SECONDS = 10;
    private static final int MAX_REMEMBERED = 10_000;
    private static final int MAX_WEIGHT = 100;
    private static final String WEIGHT = "weight";
    private static final Pattern PEM =
            Pattern.compile("-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\\s]+)-----END PUBLIC KEY-----");
    private static final AlgorithmConstraints EDDSA =
            new AlgorithmConstraints(ConstraintType.PERMIT, AlgorithmIdentifiers.EDDSA);

    private final Path file;
    private final Clock clock;
    private final Map<String, Identity> remembered = new ConcurrentHashMap<>();
    private volatile List<PublicKey> keys;
    private String content;
    private Instant read;

    /**
     * Who calls through the gateway.
     *
     * @param service full name of the gRPC service that the identity is for
     * @param client the client at the gateway, empty if that has no sign-in
     * @param weight the client's share where others wait too, from 1 to {@link #MAX_WEIGHT}
     */
    record Identity(String service, String client, int weight, Instant expiry) {}

    /**
     * Reads the keys.
     *
     * @throws IllegalArgumentException if the file has none
     */
    GatewayKeys(Path file, Clock clock) {
        this.file = file;
        this.clock = clock;
        try {
            content = Files.readString(file);
            keys = keys(content);
            read = clock.instant();
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "polymath.calls.gateway-keys: " + file
                            + " (expected: a readable file with Ed25519 public keys in PEM,"
                            + " as `openssl pkey -pubout` writes them)",
                    e);
        }
    }

    private static List<PublicKey> keys(String pem) throws GeneralSecurityException {
        List<PublicKey> keys = new ArrayList<>();
        Matcher matcher = PEM.matcher(pem);
        while (matcher.find()) {
            keys.add(KeyFactory.getInstance("Ed25519")
                    .generatePublic(
                            new X509EncodedKeySpec(Base64.getMimeDecoder().decode(matcher.group(1)))));
        }
        if (keys.isEmpty()) {
            throw new IllegalArgumentException("no public key in PEM");
        }
        return List.copyOf(keys);
    }

    private synchronized void reread() {
        Instant now = clock.instant();
        if (now.isBefore(read.plus(REREAD))) {
            return;
        }
        read = now;
        remembered.values().removeIf(identity -> !now.isBefore(identity.expiry()));
        try {
            String latest = Files.readString(file);
            if (!latest.equals(content)) {
                content = latest;
                keys = keys(latest);
                remembered.clear();
                LOG.infof("%d keys of gateways read from %s", keys.size(), file);
            }
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            LOG.errorf("%s cannot be read as keys: %s; the last ones stay", file, e.getMessage());
        }
    }

    /**
     * Who calls.
     *
     * @param service the gRPC service that is called
     * @throws IllegalArgumentException if the token is not one of a gateway for that service, and now; the message says why
     */
    Identity identify(String token, String service) {
        reread();
        Identity identity = remembered.get(token);
        if (identity == null) {
            identity = verify(token);
            if (remembered.size() < MAX_REMEMBERED) {
                remembered.put(token, identity);
            }
        }
        if (!clock.instant().isBefore(identity.expiry())) {
            throw new IllegalArgumentException("has expired");
        }
        if (!identity.service().equals(service)) {
            throw new IllegalArgumentException("is for another service");
        }
        return identity;
    }

    private Identity verify(String token) {
        for (PublicKey key : keys) {
            try {
                JwtClaims claims = new JwtConsumerBuilder()
                        .setJwsAlgorithmConstraints(EDDSA)
                        .setVerificationKey(key)
                        .setRequireExpirationTime()
                        .setExpectedIssuer(true, ISSUER)
                        .setSkipDefaultAudienceValidation() // looked at with each call, this with the first
                        .setAllowedClockSkewInSeconds(CLOCK_SKEW_SECONDS)
                        .setEvaluationTime(
                                NumericDate.fromMilliseconds(clock.instant().toEpochMilli()))
                        .build()
                        .processToClaims(token);
                // a gateway of before there were weights says none
                long weight = claims.hasClaim(WEIGHT) ? claims.getClaimValue(WEIGHT, Long.class) : 1;
                if (claims.getAudience().size() == 1
                        && claims.getSubject() != null
                        && weight >= 1
                        && weight <= MAX_WEIGHT) {
                    return new Identity(
                            claims.getAudience().get(0),
                            claims.getSubject(),
                            (int) weight,
                            Instant.ofEpochMilli(claims.getExpirationTime().getValueInMillis())
                                    .plusSeconds(CLOCK_SKEW_SECONDS));
                }
            } catch (InvalidJwtException | MalformedClaimException notWithThisKey) {
                // perhaps with the next
            }
        }
        throw new IllegalArgumentException("is not signed by a gateway that this service knows, or has expired");
    }
}
