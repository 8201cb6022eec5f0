package dev.polymath.gateway;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.WireFormat;
import dev.polymath.common.v1.Usage;
import dev.polymath.common.v1.UsageProto;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Counts what the fields of a request with the option {@code polymath.common.v1.usage} hold, in the bytes of the request: no message
 * is made of them, and fields that nothing is to be counted in are skipped. Immutable.
 */
final class UsageCounter {
    /** For a method that no schema has. */
    static final UsageCounter NONE = new UsageCounter(new Type());

    /** As deep as protobuf itself reads. */
    private static final int MAX_DEPTH = 100;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long LOW_BITS = 0x0101010101010101L;

    /** The fields of a message type that count, or have something in them that does, by number. */
    private static final class Type {
        private final Map<Integer, Field> fields = new HashMap<>();
    }

    /** @param type of the message that the field has, null if that is not looked into */
    private record Field(Usage usage, @Nullable Type type) {}

    private static final class Tally {
        private long characters;
        private long images;
    }

    private final Type type;

    private UsageCounter(Type type) {
        this.type = type;
    }

    /**
     * The counter of a request type.
     *
     * @throws IllegalArgumentException if a field has the option that cannot be counted so
     */
    static UsageCounter of(Descriptor request) {
        Map<Descriptor, Type> types = new HashMap<>();
        read(request, types);
        prune(types.values());
        return new UsageCounter(types.getOrDefault(request, new Type()));
    }

    private static Type read(Descriptor message, Map<Descriptor, Type> types) {
        Type known = types.get(message);
        if (known != null) {
            return known;
        }
        Type type = new Type();
        types.put(message, type);
        for (FieldDescriptor field : message.getFields()) {
            Usage usage = field.getOptions().getExtension(UsageProto.usage);
            check(field, usage);
            Type inner = field.getJavaType() == JavaType.MESSAGE ? read(field.getMessageType(), types) : null;
            if (usage != Usage.USAGE_UNSPECIFIED || inner != null) {
                type.fields.put(field.getNumber(), new Field(usage, inner));
            }
        }
        return type;
    }

    private static void check(FieldDescriptor field, Usage usage) {
        JavaType type = field.getJavaType();
        boolean text = type == JavaType.STRING || type == JavaType.BYTE_STRING;
        boolean can = switch (usage) {
            case USAGE_UNSPECIFIED -> true;
            case USAGE_CHARACTERS -> text;
            case USAGE_IMAGES -> text || type == JavaType.MESSAGE;
            case UNRECOGNIZED -> false;
        };
        if (!can) {
            throw new IllegalArgumentException(
                    "descriptor set: " + field.getFullName() + ": polymath.common.v1.usage is " + usage
                            + " (expected: USAGE_CHARACTERS for string and bytes, USAGE_IMAGES for those and messages)");
        }
    }

    /** Takes fields out that lead to nothing. */
    private static void prune(Iterable<Type> types) {
        Set<Type> counting = new HashSet<>();
        boolean more = true;
        while (more) {
            more = false;
            for (Type type : types) {
                boolean counts = type.fields.values().stream()
                        .anyMatch(field -> field.usage() != Usage.USAGE_UNSPECIFIED || counting.contains(field.type()));
                more |= counts && counting.add(type);
            }
        }
        types.forEach(type -> type.fields
                .values()
                .removeIf(field -> field.usage() == Usage.USAGE_UNSPECIFIED && !counting.contains(field.type())));
    }

    /** What a request holds; nothing if it is not a message of its type, which is for the service to say. */
    Amount count(byte[] request) {
        if (type.fields.isEmpty()) {
            return Amount.NOTHING;
        }
        Tally tally = new Tally();
        try {
            CodedInputStream in = CodedInputStream.newInstance(request);
            walk(in, request, type, tally, 0);
            in.checkLastTagWas(0);
        } catch (IOException damaged) {
            return Amount.NOTHING;
        }
        return new Amount(tally.characters, tally.images);
    }

    /** Reads to the end of a message, or of a group. */
    private static void walk(CodedInputStream in, byte[] bytes, Type type, Tally tally, int depth) throws IOException {
        if (depth > MAX_DEPTH) {
            throw new IOException("nested too deeply");
        }
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            int wire = WireFormat.getTagWireType(tag);
            if (wire == WireFormat.WIRETYPE_END_GROUP) {
                return;
            }
            Field field = type.fields.get(WireFormat.getTagFieldNumber(tag));
            Type inner = field == null ? null : field.type();
            boolean delimited = wire == WireFormat.WIRETYPE_LENGTH_DELIMITED;
            boolean group = wire == WireFormat.WIRETYPE_START_GROUP && inner != null;
            if (field == null || !(delimited || group)) {
                in.skipField(tag);
                continue;
            }
            tally.images += field.usage() == Usage.USAGE_IMAGES ? 1 : 0;
            if (inner != null && group) {
                walk(in, bytes, inner, tally, depth + 1);
                in.checkLastTagWas(tag - WireFormat.WIRETYPE_START_GROUP + WireFormat.WIRETYPE_END_GROUP);
            } else if (inner != null) {
                int limit = in.pushLimit(in.readRawVarint32());
                walk(in, bytes, inner, tally, depth + 1);
                in.checkLastTagWas(0);
                in.popLimit(limit);
            } else {
                int length = in.readRawVarint32();
                int from = in.getTotalBytesRead();
                in.skipRawBytes(length);
                tally.characters += field.usage() == Usage.USAGE_CHARACTERS ? codePoints(bytes, from, length) : 0;
            }
        }
    }

    /** Bytes of UTF-8 that begin a code point: all but those of the form 10xxxxxx. */
    private static int codePoints(byte[] bytes, int from, int length) {
        int following = 0;
        int at = from;
        int end = from + length;
        for (; at <= end - Long.BYTES; at += Long.BYTES) {
            long eight = (long) LONG.get(bytes, at);
            following += Long.bitCount((eight >>> 7) & (~eight >>> 6) & LOW_BITS);
        }
        for (; at < end; at++) {
            following += (bytes[at] & 0xC0) == 0x80 ? 1 : 0;
        }
        return length - following;
    }
}
