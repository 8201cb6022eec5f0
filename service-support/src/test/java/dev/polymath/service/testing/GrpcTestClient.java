package dev.polymath.service.testing;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import dev.polymath.common.v1.Document;
import grpc.health.v1.HealthGrpc;
import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** What a client does to call the service under test, and to read its errors. */
public final class GrpcTestClient {
    private static final MethodDescriptor.Marshaller<byte[]> BYTES = new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] message) {
            return new ByteArrayInputStream(message);
        }

        @Override
        public byte[] parse(InputStream message) {
            try {
                return message.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    };

    private GrpcTestClient() {}

    /** A channel to the service, once that is ready. */
    public static ManagedChannel channel(int port) {
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .maxInboundMessageSize(32 * 1024 * 1024)
                .build();
        Iterator<HealthCheckResponse> health = HealthGrpc.newBlockingStub(channel)
                .withDeadlineAfter(60, TimeUnit.SECONDS)
                .watch(HealthCheckRequest.getDefaultInstance());
        while (health.next().getStatus() != ServingStatus.SERVING) {
            // the next answer comes when that changes
        }
        return channel;
    }

    /** A unary call of bytes that no stub would send. */
    public static byte[] call(Channel channel, String method, byte[] request) {
        return ClientCalls.blockingUnaryCall(
                channel,
                MethodDescriptor.newBuilder(BYTES, BYTES)
                        .setType(MethodDescriptor.MethodType.UNARY)
                        .setFullMethodName(method)
                        .build(),
                CallOptions.DEFAULT,
                request);
    }

    /** Sends the messages of a stream and waits for all answers. */
    @SafeVarargs
    public static <Q, R> List<R> converse(Function<StreamObserver<R>, StreamObserver<Q>> method, Q... messages) {
        CompletableFuture<List<R>> done = new CompletableFuture<>();
        List<R> answers = new ArrayList<>();
        StreamObserver<Q> requests = method.apply(new StreamObserver<>() {
            @Override
            public void onNext(R answer) {
                answers.add(answer);
            }

            @Override
            public void onError(Throwable failure) {
                done.completeExceptionally(failure);
            }

            @Override
            public void onCompleted() {
                done.complete(answers);
            }
        });
        for (Q message : messages) {
            requests.onNext(message);
        }
        requests.onCompleted();
        try {
            return done.orTimeout(60, TimeUnit.SECONDS).join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof StatusRuntimeException status ? status : e;
        }
    }

    public static List<Document> documents(String... texts) {
        return Arrays.stream(texts)
                .map(text -> Document.newBuilder().setText(text).build())
                .toList();
    }

    public static Status status(Throwable failure) {
        Status status = StatusProto.fromThrowable((StatusRuntimeException) failure);
        if (status == null) {
            throw new AssertionError("no google.rpc.Status", failure);
        }
        return status;
    }

    public static String reason(Status status) {
        return detail(status, ErrorInfo.class).getReason();
    }

    public static List<String> violatedFields(Status status) {
        return detail(status, BadRequest.class).getFieldViolationsList().stream()
                .map(BadRequest.FieldViolation::getField)
                .toList();
    }

    public static <M extends Message> M detail(Status status, Class<M> type) {
        for (Any any : status.getDetailsList()) {
            if (any.is(type)) {
                try {
                    return any.unpack(type);
                } catch (InvalidProtocolBufferException e) {
                    throw new AssertionError(e);
                }
            }
        }
        throw new AssertionError("no " + type.getSimpleName() + " in " + status);
    }
}
