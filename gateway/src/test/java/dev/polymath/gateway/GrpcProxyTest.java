package dev.polymath.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import acme.weather.v1.CollectResponse;
import acme.weather.v1.ForecastRequest;
import acme.weather.v1.GetWeatherRequest;
import acme.weather.v1.Place;
import acme.weather.v1.Weather;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RequestInfo;
import com.google.rpc.RetryInfo;
import dev.polymath.common.v1.Document;
import dev.polymath.models.v1.ListModelsRequest;
import dev.polymath.models.v1.ListModelsResponse;
import dev.polymath.models.v1.LoadModelRequest;
import dev.polymath.models.v1.ModelServiceGrpc;
import dev.polymath.ner.v1.EntityRecognitionServiceGrpc;
import dev.polymath.ner.v1.RecognizeEntitiesRequest;
import dev.polymath.ner.v1.RecognizeEntitiesResponse;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.StatusProto;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
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

@NullUnmarked
@Timeout(60)
class GrpcProxyTest {
    private static final String WEATHER = "acme.weather.v1.WeatherService/";

    private GatewayFixture gateway;
    private EntityRecognitionServiceGrpc.EntityRecognitionServiceBlockingStub ner;

    @BeforeEach
    void start() throws Exception {
        gateway = new GatewayFixture(Map.of(
                GatewayFixture.PREFIX + "services.weather.method-deadlines.\"WeatherService/Ping\"", "PT0.3S",
                GatewayFixture.PREFIX + "services.unknown.address", "127.0.0.1:1",
                GatewayFixture.PREFIX + "services.unknown.grpc-services", "acme.unknown.v1.UnknownService"));
        ner = EntityRecognitionServiceGrpc.newBlockingStub(gateway.channel);
    }

    @AfterEach
    void stop() throws Exception {
        gateway.close();
    }

    private static RecognizeEntitiesRequest request(String text) {
        return RecognizeEntitiesRequest.newBuilder()
                .addDocuments(Document.newBuilder().setText(text))
                .build();
    }

    private static GetWeatherRequest at(String place) {
        return GetWeatherRequest.newBuilder()
                .setPlace(Place.newBuilder().setName(place))
                .build();
    }

    private Weather weather(String place) {
        return ClientCalls.blockingUnaryCall(gateway.channel, FakeServices.GET_WEATHER, CallOptions.DEFAULT, at(place));
    }

    private static com.google.rpc.Status failure(Runnable call) {
        StatusRuntimeException error = catchThrowableOfType(StatusRuntimeException.class, call::run);
        assertThat(error).isNotNull();
        com.google.rpc.Status status = StatusProto.fromThrowable(error);
        assertThat(status).isNotNull();
        return status;
    }

    private static <M extends Message> M detail(com.google.rpc.Status status, Class<M> type) {
        for (Any any : status.getDetailsList()) {
            if (any.is(type)) {
                try {
                    return any.unpack(type);
                } catch (InvalidProtocolBufferException e) {
                    throw new AssertionError(e);
                }
            }
        }
        throw new AssertionError("no " + type.getSimpleName() + " in " + status);
    }

    private static String reason(com.google.rpc.Status status) {
        ErrorInfo info = detail(status, ErrorInfo.class);
        assertThat(info.getDomain()).isEqualTo("polymath.dev");
        return info.getReason();
    }

    @Test
    void unaryCallIsPassedThroughWithItsAnswer() {
        RecognizeEntitiesResponse response = ner.recognizeEntities(request("Zoë 👩‍🚀"));

        assertThat(response.getResults(0).getEntities(0).getText()).isEqualTo("Zoë 👩‍🚀");
        assertThat(response.getReceipt().getModel()).isEqualTo("ner");
        assertThat(gateway.count("polymath.ner.v1.EntityRecognitionService/RecognizeEntities", "OK"))
                .isEqualTo(1);
    }

    @Test
    void bytesThatTheGatewayDoesNotKnowArriveUnchanged() {
        byte[] unknownField = {(byte) 0xFA, 0x3F, 3, 1, 2, 3};
        var method = RawMessage.method(WEATHER + "Converse", MethodType.UNARY);

        byte[] answer = ClientCalls.blockingUnaryCall(gateway.channel, method, CallOptions.DEFAULT, unknownField);

        assertThat(answer).endsWith(unknownField);
    }

    @Test
    void serverStreamArrivesInOrderAndComplete() {
        Iterator<Weather> forecast = ClientCalls.blockingServerStreamingCall(
                gateway.channel,
                FakeServices.FORECAST,
                CallOptions.DEFAULT,
                ForecastRequest.newBuilder().setCount(1000).build());

        List<Integer> indices = new ArrayList<>();
        forecast.forEachRemaining(weather -> indices.add(weather.getIndex()));
        assertThat(indices).hasSize(1000).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void clientStreamArrivesComplete() throws Exception {
        BlockingQueue<CollectResponse> answers = new LinkedBlockingQueue<>();
        StreamObserver<Weather> reports = ClientCalls.asyncClientStreamingCall(
                gateway.channel.newCall(FakeServices.COLLECT, CallOptions.DEFAULT),
                queue(answers, new AtomicReference<>()));

        for (int i = 1; i <= 100; i++) {
            reports.onNext(Weather.newBuilder().setIndex(i).build());
        }
        reports.onCompleted();

        CollectResponse answer = answers.poll(10, TimeUnit.SECONDS);
        assertThat(answer.getCount()).isEqualTo(100);
        assertThat(answer.getSum()).isEqualTo(5050);
    }

    @Test
    void bidirectionalStreamAnswersEachMessageBeforeTheNextIsSent() throws Exception {
        BlockingQueue<Weather> answers = new LinkedBlockingQueue<>();
        StreamObserver<Weather> reports = ClientCalls.asyncBidiStreamingCall(
                gateway.channel.newCall(FakeServices.CONVERSE, CallOptions.DEFAULT),
                queue(answers, new AtomicReference<>()));

        for (int i = 0; i < 20; i++) {
            reports.onNext(Weather.newBuilder().setIndex(i).setRemark("a").build());
            Weather answer = answers.poll(10, TimeUnit.SECONDS);
            assertThat(answer.getIndex()).isEqualTo(i + 1);
            assertThat(answer.getRemark()).isEqualTo("A");
        }
        reports.onCompleted();
    }

    private static <T> StreamObserver<T> queue(BlockingQueue<T> queue, AtomicReference<Throwable> error) {
        return new StreamObserver<>() {
            @Override
            public void onNext(T value) {
                queue.add(value);
            }

            @Override
            public void onError(Throwable t) {
                error.set(t);
            }

            @Override
            public void onCompleted() {}
        };
    }

    @Test
    void readerThatDoesNotReadStopsTheServiceFromSending() throws Exception {
        ForecastRequest large = ForecastRequest.newBuilder()
                .setCount(2000)
                .setRemarkLength(100_000)
                .build();
        ClientCall<ForecastRequest, Weather> call = gateway.channel.newCall(FakeServices.FORECAST, CallOptions.DEFAULT);
        BlockingQueue<Weather> arrived = new LinkedBlockingQueue<>();
        AtomicReference<Status> end = new AtomicReference<>();
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onMessage(Weather weather) {
                        arrived.add(weather);
                    }

                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        end.set(status);
                    }
                },
                new Metadata());
        call.request(1);
        call.sendMessage(large);
        call.halfClose();
        assertThat(arrived.poll(10, TimeUnit.SECONDS)).isNotNull();

        int sent = settled();
        // 200 MB were asked for; what is under way fits the windows and buffers of two connections.
        assertThat(sent).isLessThan(200);
        call.request(Integer.MAX_VALUE);
        for (int i = 1; i < 2000; i++) {
            assertThat(arrived.poll(10, TimeUnit.SECONDS)).isNotNull();
        }
        assertThat(gateway.ner.sent).hasValue(2000);
    }

    /** The number of messages that the service has sent once it sends no more for half a second. */
    private int settled() throws InterruptedException {
        BlockingQueue<Object> never = new LinkedBlockingQueue<>();
        int before = -1;
        int now = gateway.ner.sent.get();
        while (now != before) {
            before = now;
            never.poll(500, TimeUnit.MILLISECONDS);
            now = gateway.ner.sent.get();
        }
        return now;
    }

    @Test
    void serviceThatDoesNotReadStopsTheCallerFromSending() throws Exception {
        Metadata headers = new Metadata();
        headers.put(FakeServices.MANUAL, "yes");
        ClientCall<Weather, CollectResponse> call = gateway.channel.newCall(FakeServices.COLLECT, CallOptions.DEFAULT);
        BlockingQueue<CollectResponse> answers = new LinkedBlockingQueue<>();
        BlockingQueue<Boolean> ready = new LinkedBlockingQueue<>();
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onMessage(CollectResponse answer) {
                        answers.add(answer);
                    }

                    @Override
                    public void onReady() {
                        ready.add(true);
                    }
                },
                headers);
        call.request(2);
        Weather large =
                Weather.newBuilder().setIndex(1).setRemark("x".repeat(100_000)).build();

        int sent = 0;
        while (sent < 2000 && (call.isReady() || ready.poll(1, TimeUnit.SECONDS) != null)) {
            if (call.isReady()) {
                call.sendMessage(large);
                sent++;
            }
        }
        assertThat(sent).isPositive().isLessThan(200);

        call.halfClose();
        while (answers.isEmpty()) {
            Runnable read = gateway.ner.collectReads.poll(50, TimeUnit.MILLISECONDS);
            if (read != null) {
                read.run();
            }
        }
        assertThat(answers.take().getCount()).isEqualTo(sent);
    }

    @Test
    void messageOfNearlySixteenMegabytesPassesBothWays() {
        String remark = "y".repeat(RawMessage.MAX_BYTES - 100);
        Weather answer = ClientCalls.blockingUnaryCall(
                gateway.channel.newCall(
                        FakeServices.CONVERSE.toBuilder()
                                .setType(MethodType.UNARY)
                                .build(),
                        CallOptions.DEFAULT),
                Weather.newBuilder().setRemark(remark).build());

        assertThat(answer.getRemark()).hasSize(remark.length()).startsWith("Y");
    }

    @Test
    void messageOverSixteenMegabytesIsRefusedAndTheGatewayGoesOn() {
        com.google.rpc.Status error =
                failure(() -> ner.recognizeEntities(request("z".repeat(RawMessage.MAX_BYTES + 1))));

        assertThat(error.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT.value());
        assertThat(reason(error)).isEqualTo("INPUT_TOO_LONG");
        assertThat(error.getMessage()).isEqualTo("message: too large (expected: <= 33554432 bytes)");
        assertThat(gateway.count("polymath.ner.v1.EntityRecognitionService/RecognizeEntities", "INVALID_ARGUMENT"))
                .isEqualTo(1);
        assertThat(weather("Oslo").getPlace()).isEqualTo("Oslo,");
    }

    @Test
    void answerOverSixteenMegabytesIsInputTooLong() {
        com.google.rpc.Status error = failure(() -> weather("large"));

        assertThat(reason(error)).isEqualTo("INPUT_TOO_LONG");
        assertThat(error.getMessage()).contains("33554432");
    }

    @Test
    void metadataGoesBothWays() throws Exception {
        Metadata.Key<String> trace = Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER);
        Metadata.Key<byte[]> binary = Metadata.Key.of("caller-bin", Metadata.BINARY_BYTE_MARSHALLER);
        Metadata sent = new Metadata();
        sent.put(trace, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        sent.put(binary, new byte[] {0, 1, (byte) 255});
        sent.put(CallLog.REQUEST_ID, "my-request-7");
        AtomicReference<Metadata> headers = new AtomicReference<>();
        Channel channel = ClientInterceptors.intercept(
                gateway.channel,
                MetadataUtils.newAttachHeadersInterceptor(sent),
                MetadataUtils.newCaptureMetadataInterceptor(headers, new AtomicReference<>()));

        ClientCalls.blockingUnaryCall(channel, FakeServices.GET_WEATHER, CallOptions.DEFAULT, at("Rome"));

        Metadata arrived = gateway.ner.headers.take();
        assertThat(arrived.get(trace)).isEqualTo(sent.get(trace));
        assertThat(arrived.get(binary)).containsExactly(0, 1, 255);
        assertThat(arrived.getAll(CallLog.REQUEST_ID)).containsExactly("my-request-7");
        assertThat(headers.get().get(CallLog.REQUEST_ID)).isEqualTo("my-request-7");
    }

    @Test
    void insaneRequestIdIsReplaced() throws Exception {
        Metadata sent = new Metadata();
        sent.put(CallLog.REQUEST_ID, "two words <script>");
        Channel channel =
                ClientInterceptors.intercept(gateway.channel, MetadataUtils.newAttachHeadersInterceptor(sent));

        ClientCalls.blockingUnaryCall(channel, FakeServices.GET_WEATHER, CallOptions.DEFAULT, at("Rome"));

        assertThat(gateway.ner.headers.take().getAll(CallLog.REQUEST_ID))
                .singleElement()
                .asString()
                .matches("[0-9a-f-]{36}");
    }

    @Test
    void deadlineOfTheCallerReachesTheServiceAndEndsTheCall() throws Exception {
        com.google.rpc.Status error =
                failure(() -> ner.withDeadlineAfter(300, TimeUnit.MILLISECONDS).recognizeEntities(request("slow")));

        assertThat(error.getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED.value());
        assertThat(gateway.ner.cancelled.await(10, TimeUnit.SECONDS)).isTrue();
        String timeout =
                gateway.ner.headers.take().get(Metadata.Key.of("grpc-timeout", Metadata.ASCII_STRING_MARSHALLER));
        assertThat(timeout).isNotNull();
    }

    @Test
    void deadlineOfTheRouteEndsACallWithoutOne() throws Exception {
        com.google.rpc.Status error = failure(() ->
                ClientCalls.blockingUnaryCall(gateway.channel, FakeServices.PING, CallOptions.DEFAULT, at("slow")));

        assertThat(error.getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED.value());
        assertThat(reason(error)).isEqualTo("DEADLINE_EXCEEDED");
        assertThat(gateway.ner.cancelled.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(gateway.count(WEATHER + "Ping", "DEADLINE_EXCEEDED")).isEqualTo(1);
    }

    @Test
    void cancellationOfTheCallerReachesTheService() throws Exception {
        var call =
                gateway.channel.newCall(EntityRecognitionServiceGrpc.getRecognizeEntitiesMethod(), CallOptions.DEFAULT);
        var future = ClientCalls.futureUnaryCall(call, request("slow"));
        assertThat(gateway.ner.slowCallCame.await(10, TimeUnit.SECONDS)).isTrue();

        future.cancel(true);

        assertThat(gateway.ner.cancelled.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void unavailableServiceIsAskedOnceMore() {
        Weather weather = weather("flaky 1");

        assertThat(weather.getPlace()).isEqualTo("flaky 1,");
        assertThat(gateway.ner.attempts).hasValue(2);
    }

    @Test
    void unavailableServiceIsNotAskedAThirdTime() {
        com.google.rpc.Status error = failure(() -> weather("flaky 9"));

        assertThat(error.getCode()).isEqualTo(Status.Code.UNAVAILABLE.value());
        assertThat(gateway.ner.attempts).hasValue(2);
    }

    @Test
    void otherErrorsAreNotRetried() throws Exception {
        failure(() -> weather("fail INTERNAL"));

        gateway.ner.headers.take();
        assertThat(gateway.ner.headers).isEmpty();
    }

    @Test
    void streamIsNotRetried() {
        Iterator<Weather> forecast = ClientCalls.blockingServerStreamingCall(
                gateway.channel,
                FakeServices.FORECAST,
                CallOptions.DEFAULT,
                ForecastRequest.newBuilder().setCount(10).setFailAfter(3).build());
        for (int i = 0; i < 3; i++) {
            forecast.next();
        }

        com.google.rpc.Status error = failure(forecast::next);

        assertThat(reason(error)).isEqualTo("OVERLOADED");
        assertThat(gateway.ner.headers).hasSize(1);
    }

    @Test
    void errorWithAReasonGoesOutAsItCameWithTheRequestId() {
        RecognizeEntitiesRequest twice = RecognizeEntitiesRequest.newBuilder()
                .addDocuments(Document.newBuilder().setId("a").setText("x"))
                .addDocuments(Document.newBuilder().setId("a").setText("y"))
                .build();

        com.google.rpc.Status error = failure(() -> ner.recognizeEntities(twice));

        assertThat(error.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT.value());
        assertThat(error.getMessage()).isEqualTo("documents[1].id: not unique");
        assertThat(reason(error)).isEqualTo("INVALID_INPUT");
        assertThat(detail(error, BadRequest.class).getFieldViolations(0).getField())
                .isEqualTo("documents[1].id");
        assertThat(detail(error, RequestInfo.class).getRequestId()).isNotEmpty();
    }

    @ParameterizedTest
    @EnumSource(value = Status.Code.class, mode = EnumSource.Mode.EXCLUDE, names = "OK")
    void errorWithoutAReasonGetsOneAndShowsNothingOfTheInside(Status.Code code) {
        com.google.rpc.Status error = failure(() -> weather("fail " + code));

        assertThat(error.getCode()).isEqualTo(code.value());
        assertThat(detail(error, RequestInfo.class).getRequestId()).isNotEmpty();
        if (Errors.reason(code) != null) {
            assertThat(reason(error)).isEqualTo(Errors.word(Errors.reason(code)));
        }
        if (List.of(Status.Code.INTERNAL, Status.Code.UNKNOWN, Status.Code.DATA_LOSS, Status.Code.UNAVAILABLE)
                .contains(code)) {
            assertThat(error.getMessage()).doesNotContain("Secret");
        }
    }

    @Test
    void serviceThatThrowsIsInternalAndTheGatewayGoesOn() {
        com.google.rpc.Status error = failure(() -> weather("throw"));

        assertThat(reason(error)).isEqualTo("INTERNAL");
        assertThat(error.getMessage()).doesNotContain("Secret");
        assertThat(weather("Oslo").getPlace()).isEqualTo("Oslo,");
    }

    @Test
    void unknownMethodIsUnimplementedWithReason() {
        var method = RawMessage.method(WEATHER + "Nothing", MethodType.UNARY);

        com.google.rpc.Status error =
                failure(() -> ClientCalls.blockingUnaryCall(gateway.channel, method, CallOptions.DEFAULT, new byte[0]));

        assertThat(error.getCode()).isEqualTo(Status.Code.UNIMPLEMENTED.value());
        assertThat(reason(error)).isEqualTo("METHOD_NOT_FOUND");
        assertThat(error.getMessage()).contains(WEATHER + "Nothing");
        assertThat(gateway.count("unknown", "UNIMPLEMENTED")).isEqualTo(1);
    }

    @Test
    void unknownServiceIsUnimplementedWithReason() {
        var method = RawMessage.method("nobody.v1.Knows/It", MethodType.UNARY);

        com.google.rpc.Status error =
                failure(() -> ClientCalls.blockingUnaryCall(gateway.channel, method, CallOptions.DEFAULT, new byte[0]));

        assertThat(reason(error)).isEqualTo("METHOD_NOT_FOUND");
    }

    @Test
    void unreachableServiceWithoutSchemaIsServiceUnreachableWithRetryInfo() {
        var method = RawMessage.method("acme.unknown.v1.UnknownService/Any", MethodType.UNARY);

        com.google.rpc.Status error =
                failure(() -> ClientCalls.blockingUnaryCall(gateway.channel, method, CallOptions.DEFAULT, new byte[0]));

        assertThat(error.getCode()).isEqualTo(Status.Code.UNAVAILABLE.value());
        assertThat(reason(error)).isEqualTo("SERVICE_UNREACHABLE");
        assertThat(error.getMessage()).isEqualTo("service 'unknown' cannot be reached");
        assertThat(detail(error, RetryInfo.class).getRetryDelay().getSeconds()).isEqualTo(1);
        assertThat(gateway.count("acme.unknown.v1.UnknownService/*", "UNAVAILABLE"))
                .isEqualTo(1);
    }

    @Test
    void badInputPerDocumentLeavesTheOtherDocumentsAnswered() {
        RecognizeEntitiesRequest mixed = RecognizeEntitiesRequest.newBuilder()
                .addDocuments(Document.newBuilder().setText("Ada"))
                .addDocuments(Document.newBuilder().setText(""))
                .addDocuments(Document.newBuilder().setText("x".repeat(5_000_000)))
                .addDocuments(Document.newBuilder().setText("nuqneH").setLanguageCode("tlh"))
                .addDocuments(Document.newBuilder().setText("Bob"))
                .build();

        RecognizeEntitiesResponse response = ner.recognizeEntities(mixed);

        assertThat(response.getResultsList())
                .extracting(r ->
                        r.hasError() ? reason(r.getError()) : r.getEntities(0).getText())
                .containsExactly("Ada", "INVALID_INPUT", "INPUT_TOO_LONG", "UNSUPPORTED_LANGUAGE", "Bob");
    }

    @Test
    void tenThousandDocumentsAndAnUnknownTypeAreTheErrorsOfTheService() {
        RecognizeEntitiesRequest.Builder many = RecognizeEntitiesRequest.newBuilder();
        for (int i = 0; i < 10_000; i++) {
            many.addDocuments(Document.newBuilder().setText("x"));
        }
        assertThat(reason(failure(() -> ner.recognizeEntities(many.build())))).isEqualTo("INPUT_TOO_LONG");
        assertThat(reason(failure(() -> ner.recognizeEntities(
                        request("x").toBuilder().addTypes("DRAGON").build()))))
                .isEqualTo("INVALID_INPUT");
    }

    @Test
    void textThatIsNotUtf8IsAnErrorAndTheGatewayGoesOn() {
        byte[] invalid = {10, 3, 18, 1, (byte) 0xFF}; // documents[0].text = 0xFF
        var method = RawMessage.method("polymath.ner.v1.EntityRecognitionService/RecognizeEntities", MethodType.UNARY);

        com.google.rpc.Status error =
                failure(() -> ClientCalls.blockingUnaryCall(gateway.channel, method, CallOptions.DEFAULT, invalid));

        assertThat(reason(error)).isIn("INTERNAL", "INVALID_INPUT");
        assertThat(weather("Oslo").getPlace()).isEqualTo("Oslo,");
    }

    @Test
    void modelsOfAllServicesAreJoined() {
        ListModelsResponse models =
                ModelServiceGrpc.newBlockingStub(gateway.channel).listModels(ListModelsRequest.getDefaultInstance());

        assertThat(models.getModelsList())
                .extracting(model -> model.getName())
                .containsExactly("model-of-ner", "model-of-vision");
    }

    @Test
    void unreachableServiceIsLeftOutOfJoinedAnswersAndNamed() {
        gateway.vision.close();
        AtomicReference<Metadata> headers = new AtomicReference<>();
        Channel channel = ClientInterceptors.intercept(
                gateway.channel, MetadataUtils.newCaptureMetadataInterceptor(headers, new AtomicReference<>()));

        ListModelsResponse models =
                ModelServiceGrpc.newBlockingStub(channel).listModels(ListModelsRequest.getDefaultInstance());

        assertThat(models.getModelsList()).extracting(model -> model.getName()).containsExactly("model-of-ner");
        assertThat(headers.get().get(FanOutChannel.OMITTED)).isEqualTo("vision");
    }

    @Test
    void joinedAnswerFailsIfNoServiceCanBeReached() {
        gateway.vision.close();
        gateway.ner.close();

        com.google.rpc.Status error = failure(() ->
                ModelServiceGrpc.newBlockingStub(gateway.channel).listModels(ListModelsRequest.getDefaultInstance()));

        assertThat(reason(error)).isEqualTo("SERVICE_UNREACHABLE");
        assertThat(error.getMessage()).isEqualTo("service 'ner, vision' cannot be reached");
    }

    @Test
    void aRequestForOneOfSeveralServicesIsAnsweredByThatOne() {
        for (String service : List.of("ner", "vision")) {
            assertThat(models().loadModel(load(service, "2")).getModelsList())
                    .extracting(model -> model.getService() + " " + model.getVersion())
                    .containsExactly(service + " 2");
            assertThat(failure(() -> models().loadModel(load(service, "none"))).getMessage())
                    .isEqualTo("version: none of " + service);
        }
        com.google.rpc.Status error = failure(() -> models().loadModel(load("other", "2")));
        assertThat(error.getCode()).isEqualTo(Status.Code.NOT_FOUND.value());
        assertThat(reason(error)).isEqualTo("SERVICE_NOT_FOUND");
    }

    @Test
    void aRequestForAServiceThatCannotBeReachedFailsAndOneForAnotherDoesNot() {
        gateway.ner.close();

        assertThat(models().loadModel(load("vision", "2")).getModelsList())
                .extracting(model -> model.getService())
                .containsExactly("vision");
        assertThat(reason(failure(() -> models().loadModel(load("ner", "2"))))).isEqualTo("SERVICE_UNREACHABLE");
    }

    private ModelServiceGrpc.ModelServiceBlockingStub models() {
        return ModelServiceGrpc.newBlockingStub(gateway.channel);
    }

    private static LoadModelRequest load(String service, String version) {
        return LoadModelRequest.newBuilder()
                .setService(service)
                .setVersion(version)
                .build();
    }

    @Test
    void healthIsThatOfTheGatewayAndOfEachService() {
        weather("Oslo"); // connects
        HealthGrpc.HealthBlockingStub health = HealthGrpc.newBlockingStub(gateway.channel);

        assertThat(health.check(HealthCheckRequest.getDefaultInstance()).getStatus())
                .isEqualTo(ServingStatus.SERVING);
        assertThat(serving(health, "acme.weather.v1.WeatherService", ServingStatus.SERVING))
                .isTrue();
        assertThat(serving(health, "acme.unknown.v1.UnknownService", ServingStatus.NOT_SERVING))
                .isTrue();
        gateway.ner.close();
        assertThat(serving(health, "acme.weather.v1.WeatherService", ServingStatus.NOT_SERVING))
                .isTrue();
    }

    /** Watches until the status is the one expected. */
    private static boolean serving(HealthGrpc.HealthBlockingStub health, String service, ServingStatus expected) {
        var watch = health.withDeadlineAfter(10, TimeUnit.SECONDS)
                .watch(HealthCheckRequest.newBuilder().setService(service).build());
        while (watch.hasNext()) {
            if (watch.next().getStatus() == expected) {
                return true;
            }
        }
        return false;
    }

    @Test
    void reflectionListsTheRoutedServicesAndTheirFiles() throws Exception {
        BlockingQueue<ServerReflectionResponse> answers = new LinkedBlockingQueue<>();
        StreamObserver<ServerReflectionRequest> questions = ServerReflectionGrpc.newStub(gateway.channel)
                .serverReflectionInfo(queue(answers, new AtomicReference<>()));

        questions.onNext(
                ServerReflectionRequest.newBuilder().setListServices("").build());
        questions.onNext(ServerReflectionRequest.newBuilder()
                .setFileContainingSymbol("acme.weather.v1.WeatherService")
                .build());

        assertThat(answers.poll(10, TimeUnit.SECONDS).getListServicesResponse().getServiceList())
                .extracting(service -> service.getName())
                .contains("acme.weather.v1.WeatherService", "polymath.ner.v1.EntityRecognitionService");
        assertThat(answers.poll(10, TimeUnit.SECONDS)
                        .getFileDescriptorResponse()
                        .getFileDescriptorProtoCount())
                .isPositive();
        questions.onCompleted();
    }

    @Test
    void stoppingWaitsForRunningCalls() throws Exception {
        BlockingQueue<Weather> answers = new LinkedBlockingQueue<>();
        StreamObserver<Weather> reports = ClientCalls.asyncBidiStreamingCall(
                gateway.channel.newCall(FakeServices.CONVERSE, CallOptions.DEFAULT),
                queue(answers, new AtomicReference<>()));
        reports.onNext(Weather.getDefaultInstance());
        answers.take();

        Thread stopping = new Thread(() -> {
            try {
                gateway.grpc.stop(java.time.Duration.ofSeconds(30));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        stopping.start();
        reports.onNext(Weather.newBuilder().setIndex(41).build());
        assertThat(answers.poll(10, TimeUnit.SECONDS).getIndex()).isEqualTo(42);
        assertThat(stopping.isAlive()).isTrue();
        reports.onCompleted();
        stopping.join(10_000);
        assertThat(stopping.isAlive()).isFalse();
    }
}
