package dev.polymath.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.NullUnmarked;

/** Messages of all methods and the JSON of them, whole and broken; docs/fuzzing.md says how to try more. */
@NullUnmarked
public class JsonFuzzTest {
    private static final Schema SCHEMA = Schema.load(List.of(GatewayFixture.ACME.toString()));
    private static final JsonInput INPUT = new JsonInput(SCHEMA.types());
    private static final JsonFormat.Printer PRINTER =
            JsonFormat.printer().usingTypeRegistry(SCHEMA.types()).alwaysPrintFieldsWithNoPresence();
    private static final List<String> STRINGS =
            List.of("", "a", "Zo\u00EB", "\uD83D\uDE00", "\"\\\n\u0000", "true", "1e9", "null", "{}", "</script>");

    private static final List<Descriptor> TYPES = List.of(
                    "polymath.ner.v1.EntityRecognitionService",
                    "polymath.vision.v1.VisionService",
                    "polymath.translation.v1.TranslationService",
                    "polymath.textanalytics.v1.TextAnalyticsService",
                    "polymath.models.v1.ModelService",
                    "acme.weather.v1.WeatherService")
            .stream()
            .flatMap(name -> SCHEMA.service(name).getMethods().stream())
            .flatMap(method -> List.of(method.getInputType(), method.getOutputType()).stream())
            .distinct()
            .toList();

    @Provide
    Arbitrary<Descriptor> types() {
        return Arbitraries.of(TYPES);
    }

    private static Message message(Descriptor type, Random random, int depth) {
        DynamicMessage.Builder message = DynamicMessage.newBuilder(type);
        for (FieldDescriptor field : type.getFields()) {
            boolean wellKnown = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
                    && field.getMessageType().getFullName().startsWith("google.");
            if (wellKnown
                    || random.nextBoolean()
                    || (depth == 0 && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE)) {
                continue;
            }
            if (field.isMapField()) {
                continue;
            }
            if (field.isRepeated()) {
                for (int i = random.nextInt(3); i > 0; i--) {
                    message.addRepeatedField(field, value(field, random, depth));
                }
            } else {
                message.setField(field, value(field, random, depth));
            }
        }
        return message.build();
    }

    private static Object value(FieldDescriptor field, Random random, int depth) {
        return switch (field.getJavaType()) {
            case INT ->
                switch (random.nextInt(3)) {
                    case 0 -> Integer.MAX_VALUE;
                    case 1 -> Integer.MIN_VALUE;
                    default -> random.nextInt(100);
                };
            case LONG -> random.nextBoolean() ? random.nextLong() : Long.MIN_VALUE;
            case FLOAT -> random.nextInt(5) == 0 ? Float.NaN : (float) random.nextGaussian();
            case DOUBLE -> random.nextInt(5) == 0 ? Double.NEGATIVE_INFINITY : random.nextGaussian() * 1e300;
            case BOOLEAN -> random.nextBoolean();
            case STRING -> STRINGS.get(random.nextInt(STRINGS.size()));
            case BYTE_STRING -> com.google.protobuf.ByteString.copyFromUtf8("bytes".repeat(random.nextInt(4)));
            case ENUM ->
                field.getEnumType()
                        .getValues()
                        .get(random.nextInt(field.getEnumType().getValues().size()));
            case MESSAGE -> message(field.getMessageType(), random, depth - 1);
        };
    }

    @Property(seed = "1")
    void aMessageIsTheSameAfterItWasJson(@ForAll("types") Descriptor type, @ForAll long seed)
            throws InvalidProtocolBufferException {
        Message message = message(type, new Random(seed), 4);
        DynamicMessage.Builder read = DynamicMessage.newBuilder(type);

        INPUT.merge(PRINTER.print(message), read);

        assertThat(read.build()).isEqualTo(message);
    }

    @Property(seed = "1")
    void brokenJsonIsAMessageOrInvalid(@ForAll("types") Descriptor type, @ForAll long seed)
            throws InvalidProtocolBufferException {
        Random random = new Random(seed);
        StringBuilder json = new StringBuilder(PRINTER.print(message(type, random, 3)));
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = random.nextInt(json.length() + 1);
            int to = Math.min(json.length(), at + 1 + random.nextInt(6));
            String piece = List.of(
                            "",
                            "\"",
                            "{",
                            "}",
                            "[",
                            "]",
                            ",",
                            ":",
                            "null",
                            "-1",
                            "1e99",
                            "\\u12",
                            "\uD800",
                            "\"x\":1,",
                            "\u0000")
                    .get(random.nextInt(15));
            if (random.nextBoolean()) {
                json.insert(at, piece);
            } else {
                json.replace(at, to, piece);
            }
        }
        mergeOrInvalid(type, json.toString());
    }

    @Property(seed = "1")
    void anyTextIsAMessageOrInvalid(@ForAll("types") Descriptor type, @ForAll String text)
            throws InvalidProtocolBufferException {
        mergeOrInvalid(type, text);
    }

    @Property(seed = "1")
    void anyBytesAreTextOrInvalid(@ForAll byte[] bytes) {
        try {
            assertThat(JsonInput.decode(bytes).getBytes(StandardCharsets.UTF_8)).isEqualTo(bytes);
        } catch (StatusRuntimeException e) {
            assertThat(e.getStatus().getCode()).isEqualTo(Code.INVALID_ARGUMENT);
        }
    }

    /** Any bytes after the first, which chooses the type, are JSON of a message that is the same after it was JSON, or invalid. */
    public static void fuzzerTestOneInput(byte[] input) throws InvalidProtocolBufferException {
        if (input.length == 0) {
            return;
        }
        Descriptor type = TYPES.get((input[0] & 0xFF) % TYPES.size());
        try {
            mergeOrInvalid(type, JsonInput.decode(Arrays.copyOfRange(input, 1, input.length)));
        } catch (StatusRuntimeException e) {
            assertThat(e.getStatus().getCode()).isEqualTo(Code.INVALID_ARGUMENT);
        }
    }

    private static void mergeOrInvalid(Descriptor type, String json) throws InvalidProtocolBufferException {
        DynamicMessage.Builder message = DynamicMessage.newBuilder(type);
        try {
            INPUT.merge(json, message);
        } catch (StatusRuntimeException e) {
            assertThat(e.getStatus().getCode()).isEqualTo(Code.INVALID_ARGUMENT);
            assertThat(e.getStatus().getDescription()).isNotBlank();
            return;
        }
        DynamicMessage.Builder again = DynamicMessage.newBuilder(type);
        INPUT.merge(PRINTER.print(message.build()), again);
        assertThat(again.build()).isEqualTo(message.build());
    }
}
