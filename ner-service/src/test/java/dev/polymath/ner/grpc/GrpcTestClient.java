package dev.polymath.ner.grpc;

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
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What a client does to call the service under test, and to read its errors. */
final class GrpcTestClient {
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
    static ManagedChannel channel(int port) {
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .maxInboundMessageSize(16 * 1024 * 1024)
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
    static byte[] call(Channel channel, String method, byte[] request) {
        return ClientCalls.blockingUnaryCall(
                channel,
                MethodDescriptor.newBuilder(BYTES, BYTES)
                        .setType(MethodDescriptor.MethodType.UNARY)
                        .setFullMethodName(method)
                        .build(),
                CallOptions.DEFAULT,
                request);
    }

    static List<Document> documents(String... texts) {
        return Arrays.stream(texts)
                .map(text -> Document.newBuilder().setText(text).build())
                .toList();
    }

    static Status status(Throwable failure) {
        Status status = StatusProto.fromThrowable((StatusRuntimeException) failure);
        if (status == null) {
            throw new AssertionError("no google.rpc.Status", failure);
        }
        return status;
    }

    static String reason(Status status) {
        return detail(status, ErrorInfo.class).getReason();
    }

    static List<String> violatedFields(Status status) {
        return detail(status, BadRequest.class).getFieldViolationsList().stream()
                .map(BadRequest.FieldViolation::getField)
                .toList();
    }

    static <M extends Message> M detail(Status status, Class<M> type) {
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
