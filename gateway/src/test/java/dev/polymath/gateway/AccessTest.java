package dev.polymath.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Metadata;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.jose4j.jwk.EcJwkGenerator;
import org.jose4j.jwk.EllipticCurveJsonWebKey;
import org.jose4j.jwk.RsaJsonWebKey;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.keys.EllipticCurves;
import org.jose4j.keys.HmacKey;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The verifier that all protocols share, with keys of its own. */
@NullUnmarked
class AccessTest {
    private static final Rule RULE = Rule.anyOf(Set.of("acme.weather", "acme.all"));

    private final TestTokens server = new TestTokens(Map.of());

    @AfterEach
    void stop() {
        server.close();
    }

    private CompletableFuture<Session> enter(String token) {
        return server.access.enter(List.of("Bearer " + token), RULE, "method x").toCompletableFuture();
    }

    private Caller caller(String token) {
        CompletableFuture<Session> entered = enter(token);
        assertThat(entered).isDone();
        return entered.join().caller();
    }

    private static StatusRuntimeException refusal(CompletableFuture<Session> entered) {
        assertThat(entered).isCompletedExceptionally();
        return Access.refusal(entered.handle((session, failure) -> failure).join());
    }

    private StatusRuntimeException refused(String token) {
        return refusal(enter(token));
    }

    private static String challenge(StatusRuntimeException error) {
        Metadata trailers = error.getTrailers();
        return trailers == null ? null : trailers.get(Access.CHALLENGE);
    }

    private static void assertInvalid(StatusRuntimeException error, String says) {
        assertThat(error.getStatus().getCode()).isEqualTo(Code.UNAUTHENTICATED);
        assertThat(error.getStatus().getDescription()).isEqualTo("the token " + says);
        assertThat(challenge(error))
                .isEqualTo("Bearer realm=\"polymath\", error=\"invalid_token\", error_description=\"the token " + says
                        + "\"");
    }

    @Test
    void goodTokenTellsWhoCalls() {
        Caller caller = caller(server.token(
                "acme.weather openid",
                claims -> claims.setClaim(Quota.CLAIM, Map.of("requestsPerSecond", 5L, "weight", 3L))));

        assertThat(caller.client()).isEqualTo("shop");
        assertThat(caller.subject()).isEqualTo("service-account-shop");
        assertThat(caller.scopes()).containsExactlyInAnyOrder("acme.weather", "openid");
        assertThat(caller.quota()).isEqualTo(new Quota(Map.of(Limit.REQUESTS, 5L), 3));
        assertThat(caller.expiry()).isEqualTo(server.now().plusSeconds(310));
    }

    @Test
    void quotaThatCannotBeIsNamed() {
        assertThat(caller(server.token("acme.all")).quota()).isEqualTo(Quota.NONE);
        assertInvalid(
                refused(server.token(
                        "acme.weather", claims -> claims.setClaim(Quota.CLAIM, Map.of("imagesPerMinute", -1L)))),
                "has a claim polymath_quota that cannot be used: imagesPerMinute: -1"
                        + " (expected: a whole number from 1 to 1000000000)");
        assertInvalid(
                refused(server.token("acme.weather", claims -> claims.setStringClaim(Quota.CLAIM, "much"))),
                "has a claim polymath_quota that cannot be used: not an object (expected: names and numbers)");
    }

    @Test
    void oneOfTheScopesIsEnough() {
        assertThat(caller(server.token("acme.all")).scopes()).containsExactly("acme.all");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bearer %s", "BEARER  %s", " Bearer %s "})
    void schemeIsReadInAnyCase(String header) {
        assertThat(server.access.enter(List.of(String.format(header, server.token("acme.all"))), RULE, "x"))
                .isCompleted();
    }

    @Test
    void missingHeaderIsAChallengeWithoutAnError() {
        StatusRuntimeException error =
                refusal(server.access.enter(List.of(), RULE, "x").toCompletableFuture());

        assertThat(error.getStatus().getCode()).isEqualTo(Code.UNAUTHENTICATED);
        assertThat(challenge(error)).isEqualTo("Bearer realm=\"polymath\"");
        assertThat(server.asked).isEmpty();
    }

    @Test
    void otherSchemesAndTwoHeadersAreRefused() {
        String good = "Bearer " + server.token("acme.all");
        for (List<String> headers :
                List.of(List.of("Basic c2hvcDpzZWNyZXQ="), List.of(good, good), List.of("Bearer"))) {
            StatusRuntimeException error =
                    refusal(server.access.enter(headers, RULE, "x").toCompletableFuture());

            assertThat(error.getStatus().getCode()).isEqualTo(Code.UNAUTHENTICATED);
            assertThat(challenge(error)).contains("error=\"invalid_request\"");
        }
    }

    @Test
    void missingScopeIsNamed() {
        StatusRuntimeException error = refused(server.token("acme.traffic openid"));

        assertThat(error.getStatus().getCode()).isEqualTo(Code.PERMISSION_DENIED);
        assertThat(error.getStatus().getDescription())
                .isEqualTo("method x: the token lacks the scope (expected: acme.all or acme.weather)");
        assertThat(challenge(error))
                .isEqualTo("Bearer realm=\"polymath\", error=\"insufficient_scope\", scope=\"acme.all acme.weather\"");
        assertThat(StatusProto.fromThrowable(error).getDetailsList())
                .contains(Any.pack(ErrorInfo.newBuilder()
                        .setReason("PERMISSION_DENIED")
                        .setDomain("polymath.dev")
                        .putMetadata("scope", "acme.all acme.weather")
                        .build()));
    }

    @Test
    void withoutARuleNobodyMay() {
        StatusRuntimeException error = refusal(server.access
                .enter(List.of("Bearer " + server.token("acme.all")), Rule.NOBODY, "x")
                .toCompletableFuture());

        assertThat(error.getStatus().getCode()).isEqualTo(Code.PERMISSION_DENIED);
    }

    static Stream<Arguments> wrongClaims() {
        return Stream.of(
                claim("has expired", (tokens, c) -> {
                    c.setIssuedAt(TestTokens.date(tokens.now().minusSeconds(300)));
                    c.setExpirationTime(TestTokens.date(tokens.now().minusSeconds(11)));
                }),
                claim("has no time at which it expires", (tokens, c) -> c.unsetClaim("exp")),
                claim(
                        "is not valid yet",
                        (tokens, c) ->
                                c.setNotBefore(TestTokens.date(tokens.now().plusSeconds(11)))),
                claim(
                        "is of another issuer (expected: " + TestTokens.ISSUER + ")",
                        (tokens, c) -> c.setIssuer(TestTokens.ISSUER + "2")),
                claim("is of another issuer (expected: " + TestTokens.ISSUER + ")", (tokens, c) -> c.unsetClaim("iss")),
                claim("is for another audience (expected: polymath)", (tokens, c) -> c.setAudience("account")),
                claim("is for another audience (expected: polymath)", (tokens, c) -> c.unsetClaim("aud")),
                claim("has a claim of the wrong type", (tokens, c) -> c.setClaim("scope", List.of("acme.weather"))));
    }

    private static Arguments claim(String says, BiConsumer<TestTokens, JwtClaims> change) {
        return Arguments.of(says, change);
    }

    @ParameterizedTest
    @MethodSource("wrongClaims")
    void wrongClaimIsSaid(String says, BiConsumer<TestTokens, JwtClaims> change) {
        assertInvalid(refused(server.token("acme.weather", claims -> change.accept(server, claims))), says);
    }

    @Test
    void clocksMayDifferALittle() {
        caller(server.token("acme.all", c -> {
            c.setIssuedAt(TestTokens.date(server.now().minusSeconds(300)));
            c.setExpirationTime(TestTokens.date(server.now().minusSeconds(9)));
        }));
        caller(server.token(
                "acme.all", c -> c.setNotBefore(TestTokens.date(server.now().plusSeconds(9)))));
    }

    @Test
    void rememberedTokenExpiresToo() {
        String token = server.token("acme.all");
        caller(token);

        server.pass(Duration.ofSeconds(309));
        caller(token);
        server.pass(Duration.ofSeconds(1));

        assertInvalid(refused(token), "has expired");
    }

    @Test
    void tamperedTokenIsRefused() {
        String[] parts = server.token("acme.traffic").split("\\.");
        String payload = new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8)
                .replace("acme.traffic", "acme.weather");
        String forged = parts[0] + "."
                + Base64.getUrlEncoder().withoutPadding().encodeToString(payload.getBytes(StandardCharsets.UTF_8)) + "."
                + parts[2];

        assertInvalid(refused(forged), "has a signature that is not right");
    }

    @Test
    void signatureOfAnotherKeyUnderTheSameIdIsRefused() {
        RsaJsonWebKey impostor = TestTokens.key(TestTokens.KEY.getKeyId());

        assertInvalid(
                refused(TestTokens.signed(server.claims("acme.all"), impostor, "RS256")),
                "has a signature that is not right");
    }

    @Test
    void noSignatureIsRefusedBeforeAnyKeyIsRead() {
        String none = TestTokens.signed(server.claims("acme.all"), TestTokens.KEY.getKeyId(), null, "none");

        assertInvalid(
                refused(none), "is signed by an algorithm that is not allowed (expected: RS256, PS256, ES256, EdDSA)");
        assertThat(server.asked).isEmpty();
    }

    @Test
    void publicKeyIsNoSecret() {
        byte[] known = TestTokens.KEY.getPublicKey().getEncoded();

        String forged =
                TestTokens.signed(server.claims("acme.all"), TestTokens.KEY.getKeyId(), new HmacKey(known), "HS256");

        assertInvalid(
                refused(forged),
                "is signed by an algorithm that is not allowed (expected: RS256, PS256, ES256, EdDSA)");
    }

    @Test
    void algorithmThatIsNotListedIsRefusedWhateverTheKey() {
        assertThat(refused(TestTokens.signed(server.claims("acme.all"), TestTokens.KEY, "RS512"))
                        .getStatus()
                        .getDescription())
                .contains("algorithm");
    }

    @Test
    void keyInTheTokenItselfIsNotBelieved() throws Exception {
        EllipticCurveJsonWebKey own = EcJwkGenerator.generateJwk(EllipticCurves.P256);
        own.setKeyId("mine");

        assertInvalid(
                refused(TestTokens.signed(server.claims("acme.all"), own, "ES256")),
                "is signed with a key that the sign-in server does not have");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "a.b", "a.b.c", "a.b.c.d.e", "eyJhbGciOiJSUzI1NiJ9..", "eyJhbGciOiJSUzI1NiJ9.e30."})
    void whatIsNoTokenIsRefused(String text) {
        assertThat(refused(text).getStatus().getCode()).isEqualTo(Code.UNAUTHENTICATED);
    }

    @Test
    void endlessTokenIsRefusedUnread() {
        assertInvalid(refused("x".repeat(16 * 1024 + 1)), "is longer than 16384 characters");
    }

    @Test
    void onlyAsymmetricAlgorithmsCanBeAllowed() {
        for (String algorithm : List.of("none", "HS256", "RS256,HS512", "rot13")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new TestTokens(Map.of("polymath.gateway.auth.algorithms", algorithm)))
                    .withMessageStartingWith("polymath.gateway.auth.algorithms: ");
        }
    }

    @Test
    void keyThatIsNewIsFoundByReadingAgain() {
        caller(server.token("acme.all"));
        RsaJsonWebKey second = TestTokens.key("second");
        server.publish(TestTokens.KEY, second);
        server.pass(Duration.ofSeconds(10));

        Caller caller = caller(TestTokens.signed(server.claims("acme.weather"), second, "RS256"));

        assertThat(caller.scopes()).containsExactly("acme.weather");
        caller(server.token("acme.weather openid"));
    }

    @Test
    void unknownKeysDoNotMakeTheServerBusy() {
        caller(server.token("acme.all"));
        server.pass(Duration.ofSeconds(10));
        RsaJsonWebKey unknown = TestTokens.key("unknown");
        int before = server.asked.size();

        for (int i = 0; i < 50; i++) {
            String id = "shop" + i;
            JwtClaims claims = server.claims("acme.all");
            claims.setStringClaim("azp", id);
            assertInvalid(
                    refused(TestTokens.signed(claims, unknown, "RS256")),
                    "is signed with a key that the sign-in server does not have");
        }

        assertThat(server.asked).hasSize(before + 2); // the configuration and the keys, once
    }

    @Test
    void callsThatComeTogetherShareOneRequestForTheKeys() {
        CompletableFuture<Void> gate = server.hold();
        CompletableFuture<Session> first = enter(server.token("acme.all"));
        CompletableFuture<Session> second = enter(server.token("acme.weather"));
        assertThat(first).isNotDone();

        gate.complete(null);

        assertThat(first.join().caller().scopes()).containsExactly("acme.all");
        assertThat(second.join().caller().scopes()).containsExactly("acme.weather");
        assertThat(server.asked).hasSize(2);
    }

    @Test
    void withdrawnKeyCountsNoMoreEvenForARememberedToken() {
        String token = server.token("acme.all");
        caller(token);
        server.publish(TestTokens.key("second"));
        server.pass(Duration.ofSeconds(299));
        caller(token);

        server.pass(Duration.ofSeconds(1));
        server.keys.tick();

        assertInvalid(refused(token), "is signed with a key that the sign-in server does not have");
    }

    @Test
    void withoutKeysTheCallerIsToldToComeBack() {
        server.reachable(false);
        server.keys.tick();
        assertThat(server.keys.known()).isFalse();

        StatusRuntimeException error = refused(server.token("acme.all"));

        assertThat(error.getStatus().getCode()).isEqualTo(Code.UNAVAILABLE);
        assertThat(StatusProto.fromThrowable(error).getDetailsList()).anyMatch(any -> any.is(RetryInfo.class));

        server.reachable(true);
        server.pass(Duration.ofSeconds(10));
        caller(server.token("acme.all"));
    }

    @Test
    void lastKeysStayWhileTheServerCannotBeReached() {
        caller(server.token("acme.all"));
        server.reachable(false);

        for (int hours = 0; hours < 48; hours++) {
            server.pass(Duration.ofHours(1));
            server.keys.tick();
            caller(server.token("acme.all"));
        }

        RsaJsonWebKey second = TestTokens.key("second");
        assertThat(refused(TestTokens.signed(server.claims("acme.all"), second, "RS256"))
                        .getStatus()
                        .getCode())
                .as("whether the server has the key cannot be known")
                .isEqualTo(Code.UNAVAILABLE);
    }

    @Test
    void configurationOfAnotherIssuerIsNotUsed() {
        SigningKeys keys = new SigningKeys(
                "https://other.example",
                null,
                url -> CompletableFuture.completedStage(
                        "{\"issuer\":\"" + TestTokens.ISSUER + "\",\"jwks_uri\":\"" + TestTokens.KEYS + "\"}"),
                () -> 0,
                Duration.ofMinutes(5),
                Duration.ofSeconds(10));

        keys.tick();

        assertThat(keys.known()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<html>",
                "{}",
                "{\"keys\":[]}",
                "{\"keys\":[{\"kty\":\"oct\",\"k\":\"c2VjcmV0\",\"use\":\"enc\"}]}"
            })
    void answerThatIsNoKeySetChangesNothing(String answer) {
        String[] body = {new org.jose4j.jwk.JsonWebKeySet(TestTokens.KEY).toJson()};
        long[] nanos = {0};
        SigningKeys keys = new SigningKeys(
                TestTokens.ISSUER,
                java.net.URI.create(TestTokens.KEYS),
                url -> CompletableFuture.completedStage(body[0]),
                () -> nanos[0],
                Duration.ofMinutes(5),
                Duration.ofSeconds(10));
        keys.tick();
        long generation = keys.generation();

        body[0] = answer;
        nanos[0] = Duration.ofMinutes(6).toNanos();
        keys.tick();

        assertThat(keys.generation()).isEqualTo(generation);
        assertThat(keys.get(present -> !present.isEmpty()).toCompletableFuture().join())
                .hasSize(1);
    }

    @Test
    void withoutSignInEverybodyEntersUnnamed() {
        Session session = new Access(null, null)
                .enter(List.of("Basic whatever"), RULE, "x")
                .toCompletableFuture()
                .join();

        assertThat(session.caller().isAnonymous()).isTrue();
    }
}
