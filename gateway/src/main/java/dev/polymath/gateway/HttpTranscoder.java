package dev.polymath.gateway;

import com.google.api.AnnotationsProto;
import com.google.api.HttpRule;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.polymath.common.v1.ErrorReason;
import dev.polymath.gateway.Routes.Route;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.parsetools.RecordParser;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/JSON from the {@code google.api.http} rules of the routed methods: ProtoJSON in, ProtoJSON or problem+json out. Streams are
 * lines of JSON ({@code application/x-ndjson}) in both directions; an error after the first line is a last line
 * {@code {"error": <problem>}}. A file may also come as the body itself, and go as the answer itself: {@link RawBody}.
 */
final class HttpTranscoder {
    private static final Logger LOG = Logger.getLogger(HttpTranscoder.class);
    private static final String JSON = "application/json";
    private static final String LINES = "application/x-ndjson";

    /** JSON above this size is read and written in a worker thread, so that the event loop goes on with other calls. */
    private static final int WORKER_BYTES = 128 * 1024;

    private final List<HttpBinding> bindings = new ArrayList<>();
    private final Access access;
    private final GatewayConfig.Limits limits;
    private final Vertx vertx;
    private final CallLog log;
    private final ProblemJson problems;
    private final JsonInput input;
    private final JsonFormat.Printer printer;

    /** @throws IllegalArgumentException if two methods claim the same path */
    HttpTranscoder(Routes routes, Schema schema, Access access, CallLog log, ProblemJson problems, Vertx vertx) {
        this.access = access;
        this.limits = routes.limits();
        this.vertx = vertx;
        this.log = log;
        this.problems = problems;
        input = new JsonInput(schema.types());
        // Zeros and empty lists are printed: "begin": 0 is an answer, and a reader must not have to know the defaults.
        printer = JsonFormat.printer()
                .usingTypeRegistry(schema.types())
                .alwaysPrintFieldsWithNoPresence()
                .omittingInsignificantWhitespace();
        for (Route route : routes.known()) {
            MethodDescriptor method = route.schema();
            if (method != null && method.getOptions().hasExtension(AnnotationsProto.http)) {
                HttpRule rule = method.getOptions().getExtension(AnnotationsProto.http);
                bind(HttpBinding.of(route, method, rule));
                rule.getAdditionalBindingsList().forEach(more -> bind(HttpBinding.of(route, method, more)));
            }
        }
        bindings.sort(Comparator.comparingInt((HttpBinding b) -> -b.path().literals()));
    }

    private void bind(HttpBinding binding) {
        for (HttpBinding other : bindings) {
            if (other.verb().equals(binding.verb())
                    && other.path().toString().equals(binding.path().toString())) {
                throw new IllegalArgumentException(binding.verb() + " " + binding.path() + ": claimed by "
                        + other.method().getFullName() + " and "
                        + binding.method().getFullName());
            }
        }
        bindings.add(binding);
    }

    List<HttpBinding> bindings() {
        return bindings;
    }

    /** Answers any request, if only with 404. */
    void handle(HttpServerRequest request) {
        TreeSet<String> allowed = new TreeSet<>();
        // Some clients escape the colon before the verb; both forms are the same path.
        String path = request.path().replace("%3A", ":").replace("%3a", ":");
        for (HttpBinding binding : bindings) {
            Map<String, String> variables;
            try {
                variables = binding.path().match(path);
            } catch (IllegalArgumentException malformedEscape) {
                variables = null;
            }
            if (variables != null && binding.verb().equals(request.method().name())) {
                HttpExchange exchange = new HttpExchange(
                        request, vertx, log, "http", binding.route().label());
                Transcoding transcoding = new Transcoding(exchange, binding, variables);
                exchange.enter(
                        access,
                        binding.route().rule(),
                        "method " + binding.route().grpc().getFullMethodName(),
                        () -> {
                            try {
                                transcoding.run();
                            } catch (RuntimeException e) {
                                transcoding.fail(e);
                            }
                        },
                        transcoding::fail);
                return;
            }
            if (variables != null) {
                allowed.add(binding.verb());
            }
        }
        HttpExchange exchange = new HttpExchange(request, vertx, log, "http", "unknown");
        exchange.enter(
                access, Rule.SIGNED_IN, "path", () -> notFound(exchange, allowed), error -> refuse(exchange, error));
    }

    private void notFound(HttpExchange exchange, TreeSet<String> allowed) {
        if (allowed.isEmpty()) {
            refuse(exchange, 404, "no such path (the paths are listed at /openapi.json and shown at /docs)");
        } else {
            exchange.response.putHeader("allow", String.join(", ", allowed));
            refuse(exchange, 405, "method not allowed here (expected: " + String.join(", ", allowed) + ")");
        }
    }

    /** An error of HTTP itself, for which gRPC has no code of its own. */
    void refuse(HttpExchange exchange, int httpStatus, String message) {
        StatusRuntimeException error = httpStatus == 415
                ? Errors.invalidInput("header content-type", message)
                : Errors.of(Code.UNIMPLEMENTED, ErrorReason.ERROR_REASON_METHOD_NOT_FOUND, message);
        fail(exchange, error.getStatus(), error.getTrailers(), "", "", httpStatus);
    }

    /** An error of the gateway itself. */
    void refuse(HttpExchange exchange, StatusRuntimeException error) {
        fail(exchange, error.getStatus(), error.getTrailers(), "", "", 0);
    }

    private void fail(
            HttpExchange exchange,
            Status status,
            @Nullable Metadata trailers,
            String method,
            String service,
            int httpStatusOrZero) {
        com.google.rpc.Status error = Errors.outward(status, trailers, method, service, exchange.record.requestId);
        Code code = Status.fromCodeValue(error.getCode()).getCode();
        int httpStatus = httpStatusOrZero == 0 ? ProblemJson.httpStatus(code) : httpStatusOrZero;
        String problem = problems.body(error, httpStatus).toString();
        if (exchange.response.headWritten()) {
            exchange.write(Buffer.buffer("{\"error\":" + problem + "}\n"), () -> {});
            exchange.end(code);
            return;
        }
        exchange.response.putHeader("content-type", ProblemJson.MEDIA_TYPE);
        String challenge = trailers == null ? null : trailers.get(Access.CHALLENGE);
        if (challenge != null) {
            exchange.response.putHeader(Access.CHALLENGE.name(), challenge);
        }
        putQuota(exchange, trailers);
        ProblemJson.retryAfter(error)
                .ifPresent(seconds -> exchange.response.putHeader("retry-after", Long.toString(seconds)));
        exchange.end(Buffer.buffer(problem), httpStatus, code);
    }

    private static void putQuota(HttpExchange exchange, @Nullable Metadata metadata) {
        if (metadata != null && !exchange.response.headWritten()) {
            Quotas.HEADERS.forEach(key -> {
                String value = metadata.get(key);
                if (value != null) {
                    exchange.response.putHeader(key.name(), value);
                }
            });
        }
    }

    /** One call. All of it runs on the request's event loop, except the reading and writing of large JSON. */
    private final class Transcoding extends ClientCall.Listener<byte[]> {
        private final HttpExchange exchange;
        private final HttpBinding binding;
        private final MethodDescriptor method;
        private final RequestReader reader;
        private final boolean lines;
        private @Nullable ClientCall<byte[], byte[]> call;
        private @Nullable Runnable whenReady;
        private Future<@Nullable Void> written = Future.succeededFuture();
        private @Nullable Buffer answer;
        private String answerType = JSON;
        private boolean failed;

        Transcoding(HttpExchange exchange, HttpBinding binding, Map<String, String> variables) {
            this.exchange = exchange;
            this.binding = binding;
            this.method = binding.method();
            this.reader = new RequestReader(input, binding, variables, exchange.request);
            this.lines = method.isServerStreaming();
        }

        void run() {
            if (!binding.body().isEmpty()) {
                String problem = wrongContentType();
                if (problem != null) {
                    refuse(exchange, 415, problem);
                    return;
                }
            }
            if (method.isClientStreaming()) {
                upload();
            } else if (binding.body().isEmpty()) {
                exchange.request.resume();
                read("", this::callOnce);
            } else {
                exchange.body(
                        RawMessage.MAX_BYTES,
                        limits.bodyTimeout(),
                        body -> {
                            byte[] bytes = body.getBytes();
                            onWorker(
                                    bytes.length,
                                    () -> isFile() ? reader.file(bytes) : reader.json(JsonInput.decode(bytes)),
                                    this::callOnce);
                        },
                        this::tooLarge,
                        this::tooSlow);
            }
        }

        private void read(String json, Consumer<byte[]> then) {
            onWorker(json.length(), () -> reader.json(json), then);
        }

        private void tooLarge() {
            StatusRuntimeException error = Errors.tooLong("body");
            HttpTranscoder.this.fail(exchange, error.getStatus(), error.getTrailers(), "", "", 413);
        }

        private void tooSlow() {
            StatusRuntimeException error = Errors.tooSlow(limits.bodyTimeout());
            HttpTranscoder.this.fail(exchange, error.getStatus(), error.getTrailers(), "", "", 408);
        }

        /** In lower case, without parameters; empty if there is none. */
        private String contentType() {
            String given = exchange.request.getHeader("content-type");
            return given == null ? "" : given.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        }

        private boolean isJson() {
            String type = contentType();
            return type.equals(JSON)
                    || type.equals("text/json")
                    || (type.startsWith("application/") && type.endsWith("+json"));
        }

        /** Whether the body is a file, which is a field of the message as it is. */
        private boolean isFile() {
            return binding.file() != null && !isJson() && binding.file().takes(contentType());
        }

        private @Nullable String wrongContentType() {
            if (isFile()) {
                return null;
            }
            String given = exchange.request.getHeader("content-type");
            String type = contentType();
            if (isJson() || (method.isClientStreaming() && (type.equals(LINES) || type.equals("application/jsonl")))) {
                String charset =
                        given == null ? "" : given.toLowerCase(Locale.ROOT).replaceAll("[\"\\s]", "");
                return charset.contains("charset=") && !charset.contains("charset=utf-8")
                        ? "not UTF-8 (expected: charset=utf-8 or none)"
                        : null;
            }
            return (type.isEmpty() ? "missing" : Errors.printable(type)) + " (expected: "
                    + (method.isClientStreaming() ? LINES : JSON)
                    + (binding.file() == null ? "" : ", or the content type of the file that the body is")
                    + "; with curl: -H 'content-type: " + (method.isClientStreaming() ? LINES : JSON) + "')";
        }

        /** Runs in place if small. Errors of the work end the call. */
        private <T> void onWorker(int bytes, Callable<T> work, Consumer<T> then) {
            if (bytes > WORKER_BYTES) {
                exchange.vertx().executeBlocking(work, false).onComplete(result -> {
                    if (result.failed()) {
                        fail(result.cause());
                    } else {
                        then.accept(result.result());
                    }
                });
                return;
            }
            T result;
            try {
                result = work.call();
            } catch (Exception e) {
                fail(e);
                return;
            }
            then.accept(result);
        }

        void fail(Throwable cause) {
            if (failed) {
                return;
            }
            failed = true;
            if (call != null) {
                call.cancel("the request cannot be read or the answer cannot be written", null);
            }
            Status status;
            Metadata trailers = null;
            if (cause instanceof StatusRuntimeException known) {
                status = known.getStatus();
                trailers = known.getTrailers();
            } else {
                LOG.errorf(cause, "request %s failed in the gateway", exchange.record.requestId);
                status = Status.INTERNAL;
            }
            HttpTranscoder.this.fail(
                    exchange,
                    status,
                    trailers,
                    method.getFullName(),
                    binding.route().backends(),
                    0);
            discardLines();
        }

        /** What is still to come of an upload that has ended. */
        private void discardLines() {
            whenReady = null;
            if (method.isClientStreaming()) {
                exchange.discardBody();
            }
        }

        private ClientCall<byte[], byte[]> start() {
            ClientCall<byte[], byte[]> started =
                    binding.route().newCall(exchange.session(), exchange.deadline(), exchange.executor());
            call = started;
            exchange.onAbort(() -> started.cancel("the caller went away", null));
            started.start(this, exchange.metadata());
            started.request(lines ? 1 : 2);
            return started;
        }

        private void callOnce(byte[] message) {
            try {
                ClientCall<byte[], byte[]> started = start();
                started.sendMessage(message);
                started.halfClose();
            } catch (RuntimeException e) {
                fail(e);
            }
        }

        /** Sends each line of the body on as soon as the service takes it. */
        private void upload() {
            exchange.expectBody();
            ClientCall<byte[], byte[]> started = start();
            RecordParser records = RecordParser.newDelimited("\n", exchange.request);
            records.maxRecordSize(RawMessage.MAX_BYTES);
            long[] number = new long[1];
            records.exceptionHandler(e -> {
                if (!failed) {
                    failed = true;
                    started.cancel("line too long", null);
                    tooLarge();
                }
            });
            records.handler(line -> {
                number[0]++;
                exchange.record.received(line.length() + 1L);
                byte[] bytes = line.getBytes();
                if (failed || new String(bytes, StandardCharsets.ISO_8859_1).isBlank()) {
                    return;
                }
                try {
                    started.sendMessage(reader.line(number[0], bytes));
                } catch (StatusRuntimeException e) {
                    fail(e);
                    return;
                }
                if (!failed && !started.isReady()) {
                    records.pause();
                    whenReady = records::resume;
                }
            });
            records.endHandler(v -> {
                if (!failed) {
                    started.halfClose();
                }
            });
            exchange.request.resume();
        }

        @Override
        public void onReady() {
            Runnable ready = whenReady;
            whenReady = null;
            if (ready != null) {
                ready.run();
            }
        }

        @Override
        public void onHeaders(Metadata headers) {
            String omitted = headers.get(FanOutChannel.OMITTED);
            if (omitted != null) {
                exchange.response.putHeader(FanOutChannel.OMITTED.name(), omitted);
            }
            putQuota(exchange, headers);
        }

        @Override
        public void onMessage(byte[] bytes) {
            Promise<@Nullable Void> done = Promise.promise();
            written = done.future();
            onWorker(bytes.length, () -> print(bytes), json -> {
                if (failed) {
                    return;
                }
                if (lines) {
                    if (!exchange.response.headWritten()) {
                        exchange.response.putHeader("content-type", LINES);
                    }
                    ClientCall<byte[], byte[]> running = call;
                    exchange.write(json.appendString("\n"), () -> {
                        if (running != null) {
                            running.request(1);
                        }
                    });
                } else {
                    answer = json;
                }
                done.complete();
            });
        }

        private Buffer print(byte[] bytes) throws InvalidProtocolBufferException {
            DynamicMessage message = DynamicMessage.parseFrom(method.getOutputType(), bytes);
            RawBody file = binding.answer();
            if (file != null && RawBody.wanted(exchange.request.getHeader("accept"))) {
                answerType = file.mimeType(message);
                return Buffer.buffer(file.file(message));
            }
            String json = printer.print(message);
            FieldDescriptor field = binding.part();
            if (field != null) {
                JsonElement part =
                        JsonParser.parseString(json).getAsJsonObject().get(field.getJsonName());
                json = part == null ? "null" : part.toString();
            }
            return Buffer.buffer(json);
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            if (failed) {
                return;
            }
            if (!status.isOk()) {
                failed = true;
                HttpTranscoder.this.fail(
                        exchange,
                        status,
                        trailers,
                        binding.route().grpc().getFullMethodName(),
                        binding.route().backends(),
                        0);
                discardLines();
                return;
            }
            // The last message may still be on its way through a worker.
            written.onComplete(v -> {
                putQuota(exchange, trailers);
                Buffer body = answer;
                if (lines) {
                    if (!exchange.response.headWritten()) {
                        exchange.response.putHeader("content-type", LINES);
                    }
                    exchange.end(Code.OK);
                } else if (body == null) {
                    fail(Status.INTERNAL.asRuntimeException());
                } else {
                    exchange.response.putHeader("content-type", answerType);
                    exchange.end(body, 200, Code.OK);
                }
            });
        }
    }
}
