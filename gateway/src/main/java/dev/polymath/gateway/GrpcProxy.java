package dev.polymath.gateway;

import dev.polymath.gateway.Routes.Route;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Passes gRPC calls of every kind through to the backends. Messages stay bytes; the next message is read from one side only when
 * the other side takes it, so a slow reader slows the writer and the gateway holds a message or two per call. Runs in the event
 * loops; nothing here blocks.
 */
final class GrpcProxy extends HandlerRegistry {
    private static final Metadata.Key<byte[]> DETAILS =
            Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

    private final Routes routes;
    private final CallLog log;
    private final List<ServerServiceDefinition> services;

    GrpcProxy(Routes routes, CallLog log) {
        this.routes = routes;
        this.log = log;
        this.services = routes.descriptors().stream()
                .map(service -> ServerServiceDefinition.builder(service).build())
                .toList();
    }

    @Override
    public List<ServerServiceDefinition> getServices() {
        return services;
    }

    @Override
    public ServerMethodDefinition<byte[], byte[]> lookupMethod(String method, @Nullable String authority) {
        Route route = routes.find(method);
        return route == null
                ? ServerMethodDefinition.create(
                        RawMessage.method(method, MethodType.BIDI_STREAMING),
                        (call, headers) -> refuse(call, headers, method))
                : ServerMethodDefinition.create(route.grpc(), (call, headers) -> forward(call, headers, route));
    }

    private ServerCall.Listener<byte[]> refuse(ServerCall<byte[], byte[]> call, Metadata headers, String method) {
        CallLog.Call record = log.start("grpc", "unknown", CallLog.requestId(headers.get(CallLog.REQUEST_ID)));
        record.caller(SignIn.session().caller());
        StatusRuntimeException error = Errors.methodNotFound(method);
        close(call, error.getStatus(), error.getTrailers(), method, "", record);
        return new ServerCall.Listener<>() {};
    }

    private ServerCall.Listener<byte[]> forward(ServerCall<byte[], byte[]> call, Metadata headers, Route route) {
        CallLog.Call record = log.start("grpc", route.label(), CallLog.requestId(headers.get(CallLog.REQUEST_ID)));
        Session session = SignIn.session();
        record.caller(session.caller());
        Metadata onward = new Metadata();
        onward.merge(headers);
        onward.discardAll(GatewayIdentity.HEADER);
        if (!session.caller().isAnonymous()) {
            onward.discardAll(Access.AUTHORIZATION); // for the gateway, and nobody else's business
        }
        onward.discardAll(CallLog.REQUEST_ID);
        onward.put(CallLog.REQUEST_ID, record.requestId);
        record.trace(onward);
        ClientCall<byte[], byte[]> backend =
                route.newCall(session, Context.current().getDeadline(), null);
        Pump pump = new Pump(call, backend, route, record);
        backend.start(pump.answers, onward);
        call.request(1);
        backend.request(1);
        return pump.questions;
    }

    /** Closes with what the caller may know, in the status and in the trailers. */
    static <Q, R> void close(
            ServerCall<Q, R> call,
            Status status,
            @Nullable Metadata trailers,
            String method,
            String service,
            CallLog.Call record) {
        Metadata end = new Metadata();
        if (trailers != null) {
            end.merge(trailers);
        }
        Status outward = status;
        if (!status.isOk()) {
            com.google.rpc.Status error = Errors.outward(status, trailers, method, service, record.requestId);
            end.discardAll(DETAILS);
            end.put(DETAILS, error.toByteArray());
            end.discardAll(CallLog.REQUEST_ID);
            end.put(CallLog.REQUEST_ID, record.requestId);
            outward = Status.fromCodeValue(error.getCode()).withDescription(error.getMessage());
        }
        record.end(outward.getCode(), 0);
        call.close(outward, end);
    }

    /** The two directions of one call. */
    private static final class Pump {
        private final ServerCall<byte[], byte[]> caller;
        private final ClientCall<byte[], byte[]> backend;
        private final Route route;
        private final CallLog.Call record;
        private boolean callerWaits;
        private boolean backendWaits;
        private boolean closed;
        private boolean refused;

        final Questions questions = new Questions();
        final Answers answers = new Answers();

        Pump(ServerCall<byte[], byte[]> caller, ClientCall<byte[], byte[]> backend, Route route, CallLog.Call record) {
            this.caller = caller;
            this.backend = backend;
            this.route = route;
            this.record = record;
        }

        /** True for the one who may close the call towards the caller. */
        private synchronized boolean mayClose() {
            boolean first = !closed;
            closed = true;
            return first;
        }

        private synchronized boolean isClosed() {
            return closed;
        }

        private final class Questions extends ServerCall.Listener<byte[]> {
            @Override
            public void onMessage(byte[] message) {
                if (message == RawMessage.TOO_LARGE) {
                    refuse(Errors.tooLong("message"));
                    return;
                }
                record.received(message.length);
                backend.sendMessage(message);
                synchronized (Pump.this) {
                    callerWaits = !backend.isReady();
                    if (callerWaits) {
                        return;
                    }
                }
                caller.request(1);
            }

            private void refuse(StatusRuntimeException error) {
                refused = true;
                // Before the cancellation, which ends the backend's side at once and with its own status.
                if (mayClose()) {
                    close(
                            caller,
                            error.getStatus(),
                            error.getTrailers(),
                            route.grpc().getFullMethodName(),
                            route.backends(),
                            record);
                }
                backend.cancel("the request is too large", null);
            }

            @Override
            public void onHalfClose() {
                if (!refused) {
                    backend.halfClose();
                }
            }

            @Override
            public void onCancel() {
                // First the record: the cancelled backend call ends at once, with the same code but a guess less.
                record.end(cancelCode(), 0);
                backend.cancel("the caller cancelled or its deadline passed", null);
            }

            @Override
            public void onReady() {
                synchronized (Pump.this) {
                    if (!backendWaits) {
                        return;
                    }
                    backendWaits = false;
                }
                backend.request(1);
            }
        }

        private static Status.Code cancelCode() {
            io.grpc.Deadline deadline = Context.current().getDeadline();
            return deadline != null && deadline.isExpired() ? Status.Code.DEADLINE_EXCEEDED : Status.Code.CANCELLED;
        }

        private final class Answers extends ClientCall.Listener<byte[]> {
            @Override
            public void onHeaders(Metadata headers) {
                if (isClosed()) {
                    return;
                }
                headers.discardAll(CallLog.REQUEST_ID);
                headers.put(CallLog.REQUEST_ID, record.requestId);
                caller.sendHeaders(headers);
            }

            @Override
            public void onMessage(byte[] message) {
                if (isClosed()) {
                    return;
                }
                record.sent(message.length);
                caller.sendMessage(message);
                synchronized (Pump.this) {
                    backendWaits = !caller.isReady();
                    if (backendWaits) {
                        return;
                    }
                }
                backend.request(1);
            }

            @Override
            public void onReady() {
                synchronized (Pump.this) {
                    if (!callerWaits) {
                        return;
                    }
                    callerWaits = false;
                }
                caller.request(1);
            }

            @Override
            public void onClose(Status status, Metadata trailers) {
                if (mayClose()) {
                    close(caller, status, trailers, route.grpc().getFullMethodName(), route.backends(), record);
                }
            }
        }
    }
}
