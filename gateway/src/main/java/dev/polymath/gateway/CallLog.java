package dev.polymath.gateway;

import io.grpc.Metadata;
import io.grpc.Status.Code;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.context.propagation.TextMapSetter;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One log line, one count and one span per call, on every protocol, and the request id that ties them together. Never any content.
 */
final class CallLog {
    /** Carries the request id to the service and back to the caller. */
    static final Metadata.Key<String> REQUEST_ID = Metadata.Key.of("x-request-id", Metadata.ASCII_STRING_MARSHALLER);

    private static final Logger LOG = Logger.getLogger("dev.polymath.gateway.access");
    private static final Pattern SANE_ID = Pattern.compile("[A-Za-z0-9._~:/+=@-]{1,128}");

    private static final TextMapSetter<Metadata> SET = (metadata, name, value) -> {
        if (metadata != null) {
            Metadata.Key<String> key = Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
            metadata.discardAll(key);
            metadata.put(key, value);
        }
    };
    private static final TextMapGetter<Metadata> GET = new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(Metadata metadata) {
            return metadata.keys();
        }

        @Override
        public @Nullable String get(@Nullable Metadata metadata, String name) {
            return metadata == null ? null : metadata.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
        }
    };

    private final MeterRegistry meters;
    private final Tracer tracer;
    private final TextMapPropagator propagator;

    /** @param telemetry the no-op one if traces are off; trace headers of callers then go on untouched */
    CallLog(MeterRegistry meters, OpenTelemetry telemetry) {
        this.meters = meters;
        this.tracer = telemetry.getTracer("dev.polymath.gateway");
        this.propagator = telemetry.getPropagators().getTextMapPropagator();
    }

    /** The caller's id if it is at most 128 characters that are safe to log, else a new one. */
    static String requestId(@Nullable String given) {
        return given != null && isSane(given) ? given : UUID.randomUUID().toString();
    }

    /** Whether a name that others chose may stand in a log and in a metric. */
    static boolean isSane(String name) {
        return SANE_ID.matcher(name).matches();
    }

    /**
     * Starts the record of a call.
     *
     * @param protocol {@code grpc}, {@code http} or {@code grpc-web}
     * @param method full gRPC method name, or a fixed word for calls that reach no method: metrics are labelled with it
     */
    Call start(String protocol, String method, String requestId) {
        return new Call(protocol, method, requestId);
    }

    final class Call {
        final String requestId;
        private final String protocol;
        private final String method;
        private final long begin = System.nanoTime();
        private final AtomicLong bytesIn = new AtomicLong();
        private final AtomicLong bytesOut = new AtomicLong();
        private final AtomicBoolean ended = new AtomicBoolean();
        private Span span = Span.getInvalid();
        private String client = "-";

        private Call(String protocol, String method, String requestId) {
            this.protocol = protocol;
            this.method = method;
            this.requestId = requestId;
        }

        /**
         * Starts the span of the call and makes it the parent of what the service does.
         *
         * @param onward the metadata that goes to the service, with the headers that the caller sent
         */
        void trace(Metadata onward) {
            Context current = Context.current(); // on HTTP the span of the server, which has read the headers
            boolean server = !Span.fromContext(current).getSpanContext().isValid();
            Context parent = server ? propagator.extract(Context.root(), onward, GET) : current;
            span = tracer.spanBuilder(method)
                    .setParent(parent)
                    .setSpanKind(server ? SpanKind.SERVER : SpanKind.CLIENT)
                    .setAttribute("rpc.system", "grpc")
                    .setAttribute("polymath.request_id", requestId)
                    .startSpan();
            propagator.inject(parent.with(span), onward, SET);
        }

        /** Names who calls. */
        void caller(Caller caller) {
            if (isSane(caller.client())) {
                client = caller.client();
            }
        }

        void received(long bytes) {
            bytesIn.addAndGet(bytes);
        }

        void sent(long bytes) {
            bytesOut.addAndGet(bytes);
        }

        /** Ends the record; only the first end counts. */
        void end(Code code, int httpStatus) {
            if (!ended.compareAndSet(false, true)) {
                return;
            }
            long nanos = System.nanoTime() - begin;
            span.setAttribute("rpc.grpc.status_code", code.value());
            if (code != Code.OK) {
                span.setStatus(StatusCode.ERROR);
            }
            span.end();
            LOG.infof(
                    "protocol=%s method=%s code=%s http=%s duration=%sms in=%dB out=%dB request=%s client=%s",
                    protocol,
                    method,
                    code,
                    httpStatus == 0 ? "-" : Integer.toString(httpStatus),
                    String.format(Locale.ROOT, "%.3f", nanos / 1e6),
                    bytesIn.get(),
                    bytesOut.get(),
                    requestId,
                    client);
            Counter.builder("polymath.gateway.requests")
                    .description("Calls that ended, by method and gRPC code")
                    .tags("protocol", protocol, "method", method, "code", code.name())
                    .register(meters)
                    .increment();
            Timer.builder("polymath.gateway.request.duration")
                    .description("Time from the first byte of a call to its end")
                    .tags("protocol", protocol, "method", method)
                    .register(meters)
                    .record(nanos, TimeUnit.NANOSECONDS);
        }
    }
}
