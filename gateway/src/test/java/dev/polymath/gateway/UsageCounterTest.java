package dev.polymath.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import acme.weather.v1.GetWeatherRequest;
import acme.weather.v1.JudgeRequest;
import acme.weather.v1.Photo;
import acme.weather.v1.Place;
import acme.weather.v1.Weather;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldOptions;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import dev.polymath.common.v1.Document;
import dev.polymath.common.v1.Usage;
import dev.polymath.common.v1.UsageProto;
import dev.polymath.ner.v1.RecognizeEntitiesRequest;
import dev.polymath.textanalytics.v1.AnswerQuestionRequest;
import dev.polymath.textanalytics.v1.CompareTextsRequest;
import dev.polymath.textanalytics.v1.TextPair;
import dev.polymath.translation.v1.StreamTranslateTextRequest;
import dev.polymath.translation.v1.TranslateDocumentRequest;
import dev.polymath.vision.v1.AnalyzeImageRequest;
import dev.polymath.vision.v1.Image;
import dev.polymath.vision.v1.StreamDetectObjectsRequest;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@NullUnmarked
class UsageCounterTest {
    private static final Schema SCHEMA = Schema.load(List.of(GatewayFixture.ACME.toString()));
    private static final int[] SAMPLE = {'a', ' ', 0xE9, 0x301, 0x4E2D, 0x1F600, 0x10FFFF, 0};

    private static Amount count(Message request) {
        Descriptor type = SCHEMA.types().find(request.getDescriptorForType().getFullName());
        return UsageCounter.of(type).count(request.toByteArray());
    }

    private static Document document(String text) {
        return Document.newBuilder()
                .setId("not counted")
                .setText(text)
                .setLanguageCode("en")
                .build();
    }

    @Test
    void codePointsOfTextsAreCounted() {
        assertThat(count(RecognizeEntitiesRequest.newBuilder()
                        .addDocuments(document("Angela Merkel"))
                        .addDocuments(document("\u00e9\uD83D\uDE00\u4e2d"))
                        .addTypes("PERSON")
                        .build()))
                .isEqualTo(new Amount(13 + 3, 0));
        assertThat(count(StreamTranslateTextRequest.newBuilder()
                        .setDocument(document("Hello"))
                        .build()))
                .isEqualTo(new Amount(5, 0));
        assertThat(count(AnswerQuestionRequest.newBuilder()
                        .setQuestion("Who?")
                        .addDocuments(document("I."))
                        .build()))
                .isEqualTo(new Amount(6, 0));
        assertThat(count(CompareTextsRequest.newBuilder()
                        .addPairs(
                                TextPair.newBuilder().setId("1").setLeft("one").setRight("three"))
                        .build()))
                .isEqualTo(new Amount(8, 0));
        assertThat(count(TranslateDocumentRequest.newBuilder()
                        .setContent(ByteString.copyFromUtf8("# \u00dcber uns"))
                        .setFileName("a.md")
                        .build()))
                .isEqualTo(new Amount(10, 0));
    }

    @Test
    void imagesAreCountedWhateverTheirSize() {
        Image image = Image.newBuilder()
                .setContent(ByteString.copyFrom(new byte[1000]))
                .build();
        assertThat(count(AnalyzeImageRequest.newBuilder()
                        .addImages(image)
                        .addImages(image)
                        .build()))
                .isEqualTo(new Amount(0, 2));
        assertThat(count(StreamDetectObjectsRequest.newBuilder().setImage(image).build()))
                .isEqualTo(new Amount(0, 1));
    }

    @Test
    void serviceOfSomebodyElseIsCountedByTheSameOption() {
        assertThat(count(JudgeRequest.newBuilder()
                        .addPhotos(Photo.newBuilder().setContent(ByteString.copyFromUtf8("1")))
                        .addPhotos(Photo.newBuilder().setId("without a photograph"))
                        .build()))
                .isEqualTo(new Amount(0, 1));
        assertThat(count(GetWeatherRequest.newBuilder()
                        .setPlace(Place.newBuilder().setName("Oslo"))
                        .setStation("north")
                        .build()))
                .isEqualTo(new Amount(5, 0));
        assertThat(count(Weather.newBuilder()
                        .setRemark("now")
                        .setBefore(Weather.newBuilder().setRemark("before").setPhoto(ByteString.copyFromUtf8("1")))
                        .build()))
                .as("a message within a message of its own type")
                .isEqualTo(new Amount(9, 1));
    }

    @Test
    void methodThatNoSchemaHasCountsNothing() {
        assertThat(UsageCounter.NONE.count(new byte[] {10, 1, 65})).isEqualTo(Amount.NOTHING);
    }

    private static Stream<Descriptor> requests() {
        return Stream.of(
                        "polymath.ner.v1.EntityRecognitionService",
                        "polymath.textanalytics.v1.TextAnalyticsService",
                        "polymath.translation.v1.TranslationService",
                        "polymath.vision.v1.VisionService",
                        "polymath.models.v1.ModelService",
                        "acme.weather.v1.WeatherService")
                .flatMap(name -> SCHEMA.service(name).getMethods().stream())
                .map(method -> method.getInputType())
                .distinct();
    }

    @ParameterizedTest
    @MethodSource("requests")
    void countIsThatOverTheParsedMessage(Descriptor type) throws Exception {
        Random random = new Random(type.getFullName().hashCode());
        UsageCounter counter = UsageCounter.of(type);
        for (int i = 0; i < 200; i++) {
            Message message = random(type, random, 0);
            byte[] bytes = message.toByteArray();
            long[] expected = new long[2];
            add(DynamicMessage.parseFrom(type, bytes), expected);

            assertThat(counter.count(bytes)).isEqualTo(new Amount(expected[0], expected[1]));
        }
    }

    @ParameterizedTest
    @MethodSource("requests")
    void damagedMessageIsLeftToTheService(Descriptor type) {
        Random random = new Random(type.getFullName().hashCode());
        UsageCounter counter = UsageCounter.of(type);
        for (int i = 0; i < 500; i++) {
            byte[] bytes = random(type, random, 0).toByteArray();
            if (bytes.length == 0) {
                continue;
            }
            byte[] damaged = Arrays.copyOf(bytes, 1 + random.nextInt(bytes.length));
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            Amount amount = counter.count(damaged);
            if (!isMessage(damaged)) {
                assertThat(amount).isEqualTo(Amount.NOTHING);
            }
        }
    }

    /** Whether the bytes can be a message of some type, without a look into the messages within. */
    private static boolean isMessage(byte[] bytes) {
        try {
            UnknownFieldSet.parseFrom(bytes);
            return true;
        } catch (InvalidProtocolBufferException e) {
            return false;
        }
    }

    @Test
    void truncatedMessageCountsNothing() {
        byte[] whole = RecognizeEntitiesRequest.newBuilder()
                .addDocuments(document("one"))
                .addDocuments(document("two"))
                .build()
                .toByteArray();
        UsageCounter counter = UsageCounter.of(RecognizeEntitiesRequest.getDescriptor());

        assertThat(counter.count(Arrays.copyOf(whole, whole.length - 1))).isEqualTo(Amount.NOTHING);
    }

    @Test
    void messageThatIsNestedTooDeeplyCountsNothing() throws Exception {
        byte[] message = Weather.newBuilder().setRemark("deep").build().toByteArray();
        for (int depth = 0; depth < 5000; depth++) {
            ByteArrayOutputStream outer = new ByteArrayOutputStream();
            CodedOutputStream out = CodedOutputStream.newInstance(outer);
            out.writeByteArray(Weather.BEFORE_FIELD_NUMBER, message);
            out.flush();
            message = outer.toByteArray();
        }

        assertThat(UsageCounter.of(SCHEMA.types().find("acme.weather.v1.Weather"))
                        .count(message))
                .isEqualTo(Amount.NOTHING);
    }

    @Test
    void optionOnAFieldThatCannotBeCountedSoIsNamed() throws Exception {
        FileDescriptor file = FileDescriptor.buildFrom(
                FileDescriptorProto.newBuilder()
                        .setName("odd.proto")
                        .setSyntax("proto3")
                        .addMessageType(DescriptorProto.newBuilder()
                                .setName("Odd")
                                .addField(FieldDescriptorProto.newBuilder()
                                        .setName("number")
                                        .setNumber(1)
                                        .setLabel(FieldDescriptorProto.Label.LABEL_OPTIONAL)
                                        .setType(FieldDescriptorProto.Type.TYPE_INT32)
                                        .setOptions(FieldOptions.newBuilder()
                                                .setExtension(UsageProto.usage, Usage.USAGE_CHARACTERS))))
                        .build(),
                new FileDescriptor[0]);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> UsageCounter.of(file.findMessageTypeByName("Odd")))
                .withMessageStartingWith("descriptor set: Odd.number: polymath.common.v1.usage is USAGE_CHARACTERS");
    }

    private static void add(Message message, long[] sum) {
        message.getAllFields().forEach((field, value) -> {
            Usage usage = field.getOptions().getExtension(UsageProto.usage);
            Collection<?> values = field.isRepeated() ? (Collection<?>) value : List.of(value);
            for (Object one : values) {
                if (usage == Usage.USAGE_IMAGES) {
                    sum[1]++;
                } else if (usage == Usage.USAGE_CHARACTERS) {
                    String text = one instanceof ByteString bytes ? bytes.toStringUtf8() : (String) one;
                    sum[0] += text.codePointCount(0, text.length());
                }
                if (one instanceof Message inner) {
                    add(inner, sum);
                }
            }
        });
    }

    private static Message random(Descriptor type, Random random, int depth) {
        DynamicMessage.Builder message = DynamicMessage.newBuilder(type);
        for (FieldDescriptor field : type.getFields()) {
            boolean tooDeep = depth > 4 && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
            if (random.nextInt(3) == 0 || tooDeep) {
                continue;
            }
            if (field.isRepeated()) {
                for (int n = random.nextInt(4); n > 0; n--) {
                    message.addRepeatedField(field, value(field, random, depth));
                }
            } else {
                message.setField(field, value(field, random, depth));
            }
        }
        if (random.nextBoolean()) {
            message.setUnknownFields(UnknownFieldSet.newBuilder()
                    .addField(
                            40_000 + random.nextInt(100),
                            UnknownFieldSet.Field.newBuilder()
                                    .addVarint(random.nextLong())
                                    .addLengthDelimited(ByteString.copyFromUtf8(text(random)))
                                    .addFixed32(random.nextInt())
                                    .addGroup(UnknownFieldSet.newBuilder()
                                            .addField(
                                                    1,
                                                    UnknownFieldSet.Field.newBuilder()
                                                            .addFixed64(1)
                                                            .build())
                                            .build())
                                    .build())
                    .build());
        }
        return message.build();
    }

    private static Object value(FieldDescriptor field, Random random, int depth) {
        return switch (field.getJavaType()) {
            case INT -> random.nextInt();
            case LONG -> random.nextLong();
            case FLOAT -> random.nextFloat();
            case DOUBLE -> random.nextDouble();
            case BOOLEAN -> random.nextBoolean();
            case STRING -> text(random);
            case BYTE_STRING -> ByteString.copyFrom(text(random), StandardCharsets.UTF_8);
            case ENUM ->
                field.getEnumType()
                        .getValues()
                        .get(random.nextInt(field.getEnumType().getValues().size()));
            case MESSAGE -> random(field.getMessageType(), random, depth + 1);
        };
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int n = random.nextInt(40); n > 0; n--) {
            text.appendCodePoint(SAMPLE[random.nextInt(SAMPLE.length)]);
        }
        return text.toString();
    }
}
