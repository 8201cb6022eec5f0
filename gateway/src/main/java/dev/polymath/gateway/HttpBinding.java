package dev.polymath.gateway;

import com.google.api.HttpRule;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import dev.polymath.gateway.Routes.Route;
import org.jspecify.annotations.Nullable;

/**
 * A rule of {@code google.api.http}: one HTTP method and path that stand for a gRPC method. Immutable.
 *
 * @param body the field that the body of the request is, {@code *} for the whole message, empty for none
 * @param part the field that the body of the response is, null for the whole message
 * @param file where a body that is no JSON goes to; null if it is refused
 * @param answer where the file comes from that is the answer if no JSON is accepted; null if there is none
 */
record HttpBinding(
        Route route,
        MethodDescriptor method,
        String verb,
        PathTemplate path,
        String body,
        @Nullable FieldDescriptor part,
        @Nullable RawBody file,
        @Nullable RawBody answer) {

    /** @throws IllegalArgumentException if the rule has no path, or names fields that are not there */
    static HttpBinding of(Route route, MethodDescriptor method, HttpRule rule) {
        String verb = switch (rule.getPatternCase()) {
            case GET, PUT, POST, DELETE, PATCH -> rule.getPatternCase().name();
            case CUSTOM -> rule.getCustom().getKind();
            case PATTERN_NOT_SET ->
                throw new IllegalArgumentException(method.getFullName() + ": google.api.http without a path");
        };
        String path = switch (rule.getPatternCase()) {
            case GET -> rule.getGet();
            case PUT -> rule.getPut();
            case POST -> rule.getPost();
            case DELETE -> rule.getDelete();
            case PATCH -> rule.getPatch();
            default -> rule.getCustom().getPath();
        };
        String body = rule.getBody();
        boolean whole = body.equals("*");
        if (!body.isEmpty() && !whole) {
            required(method.getInputType(), body);
        }
        String part = rule.getResponseBody();
        return new HttpBinding(
                route,
                method,
                verb,
                new PathTemplate(path),
                body,
                part.isEmpty() ? null : required(method.getOutputType(), part),
                whole && !method.isClientStreaming() ? RawBody.of(method.getInputType()) : null,
                part.isEmpty() && !method.isServerStreaming() ? answer(method) : null);
    }

    private static @Nullable RawBody answer(MethodDescriptor method) {
        RawBody answer = RawBody.of(method.getOutputType());
        return answer == null || answer.outer() != null ? null : answer;
    }

    private static FieldDescriptor required(Descriptor type, String name) {
        FieldDescriptor field = type.findFieldByName(name);
        if (field == null) {
            throw new IllegalArgumentException(
                    "google.api.http: " + name + " (expected: a field of " + type.getFullName() + ")");
        }
        return field;
    }
}
