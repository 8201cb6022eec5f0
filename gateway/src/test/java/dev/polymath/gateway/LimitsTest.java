package dev.polymath.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import acme.weather.v1.GetWeatherRequest;
import acme.weather.v1.Place;
import acme.weather.v1.Weather;
import com.sun.management.UnixOperatingSystemMXBean;
import dev.polymath.common.v1.Document;
import dev.polymath.ner.v1.EntityRecognitionServiceGrpc;
import dev.polymath.ner.v1.RecognizeEntitiesRequest;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What clients that are slow, gone, greedy or malicious get, and that the next one is served as ever. */
@NullUnmarked
@Timeout(120)
class LimitsTest {
    private static final String WEATHER = "acme.weather.v1.WeatherService/";
    private static final String RECOGNIZE =
            "POST /v1/entities:recognize HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n";
    private static final String LIMITS = GatewayFixture.PREFIX + "limits.";
    private static final long MEGABYTE = 1 << 20;

    private GatewayFixture gateway;

    private void start(String... limits) throws IOException {
        Map<String, String> properties = new HashMap<>();
        for (int i = 0; i < limits.length; i += 2) {
            properties.put(LIMITS + limits[i], limits[i + 1]);
        }
        properties.put(GatewayFixture.PREFIX + "services.weather.method-deadlines.\"WeatherService/Ping\"", "PT0.3S");
        gateway = new GatewayFixture(properties);
    }

    @AfterEach
    void theNextOneIsServedAsEver() throws Exception {
        try (GatewayFixture open = gateway) {
            assertThat(open).isNotNull();
            assertThat(EntityRecognitionServiceGrpc.newBlockingStub(gateway.channel)
                            .withDeadlineAfter(20, TimeUnit.SECONDS)
                            .recognizeEntities(RecognizeEntitiesRequest.newBuilder()
                                    .addDocuments(Document.newBuilder().setText("Zoë"))
                                    .build())
                            .getResultsCount())
                    .isEqualTo(1);
            assertThat(post("application/json", "{\"documents\":[{\"text\":\"Zoë\"}]}".getBytes(StandardCharsets.UTF_8))
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    private HttpResponse<String> post(String type, byte[] body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + gateway.httpPort + "/v1/entities:recognize"))
                .version(HttpClient.Version.HTTP_1_1)
                .timeout(Duration.ofSeconds(60))
                .header("content-type", type)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
    }

    private Socket connect(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(50);
        return socket;
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Sends a letter now and then until the other side has closed the connection; returns what it has said. */
    private static String trickle(Socket socket, String letter) throws IOException {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        InputStream in = socket.getInputStream();
        long start = System.nanoTime();
        while (System.nanoTime() - start < TimeUnit.SECONDS.toNanos(20)) {
            try {
                int next = in.read();
                if (next < 0) {
                    return answer.toString(StandardCharsets.UTF_8);
                }
                answer.write(next);
            } catch (SocketTimeoutException e) {
                if (!letter.isEmpty()) {
                    try {
                        write(socket, letter);
                    } catch (IOException closed) {
                        return answer.toString(StandardCharsets.UTF_8);
                    }
                }
            } catch (IOException reset) {
                return answer.toString(StandardCharsets.UTF_8);
            }
        }
        throw new AssertionError("the connection is still open; answered: " + answer);
    }

    @Test
    void aHeadThatTricklesInIsCutOff() throws Exception {
        start("head-timeout", "PT1S");
        try (Socket socket = connect(gateway.httpPort)) {
            write(socket, "GET /v1/models HTTP/1.1\r\nx-slow: ");

            assertThat(trickle(socket, "a")).isEmpty();
        }
    }

    @Test
    void soIsTheHeadOfALaterRequest() throws Exception {
        start("head-timeout", "PT1S");
        try (Socket socket = connect(gateway.httpPort)) {
            write(socket, "GET /v1/models HTTP/1.1\r\nhost: a\r\n\r\nGET /v1/models HTTP/1.1\r\nx-slow: ");

            assertThat(trickle(socket, "a")).startsWith("HTTP/1.1 200 ").containsOnlyOnce("HTTP/1.1");
        }
    }

    @Test
    void aBodyThatTricklesInIsAnsweredAndCutOff() throws Exception {
        start("body-timeout", "PT1S");
        try (Socket socket = connect(gateway.httpPort)) {
            write(socket, RECOGNIZE + "content-length: 1000000\r\n\r\n{");

            assertThat(trickle(socket, " "))
                    .startsWith("HTTP/1.1 408 ")
                    .contains("application/problem+json", "\"DEADLINE_EXCEEDED\"", "body: not complete after 1 s");
        }
    }

    @Test
    void aConnectionThatSaysNothingIsClosed() throws Exception {
        start("idle-timeout", "PT1S", "head-timeout", "PT1S");
        try (Socket http = connect(gateway.httpPort);
                Socket grpc = connect(gateway.grpc.port())) {
            assertThat(trickle(http, "")).isEmpty();
            trickle(grpc, ""); // which has said its settings
        }
    }

    @Test
    void aConnectionIsKeptWhileACallIsRunning() throws Exception {
        start("idle-timeout", "PT1S", "head-timeout", "PT1S");
        try (Socket socket = connect(gateway.httpPort)) {
            String body = "{\"documents\":[{\"text\":\"slow\"}]}";
            write(socket, RECOGNIZE + "grpc-timeout: 3S\r\ncontent-length: " + body.length() + "\r\n\r\n" + body);

            assertThat(trickle(socket, "")).startsWith("HTTP/1.1 504 ");
        }
    }

    @Test
    void aStreamThatNobodySendsAnythingOverEnds() throws Exception {
        start("stream-idle-timeout", "PT1S", "head-timeout", "PT1S");
        CompletableFuture<Status> end = new CompletableFuture<>();
        StreamObserver<Weather> never = ClientCalls.asyncBidiStreamingCall(
                gateway.channel.newCall(FakeServices.CONVERSE, CallOptions.DEFAULT), observer(end));

        assertThat(end.get(20, TimeUnit.SECONDS).getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        assertThat(end.join().getDescription()).isEqualTo("the stream had no message for 1 s");
        assertThat(never).isNotNull();

        try (Socket socket = connect(gateway.httpPort)) {
            write(
                    socket,
                    "POST /acme/v1/reports:collect HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-ndjson\r\n"
                            + "connection: close\r\ncontent-length: 100000\r\n\r\n");
            assertThat(trickle(socket, " ")).startsWith("HTTP/1.1 504 ").contains("the stream had no message for 1 s");
        }
    }

    @Test
    void aStreamWithAMessageNowAndThenGoesOn() throws Exception {
        start("stream-idle-timeout", "PT1S");
        CompletableFuture<Status> end = new CompletableFuture<>();
        StreamObserver<Weather> reports = ClientCalls.asyncBidiStreamingCall(
                gateway.channel.newCall(FakeServices.CONVERSE, CallOptions.DEFAULT), observer(end));
        for (int i = 0; i < 8; i++) {
            reports.onNext(Weather.getDefaultInstance());
            assertThat(end).isNotDone();
            assertThat(catchThrowableOfType(TimeoutException.class, () -> end.get(300, TimeUnit.MILLISECONDS)))
                    .isNotNull();
        }
        reports.onCompleted();
        assertThat(end.get(20, TimeUnit.SECONDS)).isEqualTo(Status.OK);
    }

    private static StreamObserver<Weather> observer(CompletableFuture<Status> end) {
        return new StreamObserver<>() {
            @Override
            public void onNext(Weather value) {}

            @Override
            public void onError(Throwable t) {
                end.complete(Status.fromThrowable(t));
            }

            @Override
            public void onCompleted() {
                end.complete(Status.OK);
            }
        };
    }

    @Test
    void aUnaryCallWhoseMessageNeverComesEndsWithItsDeadline() throws Exception {
        start();
        CompletableFuture<Status> end = new CompletableFuture<>();
        // as a stream, since a client of grpc-java sends nothing of a unary call before it has the message
        ClientCall<byte[], byte[]> call = gateway.channel.newCall(
                RawMessage.method(WEATHER + "Ping", MethodType.BIDI_STREAMING), CallOptions.DEFAULT);
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        end.complete(status);
                    }
                },
                new Metadata());
        call.request(1);

        assertThat(end.get(20, TimeUnit.SECONDS).getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    }

    @Test
    void aClientThatIsGoneInTheMiddleOfItsRequestLeavesNothingBehind() throws Exception {
        start();
        try (Socket socket = connect(gateway.httpPort)) {
            write(socket, RECOGNIZE + "content-length: 1000\r\n\r\n{\"documents\":");
            socket.setSoLinger(true, 0); // close() is a reset
        }
        awaitCount("polymath.ner.v1.EntityRecognitionService/RecognizeEntities", "CANCELLED", 1);
    }

    @Test
    void theCallOfAClientThatIsGoneBeforeItsAnswerIsCancelled() throws Exception {
        start();
        try (Socket socket = connect(gateway.httpPort)) {
            String body = "{\"documents\":[{\"text\":\"slow\"}]}";
            write(socket, RECOGNIZE + "content-length: " + body.length() + "\r\n\r\n" + body);
            assertThat(gateway.ner.slowCallCame.await(20, TimeUnit.SECONDS)).isTrue();
            socket.setSoLinger(true, 0);
        }
        assertThat(gateway.ner.cancelled.await(20, TimeUnit.SECONDS)).isTrue();
        awaitCount("polymath.ner.v1.EntityRecognitionService/RecognizeEntities", "CANCELLED", 1);
    }

    @Test
    void theStreamOfAClientThatIsGoneInTheMiddleOfItsAnswerIsCancelled() throws Exception {
        start();
        try (Socket socket = connect(gateway.httpPort)) {
            write(socket, "GET /acme/v1/forecast?count=1000000&remarkLength=1000 HTTP/1.1\r\nhost: a\r\n\r\n");
            socket.setSoTimeout(20_000);
            assertThat(socket.getInputStream().readNBytes(10_000)).hasSize(10_000);
            socket.setSoLinger(true, 0);
        }
        assertThat(gateway.ner.cancelled.await(20, TimeUnit.SECONDS)).isTrue();
        awaitCount(WEATHER + "Forecast", "CANCELLED", 1);
    }

    private void awaitCount(String method, String code, int count) {
        while (gateway.count(method, code) < count) {
            Thread.onSpinWait(); // until the test's timeout
        }
    }

    @Test
    void aMessageAtTheLimitPassesAndOneByteMoreIsRefusedOnGrpcWeb() throws Exception {
        start();
        byte[] just = grpcWeb(RawMessage.MAX_BYTES);
        byte[] over = grpcWeb(RawMessage.MAX_BYTES + 1);

        // not a message, which the service may say; the gateway lets it pass
        assertThat(postGrpcWeb(just)).doesNotContain("too large").contains("grpc-status:");
        assertThat(postGrpcWeb(over)).contains("grpc-status: 3").contains("too large");
    }

    private static byte[] grpcWeb(int length) {
        return ByteBuffer.allocate(5 + length).put((byte) 0).putInt(length).array();
    }

    private String postGrpcWeb(byte[] body) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(
                                        URI.create("http://127.0.0.1:" + gateway.httpPort + "/" + WEATHER + "Ping"))
                                .version(HttpClient.Version.HTTP_1_1)
                                .header("content-type", "application/grpc-web")
                                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                                .build(),
                        BodyHandlers.ofString(StandardCharsets.ISO_8859_1))
                .body();
    }

    @Test
    void floodsOfHeadersAreRefused() throws Exception {
        start();
        try (Socket large = connect(gateway.httpPort);
                Socket many = connect(gateway.httpPort)) {
            write(large, "GET /v1/models HTTP/1.1\r\nhost: a\r\nx-large: " + "a".repeat(100_000) + "\r\n\r\n");
            assertThat(trickle(large, "")).startsWith("HTTP/1.1 431 ");
            write(many, "GET /v1/models HTTP/1.1\r\nhost: a\r\n" + "x: \r\n".repeat(20_000) + "\r\n");
            assertThat(trickle(many, "")).startsWith("HTTP/1.1 431 ");
        }
    }

    @Test
    void aFloodOfMetadataEndsItsConnection() throws Exception {
        start();
        try (Socket socket = connect(gateway.grpc.port())) {
            write(socket, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
            OutputStream out = socket.getOutputStream();
            out.write(http2Frame(4, 0, 0, new byte[0])); // SETTINGS
            byte[] header = ByteBuffer.allocate(16_000)
                    .put(new byte[] {0, 1, 'x', 0x7F, (byte) (15_994 - 127 & 0x7F | 0x80), (byte) (15_994 - 127 >> 7)})
                    .array(); // a literal without a name in the table, and its value of zeros
            out.write(http2Frame(1, 0, 1, header)); // HEADERS that are not the last
            String answer = "";
            try {
                for (int i = 0; i < 1000; i++) {
                    out.write(http2Frame(9, 0, 1, header)); // CONTINUATION
                }
                answer = trickle(socket, "");
            } catch (IOException closed) {
                // before all of it was sent
            }
            assertThat(answer).doesNotContain("OK");
        }
    }

    private static byte[] http2Frame(int type, int flags, int stream, byte[] payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .putInt(payload.length << 8 | type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    @Test
    void aGrpcMessageThatUnpacksToMuchMoreIsRefusedAtTheLimit() throws Exception {
        start();
        MethodDescriptor<Long, byte[]> bomb = MethodDescriptor.<Long, byte[]>newBuilder(
                        new MethodDescriptor.Marshaller<>() {
                            @Override
                            public InputStream stream(Long length) {
                                return new Zeros(length);
                            }

                            @Override
                            public Long parse(InputStream stream) {
                                throw new UnsupportedOperationException();
                            }
                        },
                        RawMessage.MARSHALLER)
                .setType(MethodType.UNARY)
                .setFullMethodName(WEATHER + "GetWeather")
                .build();
        StatusRuntimeException error = catchThrowableOfType(
                StatusRuntimeException.class,
                () -> ClientCalls.blockingUnaryCall(
                        gateway.channel,
                        bomb,
                        CallOptions.DEFAULT.withCompression("gzip").withDeadlineAfter(60, TimeUnit.SECONDS),
                        400 * MEGABYTE));

        assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(error.getStatus().getDescription()).contains("too large");
    }

    @Test
    void aBodyThatUnpacksToMuchMoreIsRefused() throws Exception {
        start();
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(packed, 1 << 16) {
                    {
                        def.setLevel(Deflater.BEST_SPEED);
                    }
                };
                InputStream zeros = new Zeros(400 * MEGABYTE)) {
            zeros.transferTo(out);
        }

        HttpResponse<String> response = post("application/json", packed.toByteArray(), "content-encoding", "gzip");

        assertThat(response.statusCode()).isEqualTo(413);
        assertThat(response.body()).contains("INPUT_TOO_LONG");
    }

    /** So many zeros. */
    private static final class Zeros extends InputStream {
        private long left;

        Zeros(long length) {
            left = length;
        }

        @Override
        public int read() {
            return left-- > 0 ? 0 : -1;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) {
            if (left <= 0) {
                return -1;
            }
            int now = (int) Math.min(length, left);
            Arrays.fill(buffer, offset, offset + now, (byte) 0);
            left -= now;
            return now;
        }
    }

    @Test
    void jsonThatIsNestedAHundredThousandTimesIsRefused() throws Exception {
        start();
        int levels = 100_000;
        for (String json : List.of(
                "[".repeat(levels) + "]".repeat(levels),
                "{\"documents\":".repeat(levels) + "1" + "}".repeat(levels),
                "{\"nothing\":" + "[".repeat(levels) + "]".repeat(levels) + "}",
                "[".repeat(levels))) {
            HttpResponse<String> response = post("application/json", json.getBytes(StandardCharsets.US_ASCII));

            assertThat(response.statusCode()).isEqualTo(400);
            assertThat(response.body()).contains("INVALID_INPUT");
        }
    }

    @Test
    void connectionsAboveTheLimitAreClosedAtOnceAndThoseBelowServed() throws Exception {
        start("connections", "20");
        for (int port : List.of(gateway.httpPort, gateway.grpc.port())) {
            List<Socket> open = new ArrayList<>();
            for (int i = 0; i < 21; i++) {
                open.add(connect(port));
            }
            Socket closed = open.get(0);
            for (int i = 1; isOpen(closed); i++) {
                closed = open.get(i % open.size());
            }
            open.remove(closed);
            closed.close();
            assertThat(open).allMatch(LimitsTest::isOpen);
            for (Socket socket : open) {
                socket.close();
            }
        }
        long start = System.nanoTime();
        int status = 0;
        while (status != 200 && System.nanoTime() - start < TimeUnit.SECONDS.toNanos(10)) {
            try {
                status = post("application/json", "{\"documents\":[{\"text\":\"a\"}]}".getBytes(StandardCharsets.UTF_8))
                        .statusCode();
            } catch (IOException e) {
                // the gateway has not heard yet that the others are closed
            }
        }
        assertThat(status).isEqualTo(200);
    }

    private static boolean isOpen(Socket socket) {
        try {
            int next = 0;
            while (next >= 0) {
                next = socket.getInputStream().read(); // what a server of gRPC says at the beginning
            }
            return false;
        } catch (SocketTimeoutException e) {
            return true;
        } catch (IOException reset) {
            return false;
        }
    }

    @Test
    void tenThousandIdleConnectionsOrAsManyAsFilesMayBeOpenCostNobodyElseAnything() throws Exception {
        start("connections", "100000");
        UnixOperatingSystemMXBean system = (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long free = system.getMaxFileDescriptorCount() - system.getOpenFileDescriptorCount() - 500;
        int count = (int) Math.min(10_000, free / 2); // both ends are in this process
        List<Socket> open = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                open.add(connect(i % 2 == 0 ? gateway.httpPort : gateway.grpc.port()));
            }
            long begin = System.nanoTime();
            assertThat(post("application/json", "{\"documents\":[{\"text\":\"a\"}]}".getBytes(StandardCharsets.UTF_8))
                            .statusCode())
                    .isEqualTo(200);
            assertThat(ClientCalls.blockingUnaryCall(
                                    gateway.channel,
                                    FakeServices.GET_WEATHER,
                                    CallOptions.DEFAULT,
                                    GetWeatherRequest.newBuilder()
                                            .setPlace(Place.newBuilder().setName("a"))
                                            .build())
                            .getPlace())
                    .isEqualTo("a,");
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
            System.out.printf("%d idle connections%n", count);
        } finally {
            for (Socket socket : open) {
                socket.close();
            }
        }
    }
}
