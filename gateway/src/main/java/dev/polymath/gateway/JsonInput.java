package dev.polymath.gateway;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.BadRequest.FieldViolation;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads the ProtoJSON form of messages and says exactly what is wrong with it.
 *
 * <p>The reading itself is protobuf's. But its JSON parser forgives what is not JSON, keeps the last of duplicate keys, lets lone
 * surrogates through to become question marks, and names no path in its errors. So a pass over the tokens comes first, along the
 * message type; it finds all violations, by path. Thread-safe.
 */
final class JsonInput {
    private static final int MAX_DEPTH = 100;
    private static final int MAX_VIOLATIONS = 20;
    private static final BigInteger UNSIGNED_LONG_MAX =
            BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxStringLength(RawMessage.MAX_BYTES)
                    .build())
            .build();

    private final JsonFormat.Parser parser;
    private final Map<Descriptor, Map<String, FieldDescriptor>> fields = new ConcurrentHashMap<>();

    JsonInput(TypeRegistry types) {
        parser = JsonFormat.parser().usingTypeRegistry(types);
    }

    /**
     * Decodes UTF-8.
     *
     * @throws StatusRuntimeException INVALID_INPUT if the bytes are not UTF-8
     */
    static String decode(byte[] bytes) {
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        CoderResult result = decoder.decode(in, out, true);
        if (result.isError()) {
            throw Errors.invalidInput("body", "byte " + in.position() + " is not UTF-8 (expected: JSON in UTF-8)");
        }
        return out.flip().toString();
    }

    /**
     * Merges JSON into a message.
     *
     * @throws StatusRuntimeException INVALID_INPUT with all violations (at most 20)
     */
    void merge(String json, Message.Builder message) {
        new Check(json).run(message.getDescriptorForType());
        try {
            parser.merge(json, message);
        } catch (InvalidProtocolBufferException e) {
            String text = e.getMessage();
            boolean schemaWordsOnly = text != null
                    && (text.startsWith("Cannot set field") || text.matches("Field \\S+ has already been set\\."));
            throw Errors.invalidInput(
                    "body",
                    schemaWordsOnly
                            ? String.valueOf(text)
                            : "a value has the wrong form (expected: bytes in base64, times in RFC 3339, durations such as 1.5s)");
        }
    }

    /**
     * Merges JSON into a field of a message.
     *
     * @param json one value, not more: it could end the field's and go on with others
     * @throws StatusRuntimeException as the other
     */
    void merge(String json, String field, Message.Builder message) {
        new Check(json).wellFormed();
        merge("{\"" + field + "\":" + json + "}", message);
    }

    private Map<String, FieldDescriptor> fields(Descriptor type) {
        return fields.computeIfAbsent(type, t -> {
            Map<String, FieldDescriptor> byName = new HashMap<>();
            t.getFields().forEach(field -> {
                byName.put(field.getName(), field);
                byName.put(field.getJsonName(), field);
            });
            return byName;
        });
    }

    /** Takes the tokens of a value. */
    private interface Reading {
        void read() throws IOException;
    }

    /** One pass over one text. */
    private final class Check {
        private final String json;
        private final Map<String, String> violations = new LinkedHashMap<>();

        @SuppressWarnings("NullAway.Init") // set by run()
        private JsonParser tokens;

        Check(String json) {
            this.json = json;
        }

        void run(Descriptor type) {
            run(() -> single(type));
        }

        /** Looks at no type. */
        void wellFormed() {
            run(this::skip);
        }

        private void run(Reading value) {
            try (JsonParser open = JSON.createParser(json)) {
                tokens = open;
                if (next() == null) {
                    throw Errors.invalidInput("body", "empty (expected: JSON)");
                }
                value.read();
                if (tokens.nextToken() != null) {
                    throw Errors.invalidInput(
                            "body", at(tokens.currentLocation()) + ": more after the end of the JSON value");
                }
            } catch (JsonEOFException e) {
                throw Errors.invalidInput("body", "the JSON ends before it is complete, " + at(e.getLocation()));
            } catch (StreamConstraintsException e) {
                String text = String.valueOf(e.getMessage());
                throw Errors.invalidInput(
                        "body",
                        text.contains("depth")
                                ? "nested too deep (expected: <= " + MAX_DEPTH + " levels)"
                                : "a name or a number is too long");
            } catch (JsonProcessingException e) {
                boolean duplicate = String.valueOf(e.getOriginalMessage()).startsWith("Duplicate");
                throw Errors.invalidInput(
                        duplicate ? path() : "body",
                        duplicate
                                ? "the same name twice in one object, " + at(e.getLocation())
                                : "not JSON, " + at(e.getLocation()));
            } catch (IOException e) {
                throw new UncheckedIOException(e); // a string cannot fail to be read
            }
            if (!violations.isEmpty()) {
                List<FieldViolation> all = new ArrayList<>();
                violations.forEach((field, description) -> all.add(FieldViolation.newBuilder()
                        .setField(field)
                        .setDescription(description)
                        .build()));
                throw Errors.invalidInput(all);
            }
        }

        private String at(JsonLocation location) {
            return "line " + location.getLineNr() + ", column " + location.getColumnNr();
        }

        /** Moves on, looking at each string for surrogates without their other half. */
        private @Nullable JsonToken next() throws IOException {
            JsonToken token = tokens.nextToken();
            if (token == JsonToken.FIELD_NAME || token == JsonToken.VALUE_STRING) {
                int lone = loneSurrogate(tokens.getTextCharacters(), tokens.getTextOffset(), tokens.getTextLength());
                if (lone >= 0) {
                    violation("character " + lone + " is half of a surrogate pair (expected: Unicode text)");
                }
            }
            return token;
        }

        private static int loneSurrogate(char[] text, int offset, int length) {
            for (int i = 0; i < length; i++) {
                char c = text[offset + i];
                if (Character.isSurrogate(c)) {
                    boolean pair = Character.isHighSurrogate(c)
                            && i + 1 < length
                            && Character.isLowSurrogate(text[offset + i + 1]);
                    if (!pair) {
                        return i;
                    }
                    i++;
                }
            }
            return -1;
        }

        private void violation(String description) {
            if (violations.size() < MAX_VIOLATIONS) {
                violations.putIfAbsent(path(), description);
            }
        }

        private void expected(String what) throws IOException {
            JsonToken token = tokens.currentToken();
            String found = switch (token) {
                case START_OBJECT -> "an object";
                case START_ARRAY -> "a list";
                case VALUE_STRING -> "a string";
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
                case VALUE_TRUE, VALUE_FALSE -> "a boolean";
                case VALUE_NULL -> "null";
                default -> "something else";
            };
            violation(found + " (expected: " + what + ")");
            skip();
        }

        /** Past the current value, still looking at its strings. */
        private void skip() throws IOException {
            int depth = 0;
            JsonToken token = tokens.currentToken();
            while (true) {
                if (token == JsonToken.START_OBJECT || token == JsonToken.START_ARRAY) {
                    depth++;
                } else if (token == JsonToken.END_OBJECT || token == JsonToken.END_ARRAY) {
                    depth--;
                }
                if (depth == 0) {
                    return;
                }
                token = next();
            }
        }

        private void single(Descriptor type) throws IOException {
            if (type.getFullName().startsWith("google.protobuf.")
                    && !type.getFullName().equals("google.protobuf.Empty")) {
                skip(); // a JSON form of its own, known to protobuf's parser
                return;
            }
            if (tokens.currentToken() != JsonToken.START_OBJECT) {
                expected("an object");
                return;
            }
            Map<String, FieldDescriptor> known = fields(type);
            while (next() == JsonToken.FIELD_NAME) {
                FieldDescriptor field = known.get(tokens.currentName());
                if (field == null) {
                    String names = type.getFields().stream()
                            .map(FieldDescriptor::getJsonName)
                            .collect(Collectors.joining(", "));
                    violation("unknown field (expected: " + (names.isEmpty() ? "no field" : "one of " + names) + ")");
                    next();
                    skip();
                } else {
                    next();
                    value(field);
                }
            }
        }

        private void value(FieldDescriptor field) throws IOException {
            if (tokens.currentToken() == JsonToken.VALUE_NULL) {
                return; // ProtoJSON: the same as absent
            }
            if (field.isMapField()) {
                if (tokens.currentToken() != JsonToken.START_OBJECT) {
                    expected("an object");
                    return;
                }
                FieldDescriptor mapValue = field.getMessageType().findFieldByNumber(2);
                while (next() == JsonToken.FIELD_NAME) {
                    next();
                    single(mapValue);
                }
            } else if (field.isRepeated()) {
                if (tokens.currentToken() != JsonToken.START_ARRAY) {
                    expected("a list");
                    return;
                }
                while (next() != JsonToken.END_ARRAY) {
                    single(field);
                }
            } else {
                single(field);
            }
        }

        private void single(FieldDescriptor field) throws IOException {
            JsonToken token = tokens.currentToken();
            boolean string = token == JsonToken.VALUE_STRING;
            boolean number = token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT;
            switch (field.getJavaType()) {
                case MESSAGE -> single(field.getMessageType());
                case STRING, BYTE_STRING -> {
                    if (!string) {
                        expected(
                                field.getJavaType() == FieldDescriptor.JavaType.STRING
                                        ? "a string"
                                        : "bytes in base64");
                    }
                }
                case BOOLEAN -> {
                    boolean word = string
                            && (tokens.getText().equals("true")
                                    || tokens.getText().equals("false"));
                    if (token != JsonToken.VALUE_TRUE && token != JsonToken.VALUE_FALSE && !word) {
                        expected("true or false");
                    }
                }
                case INT, LONG -> {
                    if (!(string || number) || !integer(tokens.getText(), field)) {
                        expected("an integer of type "
                                + field.getLiteType().name().toLowerCase(Locale.ROOT));
                    }
                }
                case FLOAT, DOUBLE -> {
                    if (!(string || number) || !real(tokens.getText())) {
                        expected("a number");
                    }
                }
                case ENUM -> {
                    boolean known = string
                            ? field.getEnumType().findValueByName(tokens.getText()) != null
                                    || tokens.getText().matches("\\d{1,9}")
                            : token == JsonToken.VALUE_NUMBER_INT;
                    if (!known && !field.getEnumType().getFullName().equals("google.protobuf.NullValue")) {
                        String found = string ? Errors.printable(tokens.getText()) : "no name";
                        violation(found + " (expected: one of "
                                + field.getEnumType().getValues().stream()
                                        .map(EnumValueDescriptor::getName)
                                        .collect(Collectors.joining(", "))
                                + ")");
                        skip();
                    }
                }
            }
        }

        private static boolean integer(String text, FieldDescriptor field) {
            // The length bounds the work that a number such as 1e999999999 could ask for.
            if (text.length() > 40 || text.matches(".*[eE].*[0-9]{3,}.*")) {
                return false;
            }
            try {
                BigInteger value = new BigDecimal(text).toBigIntegerExact();
                return switch (field.getLiteType()) {
                    case UINT32, FIXED32 -> value.signum() >= 0 && value.bitLength() <= 32;
                    case UINT64, FIXED64 -> value.signum() >= 0 && value.compareTo(UNSIGNED_LONG_MAX) <= 0;
                    case INT64, SINT64, SFIXED64 -> value.bitLength() <= 63;
                    default -> value.bitLength() <= 31;
                };
            } catch (ArithmeticException | NumberFormatException e) {
                return false;
            }
        }

        private static boolean real(String text) {
            if (text.equals("NaN") || text.equals("Infinity") || text.equals("-Infinity")) {
                return true;
            }
            try {
                return !Double.isInfinite(Double.parseDouble(text));
            } catch (NumberFormatException e) {
                return false;
            }
        }

        /** Where the parser is, as {@code documents[3].text}; {@code body} at the root. */
        private String path() {
            StringBuilder path = new StringBuilder();
            List<JsonStreamContext> chain = new ArrayList<>();
            for (JsonStreamContext c = tokens.getParsingContext(); c != null && !c.inRoot(); c = c.getParent()) {
                chain.add(0, c);
            }
            JsonToken token = tokens.currentToken();
            boolean begun = token == JsonToken.START_OBJECT || token == JsonToken.START_ARRAY;
            for (int i = 0; i < chain.size(); i++) {
                JsonStreamContext context = chain.get(i);
                if (begun && i == chain.size() - 1) {
                    break; // the container just begun is itself what is meant
                }
                if (context.inArray()) {
                    path.append('[').append(context.getCurrentIndex()).append(']');
                } else if (context.getCurrentName() != null) {
                    String name = context.getCurrentName();
                    path.append(path.isEmpty() ? "" : ".")
                            .append(name.matches("[A-Za-z0-9_.-]{1,64}") ? name : "(name not shown)");
                }
            }
            return path.isEmpty() ? "body" : path.toString();
        }
    }
}
