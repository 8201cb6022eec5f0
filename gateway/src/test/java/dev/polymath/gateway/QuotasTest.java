package dev.polymath.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import acme.weather.v1.CollectResponse;
import acme.weather.v1.ForecastRequest;
import acme.weather.v1.GetWeatherRequest;
import acme.weather.v1.JudgeRequest;
import acme.weather.v1.Photo;
import acme.weather.v1.Place;
import acme.weather.v1.Weather;
import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.rpc.ErrorInfo;
import com.google.rpc.QuotaFailure;
import com.google.rpc.RetryInfo;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.restassured.response.Response;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Quotas as callers of each protocol meet them, with a clock that the test holds. */
@NullUnmarked
@Timeout(60)
class QuotasTest {
    private static final String WEATHER = "acme.weather.v1.WeatherService";
    private static final String SERVICES = GatewayFixture.PREFIX + "services.";

    /** The three ways in; each calls GetWeather. */
    enum Protocol {
        GRPC {
            @Override
            Answer call(GatewayFixture gateway, String token, String place, String station) {
                AtomicReference<Metadata> headers = new AtomicReference<>();
                AtomicReference<Metadata> trailers = new AtomicReference<>();
                Channel channel = ClientInterceptors.intercept(
                        signed(gateway, token), MetadataUtils.newCaptureMetadataInterceptor(headers, trailers));
                try {
                    ClientCalls.blockingUnaryCall(
                            channel, FakeServices.GET_WEATHER, CallOptions.DEFAULT, at(place, station));
                    return new Answer(Code.OK, "", quota(trailers.get()::get), null, null);
                } catch (StatusRuntimeException e) {
                    com.google.rpc.Status status = StatusProto.fromThrowable(e);
                    return new Answer(
                            e.getStatus().getCode(),
                            e.getStatus().getDescription(),
                            quota(e.getTrailers()::get),
                            status,
                            null);
                }
            }
        },
        GRPC_WEB {
            @Override
            Answer call(GatewayFixture gateway, String token, String place, String station) throws Exception {
                byte[] message = at(place, station).toByteArray();
                HttpRequest.Builder request = HttpRequest.newBuilder(
                                URI.create("http://127.0.0.1:" + gateway.httpPort + "/" + WEATHER + "/GetWeather"))
                        .header("content-type", "application/grpc-web+proto")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(ByteBuffer.allocate(5 + message.length)
                                .put((byte) 0)
                                .putInt(message.length)
                                .put(message)
                                .array()));
                if (token != null) {
                    request.header("authorization", "Bearer " + token);
                }
                String body = new String(
                        HttpClient.newHttpClient()
                                .send(request.build(), HttpResponse.BodyHandlers.ofByteArray())
                                .body(),
                        StandardCharsets.ISO_8859_1);
                Code code = Status.fromCodeValue(Integer.parseInt(line(body, "grpc-status")))
                        .getCode();
                String text = line(body, "grpc-message");
                return new Answer(
                        code,
                        text == null ? "" : java.net.URLDecoder.decode(text, StandardCharsets.UTF_8),
                        quota(key -> line(body, key.name())),
                        null,
                        null);
            }
        },
        HTTP {
            @Override
            Answer call(GatewayFixture gateway, String token, String place, String station) {
                Response response = http(gateway, token)
                        .queryParam("station", station)
                        .get("/acme/v1/places/" + place + "/weather");
                boolean ok = response.statusCode() == 200;
                return new Answer(
                        ok ? Code.OK : Code.valueOf(response.jsonPath().getString("code")),
                        ok ? "" : response.jsonPath().getString("detail"),
                        quota(key -> response.header(key.name())),
                        null,
                        response);
            }
        };

        abstract Answer call(GatewayFixture gateway, String token, String place, String station) throws Exception;

        private static String line(String body, String name) {
            int begin = body.indexOf(name + ": ");
            return begin < 0 ? null : body.substring(begin + name.length() + 2, body.indexOf("\r\n", begin));
        }

        private static String quota(java.util.function.Function<Metadata.Key<String>, String> read) {
            return Quotas.HEADERS.stream()
                    .map(read)
                    .map(String::valueOf)
                    .collect(java.util.stream.Collectors.joining(" "));
        }
    }

    /** @param quota limit, remaining, reset and policy, "null" for what is not there */
    private record Answer(Code code, String text, String quota, com.google.rpc.Status status, Response http) {}

    private record Wait(Duration time, Runnable task, AtomicReference<Boolean> takenBack) {}

    private final AtomicLong nanos = new AtomicLong();
    private final BlockingQueue<Wait> waits = new LinkedBlockingQueue<>();
    private TestTokens server;
    private GatewayFixture gateway;

    @BeforeEach
    void start() throws Exception {
        start(Map.of());
    }

    private void start(Map<String, String> more) throws Exception {
        server = new TestTokens(Map.of(), new AtomicReference<>());
        Map<String, String> properties = new HashMap<>(Map.of(
                "polymath.gateway.auth.enabled",
                "true",
                SERVICES + "ner.scope",
                "polymath.ner",
                SERVICES + "vision.scope",
                "polymath.vision",
                SERVICES + "weather.scope",
                "acme.weather"));
        properties.putAll(more);
        gateway = new GatewayFixture(properties, server.access, new LocalBuckets(nanos::get), this::later);
    }

    private Runnable later(Duration time, Runnable task) {
        Wait wait = new Wait(time, task, new AtomicReference<>(false));
        waits.add(wait);
        return () -> wait.takenBack().set(true);
    }

    /** Lets the time pass that the next one waits for. */
    private void passNextWait(Duration expected) throws Exception {
        Wait wait = waits.poll(10, TimeUnit.SECONDS);
        assertThat(wait).isNotNull();
        assertThat(wait.time()).isEqualTo(expected);
        nanos.addAndGet(wait.time().toNanos());
        wait.task().run();
    }

    private void restart(Map<String, String> more) throws Exception {
        stop();
        start(more);
    }

    @AfterEach
    void stop() throws Exception {
        gateway.close();
        server.close();
    }

    private String token(Map<String, Object> quota) {
        return server.token("acme.weather", claims -> claims.setClaim(Quota.CLAIM, quota));
    }

    private static Channel signed(GatewayFixture gateway, String token) {
        Metadata headers = new Metadata();
        if (token != null) {
            headers.put(Access.AUTHORIZATION, "Bearer " + token);
        }
        return ClientInterceptors.intercept(gateway.channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    private static io.restassured.specification.RequestSpecification http(GatewayFixture gateway, String token) {
        return token == null
                ? given().port(gateway.httpPort)
                : given().port(gateway.httpPort).header("authorization", "Bearer " + token);
    }

    private static GetWeatherRequest at(String place, String station) {
        return GetWeatherRequest.newBuilder()
                .setPlace(Place.newBuilder().setName(place))
                .setStation(station)
                .build();
    }

    private static <T extends Message> T detail(com.google.rpc.Status status, Class<T> type) throws Exception {
        for (Any any : status.getDetailsList()) {
            if (any.is(type)) {
                return any.unpack(type);
            }
        }
        return null;
    }

    private double metric(String name, String... tags) {
        return gateway.meters.find(name).tags(tags).counters().stream()
                .mapToDouble(counter -> counter.count())
                .sum();
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void requestsBeyondTheQuotaAreRefusedUntilThereIsRoom(Protocol protocol) throws Exception {
        String token = token(Map.of("requestsPerSecond", 2L));

        assertThat(protocol.call(gateway, token, "Oslo", ""))
                .returns(Code.OK, Answer::code)
                .returns("2 1 1 2;w=1;unit=\"requests\"", Answer::quota);
        assertThat(protocol.call(gateway, token, "Oslo", "").quota()).isEqualTo("2 0 1 2;w=1;unit=\"requests\"");
        Answer refused = protocol.call(gateway, token, "Oslo", "");
        assertThat(refused)
                .returns(Code.RESOURCE_EXHAUSTED, Answer::code)
                .returns("2 0 1 2;w=1;unit=\"requests\"", Answer::quota)
                .returns(
                        "requests: 1 (expected: <= 0, left of the client's quota of 2 per second; enough in 1 s)",
                        Answer::text);
        assertThat(gateway.ner.headers).as("calls that reached the service").hasSize(2);

        nanos.addAndGet(Duration.ofMillis(500).toNanos());

        assertThat(protocol.call(gateway, token, "Oslo", "").code()).isEqualTo(Code.OK);
        assertThat(protocol.call(gateway, token, "Oslo", "").code()).isEqualTo(Code.RESOURCE_EXHAUSTED);
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void charactersBeyondTheQuotaAreRefused(Protocol protocol) throws Exception {
        String token = token(Map.of("charactersPerMinute", 60L, "requestsPerSecond", 100L));

        assertThat(protocol.call(gateway, token, "Oslo", "\u00e9".repeat(50)))
                .returns(Code.OK, Answer::code)
                .returns("60 10 50 60;w=60;unit=\"characters\"", Answer::quota);
        assertThat(protocol.call(gateway, token, "Oslo", "x".repeat(20)))
                .returns(Code.RESOURCE_EXHAUSTED, Answer::code)
                .returns("60 10 50 60;w=60;unit=\"characters\"", Answer::quota)
                .returns(
                        "characters: 20 (expected: <= 10, left of the client's quota of 60 per minute; enough in 10 s)",
                        Answer::text);
        assertThat(protocol.call(gateway, token, "Oslo", "x".repeat(10)).code())
                .as("what is refused costs no characters")
                .isEqualTo(Code.OK);
        assertThat(protocol.call(gateway, token, "Oslo", "").code())
                .as("without characters")
                .isEqualTo(Code.OK);
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void messageThatIsMoreThanAllOfAMinuteIsToldSo(Protocol protocol) throws Exception {
        Answer answer = protocol.call(gateway, token(Map.of("charactersPerMinute", 60L)), "Oslo", "x".repeat(61));

        assertThat(answer)
                .returns(Code.RESOURCE_EXHAUSTED, Answer::code)
                .returns(
                        "characters: 61 in one message (expected: <= 60, the client's quota of 60 per minute); send less"
                                + " in one message",
                        Answer::text);
        if (answer.status() != null) {
            assertThat(detail(answer.status(), RetryInfo.class))
                    .as("it will never do")
                    .isNull();
        }
        if (answer.http() != null) {
            assertThat(answer.http().header("retry-after")).isNull();
        }
        assertThat(protocol.call(gateway, token(Map.of("charactersPerMinute", 60L)), "Oslo", "x".repeat(60))
                        .code())
                .isEqualTo(Code.OK);
    }

    @Test
    void refusalHasTheDetailsOfGoogleRpc() throws Exception {
        String token = token(Map.of("requestsPerSecond", 1L));
        Protocol.GRPC.call(gateway, token, "Oslo", "");

        com.google.rpc.Status status =
                Protocol.GRPC.call(gateway, token, "Oslo", "").status();

        ErrorInfo info = detail(status, ErrorInfo.class);
        assertThat(info.getReason()).isEqualTo("QUOTA_EXCEEDED");
        assertThat(info.getMetadataMap())
                .containsEntry("limit", "requests-per-second")
                .containsEntry("quota", "1");
        QuotaFailure failure = detail(status, QuotaFailure.class);
        assertThat(failure.getViolations(0).getSubject()).isEqualTo("client:shop");
        assertThat(failure.getViolations(0).getDescription()).isEqualTo(status.getMessage());
        assertThat(detail(status, RetryInfo.class).getRetryDelay().getSeconds()).isEqualTo(1);
    }

    @Test
    void httpSaysWhenToComeBackInWholeSeconds() {
        String token = token(Map.of("imagesPerMinute", 2L));
        String photos = "{\"photos\":[{\"content\":\"AAAA\"},{\"content\":\"AAAA\"}]}";
        http(gateway, token)
                .contentType("application/json")
                .body(photos)
                .post("/acme/v1/photos:judge")
                .then()
                .statusCode(200)
                .header("ratelimit-remaining", "0")
                .header("ratelimit-policy", "2;w=60;unit=\"images\"");
        nanos.addAndGet(Duration.ofMillis(100).toNanos());

        Response refused = http(gateway, token)
                .contentType("application/json")
                .body(photos)
                .post("/acme/v1/photos:judge");

        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.header("retry-after")).isEqualTo("60");
        assertThat(refused.header("ratelimit-reset")).isEqualTo("60");
        assertThat(refused.jsonPath().getString("reason")).isEqualTo("QUOTA_EXCEEDED");
    }

    @Test
    void callerWithoutAQuotaHasNoLimitAndNoHeaders() throws Exception {
        String token = server.token("acme.weather");
        for (int i = 0; i < 50; i++) {
            assertThat(Protocol.HTTP.call(gateway, token, "Oslo", "x".repeat(1000)))
                    .returns(Code.OK, Answer::code)
                    .returns("null null null null", Answer::quota);
        }
    }

    @Test
    void errorOfTheServiceSaysWhatIsLeftToo() throws Exception {
        String token = token(Map.of("requestsPerSecond", 5L));
        for (Protocol protocol : Protocol.values()) {
            assertThat(protocol.call(gateway, token, "fail NOT_FOUND", ""))
                    .returns(Code.NOT_FOUND, Answer::code)
                    .satisfies(answer -> assertThat(answer.quota()).startsWith("5 "));
        }
    }

    @Test
    void clientsDoNotShareAQuotaAndTokensOfOneClientDo() throws Exception {
        String shop = token(Map.of("requestsPerSecond", 1L));
        String again = server.token("acme.weather", claims -> {
            claims.setClaim(Quota.CLAIM, Map.of("requestsPerSecond", 1L));
            claims.setStringClaim("jti", "another");
        });
        String bank = server.token("acme.weather", claims -> {
            claims.setClaim(Quota.CLAIM, Map.of("requestsPerSecond", 1L));
            claims.setStringClaim("azp", "bank");
        });

        assertThat(Protocol.GRPC.call(gateway, shop, "Oslo", "").code()).isEqualTo(Code.OK);
        assertThat(Protocol.HTTP.call(gateway, again, "Oslo", "").code()).isEqualTo(Code.RESOURCE_EXHAUSTED);
        assertThat(Protocol.GRPC_WEB.call(gateway, bank, "Oslo", "").code()).isEqualTo(Code.OK);
    }

    @Test
    void configurationLimitsWhatTheTokenDoesNot() throws Exception {
        restart(Map.of(
                "polymath.gateway.quota.default.requests-per-second", "1",
                "polymath.gateway.quota.default.characters-per-minute", "5"));

        String token = token(Map.of("requestsPerSecond", 100L));
        assertThat(Protocol.GRPC.call(gateway, token, "Oslo", "12345").code()).isEqualTo(Code.OK);
        assertThat(Protocol.GRPC.call(gateway, token, "Oslo", "1").quota()).startsWith("5 0 ");
    }

    @Test
    void callersWithoutSignInShareWhatTheConfigurationGives() throws Exception {
        stop();
        server = new TestTokens(Map.of(), new AtomicReference<>());
        gateway = new GatewayFixture(
                Map.of("polymath.gateway.quota.default.requests-per-second", "2"),
                new Access(null, null),
                new LocalBuckets(nanos::get),
                this::later);

        assertThat(Protocol.GRPC.call(gateway, null, "Oslo", "").code()).isEqualTo(Code.OK);
        assertThat(Protocol.GRPC_WEB.call(gateway, null, "Oslo", "").code()).isEqualTo(Code.OK);
        assertThat(Protocol.HTTP.call(gateway, null, "Oslo", "").code()).isEqualTo(Code.RESOURCE_EXHAUSTED);
        assertThat(metric("polymath.usage.requests", "client", "-")).isEqualTo(2);
    }

    /** How a call comes to its end. */
    enum Ending {
        ANSWER {
            @Override
            void call(Channel channel, GatewayFixture gateway) {
                ClientCalls.blockingUnaryCall(channel, FakeServices.GET_WEATHER, CallOptions.DEFAULT, at("Oslo", ""));
            }
        },
        ERROR {
            @Override
            void call(Channel channel, GatewayFixture gateway) {
                StatusRuntimeException failure = catchThrowableOfType(
                        StatusRuntimeException.class,
                        () -> ClientCalls.blockingUnaryCall(
                                channel, FakeServices.GET_WEATHER, CallOptions.DEFAULT, at("fail INTERNAL", "")));
                assertThat(failure.getStatus().getCode()).isEqualTo(Code.INTERNAL);
            }
        },
        DEADLINE {
            @Override
            void call(Channel channel, GatewayFixture gateway) {
                StatusRuntimeException over = catchThrowableOfType(
                        StatusRuntimeException.class,
                        () -> ClientCalls.blockingUnaryCall(
                                channel,
                                FakeServices.GET_WEATHER,
                                CallOptions.DEFAULT.withDeadline(Deadline.after(300, TimeUnit.MILLISECONDS)),
                                at("slow", "")));
                assertThat(over.getStatus().getCode()).isEqualTo(Code.DEADLINE_EXCEEDED);
            }
        },
        CANCEL {
            @Override
            void call(Channel channel, GatewayFixture gateway) throws Exception {
                ClientCall<GetWeatherRequest, Weather> call =
                        channel.newCall(FakeServices.GET_WEATHER, CallOptions.DEFAULT);
                call.start(new ClientCall.Listener<>() {}, new Metadata());
                call.sendMessage(at("slow", ""));
                call.halfClose();
                assertThat(gateway.ner.slowCallCame.await(10, TimeUnit.SECONDS)).isTrue();
                call.cancel("enough", null);
            }
        };

        abstract void call(Channel channel, GatewayFixture gateway) throws Exception;
    }

    @ParameterizedTest
    @EnumSource(Ending.class)
    void callThatEndedMakesRoomForAnother(Ending ending) throws Exception {
        String token = token(Map.of("concurrentCalls", 1L));

        ending.call(signed(gateway, token), gateway);

        awaitRoom(token);
    }

    /** The gateway hears of an end a little later than the caller. */
    private void awaitRoom(String token) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        Code code = Protocol.GRPC.call(gateway, token, "Oslo", "").code();
        while (code == Code.RESOURCE_EXHAUSTED && System.nanoTime() < end) {
            code = Protocol.GRPC.call(gateway, token, "Oslo", "").code();
        }
        assertThat(code).isEqualTo(Code.OK);
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void callsAtTheSameTimeAreLimited(Protocol protocol) throws Exception {
        String token = token(Map.of("concurrentCalls", 1L));
        ClientCall<GetWeatherRequest, Weather> first =
                signed(gateway, token).newCall(FakeServices.GET_WEATHER, CallOptions.DEFAULT);
        first.start(new ClientCall.Listener<>() {}, new Metadata());
        first.sendMessage(at("slow", ""));
        first.halfClose();
        assertThat(gateway.ner.slowCallCame.await(10, TimeUnit.SECONDS)).isTrue();

        Answer second = protocol.call(gateway, token, "Oslo", "");

        assertThat(second)
                .returns(Code.RESOURCE_EXHAUSTED, Answer::code)
                .returns("calls: more than 1 at the same time (expected: <= 1, the client's quota)", Answer::text);
        if (second.http() != null) {
            assertThat(second.http().header("retry-after")).isEqualTo("1");
        }
        first.cancel("enough", null);
        awaitRoom(token);
    }

    @Test
    void httpCallerThatGoesAwayMakesRoom() throws Exception {
        String token = token(Map.of("concurrentCalls", 1L));
        CompletableFuture<HttpResponse<String>> call = HttpClient.newHttpClient()
                .sendAsync(
                        HttpRequest.newBuilder(URI.create(
                                        "http://127.0.0.1:" + gateway.httpPort + "/acme/v1/places/slow/weather"))
                                .header("authorization", "Bearer " + token)
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(gateway.ner.slowCallCame.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(Protocol.GRPC.call(gateway, token, "Oslo", "").code()).isEqualTo(Code.RESOURCE_EXHAUSTED);

        call.cancel(true);

        awaitRoom(token);
    }

    private static Weather remark(String text) {
        return Weather.newBuilder().setRemark(text).build();
    }

    private static final class Collected<T> implements StreamObserver<T> {
        private final BlockingQueue<T> values = new LinkedBlockingQueue<>();
        private final CompletableFuture<Throwable> end = new CompletableFuture<>();

        @Override
        public void onNext(T value) {
            values.add(value);
        }

        @Override
        public void onError(Throwable failure) {
            end.complete(failure);
        }

        @Override
        public void onCompleted() {
            end.complete(null);
        }

        T next() throws InterruptedException {
            T value = values.poll(10, TimeUnit.SECONDS);
            assertThat(value).isNotNull();
            return value;
        }
    }

    private Collected<Weather> answers;

    private StreamObserver<Weather> converse(String token) {
        answers = new Collected<>();
        return ClientCalls.asyncBidiStreamingCall(
                signed(gateway, token).newCall(FakeServices.CONVERSE, CallOptions.DEFAULT), answers);
    }

    @Test
    void messageOfAStreamWaitsUntilThereIsRoom() throws Exception {
        StreamObserver<Weather> reports = converse(token(Map.of("charactersPerMinute", 10L)));
        reports.onNext(remark("aaaa"));
        assertThat(answers.next().getRemark()).isEqualTo("AAAA");
        reports.onNext(remark("bbbb"));
        assertThat(answers.next().getRemark()).isEqualTo("BBBB");

        reports.onNext(remark("cccc"));
        passNextWait(Duration.ofSeconds(12));

        assertThat(answers.next().getRemark()).isEqualTo("CCCC");
        assertThat(answers.values).isEmpty();
        reports.onCompleted();
        assertThat(answers.end.get(10, TimeUnit.SECONDS)).isNull();
    }

    @Test
    void streamEndsAtAMessageThatWouldWaitTooLong() throws Exception {
        StreamObserver<Weather> reports = converse(token(Map.of("charactersPerMinute", 10L)));
        reports.onNext(remark("aaaaaaaaaa"));
        answers.next();

        reports.onNext(remark("dddddd"));

        StatusRuntimeException end = (StatusRuntimeException) answers.end.get(10, TimeUnit.SECONDS);
        assertThat(end.getStatus().getCode()).isEqualTo(Code.RESOURCE_EXHAUSTED);
        assertThat(end.getStatus().getDescription())
                .isEqualTo(
                        "characters: 6 (expected: <= 0, left of the client's quota of 10 per minute; enough in 36 s)");
        com.google.rpc.Status status = StatusProto.fromThrowable(end);
        assertThat(detail(status, RetryInfo.class).getRetryDelay().getSeconds()).isEqualTo(36);
        assertThat(end.getTrailers().get(Quotas.REMAINING)).isEqualTo("0");
        assertThat(metric("polymath.usage.refused", "client", "shop", "limit", "characters-per-minute"))
                .isEqualTo(1);
    }

    @Test
    void streamThatWaitsIsNotReadFurther() throws Exception {
        restart(Map.of("polymath.gateway.quota.max-wait", "2m"));
        String token = token(Map.of("charactersPerMinute", 10L));
        ClientCall<Weather, CollectResponse> call =
                signed(gateway, token).newCall(FakeServices.COLLECT, CallOptions.DEFAULT);
        BlockingQueue<CollectResponse> collected = new LinkedBlockingQueue<>();
        BlockingQueue<Boolean> ready = new LinkedBlockingQueue<>();
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onMessage(CollectResponse answer) {
                        collected.add(answer);
                    }

                    @Override
                    public void onReady() {
                        ready.add(true);
                    }
                },
                new Metadata());
        call.request(2);
        call.sendMessage(remark("aaaaaaaaaa"));
        call.sendMessage(remark("b"));
        Weather large =
                Weather.newBuilder().setPlace("x".repeat(100_000)).setIndex(1).build();

        int sent = 0;
        while (sent < 2000 && (call.isReady() || ready.poll(1, TimeUnit.SECONDS) != null)) {
            if (call.isReady()) {
                call.sendMessage(large);
                sent++;
            }
        }
        assertThat(sent).as("of 200 MB, what fits the windows of a connection").isLessThan(200);

        passNextWait(Duration.ofSeconds(6));
        call.halfClose();
        CollectResponse answer = collected.poll(20, TimeUnit.SECONDS);
        assertThat(answer).isNotNull();
        assertThat(answer.getCount()).isEqualTo(sent + 2);
    }

    @Test
    void waitThatIsCancelledGivesBackWhatItReserved() throws Exception {
        String token = token(Map.of("charactersPerMinute", 10L));
        StreamObserver<Weather> reports = converse(token);
        reports.onNext(remark("aaaaaaaa"));
        answers.next();
        reports.onNext(remark("bbbb"));
        Wait wait = waits.poll(10, TimeUnit.SECONDS);
        assertThat(wait).isNotNull();
        assertThat(Protocol.GRPC.call(gateway, token, "Oslo", "12").code())
                .as("the two that are left are reserved")
                .isEqualTo(Code.RESOURCE_EXHAUSTED);

        ((ClientCallStreamObserver<Weather>) reports).cancel("enough", null);
        assertThat(gateway.ner.cancelled.await(10, TimeUnit.SECONDS)).isTrue();

        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!wait.takenBack().get() && System.nanoTime() < end) {
            assertThat(waits.poll(10, TimeUnit.MILLISECONDS)).as("another wait").isNull();
        }
        assertThat(wait.takenBack().get()).isTrue();
        awaitRoom(token);
        assertThat(Protocol.GRPC.call(gateway, token, "Oslo", "12").code()).isEqualTo(Code.OK);
    }

    @Test
    void openingAStreamCountsAsOneRequestWhateverItsMessages() throws Exception {
        String token = token(Map.of("requestsPerSecond", 1L));
        StreamObserver<Weather> reports = converse(token);
        for (int i = 0; i < 5; i++) {
            reports.onNext(remark("a"));
            answers.next();
        }
        reports.onCompleted();
        assertThat(answers.end.get(10, TimeUnit.SECONDS)).isNull();

        converse(token);

        assertThat(((StatusRuntimeException) answers.end.get(10, TimeUnit.SECONDS))
                        .getStatus()
                        .getCode())
                .isEqualTo(Code.RESOURCE_EXHAUSTED);
    }

    @Test
    void streamOfJsonLinesWaitsToo() throws Exception {
        String token = token(Map.of("charactersPerMinute", 10L));
        CompletableFuture<HttpResponse<String>> answer = HttpClient.newHttpClient()
                .sendAsync(
                        HttpRequest.newBuilder(
                                        URI.create("http://127.0.0.1:" + gateway.httpPort + "/acme/v1/reports:collect"))
                                .header("authorization", "Bearer " + token)
                                .header("content-type", "application/x-ndjson")
                                .POST(HttpRequest.BodyPublishers.ofString(
                                        "{\"remark\":\"aaaaaa\"}\n{\"remark\":\"bbbbbb\"}\n{\"remark\":\"cc\"}\n"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        passNextWait(Duration.ofSeconds(12));
        passNextWait(Duration.ofSeconds(12));

        HttpResponse<String> collected = answer.get(10, TimeUnit.SECONDS);
        assertThat(collected.statusCode()).isEqualTo(200);
        assertThat(collected.body()).contains("\"count\":3");
        assertThat(collected.headers().firstValue("ratelimit-remaining")).contains("0");
    }

    @Test
    void callerWhoStillSendsLinesHearsThatTheQuotaIsUsedUp() throws Exception {
        String body = "{\"remark\":\"aaaaaaaaaa\"}\n{\"remark\":\"dddddd\"}\n"
                + ("{\"place\":\"" + "x".repeat(1000) + "\"}\n").repeat(8000);
        HttpClient client = HttpClient.newHttpClient();
        HttpResponse<String> answer = client.sendAsync(
                        HttpRequest.newBuilder(
                                        URI.create("http://127.0.0.1:" + gateway.httpPort + "/acme/v1/reports:collect"))
                                .version(HttpClient.Version.HTTP_1_1)
                                .header("authorization", "Bearer " + token(Map.of("charactersPerMinute", 10L)))
                                .header("content-type", "application/x-ndjson")
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .get(20, TimeUnit.SECONDS);

        assertThat(answer.statusCode()).isEqualTo(429);
        assertThat(answer.headers().firstValue("retry-after")).contains("36");
        assertThat(answer.headers().firstValue("ratelimit-remaining")).contains("0");
    }

    @Test
    void streamOfAnswersSaysWhatIsLeftInItsHead() {
        Response answer = http(gateway, token(Map.of("requestsPerSecond", 4L))).get("/acme/v1/forecast?count=3");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.header("ratelimit-remaining")).isEqualTo("3");
        assertThat(answer.body().asString().lines()).hasSize(3);
    }

    @Test
    void methodWithOneMessageAndManyAnswersIsRefusedAtOnce() {
        Channel channel = signed(gateway, token(Map.of("requestsPerSecond", 1L)));
        ClientCalls.blockingServerStreamingCall(
                        channel, FakeServices.FORECAST, CallOptions.DEFAULT, ForecastRequest.getDefaultInstance())
                .forEachRemaining(weather -> {});

        StatusRuntimeException refused = catchThrowableOfType(
                StatusRuntimeException.class,
                () -> ClientCalls.blockingServerStreamingCall(
                                channel,
                                FakeServices.FORECAST,
                                CallOptions.DEFAULT,
                                ForecastRequest.getDefaultInstance())
                        .hasNext());
        assertThat(refused.getStatus().getCode()).isEqualTo(Code.RESOURCE_EXHAUSTED);
        assertThat(waits).isEmpty();
    }

    @Test
    void ledgerHasWhatWentOnByClientAndService() throws Exception {
        String token = token(Map.of("requestsPerSecond", 3L));
        Protocol.HTTP.call(gateway, token, "Oslo", "12345");
        Protocol.GRPC.call(gateway, token, "Oslo", "\uD83D\uDE00");
        ClientCalls.blockingUnaryCall(
                signed(gateway, token),
                FakeServices.JUDGE,
                CallOptions.DEFAULT,
                JudgeRequest.newBuilder()
                        .addPhotos(Photo.newBuilder().setContent(ByteString.copyFromUtf8("1")))
                        .addPhotos(Photo.newBuilder().setContent(ByteString.copyFromUtf8("2")))
                        .build());
        Protocol.GRPC_WEB.call(gateway, token, "Oslo", "not counted");

        assertThat(metric("polymath.usage.requests", "client", "shop", "service", WEATHER))
                .isEqualTo(3);
        assertThat(metric("polymath.usage.characters", "client", "shop", "service", WEATHER))
                .isEqualTo(6);
        assertThat(metric("polymath.usage.images", "client", "shop", "service", WEATHER))
                .isEqualTo(2);
        assertThat(metric(
                        "polymath.usage.refused", "client", "shop", "service", WEATHER, "limit", "requests-per-second"))
                .isEqualTo(1);
    }

    @Test
    void clientsBeyondTheBoundAreCountedTogether() {
        Ledger ledger = new Ledger(gateway.meters);
        for (int i = 0; i < Ledger.MAX_CLIENTS + 10; i++) {
            ledger.request("client-" + i, "acme.Any");
        }
        ledger.request("client-1", "acme.Any");
        ledger.request("a name\nwith a line", "acme.Any");

        assertThat(metric("polymath.usage.requests", "client", "other")).isEqualTo(11);
        assertThat(metric("polymath.usage.requests", "client", "client-1")).isEqualTo(2);
        assertThat(gateway.meters.find("polymath.usage.requests").counters()).hasSize(Ledger.MAX_CLIENTS + 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"6m", "-1s"})
    void waitThatCannotBeIsNamed(String wait) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Quotas(
                        GatewayFixture.config(Map.of(
                                        "polymath.gateway.services.any.address", "127.0.0.1:1",
                                        "polymath.gateway.services.any.grpc-services", "any.Any",
                                        "polymath.gateway.quota.max-wait", wait))
                                .quota(),
                        new LocalBuckets(nanos::get),
                        gateway.meters,
                        this::later))
                .withMessageStartingWith("polymath.gateway.quota.max-wait: ");
    }
}
