package dev.polymath.gateway;

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
 * named in the header {@code polymath-omitted}; any other error, and one of all, is the error of the call. Unary methods only.
 */
final class FanOutChannel extends Channel {
    static final Metadata.Key<String> OMITTED = Metadata.Key.of("polymath-omitted", Metadata.ASCII_STRING_MARSHALLER);

    private final List<Backend> backends;

    FanOutChannel(List<Backend> backends) {
        this.backends = backends;
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
            Status failure = null;
            Metadata failureTrailers = new Metadata();
            Listener<byte[]> responses = listener;
            synchronized (this) {
                if (responses == null || done || open > 0) {
                    return;
                }
                List<String> omitted = new ArrayList<>();
                for (int i = 0; i < ends.length; i++) {
                    Status end = ends[i];
                    byte[] answer = answers[i];
                    if (end != null && end.isOk() && answer != null) {
                        joined.writeBytes(answer);
                    } else if (end != null && end.getCode() == Status.Code.UNAVAILABLE) {
                        omitted.add(backends.get(i).name());
                    } else if (failure == null) {
                        failure = end;
                        failureTrailers = trailers[i];
                    }
                }
                if (failure == null && omitted.size() == ends.length) {
                    failure = ends[0];
                    failureTrailers = trailers[0];
                }
                if (failure == null && requested == 0) {
                    return; // until the caller asks
                }
                done = true;
                if (!omitted.isEmpty()) {
                    headers.put(OMITTED, String.join(",", omitted));
                }
            }
            if (failure != null) {
                responses.onClose(failure, failureTrailers);
            } else {
                responses.onHeaders(headers);
                responses.onMessage(joined.toByteArray());
                responses.onClose(Status.OK, new Metadata());
            }
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
