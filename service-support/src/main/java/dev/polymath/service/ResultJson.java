package dev.polymath.service;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RequestInfo;
import java.util.List;

/** A result message as an element of a tensor of the Open Inference Protocol. */
public final class ResultJson {
    private static final JsonFormat.Printer JSON = JsonFormat.printer()
            .omittingInsignificantWhitespace()
            .usingTypeRegistry(TypeRegistry.newBuilder()
                    .add(List.of(ErrorInfo.getDescriptor(), BadRequest.getDescriptor(), RequestInfo.getDescriptor()))
                    .build());

    private ResultJson() {}

    /** The message in protobuf's JSON, its error with all details. */
    public static ByteString of(Message result) {
        try {
            return ByteString.copyFromUtf8(JSON.print(result));
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("an error detail of a type that is not registered", e);
        }
    }
}
