package dev.polymath.gateway;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.grpc.ClientCall;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.Metadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.NumericDate;
import org.jose4j.lang.JoseException;

/**
 * By which services know the gateway: a short-lived token in the metadata of each call, signed with the gateway's own key, that says
 * for which gRPC service it is and who calls. One token serves the calls of a client to a service for half of its life. Thread-safe.
 */
final class GatewayIdentity {
    /** Never taken from a caller. */
    static final Metadata.Key<String> HEADER = Metadata.Key.of("polymath-identity", Metadata.ASCII_STRING_MARSHALLER);

    static final String ISSUER = "polymath-gateway";

    /** Claim with the weight of the client. */
    static final String WEIGHT = "weight";

    private static final Logger LOG = Logger.getLogger(GatewayIdentity.class);
    private static final Duration LIFE = Duration.ofSeconds(60);
    private static final int MAX_REMEMBERED = 10_000;
    private static final Pattern PEM =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

    private final Path file;
    private final Clock clock;
    private final Cache<Name, Issued> issued =
            Caffeine.newBuilder().maximumSize(MAX_REMEMBERED).build();
    private volatile PrivateKey key;
    private String content;

    private record Name(String service, String client, int weight) {}

    private record Issued(String token, Instant renew) {}

    /**
     * Reads the key.
     *
     * @param file an Ed25519 private key, PKCS #8 in PEM
     * @throws IllegalArgumentException if it is not one
     */
    GatewayIdentity(Path file, Clock clock) {
        this.file = file;
        this.clock = clock;
        try {
            content = Files.readString(file);
            key = key(content);
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "polymath.gateway.identity.key-file: " + file
                            + " (expected: a readable file with an Ed25519 private key in PEM, as"
                            + " `openssl genpkey -algorithm ed25519` writes it)",
                    e);
        }
    }

    private static PrivateKey key(String pem) throws GeneralSecurityException {
        Matcher matcher = PEM.matcher(pem);
        if (!matcher.find()) {
            throw new IllegalArgumentException("no private key in PEM");
        }
        return KeyFactory.getInstance("Ed25519")
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(matcher.group(1))));
    }

    /** Takes another key if the file has one; to be called every few seconds. */
    synchronized void tick() {
        try {
            String now = Files.readString(file);
            if (!now.equals(content)) {
                content = now;
                key = key(now);
                issued.invalidateAll();
                LOG.infof("signs with the new key in %s", file);
            }
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            LOG.errorf("%s cannot be read as a key: %s; the last one stays", file, e.getMessage());
        }
    }

    /**
     * The token of a client for a gRPC service.
     *
     * @param weight the client's share where others wait too
     */
    String token(String service, String client, int weight) {
        Name name = new Name(service, client, weight);
        Instant now = clock.instant();
        Issued before = issued.getIfPresent(name);
        if (before != null && now.isBefore(before.renew())) {
            return before.token();
        }
        JwtClaims claims = new JwtClaims();
        claims.setIssuer(ISSUER);
        claims.setAudience(service);
        claims.setSubject(client);
        claims.setClaim(WEIGHT, weight);
        claims.setIssuedAt(NumericDate.fromMilliseconds(now.toEpochMilli()));
        claims.setExpirationTime(NumericDate.fromMilliseconds(now.plus(LIFE).toEpochMilli()));
        JsonWebSignature signature = new JsonWebSignature();
        signature.setPayload(claims.toJson());
        signature.setAlgorithmHeaderValue(AlgorithmIdentifiers.EDDSA);
        signature.setKey(key);
        try {
            String token = signature.getCompactSerialization();
            issued.put(name, new Issued(token, now.plus(LIFE.dividedBy(2))));
            return token;
        } catch (JoseException e) {
            throw new IllegalStateException("the identity cannot be signed", e);
        }
    }

    /** The call with the gateway's identity in its metadata. */
    <Q, R> ClientCall<Q, R> signed(ClientCall<Q, R> call, String service, Caller caller) {
        return new SimpleForwardingClientCall<>(call) {
            @Override
            public void start(Listener<R> listener, Metadata headers) {
                headers.discardAll(HEADER);
                headers.put(
                        HEADER, token(service, caller.client(), caller.quota().weight()));
                super.start(listener, headers);
            }
        };
    }
}
