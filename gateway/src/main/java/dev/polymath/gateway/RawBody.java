package dev.polymath.gateway;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import com.google.protobuf.UnsafeByteOperations;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.multipart.Attribute;
import io.netty.handler.codec.http.multipart.DefaultHttpDataFactory;
import io.netty.handler.codec.http.multipart.FileUpload;
import io.netty.handler.codec.http.multipart.HttpPostRequestDecoder;
import io.netty.handler.codec.http.multipart.InterfaceHttpData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The place in a message that a file goes to, or comes from, as it is, without JSON around it: the only field of type
 * {@code bytes}, of the message itself or else of its only message field that has one. If that field is repeated, each of several
 * files is an element of it. Next to the bytes the fields {@code mime_type} and {@code file_name} say what the file is. Immutable.
 *
 * @param outer field of the message that has the others; null if the message itself has them
 */
record RawBody(
        @Nullable FieldDescriptor outer,
        FieldDescriptor content,
        @Nullable FieldDescriptor mimeType,
        @Nullable FieldDescriptor fileName) {
    private static final String MULTIPART = "multipart/form-data";

    /** Sent by clients that were not told what they send. */
    private static final String FORM = "application/x-www-form-urlencoded";

    /** A file that came. */
    private record Upload(ByteString content, String mimeType, String fileName) {}

    /** The files of a form, and values of other fields that came with them. */
    private record Form(List<Upload> files, Map<String, List<String>> fields) {}

    /** The place in messages of a type; null if they have none, or several. */
    static @Nullable RawBody of(Descriptor type) {
        List<FieldDescriptor> own = files(type);
        if (!own.isEmpty()) {
            return own.size() == 1 ? of(null, own.get(0)) : null;
        }
        List<FieldDescriptor> outer = type.getFields().stream()
                .filter(field -> field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
                        && !field.isMapField()
                        && files(field.getMessageType()).size() == 1)
                .toList();
        return outer.size() == 1
                ? of(outer.get(0), files(outer.get(0).getMessageType()).get(0))
                : null;
    }

    private static List<FieldDescriptor> files(Descriptor type) {
        return type.getFields().stream()
                .filter(field -> field.getType() == FieldDescriptor.Type.BYTES && !field.isRepeated())
                .toList();
    }

    private static RawBody of(@Nullable FieldDescriptor outer, FieldDescriptor content) {
        Descriptor type = content.getContainingType();
        return new RawBody(outer, content, text(type, "mime_type"), text(type, "file_name"));
    }

    private static @Nullable FieldDescriptor text(Descriptor type, String name) {
        FieldDescriptor field = type.findFieldByName(name);
        return field != null && field.getType() == FieldDescriptor.Type.STRING && !field.isRepeated() ? field : null;
    }

    /** Whether a body of a content type, in lower case and without parameters, is a file. */
    boolean takes(String contentType) {
        return contentType.indexOf('/') > 0 && !contentType.equals(FORM);
    }

    /** Whether a message may have several files. */
    boolean takesSeveral() {
        return outer != null && outer.isRepeated();
    }

    /**
     * Puts a body into a message.
     *
     * @param body is not changed, now or later
     * @param contentType the header of the request
     * @return values of other fields, by name, that a form has beside the files
     */
    Map<String, List<String>> read(byte[] body, String contentType, DynamicMessage.Builder message) {
        String type = contentType.split(";", 2)[0].strip();
        Form form = type.toLowerCase(Locale.ROOT).equals(MULTIPART)
                ? form(body, contentType)
                : new Form(List.of(new Upload(UnsafeByteOperations.unsafeWrap(body), type, "")), Map.of());
        if (form.files().isEmpty()) {
            throw Errors.invalidInput("body", "no file (expected: a part with a file name)");
        }
        if (form.files().size() > 1 && !takesSeveral()) {
            throw Errors.invalidInput("body", form.files().size() + " files (expected: one)");
        }
        for (Upload file : form.files()) {
            if (outer == null) {
                put(file, message);
                continue;
            }
            Message.Builder inner = message.newBuilderForField(outer);
            put(file, inner);
            if (outer.isRepeated()) {
                message.addRepeatedField(outer, inner.build());
            } else {
                message.setField(outer, inner.build());
            }
        }
        return form.fields();
    }

    private void put(Upload upload, Message.Builder message) {
        message.setField(content, upload.content());
        if (mimeType != null) {
            message.setField(mimeType, upload.mimeType());
        }
        if (fileName != null) {
            message.setField(fileName, upload.fileName());
        }
    }

    private static Form form(byte[] body, String contentType) {
        FullHttpRequest request =
                new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/", Unpooled.wrappedBuffer(body));
        request.headers().set(HttpHeaderNames.CONTENT_TYPE, contentType);
        HttpPostRequestDecoder form;
        try {
            form = new HttpPostRequestDecoder(new DefaultHttpDataFactory(false), request, StandardCharsets.UTF_8);
        } catch (RuntimeException e) {
            throw Errors.invalidInput("body", "not a form (expected: multipart/form-data with a boundary)");
        }
        try {
            List<Upload> files = new ArrayList<>();
            Map<String, List<String>> fields = new TreeMap<>();
            for (InterfaceHttpData part : form.getBodyHttpDatas()) {
                if (part instanceof FileUpload file) {
                    files.add(new Upload(ByteString.copyFrom(file.get()), file.getContentType(), file.getFilename()));
                } else if (part instanceof Attribute attribute) {
                    fields.computeIfAbsent(attribute.getName(), name -> new ArrayList<>())
                            .add(attribute.getValue());
                }
            }
            return new Form(files, fields);
        } catch (IOException e) {
            throw Errors.invalidInput("body", "not a form (expected: multipart/form-data)");
        } finally {
            form.destroy();
        }
    }

    /** Whether a request wants the file alone: it accepts something, but no JSON. */
    static boolean wanted(@Nullable String accept) {
        return accept != null
                && !accept.isBlank()
                && !accept.contains("*/*")
                && !accept.toLowerCase(Locale.ROOT).contains("json");
    }

    /** The file in a message. */
    byte[] file(DynamicMessage message) {
        return ((ByteString) message.getField(content)).toByteArray();
    }

    /** What the message says the file is. */
    String mimeType(DynamicMessage message) {
        String type = mimeType == null ? "" : (String) message.getField(mimeType);
        return type.matches("[\\w.+-]+/[\\w.+-]+(?:\\s*;.*)?") ? type : "application/octet-stream";
    }
}
