package dev.polymath.gateway;

import dev.polymath.common.v1.ErrorReason;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asks several services the same and joins their answers, in the order of their names, as protobuf does when it merges messages:
 * byte after byte, so repeated fields follow one another. A service that is UNAVAILABLE is left out as long as another answers, and
 * named in the header {@code polymath-omitted}; any other error, and one of all, is the error of the call. Of a method that one of
 * them answers, the others say SERVICE_NOT_FOUND: its answer or error is that of the call; if all say so, that is, unless one could not
 * be asked. Unary methods only.
 */
final class FanOutChannel extends Channel {
    static final Metadata.Key<String> OMITTED = Metadata.Key.of("polymath-omitted", Metadata.ASCII_STRING_MARSHALLER);

    private final List<Backend> backends;
    private final boolean oneAnswers;

    /** @param oneAnswers whether one of the services answers a request, and not all */
    FanOutChannel(List<Backend> backends, boolean oneAnswers) {
        this.backends = backends;
        this.oneAnswers = oneAnswers;
    }

    @Override
    public String authority() {
        return "fan-out";
    }

    @Override
    @SuppressWarnings("unchecked") // the gateway has no calls but those of bytes
    public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
        if (method.getType() != MethodDescriptor.MethodType.UNARY) {
            throw new IllegalArgumentException(method.getFullMethodName() + " is not unary");
        }
        return (ClientCall<Q, R>) new FanOutCall((MethodDescriptor<byte[], byte[]>) method, options);
    }

    private final class FanOutCall extends ClientCall<byte[], byte[]> {
        private final List<ClientCall<byte[], byte[]>> calls = new ArrayList<>();
        private final byte[] @Nullable [] answers = new byte[backends.size()][];
        private final @Nullable Status[] ends = new Status[backends.size()];
        private final Metadata[] trailers = new Metadata[backends.size()];
        private int open = backends.size();
        private int requested;
        private boolean done;
        private @Nullable Listener<byte[]> listener;

        FanOutCall(MethodDescriptor<byte[], byte[]> method, CallOptions options) {
            backends.forEach(backend -> calls.add(backend.channel().newCall(method, options)));
        }

        @Override
        public void start(Listener<byte[]> responses, Metadata headers) {
            listener = responses;
            for (int i = 0; i < calls.size(); i++) {
                int index = i;
                Metadata copy = new Metadata();
                copy.merge(headers);
                calls.get(i)
                        .start(
                                new Listener<>() {
                                    @Override
                                    public void onMessage(byte[] message) {
                                        synchronized (FanOutCall.this) {
                                            answers[index] = message;
                                        }
                                    }

                                    @Override
                                    public void onClose(Status status, Metadata end) {
                                        synchronized (FanOutCall.this) {
                                            ends[index] = status;
                                            trailers[index] = end;
                                            open--;
                                        }
                                        finish();
                                    }
                                },
                                copy);
                calls.get(i).request(2);
            }
        }

        /** Hands the joined answer on once all have ended and the caller has asked for it, or the error. */
        private void finish() {
            Metadata headers = new Metadata();
            ByteArrayOutputStream joined = new ByteArrayOutputStream();
            int failed = -1;
            Listener<byte[]> responses = listener;
            synchronized (this) {
                if (responses == null || done || open > 0) {
                    return;
                }
                List<String> omitted = new ArrayList<>();
                boolean answered = false;
                for (int i = 0; i < ends.length; i++) {
                    Status end = ends[i];
                    byte[] answer = answers[i];
                    if (end != null && end.isOk() && answer != null) {
                        joined.writeBytes(answer);
                        answered = true;
                    } else if (end != null && end.getCode() == Status.Code.UNAVAILABLE) {
                        omitted.add(backends.get(i).name());
                    }
                }
                failed = oneAnswers ? (answered ? -1 : failureOfOne()) : failureOfAll();
                if (failed < 0 && requested == 0) {
                    return; // until the caller asks
                }
                done = true;
                if (!omitted.isEmpty() && !oneAnswers) {
                    headers.put(OMITTED, String.join(",", omitted));
                }
            }
            Status failure = failed < 0 ? null : ends[failed];
            if (failure != null) {
                responses.onClose(failure, trailers[failed]);
            } else {
                responses.onHeaders(headers);
                responses.onMessage(joined.toByteArray());
                responses.onClose(Status.OK, new Metadata());
            }
        }

        /** The first error but UNAVAILABLE, or else UNAVAILABLE if all are; -1 if there is none that fails the call. */
        private int failureOfAll() {
            int first = first(Status.Code.OK, Status.Code.UNAVAILABLE);
            return first >= 0 || first(Status.Code.UNAVAILABLE) >= 0 ? first : 0;
        }

        /** The error of the one that the request was for, or may have been for, as it could not be asked; or else the first. */
        private int failureOfOne() {
            int unreachable = -1;
            for (int i = 0; i < ends.length; i++) {
                Status end = ends[i];
                if (end != null && end.getCode() == Status.Code.UNAVAILABLE) {
                    unreachable = i;
                } else if (end != null && !Errors.has(end, trailers[i], ErrorReason.ERROR_REASON_SERVICE_NOT_FOUND)) {
                    return i;
                }
            }
            return Math.max(0, unreachable);
        }

        /** The first that ended with none of these. */
        private int first(Status.Code... others) {
            for (int i = 0; i < ends.length; i++) {
                Status end = ends[i];
                if (end != null && !List.of(others).contains(end.getCode())) {
                    return i;
                }
            }
            return -1;
        }

        @Override
        public void request(int messages) {
            synchronized (this) {
                requested += messages;
            }
            finish();
        }

        @Override
        public void cancel(@Nullable String message, @Nullable Throwable cause) {
            calls.forEach(call -> call.cancel(message, cause));
        }

        @Override
        public void halfClose() {
            calls.forEach(ClientCall::halfClose);
        }

        @Override
        public void sendMessage(byte[] message) {
            calls.forEach(call -> call.sendMessage(message));
        }
    }
}
