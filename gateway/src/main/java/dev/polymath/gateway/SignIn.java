package dev.polymath.gateway;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Lets calls on the gRPC port in, or answers them: those of the services behind the gateway by the rule of the method, reflection by
 * any scope, health always. A call whose token takes time to verify waits without holding a thread.
 */
final class SignIn implements ServerInterceptor {
    private static final String HEALTH = "grpc.health.v1.Health";
    private static final String REFLECTION = "grpc.reflection.v1.ServerReflection";
    private static final Context.Key<Session> SESSION = Context.keyWithDefault("session", Session.ANONYMOUS);

    private final Access access;
    private final Routes routes;
    private final CallLog log;

    SignIn(Access access, Routes routes, CallLog log) {
        this.access = access;
        this.routes = routes;
        this.log = log;
    }

    /** The session of the call that is being started. */
    static Session session() {
        return SESSION.get();
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        String service = Objects.requireNonNullElse(call.getMethodDescriptor().getServiceName(), "");
        if (!access.required() || service.equals(HEALTH)) {
            return next.startCall(call, headers);
        }
        String method = call.getMethodDescriptor().getFullMethodName();
        boolean reflection = service.equals(REFLECTION);
        Routes.@Nullable Route route = reflection ? null : routes.find(method);
        Rule rule = reflection ? routes.anyScope() : routes.rule(route);
        List<String> given = new ArrayList<>();
        Iterable<String> all = headers.getAll(Access.AUTHORIZATION);
        if (all != null) {
            all.forEach(given::add);
        }
        CallLog.Call record = log.start(
                "grpc",
                reflection ? method : route == null ? "unknown" : route.label(),
                CallLog.requestId(headers.get(CallLog.REQUEST_ID)));
        Context context = Context.current();
        CompletableFuture<ServerCall.Listener<Q>> started = access.enter(
                        given, rule, "method " + Errors.printable(method))
                .toCompletableFuture()
                .thenApply(session -> {
                    ServerCall.Listener<Q> listener =
                            Contexts.interceptCall(context.withValue(SESSION, session), call, headers, next);
                    return reflection ? whileSignedIn(session, call, listener, record, method) : listener;
                })
                .exceptionally(failure -> {
                    StatusRuntimeException refusal = Access.refusal(failure);
                    GrpcProxy.close(call, refusal.getStatus(), refusal.getTrailers(), method, "", record);
                    return new ServerCall.Listener<>() {};
                });
        return started.isDone() ? started.join() : new Waiting<>(started);
    }

    /** Ends a stream that the gateway answers itself at the first message after the end of the session. */
    private static <Q, R> ServerCall.Listener<Q> whileSignedIn(
            Session session,
            ServerCall<Q, R> call,
            ServerCall.Listener<Q> listener,
            CallLog.Call record,
            String method) {
        return new SimpleForwardingServerCallListener<>(listener) {
            private boolean closed;

            @Override
            public void onMessage(Q message) {
                StatusRuntimeException over = session.ended();
                if (over == null) {
                    super.onMessage(message);
                } else if (!closed) {
                    closed = true;
                    GrpcProxy.close(call, over.getStatus(), over.getTrailers(), method, "", record);
                    super.onCancel();
                }
            }

            @Override
            public void onHalfClose() {
                if (!closed) {
                    super.onHalfClose();
                }
            }
        };
    }

    /** Keeps what happens to a call until there is one who listens. */
    private static final class Waiting<Q> extends ServerCall.Listener<Q> {
        private final List<Consumer<ServerCall.Listener<Q>>> events = new ArrayList<>();
        private ServerCall.@Nullable Listener<Q> listener;

        Waiting(CompletionStage<ServerCall.Listener<Q>> started) {
            var unused = started.thenAccept(this::release);
        }

        /** In their order, those too that come meanwhile. */
        private void release(ServerCall.Listener<Q> started) {
            while (true) {
                List<Consumer<ServerCall.Listener<Q>>> due;
                synchronized (this) {
                    if (events.isEmpty()) {
                        listener = started;
                        return;
                    }
                    due = List.copyOf(events);
                    events.clear();
                }
                due.forEach(event -> event.accept(started));
            }
        }

        private void later(Consumer<ServerCall.Listener<Q>> event) {
            ServerCall.Listener<Q> now;
            synchronized (this) {
                now = listener;
                if (now == null) {
                    events.add(event);
                }
            }
            if (now != null) {
                event.accept(now);
            }
        }

        @Override
        public void onMessage(Q message) {
            later(listener -> listener.onMessage(message));
        }

        @Override
        public void onHalfClose() {
            later(ServerCall.Listener::onHalfClose);
        }

        @Override
        public void onCancel() {
            later(ServerCall.Listener::onCancel);
        }

        @Override
        public void onComplete() {
            later(ServerCall.Listener::onComplete);
        }

        @Override
        public void onReady() {
            later(ServerCall.Listener::onReady);
        }
    }
}
