package dev.polymath.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import acme.weather.v1.ForecastRequest;
import acme.weather.v1.GetWeatherRequest;
import acme.weather.v1.Place;
import acme.weather.v1.Weather;
import com.google.protobuf.MessageLite;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@NullUnmarked
@Timeout(60)
class GrpcWebTest {
    private static final String WEATHER = "/acme.weather.v1.WeatherService/";
    private GatewayFixture gateway;

    private record Answer(String contentType, List<byte[]> messages, String trailers) {
        int code() {
            return Integer.parseInt(trailers.replaceAll("(?s).*grpc-status: (\\d+).*", "$1"));
        }
    }

    @BeforeEach
    void start() throws Exception {
        gateway = new GatewayFixture(Map.of());
    }

    @AfterEach
    void stop() throws Exception {
        gateway.close();
    }

    private static byte[] frame(MessageLite message) {
        byte[] bytes = message.toByteArray();
        return ByteBuffer.allocate(5 + bytes.length)
                .put((byte) 0)
                .putInt(bytes.length)
                .put(bytes)
                .array();
    }

    private static GetWeatherRequest at(String place) {
        return GetWeatherRequest.newBuilder()
                .setPlace(Place.newBuilder().setName(place))
                .build();
    }

    private Answer call(String path, String type, byte[] body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.httpPort + path))
                .version(HttpClient.Version.HTTP_1_1)
                .header("content-type", type)
                .header("x-grpc-web", "1")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        HttpResponse<byte[]> response =
                HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("x-request-id")).isPresent();
        String answerType = response.headers().firstValue("content-type").orElseThrow();
        byte[] frames = answerType.contains("-text") ? text(response.body()) : response.body();
        List<byte[]> messages = new ArrayList<>();
        String trailers = null;
        ByteBuffer buffer = ByteBuffer.wrap(frames);
        while (buffer.hasRemaining()) {
            assertThat(trailers).as("nothing follows the trailers").isNull();
            byte flags = buffer.get();
            byte[] payload = new byte[buffer.getInt()];
            buffer.get(payload);
            if (flags == 0) {
                messages.add(payload);
            } else {
                assertThat(flags).isEqualTo((byte) 0x80);
                trailers = new String(payload, StandardCharsets.US_ASCII);
            }
        }
        assertThat(trailers).isNotNull();
        return new Answer(answerType, messages, trailers);
    }

    /** Base64 in parts, each padded, as the protocol allows. */
    private static byte[] text(byte[] body) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        String text = new String(body, StandardCharsets.US_ASCII);
        for (int i = 0; i < text.length(); i += 4) {
            out.writeBytes(Base64.getDecoder().decode(text.substring(i, i + 4)));
        }
        return out.toByteArray();
    }

    @Test
    void unaryCall() throws Exception {
        Answer answer = call(WEATHER + "GetWeather", "application/grpc-web+proto", frame(at("Oslo")));

        assertThat(answer.contentType()).isEqualTo("application/grpc-web+proto");
        assertThat(answer.code()).isZero();
        assertThat(Weather.parseFrom(answer.messages().get(0)).getPlace()).isEqualTo("Oslo,");
        assertThat(gateway.count("acme.weather.v1.WeatherService/GetWeather", "OK"))
                .isEqualTo(1);
    }

    @Test
    void unaryCallInText() throws Exception {
        byte[] body = Base64.getEncoder().encode(frame(at("Rome")));

        Answer answer = call(WEATHER + "GetWeather", "application/grpc-web-text", body);

        assertThat(answer.contentType()).startsWith("application/grpc-web-text");
        assertThat(Weather.parseFrom(answer.messages().get(0)).getPlace()).isEqualTo("Rome,");
    }

    @Test
    void serverStream() throws Exception {
        for (String type : List.of("application/grpc-web", "application/grpc-web-text+proto")) {
            byte[] body = frame(ForecastRequest.newBuilder()
                    .setCount(500)
                    .setRemarkLength(1000)
                    .build());

            Answer answer = call(
                    WEATHER + "Forecast",
                    type,
                    type.contains("text") ? Base64.getEncoder().encode(body) : body);

            assertThat(answer.code()).isZero();
            assertThat(answer.messages()).hasSize(500);
            assertThat(Weather.parseFrom(answer.messages().get(499)).getIndex()).isEqualTo(499);
        }
    }

    @Test
    void errorComesInTheTrailersWithItsDetails() throws Exception {
        Answer answer = call(WEATHER + "GetWeather", "application/grpc-web", frame(at("fail INTERNAL")));

        assertThat(answer.code()).isEqualTo(13);
        assertThat(answer.trailers()).contains("grpc-message: internal error").doesNotContain("Secret");
        String details = answer.trailers().replaceAll("(?s).*grpc-status-details-bin: (\\S+).*", "$1");
        Status status = Status.parseFrom(Base64.getDecoder().decode(details));
        assertThat(status.getDetails(0).unpack(ErrorInfo.class).getReason()).isEqualTo("INTERNAL");
    }

    @Test
    void unknownMethodIsUnimplemented() throws Exception {
        assertThat(call(WEATHER + "Nothing", "application/grpc-web", frame(at("x")))
                        .code())
                .isEqualTo(12);
        assertThat(call("/nobody.v1.Knows/It", "application/grpc-web", frame(at("x")))
                        .code())
                .isEqualTo(12);
    }

    @Test
    void brokenFramesAreInvalidInput() throws Exception {
        byte[] whole = frame(at("Oslo"));
        byte[] cut = java.util.Arrays.copyOf(whole, whole.length - 1);
        byte[] lying = {0, 127, -1, -1, -1, 1};
        byte[] compressed = whole.clone();
        compressed[0] = 1;

        for (byte[] body : List.of(cut, lying, compressed, new byte[] {0, 0})) {
            Answer answer = call(WEATHER + "GetWeather", "application/grpc-web", body);
            assertThat(answer.code()).isEqualTo(3);
            assertThat(answer.trailers()).contains("body: ");
        }
        assertThat(call(WEATHER + "GetWeather", "application/grpc-web-text", "$$$$".getBytes(StandardCharsets.US_ASCII))
                        .code())
                .isEqualTo(3);
    }

    @Test
    void deadlineIsTakenFromTheHeader() throws Exception {
        Answer answer = call(WEATHER + "GetWeather", "application/grpc-web", frame(at("slow")), "grpc-timeout", "200m");

        assertThat(answer.code()).isEqualTo(4);
    }
}
