package dev.polymath.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.polymath.common.v1.Document;
import dev.polymath.ner.v1.EntityRecognitionServiceGrpc;
import dev.polymath.ner.v1.RecognizeEntitiesRequest;
import dev.polymath.ner.v1.StreamRecognizeEntitiesRequest;
import dev.polymath.ner.v1.StreamRecognizeEntitiesResponse;
import dev.polymath.openinference.v2.GRPCInferenceServiceGrpc;
import dev.polymath.openinference.v2.ServerLiveRequest;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.RSAPublicKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The suite with sign-in against the real Keycloak, which {@code ./polymath-admin} has set up: each kind of token on each protocol. Run
 * from the project's root, after the build.
 */
class SecurityIT {
    private static final String TEXT = "Angela Merkel visited Paris.";
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<String> CHALLENGE =
            Metadata.Key.of("www-authenticate", Metadata.ASCII_STRING_MARSHALLER);
    private static final List<AutoCloseable> RUNNING = new ArrayList<>();
    private static final List<String> SECRETS = new ArrayList<>();

    private static KeycloakProcess keycloak;
    private static ManagedChannel channel;
    private static ManagedChannel behind;
    private static String http;
    private static String shop;
    private static String brief;
    private static String translator;
    private static String elsewhere;

    /** What a protocol answers: the gRPC code, and the challenge if there is one. */
    private record Answer(Code code, @Nullable String challenge) {}

    /** The ways in. */
    enum Protocol {
        HTTP {
            @Override
            Answer call(@Nullable String token) throws Exception {
                HttpResponse<String> response = HttpClient.newHttpClient()
                        .send(
                                authorized(
                                                "/v1/entities:recognize",
                                                "application/json",
                                                ("{\"documents\":[{\"text\":\"" + TEXT + "\"}]}")
                                                        .getBytes(StandardCharsets.UTF_8),
                                                token)
                                        .build(),
                                BodyHandlers.ofString());
                JsonObject body = JsonParser.parseString(response.body()).getAsJsonObject();
                Code code = body.has("code") ? Code.valueOf(body.get("code").getAsString()) : Code.OK;
                assertThat(response.statusCode())
                        .isEqualTo(
                                switch (code) {
                                    case OK -> 200;
                                    case UNAUTHENTICATED -> 401;
                                    case PERMISSION_DENIED -> 403;
                                    case RESOURCE_EXHAUSTED -> 429;
                                    default -> throw new AssertionError(response.body());
                                });
                return new Answer(
                        code, response.headers().firstValue("www-authenticate").orElse(null));
            }
        },
        GRPC {
            @Override
            Answer call(@Nullable String token) {
                try {
                    EntityRecognitionServiceGrpc.newBlockingStub(authorized(channel, token))
                            .recognizeEntities(request());
                    return new Answer(Code.OK, null);
                } catch (StatusRuntimeException e) {
                    Metadata trailers = Status.trailersFromThrowable(e);
                    return new Answer(e.getStatus().getCode(), trailers == null ? null : trailers.get(CHALLENGE));
                }
            }
        },
        GRPC_WEB {
            @Override
            Answer call(@Nullable String token) throws Exception {
                byte[] message = request().toByteArray();
                HttpResponse<byte[]> response = HttpClient.newHttpClient()
                        .send(
                                authorized(
                                                "/polymath.ner.v1.EntityRecognitionService/RecognizeEntities",
                                                "application/grpc-web+proto",
                                                ByteBuffer.allocate(5 + message.length)
                                                        .put((byte) 0)
                                                        .putInt(message.length)
                                                        .put(message)
                                                        .array(),
                                                token)
                                        .build(),
                                BodyHandlers.ofByteArray());
                String body = new String(response.body(), StandardCharsets.ISO_8859_1);
                return new Answer(
                        Status.fromCodeValue(Integer.parseInt(trailer(body, "grpc-status: ", "-1")))
                                .getCode(),
                        trailer(body, "www-authenticate: ", null));
            }
        };

        abstract Answer call(@Nullable String token) throws Exception;
    }

    @BeforeAll
    static void start() throws Exception {
        Path keys = Files.createDirectories(Path.of("benchmarks/target/security"));
        keycloak = new KeycloakProcess();
        RUNNING.add(keycloak);
        keycloak.admin("identity-key", keys.toString());
        ServiceProcess ner = ServiceProcess.start(
                "ner-service",
                Map.of(
                        "polymath.calls.gateway-keys",
                        keys.resolve("identity.pub").toString()));
        RUNNING.add(ner);
        keycloak.awaitReady();
        String gatewaySecret = remember(KeycloakProcess.secret(keycloak.admin("setup")));
        shop = secretOf("shop", "ner,admin");
        brief = secretOf("brief", "ner");
        keycloak.shorten("brief", 4);
        translator = secretOf("translator", "translation");
        elsewhere = secretOf("elsewhere", "ner");
        keycloak.strip("elsewhere", "polymath.ner");
        ServiceProcess gateway = ServiceProcess.start(
                "gateway",
                Map.of(
                        "polymath.gateway.services.ner.address", ner.grpcAddress(),
                        "polymath.gateway.identity.key-file",
                                keys.resolve("identity.key").toString(),
                        "polymath.gateway.auth.enabled", "true",
                        "polymath.gateway.auth.issuer", keycloak.issuer(),
                        "polymath.gateway.auth.clock-skew", "0s",
                        "polymath.gateway.auth.introspection.enabled", "true",
                        "polymath.gateway.auth.introspection.client-id", "polymath",
                        "polymath.gateway.auth.introspection.client-secret", gatewaySecret,
                        "polymath.gateway.auth.introspection.interval", "1s"));
        RUNNING.add(gateway);
        http = "http://" + gateway.httpAddress();
        channel = Grpc.newChannelBuilder(gateway.grpcAddress(), InsecureChannelCredentials.create())
                .build();
        behind = Grpc.newChannelBuilder(ner.grpcAddress(), InsecureChannelCredentials.create())
                .build();
    }

    @AfterAll
    static void stop() throws Exception {
        for (ManagedChannel each : new ManagedChannel[] {channel, behind}) {
            if (each != null) {
                each.shutdownNow();
            }
        }
        for (int i = RUNNING.size() - 1; i >= 0; i--) {
            RUNNING.get(i).close();
        }
        for (String log : List.of("gateway.log", "ner-service.log")) {
            Path file = Path.of("benchmarks/target", log);
            if (Files.exists(file)) {
                assertThat(Files.readString(file)).as(log + " tells no secret").doesNotContain(SECRETS);
            }
        }
    }

    /** So that the logs can be searched for it at the end; of a token its signature. */
    private static String remember(String secret) {
        SECRETS.add(secret.substring(secret.lastIndexOf('.') + 1));
        return secret;
    }

    private static String secretOf(String client, String capabilities) throws Exception {
        return remember(KeycloakProcess.secret(keycloak.admin("add", client, "--capabilities", capabilities)));
    }

    private static String token(String client, String secret) throws Exception {
        return remember(keycloak.token(client, secret));
    }

    private static RecognizeEntitiesRequest request() {
        return RecognizeEntitiesRequest.newBuilder()
                .addDocuments(Document.newBuilder().setText(TEXT))
                .build();
    }

    private static HttpRequest.Builder authorized(
            String path, String contentType, byte[] body, @Nullable String token) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(http + path))
                .header("content-type", contentType)
                .POST(BodyPublishers.ofByteArray(body));
        return token == null ? request : request.header("authorization", "Bearer " + token);
    }

    private static Channel authorized(Channel channel, @Nullable String token) {
        Metadata headers = new Metadata();
        if (token != null) {
            headers.put(AUTHORIZATION, "Bearer " + token);
        }
        return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    private static @Nullable String trailer(String body, String name, @Nullable String otherwise) {
        int begin = body.indexOf(name);
        return begin < 0 ? otherwise : body.substring(begin + name.length(), body.indexOf("\r\n", begin));
    }

    private static void assertInvalid(Answer answer, String says) {
        assertThat(answer.code()).isEqualTo(Code.UNAUTHENTICATED);
        assertThat(answer.challenge()).contains("error=\"invalid_token\"").contains(says);
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void validTokenIsAnswered(Protocol protocol) throws Exception {
        assertThat(protocol.call(token("shop", shop)).code()).isEqualTo(Code.OK);
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void noTokenIsChallenged(Protocol protocol) throws Exception {
        Answer answer = protocol.call(null);

        assertThat(answer.code()).isEqualTo(Code.UNAUTHENTICATED);
        assertThat(answer.challenge()).isEqualTo("Bearer realm=\"polymath\"");
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void expiredTokenIsRefused(Protocol protocol) throws Exception {
        String token = token("brief", brief);
        assertThat(protocol.call(token).code()).isEqualTo(Code.OK);

        Answer answer = protocol.call(token);
        for (long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
                answer.code() == Code.OK && System.nanoTime() < limit;
                answer = protocol.call(token)) {
            TimeUnit.MILLISECONDS.sleep(100);
        }

        assertInvalid(answer, "the token has expired");
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void tokenForAnotherAudienceIsRefused(Protocol protocol) throws Exception {
        assertInvalid(protocol.call(token("elsewhere", elsewhere)), "another audience");
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void tokenOfAnotherIssuerIsRefused(Protocol protocol) throws Exception {
        assertInvalid(protocol.call(remember(keycloak.tokenOfAnotherIssuer("shop", shop))), "another issuer");
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void tamperedTokenIsRefused(Protocol protocol) throws Exception {
        String[] parts = token("brief", brief).split("\\.");
        String payload = new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8);
        String more = payload.replace("polymath.ner", "polymath.ner polymath.admin");
        assertThat(more).isNotEqualTo(payload);

        assertInvalid(protocol.call(parts[0] + "." + encoded(more) + "." + parts[2]), "signature that is not right");
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void tokenWithoutASignatureIsRefused(Protocol protocol) throws Exception {
        String payload = token("shop", shop).split("\\.")[1];

        assertInvalid(protocol.call(encoded("{\"alg\":\"none\",\"typ\":\"JWT\"}") + "." + payload + "."), "algorithm");
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void tokenSignedWithThePublicKeyIsRefused(Protocol protocol) throws Exception {
        JsonObject key = keycloak.signingKey();
        String payload = token("shop", shop).split("\\.")[1];
        String signed = encoded("{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\""
                        + key.get("kid").getAsString() + "\"}") + "." + payload;
        PublicKey published =
                KeyFactory.getInstance("RSA").generatePublic(new RSAPublicKeySpec(number(key, "n"), number(key, "e")));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(published.getEncoded(), "HmacSHA256"));
        String signature = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII)));

        assertInvalid(protocol.call(signed + "." + signature), "algorithm");
    }

    private static BigInteger number(JsonObject key, String name) {
        return new BigInteger(1, Base64.getUrlDecoder().decode(key.get(name).getAsString()));
    }

    private static String encoded(String json) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void revokedClientIsRefusedThoughItsTokensHaveNotExpired() throws Exception {
        String secret = secretOf("leaver", "ner");
        Map<Protocol, String> tokens = new EnumMap<>(Protocol.class);
        for (Protocol protocol : Protocol.values()) {
            tokens.put(protocol, token("leaver", secret));
            assertThat(protocol.call(tokens.get(protocol)).code()).isEqualTo(Code.OK);
        }

        keycloak.admin("revoke", "leaver");

        TimeUnit.MILLISECONDS.sleep(1100); // the last answer about a token may be a second old
        for (Protocol protocol : Protocol.values()) {
            assertInvalid(protocol.call(tokens.get(protocol)), "the token has been revoked");
        }
        assertThat(keycloak.askForToken("leaver", secret).statusCode()).isEqualTo(401);
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void missingScopeIsNamed(Protocol protocol) throws Exception {
        Answer answer = protocol.call(token("translator", translator));

        assertThat(answer.code()).isEqualTo(Code.PERMISSION_DENIED);
        assertThat(answer.challenge()).contains("insufficient_scope").contains("scope=\"polymath.ner\"");
    }

    @Test
    void streamEndsWithItsToken() throws Exception {
        BlockingQueue<String> answers = new LinkedBlockingQueue<>();
        CompletableFuture<Throwable> end = new CompletableFuture<>();
        StreamObserver<StreamRecognizeEntitiesRequest> requests = EntityRecognitionServiceGrpc.newStub(
                        authorized(channel, token("brief", brief)))
                .streamRecognizeEntities(new StreamObserver<>() {
                    @Override
                    public void onNext(StreamRecognizeEntitiesResponse response) {
                        answers.add(response.getResult().getId());
                    }

                    @Override
                    public void onError(Throwable failure) {
                        end.complete(failure);
                    }

                    @Override
                    public void onCompleted() {
                        end.complete(new AssertionError("completed"));
                    }
                });
        requests.onNext(StreamRecognizeEntitiesRequest.newBuilder()
                .setDocument(Document.newBuilder().setId("1").setText(TEXT))
                .build());
        assertThat(answers.poll(20, TimeUnit.SECONDS)).isEqualTo("1");

        Throwable failure = end.get(20, TimeUnit.SECONDS);

        assertThat(Status.fromThrowable(failure).getCode()).isEqualTo(Code.UNAUTHENTICATED);
        assertThat(Status.fromThrowable(failure).getDescription()).isEqualTo("the token has expired");
    }

    @Test
    void serviceTakesNoCallThatDoesNotComeThroughTheGateway() throws Exception {
        String token = token("shop", shop);

        StatusRuntimeException refusal = catchThrowableOfType(
                StatusRuntimeException.class,
                () -> EntityRecognitionServiceGrpc.newBlockingStub(authorized(behind, token))
                        .recognizeEntities(request()));

        assertThat(refusal.getStatus().getCode()).isEqualTo(Code.UNAUTHENTICATED);
        assertThat(refusal.getStatus().getDescription()).contains("gateway");
        assertThat(catchThrowableOfType(
                                StatusRuntimeException.class,
                                () -> GRPCInferenceServiceGrpc.newBlockingStub(authorized(behind, token))
                                        .serverLive(ServerLiveRequest.getDefaultInstance()))
                        .getStatus()
                        .getCode())
                .isEqualTo(Code.UNAUTHENTICATED);
        assertThat(reflect(behind)).isEqualTo(Code.UNAUTHENTICATED);
        assertThat(HealthGrpc.newBlockingStub(behind)
                        .check(HealthCheckRequest.getDefaultInstance())
                        .getStatus())
                .as("health is open")
                .isEqualTo(ServingStatus.SERVING);
    }

    private static Code reflect(Channel channel) throws Exception {
        CompletableFuture<Code> end = new CompletableFuture<>();
        StreamObserver<ServerReflectionRequest> questions = ServerReflectionGrpc.newStub(channel)
                .serverReflectionInfo(new StreamObserver<>() {
                    @Override
                    public void onNext(ServerReflectionResponse response) {
                        end.complete(Code.OK);
                    }

                    @Override
                    public void onError(Throwable failure) {
                        end.complete(Status.fromThrowable(failure).getCode());
                    }

                    @Override
                    public void onCompleted() {
                        end.complete(Code.OK);
                    }
                });
        questions.onNext(
                ServerReflectionRequest.newBuilder().setListServices("").build());
        return end.get(20, TimeUnit.SECONDS);
    }

    @Test
    void administrationMayBeRunAgainAndASecretThatWasRotatedIsOfNoUse() throws Exception {
        assertThat(keycloak.admin("setup")).as("nothing is new").isEmpty();
        String first = remember(KeycloakProcess.secret(
                keycloak.admin("add", "bank", "--capabilities", "ner", "--quota", "requests-per-second=5")));
        assertThat(keycloak.admin("add", "bank", "--capabilities", "vision", "--quota", "requests-per-second=7"))
                .as("keeps its secret")
                .isEmpty();
        assertThat(keycloak.admin("list").lines().filter(line -> line.startsWith("bank ")))
                .singleElement()
                .satisfies(line -> assertThat(line)
                        .contains("active", "vision", "requests-per-second=7")
                        .doesNotContain("ner"));
        JsonObject claims = JsonParser.parseString(new String(
                        Base64.getUrlDecoder().decode(token("bank", first).split("\\.")[1]), StandardCharsets.UTF_8))
                .getAsJsonObject();
        assertThat(claims.getAsJsonObject("polymath_quota")
                        .get("requestsPerSecond")
                        .getAsInt())
                .isEqualTo(7);
        assertThat(claims.get("scope").getAsString())
                .contains("polymath.vision")
                .doesNotContain("polymath.ner");

        String second = remember(KeycloakProcess.secret(keycloak.admin("rotate", "bank")));

        assertThat(keycloak.askForToken("bank", first).statusCode()).isEqualTo(401);
        assertThat(keycloak.askForToken("bank", second).statusCode()).isEqualTo(200);
        keycloak.admin("revoke", "bank", "--delete");
        assertThat(keycloak.askForToken("bank", second).statusCode()).isEqualTo(401);
        assertThat(keycloak.admin("list")).doesNotContain("bank");
    }

    @Test
    void clientIsHeldToItsQuotaOnEachProtocol() throws Exception {
        int text = TEXT.codePointCount(0, TEXT.length());
        String secret = remember(KeycloakProcess.secret(keycloak.admin(
                "add", "small", "--capabilities", "ner", "--quota", "characters-per-minute=" + text + ",weight=3")));
        String token = token("small", secret);

        assertThat(Protocol.GRPC.call(token).code()).isEqualTo(Code.OK);

        for (Protocol protocol : Protocol.values()) {
            assertThat(protocol.call(token).code()).as(protocol.name()).isEqualTo(Code.RESOURCE_EXHAUSTED);
        }
        HttpResponse<String> refused = HttpClient.newHttpClient()
                .send(
                        authorized(
                                        "/v1/entities:recognize",
                                        "application/json",
                                        ("{\"documents\":[{\"text\":\"" + TEXT + "\"}]}")
                                                .getBytes(StandardCharsets.UTF_8),
                                        token)
                                .build(),
                        BodyHandlers.ofString());
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.headers().firstValueAsLong("retry-after").orElseThrow())
                .isBetween(1L, 60L);
        assertThat(refused.headers().firstValueAsLong("ratelimit-limit").orElseThrow())
                .isEqualTo(text);
        assertThat(JsonParser.parseString(refused.body())
                        .getAsJsonObject()
                        .get("reason")
                        .getAsString())
                .isEqualTo("QUOTA_EXCEEDED");
        assertThat(Protocol.GRPC.call(token("shop", shop)).code())
                .as("another client")
                .isEqualTo(Code.OK);
        keycloak.admin("revoke", "small", "--delete");
    }

    @Test
    void metricsNeedTheScopeOfAdministration() throws Exception {
        assertThat(metrics(null)).isEqualTo(401);
        assertThat(metrics(token("brief", brief))).isEqualTo(403);
        assertThat(metrics(token("shop", shop))).isEqualTo(200);
    }

    private static int metrics(@Nullable String token) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(http + "/q/metrics"));
        if (token != null) {
            request.header("authorization", "Bearer " + token);
        }
        return HttpClient.newHttpClient()
                .send(request.build(), BodyHandlers.discarding())
                .statusCode();
    }
}
