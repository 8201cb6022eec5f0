package dev.polymath.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasKey;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.startsWith;

import acme.weather.v1.ForecastRequest;
import acme.weather.v1.GetWeatherRequest;
import acme.weather.v1.Place;
import acme.weather.v1.Weather;
import com.google.protobuf.MessageLite;
import dev.polymath.models.v1.ListModelsRequest;
import dev.polymath.models.v1.LoadModelRequest;
import dev.polymath.models.v1.ModelServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.restassured.specification.RequestSpecification;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The sign-in as callers of each protocol meet it. */
@NullUnmarked
@Timeout(60)
class SignInTest {
    private static final String WEATHER = "acme.weather.v1.WeatherService/";
    private static final String SERVICES = GatewayFixture.PREFIX + "services.";
    private static final String SCOPE = "acme.weather";

    /** The three ways in; each calls GetWeather, and tells the gRPC code, the text and the challenge of the answer. */
    enum Protocol {
        GRPC {
            @Override
            Answer call(GatewayFixture gateway, String authorization) {
                Metadata headers = new Metadata();
                if (authorization != null) {
                    headers.put(Access.AUTHORIZATION, authorization);
                }
                Channel channel = ClientInterceptors.intercept(
                        gateway.channel, MetadataUtils.newAttachHeadersInterceptor(headers));
                try {
                    Weather weather = ClientCalls.blockingUnaryCall(
                            channel, FakeServices.GET_WEATHER, CallOptions.DEFAULT, at("Oslo"));
                    return new Answer(Code.OK, weather.getPlace(), null);
                } catch (StatusRuntimeException e) {
                    return new Answer(
                            e.getStatus().getCode(),
                            e.getStatus().getDescription(),
                            e.getTrailers().get(Access.CHALLENGE));
                }
            }
        },
        GRPC_WEB {
            @Override
            Answer call(GatewayFixture gateway, String authorization) throws Exception {
                HttpResponse<byte[]> response = HttpClient.newHttpClient()
                        .send(
                                web(gateway, "GetWeather", at("Oslo"), authorization),
                                HttpResponse.BodyHandlers.ofByteArray());
                String body = new String(response.body(), StandardCharsets.ISO_8859_1);
                return new Answer(webCode(body), body, line(body, "www-authenticate: "));
            }
        },
        HTTP {
            @Override
            Answer call(GatewayFixture gateway, String authorization) throws Exception {
                HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + gateway.httpPort + "/acme/v1/places/Oslo/weather"));
                if (authorization != null) {
                    request.header("authorization", authorization);
                }
                HttpResponse<String> response =
                        HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
                Code code = Arrays.stream(Code.values())
                        .filter(c -> c != Code.FAILED_PRECONDITION
                                && c != Code.OUT_OF_RANGE
                                && ProblemJson.httpStatus(c) == response.statusCode())
                        .findFirst()
                        .orElseThrow();
                return new Answer(
                        code,
                        response.body(),
                        response.headers().firstValue("www-authenticate").orElse(null));
            }
        };

        abstract Answer call(GatewayFixture gateway, String authorization) throws Exception;
    }

    private record Answer(Code code, String text, String challenge) {}

    private TestTokens server;
    private GatewayFixture gateway;

    @BeforeEach
    void start() throws Exception {
        start(new TestTokens(Map.of("polymath.gateway.auth.clock-skew", "0s"), new AtomicReference<>()));
    }

    private void start(TestTokens tokens) throws Exception {
        server = tokens;
        Map<String, String> properties = new HashMap<>(Map.of(
                "polymath.gateway.auth.enabled",
                "true",
                SERVICES + "ner.scope",
                "polymath.ner",
                SERVICES + "vision.scope",
                "polymath.vision",
                SERVICES + "weather.scope",
                SCOPE,
                SERVICES + "weather.method-scopes.\"WeatherService/Ping\"",
                "acme.ping",
                SERVICES + "unknown.scope",
                "acme.unknown",
                SERVICES + "unknown.method-scopes.\"UnknownService/Named\"",
                "acme.named",
                SERVICES + "unknown.address",
                "127.0.0.1:1",
                SERVICES + "unknown.grpc-services",
                "acme.unknown.v1.UnknownService"));
        gateway = new GatewayFixture(properties, server.access);
    }

    @AfterEach
    void stop() throws Exception {
        gateway.close();
        server.close();
    }

    private static GetWeatherRequest at(String place) {
        return GetWeatherRequest.newBuilder()
                .setPlace(Place.newBuilder().setName(place))
                .build();
    }

    private static HttpRequest web(GatewayFixture gateway, String method, MessageLite message, String authorization) {
        byte[] bytes = message.toByteArray();
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + gateway.httpPort + "/" + WEATHER + method))
                .header("content-type", "application/grpc-web+proto")
                .POST(HttpRequest.BodyPublishers.ofByteArray(ByteBuffer.allocate(5 + bytes.length)
                        .put((byte) 0)
                        .putInt(bytes.length)
                        .put(bytes)
                        .array()));
        if (authorization != null) {
            request.header("authorization", authorization);
        }
        return request.build();
    }

    private static Code webCode(String body) {
        return io.grpc.Status.fromCodeValue(Integer.parseInt(line(body, "grpc-status: ")))
                .getCode();
    }

    private static String line(String body, String name) {
        int begin = body.indexOf(name);
        return begin < 0 ? null : body.substring(begin + name.length(), body.indexOf("\r\n", begin));
    }

    private Channel channel(String scopes) {
        Metadata headers = new Metadata();
        headers.put(Access.AUTHORIZATION, "Bearer " + server.token(scopes));
        return ClientInterceptors.intercept(gateway.channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    private RequestSpecification http(String scopes) {
        return given().port(gateway.httpPort).header("authorization", "Bearer " + server.token(scopes));
    }

    private static Code code(Runnable call) {
        return catchThrowableOfType(StatusRuntimeException.class, call::run)
                .getStatus()
                .getCode();
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void tokenWithTheScopeLetsIn(Protocol protocol) throws Exception {
        Answer answer = protocol.call(gateway, "Bearer " + server.token(SCOPE));

        assertThat(answer.code()).isEqualTo(Code.OK);
        assertThat(answer.text()).contains("Oslo");
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void tokenStaysAtTheGateway(Protocol protocol) throws Exception {
        protocol.call(gateway, "Bearer " + server.token(SCOPE));

        Metadata arrived = gateway.ner.headers.poll(10, TimeUnit.SECONDS);
        assertThat(arrived).isNotNull();
        assertThat(arrived.containsKey(Access.AUTHORIZATION)).isFalse();
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void withoutATokenNobodyGetsIn(Protocol protocol) throws Exception {
        Answer answer = protocol.call(gateway, null);

        assertThat(answer.code()).isEqualTo(Code.UNAUTHENTICATED);
        assertThat(answer.challenge()).isEqualTo("Bearer realm=\"polymath\"");
        assertThat(gateway.ner.headers).isEmpty();
        assertThat(gateway.count(WEATHER + "GetWeather", "UNAUTHENTICATED")).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void expiredTokenIsRefused(Protocol protocol) throws Exception {
        String token = server.token(
                SCOPE,
                claims -> claims.setExpirationTime(TestTokens.date(server.now().minusSeconds(1))));

        Answer answer = protocol.call(gateway, "Bearer " + token);

        assertThat(answer.code()).isEqualTo(Code.UNAUTHENTICATED);
        assertThat(answer.challenge())
                .isEqualTo("Bearer realm=\"polymath\", error=\"invalid_token\","
                        + " error_description=\"the token has expired\"");
        assertThat(answer.text()).doesNotContain(token);
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void missingScopeIsNamed(Protocol protocol) throws Exception {
        Answer answer = protocol.call(gateway, "Bearer " + server.token("polymath.ner polymath.admin"));

        assertThat(answer.code()).isEqualTo(Code.PERMISSION_DENIED);
        assertThat(answer.text()).contains("acme.weather");
        assertThat(answer.challenge())
                .isEqualTo("Bearer realm=\"polymath\", error=\"insufficient_scope\", scope=\"acme.weather\"");
        assertThat(gateway.ner.headers).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void withoutKeysTheAnswerIsToComeBack(Protocol protocol) throws Exception {
        server.reachable(false);

        Answer answer = protocol.call(gateway, "Bearer " + server.token(SCOPE));

        assertThat(answer.code()).isEqualTo(Code.UNAVAILABLE);
        assertThat(answer.challenge()).isNull();
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void callWaitsForTheKeysWithoutAThread(Protocol protocol) throws Exception {
        CompletableFuture<Void> gate = server.hold();
        String token = "Bearer " + server.token(SCOPE);
        List<CompletableFuture<Answer>> calls = java.util.stream.IntStream.range(0, 4)
                .mapToObj(i -> CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return protocol.call(gateway, token);
                            } catch (Exception e) {
                                throw new IllegalStateException(e);
                            }
                        },
                        task -> new Thread(task).start()))
                .toList();
        while (server.asked.isEmpty()) {
            Thread.onSpinWait();
        }

        gate.complete(null);

        assertThat(calls).allSatisfy(call -> assertThat(call.join().code()).isEqualTo(Code.OK));
    }

    @Test
    void problemHasReasonAndScope() {
        http("polymath.ner")
                .get("/acme/v1/places/Oslo/weather")
                .then()
                .statusCode(403)
                .contentType("application/problem+json")
                .body("reason", equalTo("PERMISSION_DENIED"))
                .body("code", equalTo("PERMISSION_DENIED"))
                .body("details[0].metadata.scope", equalTo("acme.weather"));
        given().port(gateway.httpPort)
                .get("/acme/v1/places/Oslo/weather")
                .then()
                .statusCode(401)
                .contentType("application/problem+json")
                .body("reason", equalTo("UNAUTHENTICATED"));
    }

    @Test
    void refusedUploadReadsItsAnswer() {
        given().port(gateway.httpPort)
                .contentType("application/json")
                .body("{\"documents\":[{\"text\":\"" + "x".repeat(4 * 1024 * 1024) + "\"}]}")
                .post("/v1/entities:recognize")
                .then()
                .statusCode(401);
    }

    @Test
    void methodMayHaveAScopeOfItsOwn() {
        assertThat(code(() -> ClientCalls.blockingUnaryCall(
                        channel(SCOPE), FakeServices.PING, CallOptions.DEFAULT, at("Oslo"))))
                .isEqualTo(Code.PERMISSION_DENIED);
        assertThat(ClientCalls.blockingUnaryCall(
                                channel("acme.ping"), FakeServices.PING, CallOptions.DEFAULT, at("Oslo"))
                        .getPlace())
                .startsWith("Oslo");
    }

    @Test
    void methodThatNoDescriptionHasIsOpenOnlyIfNamed() {
        var named = RawMessage.method("acme.unknown.v1.UnknownService/Named", MethodType.UNARY);
        var other = RawMessage.method("acme.unknown.v1.UnknownService/Other", MethodType.UNARY);

        assertThat(code(() -> ClientCalls.blockingUnaryCall(
                        channel("acme.unknown acme.named"), other, CallOptions.DEFAULT, new byte[0])))
                .isEqualTo(Code.PERMISSION_DENIED);
        assertThat(code(() ->
                        ClientCalls.blockingUnaryCall(channel("acme.named"), named, CallOptions.DEFAULT, new byte[0])))
                .as("passed on, to where nobody listens")
                .isEqualTo(Code.UNAVAILABLE);
    }

    @Test
    void whatDoesNotExistIsToldToThoseAloneWhoAreSignedIn() {
        var nothing = RawMessage.method("acme.nothing.v1.NothingService/Do", MethodType.UNARY);

        assertThat(code(() ->
                        ClientCalls.blockingUnaryCall(gateway.channel, nothing, CallOptions.DEFAULT, new byte[0])))
                .isEqualTo(Code.UNAUTHENTICATED);
        assertThat(code(() -> ClientCalls.blockingUnaryCall(channel(SCOPE), nothing, CallOptions.DEFAULT, new byte[0])))
                .isEqualTo(Code.UNIMPLEMENTED);
        given().port(gateway.httpPort).get("/v1/nothing").then().statusCode(401);
        http(SCOPE).get("/v1/nothing").then().statusCode(404);
        http(SCOPE).delete("/v1/entities:recognize").then().statusCode(405);
    }

    @Test
    void modelsOfAllServicesAreListedForEachOfTheirScopes() {
        for (String scope : List.of("polymath.ner", "polymath.vision")) {
            assertThat(ModelServiceGrpc.newBlockingStub(channel(scope))
                            .listModels(ListModelsRequest.getDefaultInstance())
                            .getModelsCount())
                    .isEqualTo(2);
        }
        assertThat(code(() -> ModelServiceGrpc.newBlockingStub(channel("openid"))
                        .listModels(ListModelsRequest.getDefaultInstance())))
                .isEqualTo(Code.PERMISSION_DENIED);
    }

    @Test
    void healthIsOpen() {
        HealthGrpc.newBlockingStub(gateway.channel).check(HealthCheckRequest.getDefaultInstance());
    }

    @Test
    void reflectionNeedsAnyScope() throws Exception {
        assertThat(reflect(gateway.channel)).isEqualTo(Code.UNAUTHENTICATED);
        assertThat(reflect(channel("openid"))).isEqualTo(Code.PERMISSION_DENIED);
        assertThat(reflect(channel("acme.ping"))).isEqualTo(Code.OK);
        assertThat(gateway.count("grpc.reflection.v1.ServerReflection/ServerReflectionInfo", "UNAUTHENTICATED"))
                .isEqualTo(1);
    }

    private static Code reflect(Channel channel) throws Exception {
        CompletableFuture<Code> done = new CompletableFuture<>();
        StreamObserver<ServerReflectionRequest> questions = ServerReflectionGrpc.newStub(channel)
                .serverReflectionInfo(new StreamObserver<>() {
                    @Override
                    public void onNext(ServerReflectionResponse response) {}

                    @Override
                    public void onError(Throwable failure) {
                        done.complete(io.grpc.Status.fromThrowable(failure).getCode());
                    }

                    @Override
                    public void onCompleted() {
                        done.complete(Code.OK);
                    }
                });
        questions.onNext(
                ServerReflectionRequest.newBuilder().setListServices("").build());
        questions.onCompleted();
        return done.get(10, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/openapi.json", "/openapi.yaml", "/docs", "/docs/swagger-ui.css"})
    void descriptionNeedsAnyScope(String path) {
        given().port(gateway.httpPort)
                .get(path)
                .then()
                .statusCode(401)
                .header("www-authenticate", startsWith("Bearer"))
                .contentType("application/problem+json");
        http("openid").get(path).then().statusCode(403);
        http("polymath.vision").get(path).then().statusCode(200);
    }

    @Test
    void browserIsAskedForAToken() {
        given().port(gateway.httpPort)
                .accept("text/html,application/xhtml+xml")
                .get("/docs")
                .then()
                .statusCode(401)
                .header("www-authenticate", startsWith("Bearer"))
                .contentType("text/html")
                .body(containsString("Access token"))
                .body(not(containsString("Weather")));
    }

    @Test
    void metricsNeedTheScopeOfAdministration() {
        given().port(gateway.httpPort).get("/q/metrics").then().statusCode(401);
        http(SCOPE).get("/q/metrics").then().statusCode(403).body("detail", containsString("polymath.admin"));
        http(SCOPE).get("/q/health/../metrics").then().statusCode(403);
    }

    @Test
    void changingModelsNeedsTheScopeOfAdministration() {
        LoadModelRequest request =
                LoadModelRequest.newBuilder().setService("ner").setVersion("2").build();
        Code refused = code(() -> ModelServiceGrpc.newBlockingStub(channel("polymath.ner polymath.vision"))
                .loadModel(request));
        assertThat(refused).isEqualTo(Code.PERMISSION_DENIED);
        for (String method : List.of("load", "unload", "setTraffic")) {
            http("polymath.ner polymath.vision")
                    .contentType("application/json")
                    .body("{\"service\": \"ner\"}")
                    .post("/v1/models:" + method)
                    .then()
                    .statusCode(403)
                    .body("detail", containsString("(expected: polymath.admin)"));
        }
        assertThat(gateway.ner.headers).isEmpty();

        assertThat(ModelServiceGrpc.newBlockingStub(channel("polymath.admin"))
                        .loadModel(request)
                        .getModels(0)
                        .getVersion())
                .isEqualTo("2");
        http("polymath.admin")
                .contentType("application/json")
                .body("{\"service\": \"ner\", \"version\": \"3\"}")
                .post("/v1/models:load")
                .then()
                .statusCode(200)
                .body("models[0].version", equalTo("3"));
    }

    @Test
    void descriptionSaysWhichScopeAMethodNeeds() {
        http(SCOPE)
                .get("/openapi.json")
                .then()
                .body("components.securitySchemes", hasKey("token"))
                .body("paths.'/acme/v1/places/{place.name}/weather'.get.security[0].token", equalTo(List.of(SCOPE)))
                .body(
                        "paths.'/v1/models'.get.security.token",
                        equalTo(List.of(List.of("polymath.ner"), List.of("polymath.vision"))));
    }

    private String shortToken() {
        return server.token(
                SCOPE,
                claims -> claims.setExpirationTime(TestTokens.date(server.now().plusSeconds(2))));
    }

    @Test
    void openStreamEndsWithTheToken() throws Exception {
        Metadata headers = new Metadata();
        headers.put(Access.AUTHORIZATION, "Bearer " + shortToken());
        Channel channel =
                ClientInterceptors.intercept(gateway.channel, MetadataUtils.newAttachHeadersInterceptor(headers));
        BlockingQueue<Throwable> ends = new LinkedBlockingQueue<>();
        BlockingQueue<Weather> answers = new LinkedBlockingQueue<>();
        StreamObserver<Weather> reports = ClientCalls.asyncBidiStreamingCall(
                channel.newCall(FakeServices.CONVERSE, CallOptions.DEFAULT), new StreamObserver<>() {
                    @Override
                    public void onNext(Weather weather) {
                        answers.add(weather);
                    }

                    @Override
                    public void onError(Throwable failure) {
                        ends.add(failure);
                    }

                    @Override
                    public void onCompleted() {
                        ends.add(new AssertionError("completed"));
                    }
                });
        reports.onNext(Weather.getDefaultInstance());
        assertThat(answers.poll(10, TimeUnit.SECONDS)).isNotNull();

        Throwable end = ends.poll(10, TimeUnit.SECONDS);

        assertThat(end).isInstanceOf(StatusRuntimeException.class);
        StatusRuntimeException error = (StatusRuntimeException) end;
        assertThat(error.getStatus().getCode()).isEqualTo(Code.UNAUTHENTICATED);
        assertThat(error.getStatus().getDescription()).isEqualTo("the token has expired");
        assertThat(error.getTrailers().get(Access.CHALLENGE)).contains("invalid_token");
        assertThat(gateway.ner.cancelled.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(gateway.count(WEATHER + "Converse", "UNAUTHENTICATED")).isEqualTo(1);
    }

    @Test
    void linesEndWithTheToken() throws Exception {
        HttpResponse<InputStream> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.httpPort
                                        + "/acme/v1/forecast?count=2000000000&remarkLength=10000"))
                                .header("authorization", "Bearer " + shortToken())
                                .build(),
                        HttpResponse.BodyHandlers.ofInputStream());
        String last = "";
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                last = line;
            }
        }

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(last).startsWith("{\"error\":").contains("\"reason\":\"UNAUTHENTICATED\"");
    }

    @Test
    void webStreamEndsWithTheToken() throws Exception {
        HttpResponse<InputStream> response = HttpClient.newHttpClient()
                .send(
                        web(
                                gateway,
                                "Forecast",
                                ForecastRequest.newBuilder()
                                        .setCount(2_000_000_000)
                                        .setRemarkLength(10_000)
                                        .build(),
                                "Bearer " + shortToken()),
                        HttpResponse.BodyHandlers.ofInputStream());
        byte[] tail = new byte[0];
        try (InputStream body = response.body()) {
            byte[] part = new byte[64 * 1024];
            for (int n = body.read(part); n >= 0; n = body.read(part)) {
                byte[] joined = Arrays.copyOf(tail, tail.length + n);
                System.arraycopy(part, 0, joined, tail.length, n);
                tail = joined.length > 2048 ? Arrays.copyOfRange(joined, joined.length - 2048, joined.length) : joined;
            }
        }

        String end = new String(tail, StandardCharsets.ISO_8859_1);
        assertThat(webCode(end.substring(end.indexOf("grpc-status")))).isEqualTo(Code.UNAUTHENTICATED);
        assertThat(end).contains("www-authenticate: Bearer");
    }
}
