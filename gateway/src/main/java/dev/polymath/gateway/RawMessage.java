package dev.polymath.gateway;

import io.grpc.MethodDescriptor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.eclipse.microprofile.config.ConfigProvider;

/** A message as the bytes that came over the wire, and how large it may be. */
final class RawMessage {
    /**
     * Largest message in bytes: the one limit for the gRPC server, the channels and the bodies of HTTP requests, which is that
     * of the services too.
     */
    static final int MAX_BYTES = ConfigProvider.getConfig().getValue("polymath.max-message-bytes", Integer.class);

    /**
     * Where the gRPC server cuts a message off by resetting the stream, which tells the caller nothing. Above the limit, so that a
     * message in between gets a clear error.
     */
    static final int CUT_OFF_BYTES = 2 * MAX_BYTES;

    /** Stands for a message over the limit, whose bytes were dropped. */
    static final byte[] TOO_LARGE = new byte[0];

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
                byte[] message = stream.readNBytes(MAX_BYTES + 1);
                return message.length > MAX_BYTES ? TOO_LARGE : message;
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
