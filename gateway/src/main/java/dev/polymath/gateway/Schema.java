package dev.polymath.gateway;

import com.google.api.AnnotationsProto;
import com.google.api.FieldBehaviorProto;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import com.google.protobuf.DescriptorProtos.SourceCodeInfo.Location;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.GenericDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.protobuf.ExtensionRegistry;
import com.google.protobuf.TypeRegistry;
import com.google.rpc.ErrorDetailsProto;
import dev.polymath.common.v1.MethodRule;
import dev.polymath.common.v1.MethodsProto;
import dev.polymath.common.v1.UsageProto;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The proto files that the gateway knows: their services, their message types and their comments. Immutable. */
final class Schema {
    private static final String EMBEDDED = "META-INF/polymath/polymath.protobin";

    private final Map<String, ServiceDescriptor> services = new HashMap<>();
    private final Map<String, String> comments = new HashMap<>();
    private final TypeRegistry types;

    private Schema(Collection<FileDescriptor> files) {
        TypeRegistry.Builder registry = TypeRegistry.newBuilder();
        Map<String, Descriptor> messages = new LinkedHashMap<>();
        ErrorDetailsProto.getDescriptor().getMessageTypes().forEach(type -> messages.put(type.getFullName(), type));
        for (FileDescriptor file : files) {
            file.getServices().forEach(service -> services.put(service.getFullName(), service));
            file.getMessageTypes().forEach(type -> messages.put(type.getFullName(), type));
            readComments(file.toProto());
        }
        types = registry.add(messages.values()).build();
    }

    /**
     * Reads the descriptor sets on the class path and those named.
     *
     * @throws IllegalArgumentException if a file is missing or is not a complete descriptor set
     */
    static Schema load(List<String> descriptorSets) {
        Map<String, FileDescriptorProto> protos = new LinkedHashMap<>();
        try {
            ClassLoader loader = Thread.currentThread().getContextClassLoader();
            for (URL url : Collections.list(loader.getResources(EMBEDDED))) {
                try (InputStream in = url.openStream()) {
                    read(in, protos);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + EMBEDDED, e);
        }
        for (String name : descriptorSets) {
            try (InputStream in = Files.newInputStream(Path.of(name))) {
                read(in, protos);
            } catch (IOException e) {
                throw new IllegalArgumentException(
                        "polymath.gateway.descriptor-sets: " + name
                                + " (expected: a file that protoc --include_imports --descriptor_set_out wrote)",
                        e);
            }
        }
        Map<String, FileDescriptor> files = new LinkedHashMap<>();
        protos.keySet().forEach(name -> link(name, protos, files));
        return new Schema(files.values());
    }

    /**
     * The field of a stream's messages that takes the error of a line that cannot be read: the one of type
     * {@code google.rpc.Status}; null if there is none.
     */
    static @Nullable FieldDescriptor unreadable(Descriptor type) {
        return type.getFields().stream()
                .filter(field -> field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
                        && !field.isRepeated()
                        && field.getMessageType().getFullName().equals("google.rpc.Status"))
                .findFirst()
                .orElse(null);
    }

    /** What a method's declaration says of what the gateway does with it. */
    static MethodRule rule(MethodDescriptor method) {
        return method.getOptions().getExtension(MethodsProto.methodRule);
    }

    private static void read(InputStream in, Map<String, FileDescriptorProto> protos) throws IOException {
        ExtensionRegistry extensions = ExtensionRegistry.newInstance();
        AnnotationsProto.registerAllExtensions(extensions);
        FieldBehaviorProto.registerAllExtensions(extensions);
        UsageProto.registerAllExtensions(extensions);
        MethodsProto.registerAllExtensions(extensions);
        for (FileDescriptorProto file :
                FileDescriptorSet.parseFrom(in, extensions).getFileList()) {
            protos.putIfAbsent(file.getName(), file);
        }
    }

    private static FileDescriptor link(
            String name, Map<String, FileDescriptorProto> protos, Map<String, FileDescriptor> files) {
        FileDescriptor known = files.get(name);
        if (known != null) {
            return known;
        }
        FileDescriptorProto proto = protos.get(name);
        if (proto == null) {
            throw new IllegalArgumentException(
                    "descriptor set: " + name + " is imported but not there (expected: protoc --include_imports)");
        }
        FileDescriptor[] imports = proto.getDependencyList().stream()
                .map(dependency -> link(dependency, protos, files))
                .toArray(FileDescriptor[]::new);
        try {
            FileDescriptor file = FileDescriptor.buildFrom(proto, imports);
            files.put(name, file);
            return file;
        } catch (DescriptorValidationException e) {
            throw new IllegalArgumentException("descriptor set: " + name + ": " + e.getMessage(), e);
        }
    }

    @Nullable
    ServiceDescriptor service(String fullName) {
        return services.get(fullName);
    }

    /** All message types, with the error details of google.rpc. */
    TypeRegistry types() {
        return types;
    }

    /** The comment above a declaration, empty if it has none. */
    String comment(GenericDescriptor declaration) {
        return comments.getOrDefault(declaration.getFullName(), "");
    }

    private void readComments(FileDescriptorProto file) {
        for (Location location : file.getSourceCodeInfo().getLocationList()) {
            String comment = location.getLeadingComments();
            if (comment.isEmpty()) {
                comment = location.getTrailingComments();
            }
            String name = comment.isEmpty() ? null : name(file, location.getPathList());
            if (name != null) {
                comments.put(name, comment.replaceAll("(?m)^ ", "").strip());
            }
        }
    }

    /** The full name of what a path of descriptor.proto's SourceCodeInfo points at. */
    private static @Nullable String name(FileDescriptorProto file, List<Integer> path) {
        if (path.size() < 2 || path.size() % 2 != 0) {
            return null;
        }
        String scope = file.getPackage().isEmpty() ? "" : file.getPackage() + ".";
        int index = path.get(1);
        List<Integer> rest = path.subList(2, path.size());
        return switch (path.get(0)) {
            case FileDescriptorProto.MESSAGE_TYPE_FIELD_NUMBER -> name(scope, file.getMessageType(index), rest);
            case FileDescriptorProto.ENUM_TYPE_FIELD_NUMBER -> name(scope, file.getEnumType(index), rest);
            case FileDescriptorProto.SERVICE_FIELD_NUMBER -> {
                String service = scope + file.getService(index).getName();
                if (rest.isEmpty()) {
                    yield service;
                }
                yield rest.size() == 2 && rest.get(0) == ServiceDescriptorProto.METHOD_FIELD_NUMBER
                        ? service + "."
                                + file.getService(index).getMethod(rest.get(1)).getName()
                        : null;
            }
            default -> null;
        };
    }

    private static @Nullable String name(String scope, DescriptorProto type, List<Integer> path) {
        String name = scope + type.getName();
        if (path.isEmpty()) {
            return name;
        }
        int index = path.get(1);
        List<Integer> rest = path.subList(2, path.size());
        return switch (path.get(0)) {
            case DescriptorProto.FIELD_FIELD_NUMBER ->
                rest.isEmpty() ? name + "." + type.getField(index).getName() : null;
            case DescriptorProto.NESTED_TYPE_FIELD_NUMBER -> name(name + ".", type.getNestedType(index), rest);
            case DescriptorProto.ENUM_TYPE_FIELD_NUMBER -> name(name + ".", type.getEnumType(index), rest);
            default -> null;
        };
    }

    private static @Nullable String name(String scope, EnumDescriptorProto type, List<Integer> path) {
        if (path.isEmpty()) {
            return scope + type.getName();
        }
        return path.size() == 2 && path.get(0) == EnumDescriptorProto.VALUE_FIELD_NUMBER
                ? scope + type.getName() + "." + type.getValue(path.get(1)).getName()
                : null;
    }
}
