package dev.polymath.gateway;

import io.grpc.Metadata;
import io.grpc.Status.Code;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** One log line and one count per call, on every protocol, and the request id that ties them together. Never any content. */
final class CallLog {
    /** Carries the request id to the service and back to the caller. */
    static final Metadata.Key<String> REQUEST_ID = Metadata.Key.of("x-request-id", Metadata.ASCII_STRING_MARSHALLER);

    private static final Logger LOG = Logger.getLogger("dev.polymath.gateway.access");
    private static final Pattern SANE_ID = Pattern.compile("[A-Za-z0-9._~:/+=@-]{1,128}");

    private final MeterRegistry meters;

    CallLog(MeterRegistry meters) {
        this.meters = meters;
    }

    /** The caller's id if it is at most 128 characters that are safe to log, else a new one. */
    static String requestId(@Nullable String given) {
        return given != null && SANE_ID.matcher(given).matches()
                ? given
                : UUID.randomUUID().toString();
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

        private Call(String protocol, String method, String requestId) {
            this.protocol = protocol;
            this.method = method;
            this.requestId = requestId;
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
            LOG.infof(
                    "protocol=%s method=%s code=%s http=%s duration=%sms in=%dB out=%dB request=%s",
                    protocol,
                    method,
                    code,
                    httpStatus == 0 ? "-" : Integer.toString(httpStatus),
                    String.format(Locale.ROOT, "%.3f", nanos / 1e6),
                    bytesIn.get(),
                    bytesOut.get(),
                    requestId);
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
