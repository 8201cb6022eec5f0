package dev.polymath.gateway;

import acme.weather.v1.CollectResponse;
import acme.weather.v1.DevelopRequest;
import acme.weather.v1.DevelopResponse;
import acme.weather.v1.ForecastRequest;
import acme.weather.v1.GetWeatherRequest;
import acme.weather.v1.JudgeRequest;
import acme.weather.v1.JudgeResponse;
import acme.weather.v1.PutWeatherRequest;
import acme.weather.v1.PutWeatherResponse;
import acme.weather.v1.Sky;
import acme.weather.v1.SurveyRequest;
import acme.weather.v1.SurveyResponse;
import acme.weather.v1.Weather;
import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.polymath.common.v1.Coverage;
import dev.polymath.common.v1.Document;
import dev.polymath.common.v1.ErrorReason;
import dev.polymath.common.v1.Receipt;
import dev.polymath.models.v1.ListModelsRequest;
import dev.polymath.models.v1.ListModelsResponse;
import dev.polymath.models.v1.LoadModelRequest;
import dev.polymath.models.v1.LoadModelResponse;
import dev.polymath.models.v1.Model;
import dev.polymath.models.v1.ModelServiceGrpc;
import dev.polymath.ner.v1.EntitiesResult;
import dev.polymath.ner.v1.Entity;
import dev.polymath.ner.v1.EntityRecognitionServiceGrpc;
import dev.polymath.ner.v1.RecognizeEntitiesRequest;
import dev.polymath.ner.v1.RecognizeEntitiesResponse;
import dev.polymath.ner.v1.StreamRecognizeEntitiesRequest;
import dev.polymath.ner.v1.StreamRecognizeEntitiesResponse;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.NullUnmarked;

/**
 * The services behind the gateway, on a port of loopback. The text of the first document, or the name of the place, says what they
 * do: {@code slow} never answers, {@code fail CODE} fails with a bare status, {@code flaky n} is unavailable n times, and so on.
 */
@NullUnmarked
final class FakeServices implements AutoCloseable {
    static final MethodDescriptor<GetWeatherRequest, Weather> GET_WEATHER = method(
            "GetWeather", MethodType.UNARY, GetWeatherRequest.getDefaultInstance(), Weather.getDefaultInstance());
    static final MethodDescriptor<GetWeatherRequest, Weather> PING =
            method("Ping", MethodType.UNARY, GetWeatherRequest.getDefaultInstance(), Weather.getDefaultInstance());
    static final MethodDescriptor<PutWeatherRequest, PutWeatherResponse> PUT_WEATHER = method(
            "PutWeather",
            MethodType.UNARY,
            PutWeatherRequest.getDefaultInstance(),
            PutWeatherResponse.getDefaultInstance());
    static final MethodDescriptor<ForecastRequest, Weather> FORECAST = method(
            "Forecast",
            MethodType.SERVER_STREAMING,
            ForecastRequest.getDefaultInstance(),
            Weather.getDefaultInstance());
    static final MethodDescriptor<Weather, CollectResponse> COLLECT = method(
            "Collect", MethodType.CLIENT_STREAMING, Weather.getDefaultInstance(), CollectResponse.getDefaultInstance());
    static final MethodDescriptor<SurveyRequest, SurveyResponse> SURVEY = method(
            "Survey",
            MethodType.CLIENT_STREAMING,
            SurveyRequest.getDefaultInstance(),
            SurveyResponse.getDefaultInstance());
    static final MethodDescriptor<DevelopRequest, DevelopResponse> DEVELOP = method(
            "Develop", MethodType.UNARY, DevelopRequest.getDefaultInstance(), DevelopResponse.getDefaultInstance());
    static final MethodDescriptor<JudgeRequest, JudgeResponse> JUDGE =
            method("Judge", MethodType.UNARY, JudgeRequest.getDefaultInstance(), JudgeResponse.getDefaultInstance());
    static final MethodDescriptor<Weather, Weather> CONVERSE =
            method("Converse", MethodType.BIDI_STREAMING, Weather.getDefaultInstance(), Weather.getDefaultInstance());

    final BlockingQueue<Metadata> headers = new LinkedBlockingQueue<>();
    final CountDownLatch slowCallCame = new CountDownLatch(1);
    final CountDownLatch cancelled = new CountDownLatch(1);
    final AtomicInteger attempts = new AtomicInteger();
    /** Messages that Forecast has sent, and Collect has been asked to take. */
    final AtomicInteger sent = new AtomicInteger();

    final BlockingQueue<Runnable> collectReads = new LinkedBlockingQueue<>();
    private final String name;
    private final Server server;

    private static <Q extends Message, R extends Message> MethodDescriptor<Q, R> method(
            String name, MethodType type, Q request, R response) {
        return MethodDescriptor.newBuilder(ProtoUtils.marshaller(request), ProtoUtils.marshaller(response))
                .setType(type)
                .setFullMethodName("acme.weather.v1.WeatherService/" + name)
                .build();
    }

    FakeServices(String name) throws IOException {
        this.name = name;
        server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                .maxInboundMessageSize(64 * 1024 * 1024)
                .addService(EntityRecognitionServiceGrpc.bindService(new EntityRecognition()))
                .addService(ModelServiceGrpc.bindService(new Models()))
                .addService(weather())
                .intercept(new ServerInterceptor() {
                    @Override
                    public <Q, R> ServerCall.Listener<Q> interceptCall(
                            ServerCall<Q, R> call, Metadata metadata, ServerCallHandler<Q, R> next) {
                        headers.add(metadata);
                        return next.startCall(call, metadata);
                    }
                })
                .build()
                .start();
    }

    String address() {
        return "127.0.0.1:" + server.getPort();
    }

    @Override
    public void close() {
        server.shutdownNow();
    }

    static StatusRuntimeException error(Status.Code code, ErrorReason reason, String message, Message detail) {
        return StatusProto.toStatusRuntimeException(status(code, reason, message, detail));
    }

    private static com.google.rpc.Status status(Status.Code code, ErrorReason reason, String message, Message detail) {
        return com.google.rpc.Status.newBuilder()
                .setCode(code.value())
                .setMessage(message)
                .addDetails(Any.pack(ErrorInfo.newBuilder()
                        .setReason(Errors.word(reason))
                        .setDomain(Errors.DOMAIN)
                        .build()))
                .addDetails(Any.pack(detail))
                .build();
    }

    private static BadRequest violation(String field, String description) {
        return BadRequest.newBuilder()
                .addFieldViolations(
                        BadRequest.FieldViolation.newBuilder().setField(field).setDescription(description))
                .build();
    }

    /** Does what the text says; true if it was a command and the call has been or will never be answered. */
    private boolean obey(String text, StreamObserver<?> observer) {
        String[] words = text.split(" ");
        switch (words[0]) {
            case "slow" -> {
                Context.current().addListener(c -> cancelled.countDown(), Runnable::run);
                slowCallCame.countDown();
                return true;
            }
            case "fail" -> {
                observer.onError(Status.fromCode(Status.Code.valueOf(words[1]))
                        .withDescription("at com.example.Secret.run(Secret.java:42)")
                        .asRuntimeException());
                return true;
            }
            case "throw" -> throw new IllegalStateException("com.example.Secret");
            case "flaky" -> {
                if (attempts.incrementAndGet() <= Integer.parseInt(words[1])) {
                    observer.onError(Status.UNAVAILABLE.asRuntimeException());
                    return true;
                }
                return false;
            }
            case "reason" -> {
                ErrorReason reason = ErrorReason.valueOf("ERROR_REASON_" + words[2]);
                observer.onError(error(
                        Status.Code.valueOf(words[1]),
                        reason,
                        "because",
                        RetryInfo.newBuilder()
                                .setRetryDelay(com.google.protobuf.Duration.newBuilder()
                                        .setSeconds(2)
                                        .setNanos(1_000_000))
                                .build()));
                return true;
            }
            default -> {
                return false;
            }
        }
    }

    private final class EntityRecognition implements EntityRecognitionServiceGrpc.AsyncService {
        @Override
        public void recognizeEntities(
                RecognizeEntitiesRequest request, StreamObserver<RecognizeEntitiesResponse> observer) {
            Set<String> ids = new HashSet<>();
            for (int i = 0; i < request.getDocumentsCount(); i++) {
                String id = request.getDocuments(i).getId();
                if (!id.isEmpty() && !ids.add(id)) {
                    observer.onError(error(
                            Status.Code.INVALID_ARGUMENT,
                            ErrorReason.ERROR_REASON_INVALID_INPUT,
                            "documents[" + i + "].id: not unique",
                            violation("documents[" + i + "].id", "not unique")));
                    return;
                }
            }
            if (request.getDocumentsCount() == 0 || request.getDocumentsCount() > 1000) {
                observer.onError(error(
                        Status.Code.INVALID_ARGUMENT,
                        ErrorReason.ERROR_REASON_INPUT_TOO_LONG,
                        "documents: " + request.getDocumentsCount() + " documents (expected: 1 to 1000)",
                        violation("documents", request.getDocumentsCount() + " documents (expected: 1 to 1000)")));
                return;
            }
            for (String type : request.getTypesList()) {
                if (!type.equals("PERSON")) {
                    observer.onError(error(
                            Status.Code.INVALID_ARGUMENT,
                            ErrorReason.ERROR_REASON_INVALID_INPUT,
                            "types[0]: unknown type",
                            violation("types[0]", "unknown type (expected: PERSON)")));
                    return;
                }
            }
            if (obey(request.getDocuments(0).getText(), observer)) {
                return;
            }
            RecognizeEntitiesResponse.Builder response = RecognizeEntitiesResponse.newBuilder()
                    .setReceipt(Receipt.newBuilder().setModel(name).setTokens(7));
            request.getDocumentsList().forEach(document -> response.addResults(result(document)));
            observer.onNext(response.build());
            observer.onCompleted();
        }

        private EntitiesResult result(Document document) {
            EntitiesResult.Builder result = EntitiesResult.newBuilder().setId(document.getId());
            int length = document.getText().length();
            if (document.getText().isBlank() || length > 1_000_000) {
                boolean empty = document.getText().isBlank();
                return result.setError(status(
                                Status.Code.INVALID_ARGUMENT,
                                empty
                                        ? ErrorReason.ERROR_REASON_INVALID_INPUT
                                        : ErrorReason.ERROR_REASON_INPUT_TOO_LONG,
                                empty ? "text: empty" : "text: " + length + " characters (expected: <= 1000000)",
                                violation("text", "not right")))
                        .build();
            }
            if (document.getLanguageCode().equals("tlh")) {
                return result.setError(status(
                                Status.Code.INVALID_ARGUMENT,
                                ErrorReason.ERROR_REASON_UNSUPPORTED_LANGUAGE,
                                "language_code: tlh (expected: en)",
                                violation("language_code", "tlh (expected: en)")))
                        .build();
            }
            return result.addEntities(Entity.newBuilder()
                            .setText(document.getText())
                            .setType("PERSON")
                            .setEnd(length)
                            .setConfidence(0.5))
                    .setCoverage(Coverage.newBuilder()
                            .setCharacters(length)
                            .setAnalyzedCharacters(length)
                            .setWindows(1))
                    .build();
        }

        @Override
        public StreamObserver<StreamRecognizeEntitiesRequest> streamRecognizeEntities(
                StreamObserver<StreamRecognizeEntitiesResponse> observer) {
            return new StreamObserver<>() {
                @Override
                public void onNext(StreamRecognizeEntitiesRequest request) {
                    observer.onNext(StreamRecognizeEntitiesResponse.newBuilder()
                            .setResult(result(request.getDocument()))
                            .build());
                }

                @Override
                public void onError(Throwable t) {
                    cancelled.countDown();
                }

                @Override
                public void onCompleted() {
                    observer.onCompleted();
                }
            };
        }
    }

    private final class Models implements ModelServiceGrpc.AsyncService {
        @Override
        public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> observer) {
            if (name.equals("broken")) {
                observer.onError(Status.INTERNAL.asRuntimeException());
                return;
            }
            observer.onNext(ListModelsResponse.newBuilder()
                    .addModels(Model.newBuilder().setName("model-of-" + name).setService(name))
                    .build());
            observer.onCompleted();
        }

        /** Of a service of its name; a version {@code none} is not there. */
        @Override
        public void loadModel(LoadModelRequest request, StreamObserver<LoadModelResponse> observer) {
            if (!request.getService().equals(name)) {
                observer.onError(Errors.of(
                        Status.Code.NOT_FOUND, ErrorReason.ERROR_REASON_SERVICE_NOT_FOUND, "service: not " + name));
            } else if (request.getVersion().equals("none")) {
                observer.onError(Errors.of(
                        Status.Code.NOT_FOUND, ErrorReason.ERROR_REASON_MODEL_NOT_FOUND, "version: none of " + name));
            } else {
                observer.onNext(LoadModelResponse.newBuilder()
                        .addModels(Model.newBuilder()
                                .setVersion(request.getVersion())
                                .setService(name))
                        .build());
                observer.onCompleted();
            }
        }
    }

    private ServerServiceDefinition weather() {
        return ServerServiceDefinition.builder("acme.weather.v1.WeatherService")
                .addMethod(GET_WEATHER, ServerCalls.asyncUnaryCall(this::getWeather))
                .addMethod(PING, ServerCalls.asyncUnaryCall(this::getWeather))
                .addMethod(PUT_WEATHER, ServerCalls.asyncUnaryCall(this::putWeather))
                .addMethod(FORECAST, ServerCalls.asyncServerStreamingCall(this::forecast))
                .addMethod(SURVEY, ServerCalls.asyncClientStreamingCall(FakeServices::survey))
                .addMethod(COLLECT, ServerCalls.asyncClientStreamingCall(this::collect))
                .addMethod(DEVELOP, ServerCalls.asyncUnaryCall(FakeServices::develop))
                .addMethod(JUDGE, ServerCalls.asyncUnaryCall(FakeServices::judge))
                .addMethod(CONVERSE, ServerCalls.asyncBidiStreamingCall(this::converse))
                .build();
    }

    private void getWeather(GetWeatherRequest request, StreamObserver<Weather> observer) {
        String place = request.getPlace().getName();
        if (obey(place, observer)) {
            return;
        }
        observer.onNext(Weather.newBuilder()
                .setPlace(
                        place + request.getStation() + "," + request.getPlace().getCountry())
                .setTemperature(request.getHoursList().stream()
                        .mapToInt(Integer::intValue)
                        .sum())
                .setSky(request.getSkiesCount() > 0 ? request.getSkies(0) : Sky.SKY_CLEAR)
                .setDroplets(request.getAhead().getSeconds())
                .setRemark(
                        request.getBrief()
                                ? "brief"
                                : "x".repeat(place.startsWith("large") ? RawMessage.MAX_BYTES + 1 : 0))
                .build());
        observer.onCompleted();
    }

    private void putWeather(PutWeatherRequest request, StreamObserver<PutWeatherResponse> observer) {
        observer.onNext(PutWeatherResponse.newBuilder()
                .setWeather(request.getWeather().toBuilder().setRemark(request.getPlace() + " " + request.getDryRun()))
                .build());
        observer.onCompleted();
    }

    private static void develop(DevelopRequest request, StreamObserver<DevelopResponse> observer) {
        observer.onNext(DevelopResponse.newBuilder()
                .setContent(request.getContent().concat(ByteString.copyFromUtf8("!")))
                .setMimeType(request.getMimeType())
                .setNote(request.getFileName() + " " + request.getFiltersList() + " " + request.getSize())
                .build());
        observer.onCompleted();
    }

    private static void judge(JudgeRequest request, StreamObserver<JudgeResponse> observer) {
        observer.onNext(JudgeResponse.newBuilder()
                .addAllJudgements(request.getPhotosList().stream()
                        .map(photo -> photo.getContent().size() + " bytes of " + photo.getMimeType() + ": "
                                + request.getTaste())
                        .toList())
                .build());
        observer.onCompleted();
    }

    /** Sends as gRPC lets it: counts what it could send before the other side was full. */
    private void forecast(ForecastRequest request, StreamObserver<Weather> responses) {
        ServerCallStreamObserver<Weather> observer = (ServerCallStreamObserver<Weather>) responses;
        observer.setOnCancelHandler(cancelled::countDown);
        Weather.Builder weather = Weather.newBuilder().setRemark("r".repeat(request.getRemarkLength()));
        Runnable pump = new Runnable() {
            private int next;

            @Override
            public void run() {
                while (observer.isReady() && next < request.getCount()) {
                    if (request.getFailAfter() > 0 && next == request.getFailAfter()) {
                        next = Integer.MAX_VALUE;
                        observer.onError(error(
                                Status.Code.UNAVAILABLE,
                                ErrorReason.ERROR_REASON_OVERLOADED,
                                "too many clouds",
                                RetryInfo.getDefaultInstance()));
                        return;
                    }
                    observer.onNext(weather.setIndex(next++).build());
                    sent.incrementAndGet();
                }
                if (next == request.getCount()) {
                    next = Integer.MAX_VALUE;
                    observer.onCompleted();
                }
            }
        };
        observer.setOnReadyHandler(pump);
        pump.run();
    }

    /** Takes the next message only when the test says so. */
    private static StreamObserver<SurveyRequest> survey(StreamObserver<SurveyResponse> responses) {
        return new StreamObserver<>() {
            private final SurveyResponse.Builder answer = SurveyResponse.newBuilder();

            @Override
            public void onNext(SurveyRequest message) {
                answer.setSeason(message.getSeason());
                if (message.hasUnreadable()) {
                    answer.addErrors(message.getUnreadable().getMessage());
                } else {
                    answer.setCount(answer.getCount() + 1);
                }
            }

            @Override
            public void onError(Throwable gone) {}

            @Override
            public void onCompleted() {
                responses.onNext(answer.build());
                responses.onCompleted();
            }
        };
    }

    private StreamObserver<Weather> collect(StreamObserver<CollectResponse> responses) {
        ServerCallStreamObserver<CollectResponse> observer = (ServerCallStreamObserver<CollectResponse>) responses;
        boolean manual = headers.stream().anyMatch(h -> h.containsKey(MANUAL));
        if (manual) {
            observer.disableAutoRequest();
            collectReads.add(() -> observer.request(1));
        }
        return new StreamObserver<>() {
            private final CollectResponse.Builder sum = CollectResponse.newBuilder();

            @Override
            public void onNext(Weather weather) {
                sum.setCount(sum.getCount() + 1).setSum(sum.getSum() + weather.getIndex());
                if (manual) {
                    collectReads.add(() -> observer.request(1));
                }
            }

            @Override
            public void onError(Throwable t) {
                cancelled.countDown();
            }

            @Override
            public void onCompleted() {
                observer.onNext(sum.build());
                observer.onCompleted();
            }
        };
    }

    static final Metadata.Key<String> MANUAL = Metadata.Key.of("manual-reads", Metadata.ASCII_STRING_MARSHALLER);

    private StreamObserver<Weather> converse(StreamObserver<Weather> observer) {
        return new StreamObserver<>() {
            @Override
            public void onNext(Weather weather) {
                observer.onNext(weather.toBuilder()
                        .setIndex(weather.getIndex() + 1)
                        .setRemark(weather.getRemark().toUpperCase(Locale.ROOT))
                        .build());
            }

            @Override
            public void onError(Throwable t) {
                cancelled.countDown();
            }

            @Override
            public void onCompleted() {
                observer.onCompleted();
            }
        };
    }
}
