package dev.polymath.gateway;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest.FieldViolation;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes the request messages of one HTTP call: of its body, its path and its query. All methods fail with INVALID_INPUT that names
 * what is wrong.
 */
final class RequestReader {
    private final JsonInput input;
    private final HttpBinding binding;
    private final MethodDescriptor method;
    private final Map<String, String> variables;
    private final HttpServerRequest request;

    /** @param variables of the path, by field path */
    RequestReader(JsonInput input, HttpBinding binding, Map<String, String> variables, HttpServerRequest request) {
        this.input = input;
        this.binding = binding;
        this.method = binding.method();
        this.variables = variables;
        this.request = request;
    }

    /**
     * The message of a line. One that cannot be read ends the call, unless the message has a field for a
     * {@code google.rpc.Status}: then it is what the service gets, and the call goes on.
     */
    byte[] line(long number, byte[] json) {
        try {
            return json(JsonInput.decode(json));
        } catch (StatusRuntimeException e) {
            StatusRuntimeException error = inLine(number, e);
            com.google.rpc.Status status = StatusProto.fromThrowable(error);
            FieldDescriptor unreadable = Schema.unreadable(method.getInputType());
            if (unreadable == null || status == null) {
                throw error;
            }
            DynamicMessage.Builder message = DynamicMessage.newBuilder(method.getInputType());
            parameters(message);
            Message.Builder field = message.newBuilderForField(unreadable);
            try {
                return message.setField(
                                unreadable,
                                field.mergeFrom(status.toByteString()).build())
                        .build()
                        .toByteArray();
            } catch (InvalidProtocolBufferException impossible) {
                throw new IllegalStateException(impossible);
            }
        }
    }

    private static StatusRuntimeException inLine(long number, StatusRuntimeException error) {
        com.google.rpc.Status status = StatusProto.fromThrowable(error);
        return status == null
                ? error
                : Errors.invalidInput(List.of(FieldViolation.newBuilder()
                        .setField("line " + number)
                        .setDescription(status.getMessage())
                        .build()));
    }

    /** The request message of a JSON body, the path and the query. */
    byte[] json(String json) {
        DynamicMessage.Builder message = DynamicMessage.newBuilder(method.getInputType());
        if (binding.body().equals("*")) {
            input.merge(json, message);
        } else if (!binding.body().isEmpty()) {
            input.merge(json, binding.body(), message);
        }
        parameters(message);
        return bytes(message);
    }

    /** The request message of a body that is a file, the path, the query and the other fields of a form. */
    byte[] file(byte[] body) {
        DynamicMessage.Builder message = DynamicMessage.newBuilder(method.getInputType());
        RawBody file = Objects.requireNonNull(binding.file());
        Map<String, List<String>> fields = new TreeMap<>(
                file.read(body, Objects.requireNonNullElse(request.getHeader("content-type"), ""), message));
        query().forEach((name, values) ->
                fields.computeIfAbsent(name, k -> new ArrayList<>()).addAll(values));
        for (String name : List.of(file.content().getName(), file.content().getJsonName())) {
            if (file.outer() == null && fields.containsKey(name)) {
                throw Errors.invalidInput(name, "given twice (expected: only as the body)");
            }
        }
        JsonObject parameters = new JsonObject();
        fields.forEach((name, values) -> set(parameters, name, values));
        merge(parameters, message);
        return bytes(message);
    }

    private Map<String, List<String>> query() {
        Map<String, List<String>> query = new TreeMap<>();
        request.params()
                .forEach(entry -> query.computeIfAbsent(entry.getKey(), k -> new ArrayList<>())
                        .add(entry.getValue()));
        return query;
    }

    /** Puts in what the path and the query say. */
    private void parameters(DynamicMessage.Builder message) {
        JsonObject parameters = new JsonObject();
        if (!binding.body().equals("*")) {
            query().forEach((name, values) -> set(parameters, name, values));
        } else if (!request.params().isEmpty()) {
            throw Errors.invalidInput(
                    "query", "this path takes no query parameters (expected: all fields in the body)");
        }
        merge(parameters, message);
    }

    /** Puts in parameters and what the path says. */
    private void merge(JsonObject parameters, DynamicMessage.Builder message) {
        variables.forEach((name, value) -> set(parameters, name, List.of(value)));
        if (!parameters.isEmpty()) {
            DynamicMessage.Builder more = DynamicMessage.newBuilder(method.getInputType());
            input.merge(parameters.toString(), more);
            message.mergeFrom(more.build());
        }
    }

    /** Puts the values of {@code a.b.c} where ProtoJSON has them. Names that do not exist are left for the reader to refuse. */
    private void set(JsonObject root, String path, List<String> values) {
        String[] names = path.split("\\.", -1);
        JsonObject parent = root;
        Descriptor type = method.getInputType();
        for (int i = 0; i < names.length - 1; i++) {
            String name = names[i];
            FieldDescriptor field = type == null ? null : field(type, name);
            type = field != null && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
                    ? field.getMessageType()
                    : null;
            JsonElement child = parent.get(name);
            if (!(child instanceof JsonObject)) {
                child = new JsonObject();
                parent.add(name, child);
            }
            parent = child.getAsJsonObject();
        }
        String last = names[names.length - 1];
        FieldDescriptor field = type == null ? null : field(type, last);
        if (values.size() == 1 && (field == null || !field.isRepeated())) {
            parent.add(last, new JsonPrimitive(values.get(0)));
        } else {
            JsonArray list = new JsonArray();
            values.forEach(list::add);
            parent.add(last, list);
        }
    }

    private static @Nullable FieldDescriptor field(Descriptor type, String name) {
        return type.getFields().stream()
                .filter(f -> f.getName().equals(name) || f.getJsonName().equals(name))
                .findFirst()
                .orElse(null);
    }

    private static byte[] bytes(DynamicMessage.Builder message) {
        byte[] bytes = message.build().toByteArray();
        if (bytes.length > RawMessage.MAX_BYTES) {
            throw Errors.tooLong("body");
        }
        return bytes;
    }
}
