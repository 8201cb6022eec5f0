package dev.polymath.service;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Message;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/** Finds messages of a type inside of others. */
final class MessageWalk {
    private MessageWalk() {}

    /** Whether such a message may have one of this type in it. */
    static boolean has(Descriptor message, String type) {
        return has(message, type, new HashSet<>());
    }

    private static boolean has(Descriptor message, String type, Set<String> seen) {
        return message.getFullName().equals(type)
                || seen.add(message.getFullName())
                        && message.getFields().stream()
                                .filter(field -> field.getJavaType() == JavaType.MESSAGE)
                                .anyMatch(field -> has(field.getMessageType(), type, seen));
    }

    /**
     * Visits the messages of a type that a message has in it, in their order.
     *
     * @param visitor is told where it stands, without its own number in a list: the same for all items of a list, and for those of another
     *     list another one
     */
    static void visit(Message message, String type, BiConsumer<String, Message> visitor) {
        visit(message, "", "", type, visitor);
    }

    private static void visit(
            Message message, String list, String place, String type, BiConsumer<String, Message> visitor) {
        if (message.getDescriptorForType().getFullName().equals(type)) {
            visitor.accept(list, message);
            return;
        }
        for (Map.Entry<FieldDescriptor, Object> entry : message.getAllFields().entrySet()) {
            FieldDescriptor field = entry.getKey();
            if (field.getJavaType() == JavaType.MESSAGE) {
                String below = place + "." + field.getName();
                if (entry.getValue() instanceof List<?> items) {
                    for (int i = 0; i < items.size(); i++) {
                        Message item = (Message) items.get(i);
                        Object name = field.isMapField() ? item.getField(key(field)) : i;
                        visit(item, below, below + "[" + name + "]", type, visitor);
                    }
                } else {
                    visit((Message) entry.getValue(), below, below, type, visitor);
                }
            }
        }
    }

    private static FieldDescriptor key(FieldDescriptor map) {
        return map.getMessageType().findFieldByName("key");
    }
}
