package dev.polymath.gateway;

import dev.polymath.gateway.Routes.Route;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * gRPC-web for unary and server-streaming calls: {@code application/grpc-web}, {@code +proto}, and the base64 form {@code -text}.
 * Protocol: PROTOCOL-WEB.md of grpc. Like the proxy it leaves the messages as bytes.
 */
final class GrpcWeb {
    private static final int FRAME_HEAD = 5;
    private static final byte TRAILERS = (byte) 0x80;
    private static final Pattern PADDED_PARTS = Pattern.compile("(?<==)(?=[^=])");

    private final Routes routes;
    private final Access access;
    private final CallLog log;
    private final Vertx vertx;

    GrpcWeb(Routes routes, Access access, CallLog log, Vertx vertx) {
        this.routes = routes;
        this.access = access;
        this.log = log;
        this.vertx = vertx;
    }

    void handle(HttpServerRequest request, String contentType) {
        String method = request.path().substring(1);
        Route route = routes.find(method);
        HttpExchange exchange =
                new HttpExchange(request, vertx, log, "grpc-web", route == null ? "unknown" : route.label());
        boolean text = contentType.toLowerCase(Locale.ROOT).startsWith("application/grpc-web-text");
        exchange.response.putHeader(
                "content-type", text ? "application/grpc-web-text+proto" : "application/grpc-web+proto");
        WebCall call = new WebCall(exchange, route, method, text);
        exchange.enter(
                access,
                routes.rule(route),
                "method " + Errors.printable(method),
                () -> proceed(
                        call, exchange, route, method, text, routes.limits().bodyTimeout()),
                call::fail);
    }

    private static void proceed(
            WebCall call,
            HttpExchange exchange,
            @Nullable Route route,
            String method,
            boolean text,
            Duration bodyTimeout) {
        if (route == null) {
            exchange.request.resume();
            call.fail(Errors.methodNotFound(method));
            return;
        }
        // A message and the head of its frame; base64 makes four bytes of three.
        long limit = (RawMessage.MAX_BYTES + FRAME_HEAD) * (text ? 2L : 1L);
        exchange.body(
                limit,
                bodyTimeout,
                body -> call.start(body.getBytes()),
                () -> call.fail(Errors.tooLong("body")),
                () -> call.fail(Errors.tooSlow(bodyTimeout)));
    }

    /** The messages of a body of frames. */
    private static List<byte[]> messages(byte[] body, boolean text) {
        byte[] frames = body;
        if (text) {
            try {
                frames = decode(new String(body, StandardCharsets.US_ASCII));
            } catch (IllegalArgumentException e) {
                throw Errors.invalidInput("body", "not base64 (expected: gRPC-web text)");
            }
        }
        List<byte[]> messages = new ArrayList<>();
        Buffer buffer = Buffer.buffer(frames);
        int at = 0;
        while (at < frames.length) {
            long length = at + FRAME_HEAD <= frames.length ? buffer.getUnsignedInt(at + 1) : Long.MAX_VALUE;
            if (length > frames.length - at - FRAME_HEAD) {
                throw Errors.invalidInput(
                        "body", "the last frame is not complete (expected: 1 byte flags, 4 bytes length, message)");
            }
            if (length > RawMessage.MAX_BYTES) {
                throw Errors.tooLong("body");
            }
            byte flags = frames[at];
            if (flags != 0 && flags != TRAILERS) {
                throw Errors.invalidInput("body", "a frame has flags " + flags + " (expected: 0, no compression)");
            }
            if (flags == 0) {
                messages.add(buffer.getBytes(at + FRAME_HEAD, at + FRAME_HEAD + (int) length));
            }
            at += FRAME_HEAD + (int) length;
        }
        return messages;
    }

    /** Base64 of one part or of several that are padded each. */
    private static byte[] decode(String text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (String part : PADDED_PARTS.split(text)) {
            out.writeBytes(Base64.getDecoder().decode(part));
        }
        return out.toByteArray();
    }

    private static final class WebCall extends ClientCall.Listener<byte[]> {
        private final HttpExchange exchange;
        private final @Nullable Route route;
        private final String method;
        private final boolean text;
        private @Nullable ClientCall<byte[], byte[]> call;

        WebCall(HttpExchange exchange, @Nullable Route route, String method, boolean text) {
            this.exchange = exchange;
            this.route = route;
            this.method = method;
            this.text = text;
        }

        void start(byte[] body) {
            if (route == null) {
                return;
            }
            try {
                List<byte[]> messages = messages(body, text);
                if (messages.size() != 1 && route.grpc().getType().clientSendsOneMessage()) {
                    throw Errors.invalidInput("body", messages.size() + " messages (expected: 1)");
                }
                ClientCall<byte[], byte[]> started =
                        route.newCall(exchange.session(), exchange.deadline(), exchange.executor());
                call = started;
                exchange.onAbort(() -> started.cancel("the caller went away", null));
                started.start(this, exchange.metadata());
                started.request(1);
                messages.forEach(started::sendMessage);
                started.halfClose();
            } catch (StatusRuntimeException e) {
                fail(e);
            }
        }

        void fail(StatusRuntimeException error) {
            Metadata trailers = error.getTrailers();
            onClose(error.getStatus(), trailers == null ? new Metadata() : trailers);
        }

        @Override
        public void onHeaders(Metadata headers) {
            entries(headers).forEach(entry -> {
                if (!entry[0].startsWith("grpc-")
                        && !exchange.response.headers().contains(entry[0])) {
                    exchange.response.putHeader(entry[0], entry[1]);
                }
            });
        }

        @Override
        public void onMessage(byte[] message) {
            exchange.write(frame((byte) 0, message), () -> {
                if (call != null) {
                    call.request(1);
                }
            });
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            Code code = status.getCode();
            String message = "";
            String details = "";
            if (!status.isOk()) {
                com.google.rpc.Status error = Errors.outward(
                        status, trailers, method, route == null ? "" : route.backends(), exchange.record.requestId);
                code = Status.fromCodeValue(error.getCode()).getCode();
                message = error.getMessage();
                details = Base64.getEncoder().withoutPadding().encodeToString(error.toByteArray());
            }
            StringBuilder block = new StringBuilder("grpc-status: " + code.value() + "\r\n");
            if (!message.isEmpty()) {
                block.append("grpc-message: ").append(percentEncoded(message)).append("\r\n");
            }
            if (!details.isEmpty()) {
                block.append("grpc-status-details-bin: ").append(details).append("\r\n");
            }
            for (String[] entry : entries(trailers)) {
                if (!entry[0].startsWith("grpc-")) {
                    block.append(entry[0]).append(": ").append(entry[1]).append("\r\n");
                }
            }
            exchange.write(frame(TRAILERS, block.toString().getBytes(StandardCharsets.US_ASCII)), () -> {});
            exchange.end(code);
        }

        private Buffer frame(byte flags, byte[] payload) {
            Buffer frame = Buffer.buffer(FRAME_HEAD + payload.length)
                    .appendByte(flags)
                    .appendInt(payload.length)
                    .appendBytes(payload);
            return text ? Buffer.buffer(Base64.getEncoder().encode(frame.getBytes())) : frame;
        }

        private static List<String[]> entries(Metadata metadata) {
            List<String[]> entries = new ArrayList<>();
            for (String name : metadata.keys()) {
                if (name.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
                    byte[] value = metadata.get(Metadata.Key.of(name, Metadata.BINARY_BYTE_MARSHALLER));
                    if (value != null) {
                        entries.add(new String[] {
                            name, Base64.getEncoder().withoutPadding().encodeToString(value)
                        });
                    }
                } else if (!name.equals("content-type")) {
                    String value = metadata.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
                    if (value != null) {
                        entries.add(new String[] {name, value});
                    }
                }
            }
            return entries;
        }

        /** As grpc-message wants it: printable ASCII without '%' stays, every other byte of the UTF-8 form is escaped. */
        private static String percentEncoded(String message) {
            StringBuilder encoded = new StringBuilder();
            for (byte b : message.getBytes(StandardCharsets.UTF_8)) {
                if (b >= 0x20 && b < 0x7F && b != '%') {
                    encoded.append((char) b);
                } else {
                    encoded.append(String.format(Locale.ROOT, "%%%02X", b & 0xFF));
                }
            }
            return encoded.toString();
        }
    }
}
