package dev.polymath.gateway;

import io.grpc.MethodDescriptor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** A message as the bytes that came over the wire, and how large it may be. */
final class RawMessage {
    /** Largest message in bytes: the one limit for the gRPC server, the channels and the bodies of HTTP requests. */
    static final int MAX_BYTES = 16 * 1024 * 1024;

    /** Largest header block or trailer block in bytes; an error with many field violations travels in the trailers. */
    static final int MAX_METADATA_BYTES = 64 * 1024;

    static final MethodDescriptor.Marshaller<byte[]> MARSHALLER = new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] message) {
            return new ByteArrayInputStream(message);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    };

    private RawMessage() {}

    static MethodDescriptor<byte[], byte[]> method(String fullMethodName, MethodDescriptor.MethodType type) {
        return MethodDescriptor.newBuilder(MARSHALLER, MARSHALLER)
                .setType(type)
                .setFullMethodName(fullMethodName)
                .build();
    }
}
