package dev.polymath.gateway;

import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One request on the HTTP port and what both of its protocols need: body within the limit, metadata, deadline, end of the record. */
final class HttpExchange {
    private static final Pattern TIMEOUT = Pattern.compile("(\\d{1,8})([HMSmun])");
    private static final Pattern METADATA_NAME = Pattern.compile("[a-z0-9_.-]+");
    private static final Pattern METADATA_VALUE = Pattern.compile("[\\x20-\\x7E]*");

    /** What concerns this hop alone, or the browser, and not the service. */
    private static final Set<String> HOP_HEADERS = Set.of(
            "connection",
            "keep-alive",
            "host",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "expect",
            "cookie",
            "origin",
            "referer",
            "user-agent",
            "x-user-agent",
            "x-grpc-web",
            "grpc-timeout",
            "grpc-encoding",
            "grpc-accept-encoding",
            "http2-settings",
            "x-request-id",
            GatewayIdentity.HEADER.name(),
            "proxy-connection",
            "dnt",
            "pragma",
            "cache-control");

    private static final long LINGER_MILLIS = 1000;

    final HttpServerRequest request;
    final HttpServerResponse response;
    final CallLog.Call record;
    private Session session = Session.ANONYMOUS;
    private final Vertx vertx;
    private final Context context;

    HttpExchange(HttpServerRequest request, Vertx vertx, CallLog log, String protocol, String method) {
        this.request = request;
        this.response = request.response();
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.record = log.start(protocol, method, CallLog.requestId(request.getHeader("x-request-id")));
        response.putHeader("x-request-id", record.requestId);
    }

    /**
     * Lets the caller in, or calls back with the error to answer with; on the request's event loop, before the body is read.
     *
     * @param what a method or page, for the message of the error
     */
    void enter(Access access, Rule rule, String what, Runnable in, Consumer<StatusRuntimeException> refused) {
        CompletableFuture<Session> entering = access.enter(request.headers().getAll("authorization"), rule, what)
                .toCompletableFuture();
        if (!entering.isDone()) {
            request.pause();
        }
        boolean now = entering.isDone();
        var unused = entering.whenComplete((given, failure) -> {
            Runnable rest = () -> {
                if (failure == null) {
                    session = given;
                    record.caller(given.caller());
                    in.run();
                } else {
                    discardBody();
                    refused.accept(Access.refusal(failure));
                }
            };
            if (now) {
                rest.run();
            } else {
                executor().execute(rest);
            }
        });
    }

    /** Lets a client that still writes come to its end, so that it reads the answer; one that goes on for long is cut off. */
    void discardBody() {
        if (request.isEnded()) {
            return;
        }
        long[] total = new long[1];
        request.handler(chunk -> {
            total[0] += chunk.length();
            if (total[0] > RawMessage.MAX_BYTES) {
                request.handler(null);
                request.connection().close();
            }
        });
        request.resume();
    }

    Session session() {
        return session;
    }

    /** Runs everything on the request's event loop, so that no state needs a lock. */
    Executor executor() {
        return task -> context.runOnContext(v -> task.run());
    }

    Vertx vertx() {
        return vertx;
    }

    /** Headers of the request that go on to the service, under a span of their own. */
    Metadata metadata() {
        Metadata metadata = new Metadata();
        for (Map.Entry<String, String> header : request.headers()) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            boolean hop = HOP_HEADERS.contains(name)
                    || name.startsWith("content-")
                    || name.startsWith("accept")
                    || name.startsWith("access-control-")
                    || name.startsWith("sec-")
                    || name.startsWith("if-")
                    // for the gateway, and nobody else's business
                    || (name.equals("authorization") && !session.caller().isAnonymous());
            if (hop || !METADATA_NAME.matcher(name).matches()) {
                continue;
            }
            if (name.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
                try {
                    metadata.put(
                            Metadata.Key.of(name, Metadata.BINARY_BYTE_MARSHALLER),
                            Base64.getDecoder().decode(header.getValue()));
                } catch (IllegalArgumentException e) {
                    throw Errors.invalidInput("header " + name, "not base64");
                }
            } else if (METADATA_VALUE.matcher(header.getValue()).matches()) {
                metadata.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), header.getValue());
            }
        }
        metadata.put(CallLog.REQUEST_ID, record.requestId);
        record.trace(metadata);
        return metadata;
    }

    /** The caller's deadline from the header {@code grpc-timeout} (a number and one of H M S m u n), null if there is none. */
    @Nullable
    Deadline deadline() {
        String timeout = request.getHeader("grpc-timeout");
        if (timeout == null) {
            return null;
        }
        Matcher matcher = TIMEOUT.matcher(timeout);
        if (!matcher.matches()) {
            throw Errors.invalidInput(
                    "header grpc-timeout",
                    "not a timeout (expected: at most 8 digits and one of H M S m u n, for example 500m)");
        }
        TimeUnit unit = switch (matcher.group(2).charAt(0)) {
            case 'H' -> TimeUnit.HOURS;
            case 'M' -> TimeUnit.MINUTES;
            case 'S' -> TimeUnit.SECONDS;
            case 'm' -> TimeUnit.MILLISECONDS;
            case 'u' -> TimeUnit.MICROSECONDS;
            default -> TimeUnit.NANOSECONDS;
        };
        return Deadline.after(Long.parseLong(matcher.group(1)), unit);
    }

    /** Asks a client that waits for leave to send its body to do so. */
    void expectBody() {
        if ("100-continue".equalsIgnoreCase(request.getHeader("expect"))) {
            response.writeContinue();
        }
    }

    /**
     * Reads the whole body, then calls back on the event loop. A body over the limit is read to its end and dropped, as a client that
     * still writes does not read an answer; one that goes on for long, or takes too long, is answered and cut off.
     */
    void body(long limit, Duration timeout, Consumer<Buffer> whole, Runnable tooLarge, Runnable tooSlow) {
        String announced = request.getHeader("content-length");
        boolean waits = "100-continue".equalsIgnoreCase(request.getHeader("expect"));
        if (waits && announced != null && Long.parseLong(announced) > limit) {
            tooLarge.run();
            return;
        }
        expectBody();
        Buffer body = Buffer.buffer();
        long[] total = new long[1];
        long timer = vertx.setTimer(timeout.toMillis(), id -> cutOff(tooSlow));
        response.closeHandler(v -> {
            vertx.cancelTimer(timer);
            record.end(Code.CANCELLED, 499);
        });
        request.handler(chunk -> {
            total[0] += chunk.length();
            record.received(chunk.length());
            if (total[0] <= limit) {
                body.appendBuffer(chunk);
            } else if (total[0] > 8 * limit) {
                vertx.cancelTimer(timer);
                cutOff(tooLarge);
            }
        });
        request.endHandler(v -> {
            vertx.cancelTimer(timer);
            if (total[0] > limit) {
                tooLarge.run();
            } else {
                whole.accept(body);
            }
        });
        request.resume();
    }

    /** Answers before the request has ended, and reads no more of it. */
    private void cutOff(Runnable answer) {
        request.handler(null);
        request.endHandler(null);
        request.pause();
        if (request.version() != HttpVersion.HTTP_2) {
            response.putHeader("connection", "close");
        }
        // What was sent and not read makes a reset of the end, so the client gets a moment to read the answer.
        long unused = vertx.setTimer(LINGER_MILLIS, id -> request.connection().close());
        answer.run();
    }

    /** Calls back if the caller goes away before the end of the response. */
    void onAbort(Runnable gone) {
        Handler<Object> once = ignored -> {
            if (!response.ended()) {
                record.end(Code.CANCELLED, 499);
                gone.run();
            }
        };
        response.closeHandler(once::handle);
        response.exceptionHandler(once::handle);
        request.exceptionHandler(once::handle);
    }

    /** Writes a part of the body, then calls back when the caller takes more. */
    void write(Buffer chunk, Runnable whenTaken) {
        if (response.ended() || response.closed()) {
            return;
        }
        if (!response.headWritten()) {
            response.setChunked(true);
        }
        record.sent(chunk.length());
        response.write(chunk);
        if (response.writeQueueFull()) {
            response.drainHandler(v -> whenTaken.run());
        } else {
            whenTaken.run();
        }
    }

    void end(Buffer body, int httpStatus, Code code) {
        record.sent(body.length());
        record.end(code, httpStatus);
        if (!response.ended() && !response.closed()) {
            response.setStatusCode(httpStatus).end(body);
        }
    }

    /** Ends a response that was written in parts. */
    void end(Code code) {
        record.end(code, response.getStatusCode());
        if (!response.ended() && !response.closed()) {
            response.end();
        }
    }
}
