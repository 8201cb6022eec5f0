package dev.polymath.gateway;

import com.google.api.FieldBehavior;
import com.google.api.FieldBehaviorProto;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import dev.polymath.common.v1.ErrorReason;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.Yaml;

/** The OpenAPI 3.1 document of the HTTP rules, with the comments of the proto files as its text. */
final class OpenApi {
    private static final Gson GSON =
            new GsonBuilder().disableHtmlEscaping().setPrettyPrinting().create();
    private static final String SCHEMAS = "#/components/schemas/";
    private static final String PROBLEM = "Problem";
    private static final String TOKEN = "token";

    private final Schema schema;
    private final boolean signIn;
    private final JsonObject document = new JsonObject();
    private final Map<String, JsonObject> schemas = new TreeMap<>();

    /** @param signIn whether callers need a token */
    OpenApi(Schema schema, List<HttpBinding> bindings, boolean signIn) {
        this.schema = schema;
        this.signIn = signIn;
        document.addProperty("openapi", "3.1.0");
        document.add(
                "info",
                object(
                        "title", "Polymath",
                        "version", "1",
                        "description",
                                "The HTTP form of the gRPC services behind this gateway: messages in ProtoJSON, errors in"
                                        + " problem details (RFC 9457)."));
        document.add("servers", array(object("url", "/")));
        TreeMap<String, ServiceDescriptor> services = new TreeMap<>();
        bindings.forEach(binding -> services.put(
                binding.method().getService().getFullName(), binding.method().getService()));
        JsonArray tags = new JsonArray();
        services.values().forEach(service -> {
            JsonObject tag = object("name", service.getName());
            describe(tag, schema.comment(service));
            tags.add(tag);
        });
        document.add("tags", tags);
        TreeMap<String, JsonObject> paths = new TreeMap<>();
        Set<String> ids = new HashSet<>();
        bindings.forEach(binding -> paths.computeIfAbsent(binding.path().openApiPath(), path -> new JsonObject())
                .add(binding.verb().toLowerCase(Locale.ROOT), operation(binding, ids)));
        JsonObject pathObject = new JsonObject();
        paths.forEach(pathObject::add);
        document.add("paths", pathObject);
        schemas.put(PROBLEM, problem());
        JsonObject schemaObject = new JsonObject();
        schemas.forEach(schemaObject::add);
        JsonObject components = new JsonObject();
        components.add("schemas", schemaObject);
        if (signIn) {
            JsonObject schemes = new JsonObject();
            schemes.add(TOKEN, object("type", "http", "scheme", "bearer", "bearerFormat", "JWT"));
            components.add("securitySchemes", schemes);
        }
        document.add("components", components);
    }

    String json() {
        return GSON.toJson(document);
    }

    String yaml() {
        DumperOptions options = new DumperOptions();
        options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
        options.setWidth(120);
        return new Yaml(options).dump(GSON.fromJson(document, Map.class));
    }

    /** One alternative for each scope that is enough. */
    private static JsonArray security(Rule rule) {
        JsonArray alternatives = new JsonArray();
        rule.anyOf().forEach(scope -> {
            JsonObject alternative = new JsonObject();
            alternative.add(TOKEN, array(scope));
            alternatives.add(alternative);
        });
        return alternatives;
    }

    private JsonObject operation(HttpBinding binding, Set<String> ids) {
        MethodDescriptor method = binding.method();
        String comment = schema.comment(method);
        String id = method.getService().getName() + "_" + method.getName();
        for (int n = 2; !ids.add(id); n++) {
            id = method.getService().getName() + "_" + method.getName() + "_" + n;
        }
        JsonObject operation = object("operationId", id);
        operation.add("tags", array(method.getService().getName()));
        if (!comment.isEmpty()) {
            String flat = comment.replaceAll("\\s+", " ");
            int end = flat.indexOf(". ");
            operation.addProperty("summary", end < 0 ? flat : flat.substring(0, end + 1));
            operation.addProperty("description", flat);
        }
        if (signIn) {
            operation.add("security", security(binding.route().rule()));
        }
        JsonArray parameters = new JsonArray();
        for (String variable : binding.path().variables()) {
            FieldDescriptor field = field(method.getInputType(), variable);
            JsonObject parameter = object("name", variable, "in", "path");
            parameter.addProperty("required", true);
            if (field != null) {
                describe(parameter, schema.comment(field));
            }
            parameter.add("schema", field == null ? object("type", "string") : type(field));
            parameters.add(parameter);
        }
        if (!binding.body().equals("*")) {
            query(method.getInputType(), "", binding, parameters, 0);
        }
        if (!parameters.isEmpty()) {
            operation.add("parameters", parameters);
        }
        if (!binding.body().isEmpty()) {
            FieldDescriptor field = method.getInputType().findFieldByName(binding.body());
            JsonObject body = new JsonObject();
            body.addProperty("required", true);
            body.add(
                    "content",
                    content(
                            method.isClientStreaming(),
                            field == null ? reference(method.getInputType()) : fieldSchema(field, false)));
            if (binding.file() != null) {
                file(binding.file(), binding, body);
            }
            operation.add("requestBody", body);
        }
        JsonObject responses = new JsonObject();
        FieldDescriptor part = binding.part();
        JsonObject ok = object(
                "description",
                method.isServerStreaming()
                        ? "One answer per line; an error after the first line is a last line {\"error\": problem}."
                        : "The answer.");
        ok.add(
                "content",
                content(
                        method.isServerStreaming(),
                        part == null ? reference(method.getOutputType()) : fieldSchema(part, false)));
        if (binding.answer() != null) {
            ok.getAsJsonObject("content")
                    .add("application/octet-stream", binary("The file alone, with its own content type."));
        }
        responses.add("200", ok);
        JsonObject error = object("description", "What went wrong, as problem details.");
        JsonObject problem = new JsonObject();
        problem.add("schema", object("$ref", SCHEMAS + PROBLEM));
        JsonObject problemContent = new JsonObject();
        problemContent.add(ProblemJson.MEDIA_TYPE, problem);
        error.add("content", problemContent);
        responses.add("default", error);
        operation.add("responses", responses);
        return operation;
    }

    /** The other forms that a body may have: the file itself, and a form. */
    private void file(RawBody file, HttpBinding binding, JsonObject body) {
        JsonObject content = body.getAsJsonObject("content");
        content.add(
                "application/octet-stream",
                binary("The file itself, with its own content type; the other fields are query parameters."));
        JsonObject form = object("type", "object");
        JsonObject properties = new JsonObject();
        JsonObject binary = object("type", "string", "format", "binary");
        FieldDescriptor outer = file.outer();
        if (outer != null && file.takesSeveral()) {
            JsonObject several = object("type", "array");
            several.add("items", binary);
            describe(several, schema.comment(outer));
            properties.add(outer.getJsonName(), several);
        } else {
            properties.add("file", binary);
        }
        for (FieldDescriptor field : binding.method().getInputType().getFields()) {
            boolean given =
                    field.equals(file.content()) || field.equals(file.mimeType()) || field.equals(file.fileName());
            if (!given && field.getJavaType() != FieldDescriptor.JavaType.MESSAGE) {
                properties.add(field.getJsonName(), fieldSchema(field, true));
            }
        }
        form.add("properties", properties);
        JsonObject media = new JsonObject();
        media.add("schema", form);
        content.add("multipart/form-data", media);
    }

    private static JsonObject binary(String description) {
        JsonObject media = new JsonObject();
        media.add("schema", object("type", "string", "format", "binary", "description", description));
        return media;
    }

    private static JsonObject content(boolean lines, JsonObject of) {
        JsonObject media = new JsonObject();
        media.add("schema", of);
        JsonObject content = new JsonObject();
        content.add(lines ? "application/x-ndjson" : "application/json", media);
        return content;
    }

    /** Every field that neither the path nor the body has is a query parameter; those of messages with dots. */
    private void query(Descriptor type, String prefix, HttpBinding binding, JsonArray parameters, int depth) {
        for (FieldDescriptor field : type.getFields()) {
            String name = prefix + field.getJsonName();
            boolean taken = binding.body().equals(field.getName()) && prefix.isEmpty()
                    || field.equals(Schema.unreadable(type))
                    || binding.path().variables().contains(prefix + field.getName());
            boolean message = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
                    && !field.getMessageType().getFullName().startsWith("google.protobuf.");
            if (taken || field.isMapField() || (message && (field.isRepeated() || depth > 2))) {
                continue;
            }
            if (message) {
                query(field.getMessageType(), name + ".", binding, parameters, depth + 1);
                continue;
            }
            JsonObject parameter = object("name", name, "in", "query");
            if (required(field)) {
                parameter.addProperty("required", true);
            }
            describe(parameter, schema.comment(field));
            parameter.add("schema", fieldSchema(field, false));
            parameters.add(parameter);
        }
    }

    private static @Nullable FieldDescriptor field(Descriptor root, String path) {
        FieldDescriptor field = null;
        Descriptor type = root;
        for (String name : path.split("\\.", -1)) {
            field = type == null ? null : type.findFieldByName(name);
            if (field == null) {
                return null;
            }
            type = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE ? field.getMessageType() : null;
        }
        return field;
    }

    private static boolean required(FieldDescriptor field) {
        return field.getOptions().getExtension(FieldBehaviorProto.fieldBehavior).contains(FieldBehavior.REQUIRED);
    }

    private JsonObject fieldSchema(FieldDescriptor field, boolean described) {
        JsonObject result;
        if (field.isMapField()) {
            result = object("type", "object");
            result.add("additionalProperties", type(field.getMessageType().findFieldByNumber(2)));
        } else if (field.isRepeated()) {
            result = object("type", "array");
            result.add("items", type(field));
        } else {
            result = type(field);
        }
        if (described) {
            describe(result, schema.comment(field));
        }
        return result;
    }

    private JsonObject type(FieldDescriptor field) {
        return switch (field.getType()) {
            case BOOL -> object("type", "boolean");
            case STRING -> object("type", "string");
            case BYTES -> object("type", "string", "contentEncoding", "base64");
            case DOUBLE -> object("type", "number", "format", "double");
            case FLOAT -> object("type", "number", "format", "float");
            case INT32, SINT32, SFIXED32 -> object("type", "integer", "format", "int32");
            case UINT32, FIXED32 -> object("type", "integer", "format", "int64");
            // ProtoJSON writes 64 bits as strings, as JavaScript's numbers have only 53.
            case INT64, SINT64, SFIXED64 -> object("type", "string", "format", "int64");
            case UINT64, FIXED64 -> object("type", "string", "format", "uint64");
            case ENUM -> reference(field.getEnumType());
            case MESSAGE, GROUP -> reference(field.getMessageType());
        };
    }

    private JsonObject reference(EnumDescriptor type) {
        if (!schemas.containsKey(type.getFullName())) {
            JsonObject result = object("type", "string");
            StringBuilder text = new StringBuilder(schema.comment(type));
            JsonArray names = new JsonArray();
            for (EnumValueDescriptor value : type.getValues()) {
                names.add(value.getName());
                text.append("\n- `")
                        .append(value.getName())
                        .append("`: ")
                        .append(schema.comment(value).replace('\n', ' '));
            }
            describe(result, text.toString().strip());
            result.add("enum", names);
            schemas.put(type.getFullName(), result);
        }
        return object("$ref", SCHEMAS + type.getFullName());
    }

    private JsonObject reference(Descriptor type) {
        switch (type.getFullName()) {
            case "google.protobuf.Timestamp":
                return object("type", "string", "format", "date-time");
            case "google.protobuf.Duration":
                return object("type", "string", "pattern", "^-?[0-9]+(\\.[0-9]{1,9})?s$", "example", "0.015s");
            case "google.protobuf.FieldMask":
            case "google.protobuf.StringValue":
                return object("type", "string");
            case "google.protobuf.BytesValue":
                return object("type", "string", "contentEncoding", "base64");
            case "google.protobuf.BoolValue":
                return object("type", "boolean");
            case "google.protobuf.Int32Value":
            case "google.protobuf.UInt32Value":
                return object("type", "integer");
            case "google.protobuf.Int64Value":
            case "google.protobuf.UInt64Value":
                return object("type", "string", "format", "int64");
            case "google.protobuf.FloatValue":
            case "google.protobuf.DoubleValue":
                return object("type", "number");
            case "google.protobuf.ListValue":
                JsonObject list = object("type", "array");
                list.add("items", new JsonObject());
                return list;
            case "google.protobuf.Value":
                return new JsonObject();
            case "google.protobuf.Struct":
                return object("type", "object");
            case "google.protobuf.Any":
                JsonObject any = object("type", "object", "description", "Any message; `@type` says which.");
                JsonObject properties = new JsonObject();
                properties.add("@type", object("type", "string"));
                any.add("properties", properties);
                return any;
            default:
        }
        if (!schemas.containsKey(type.getFullName())) {
            JsonObject result = object("type", "object");
            schemas.put(type.getFullName(), result); // before the fields, which may lead back here
            describe(result, schema.comment(type));
            JsonObject properties = new JsonObject();
            List<String> required = new ArrayList<>();
            for (FieldDescriptor field : type.getFields()) {
                properties.add(field.getJsonName(), fieldSchema(field, true));
                if (required(field)) {
                    required.add(field.getJsonName());
                }
            }
            result.add("properties", properties);
            if (!required.isEmpty()) {
                result.add("required", array(required.toArray(String[]::new)));
            }
        }
        return object("$ref", SCHEMAS + type.getFullName());
    }

    private static JsonObject problem() {
        JsonObject problem = object("type", "object", "description", "Problem details (RFC 9457) of a failed call.");
        JsonObject properties = new JsonObject();
        properties.add("type", object("type", "string", "format", "uri-reference"));
        properties.add("title", object("type", "string", "description", "The meaning of the HTTP status."));
        properties.add("status", object("type", "integer", "description", "The HTTP status."));
        properties.add("detail", object("type", "string", "description", "The offending value and what was expected."));
        properties.add(
                "reason",
                object(
                        "type",
                        "string",
                        "description",
                        "What kind of error, for programs: "
                                + String.join(
                                        ", ",
                                        Arrays.stream(ErrorReason.values())
                                                .filter(reason -> reason != ErrorReason.UNRECOGNIZED
                                                        && reason != ErrorReason.ERROR_REASON_UNSPECIFIED)
                                                .map(Errors::word)
                                                .toList())
                                + "; from services with a vocabulary of their own also other words."));
        properties.add("code", object("type", "string", "description", "The gRPC code."));
        properties.add("requestId", object("type", "string", "description", "Names this call in logs and reports."));
        JsonObject violation = object("type", "object");
        JsonObject violationProperties = new JsonObject();
        violationProperties.add("field", object("type", "string"));
        violationProperties.add("description", object("type", "string"));
        violation.add("properties", violationProperties);
        JsonObject violations = object("type", "array", "description", "The fields to blame.");
        violations.add("items", violation);
        properties.add("violations", violations);
        JsonObject details = object("type", "array", "description", "All details of the google.rpc.Status.");
        details.add("items", object("type", "object"));
        properties.add("details", details);
        problem.add("properties", properties);
        problem.add("required", array("type", "title", "status", "detail", "reason", "code", "requestId", "details"));
        return problem;
    }

    private static void describe(JsonObject target, String comment) {
        if (!comment.isEmpty()) {
            target.addProperty("description", comment);
        }
    }

    private static JsonObject object(String... namesAndValues) {
        JsonObject object = new JsonObject();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            object.addProperty(namesAndValues[i], namesAndValues[i + 1]);
        }
        return object;
    }

    private static JsonArray array(JsonObject element) {
        JsonArray array = new JsonArray();
        array.add(element);
        return array;
    }

    private static JsonArray array(String... elements) {
        JsonArray array = new JsonArray();
        for (String element : elements) {
            array.add(new JsonPrimitive(element));
        }
        return array;
    }
}
