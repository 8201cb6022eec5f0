package dev.polymath.ner.grpc;

import static dev.polymath.service.testing.GrpcTestClient.detail;
import static dev.polymath.service.testing.GrpcTestClient.documents;
import static dev.polymath.service.testing.GrpcTestClient.reason;
import static dev.polymath.service.testing.GrpcTestClient.status;
import static dev.polymath.service.testing.GrpcTestClient.violatedFields;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.tuple;

import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.ResourceInfo;
import com.google.rpc.Status;
import dev.polymath.common.v1.Document;
import dev.polymath.common.v1.ModelRef;
import dev.polymath.common.v1.OffsetUnit;
import dev.polymath.ner.v1.CharacterMask;
import dev.polymath.ner.v1.EntitiesResult;
import dev.polymath.ner.v1.Entity;
import dev.polymath.ner.v1.EntityPattern;
import dev.polymath.ner.v1.EntityRecognitionServiceGrpc;
import dev.polymath.ner.v1.EntityType;
import dev.polymath.ner.v1.ExtractRecordsRequest;
import dev.polymath.ner.v1.ExtractRecordsResponse;
import dev.polymath.ner.v1.FieldMatch;
import dev.polymath.ner.v1.ListEntityTypesRequest;
import dev.polymath.ner.v1.ListEntityTypesResponse;
import dev.polymath.ner.v1.RecognizeEntitiesRequest;
import dev.polymath.ner.v1.RecognizeEntitiesResponse;
import dev.polymath.ner.v1.Record;
import dev.polymath.ner.v1.RecordField;
import dev.polymath.ner.v1.RecordSchema;
import dev.polymath.ner.v1.RedactEntitiesRequest;
import dev.polymath.ner.v1.RedactEntitiesResponse;
import dev.polymath.ner.v1.RedactedEntity;
import dev.polymath.ner.v1.Redaction;
import dev.polymath.ner.v1.RedactionPolicy;
import dev.polymath.ner.v1.Removal;
import dev.polymath.ner.v1.SaltedHash;
import dev.polymath.service.testing.GrpcTestClient;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.junit.QuarkusTest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
class EntityRecognitionGrpcServiceTest {
    private static final String MERKEL = "Angela Merkel visited Paris.";
    private static final String METHOD = "polymath.ner.v1.EntityRecognitionService/RecognizeEntities";

    @ConfigProperty(name = "quarkus.grpc.server.test-port")
    int port;

    private ManagedChannel channel;
    private EntityRecognitionServiceGrpc.EntityRecognitionServiceBlockingStub service;

    @BeforeEach
    void connect() {
        channel = GrpcTestClient.channel(port);
        service = EntityRecognitionServiceGrpc.newBlockingStub(channel).withDeadlineAfter(60, TimeUnit.SECONDS);
    }

    @AfterEach
    void disconnect() {
        channel.shutdownNow();
    }

    @Test
    void personAndLocationAreFound() {
        RecognizeEntitiesResponse response = recognize(MERKEL);

        assertThat(response.getResultsList()).singleElement().satisfies(result -> {
            assertThat(result.getEntitiesList())
                    .extracting(Entity::getText, Entity::getType, Entity::getBegin, Entity::getEnd)
                    .containsExactly(tuple("Angela Merkel", "PERSON", 0, 13), tuple("Paris", "LOCATION", 22, 27));
            assertThat(result.getEntitiesList())
                    .allSatisfy(entity -> assertThat(entity.getConfidence()).isBetween(0.5, 1.0));
            assertThat(result.getEntitiesList())
                    .extracting(Entity::getRecognizer)
                    .containsOnly("model");
            assertThat(result.getCoverage().getCharacters()).isEqualTo(MERKEL.length());
            assertThat(result.getCoverage().getAnalyzedCharacters()).isEqualTo(MERKEL.length());
            assertThat(result.getCoverage().getWindows()).isEqualTo(1);
            assertThat(result.hasError()).isFalse();
        });
        assertThat(response.getOffsetUnit()).isEqualTo(OffsetUnit.OFFSET_UNIT_UTF16);
    }

    @Test
    void receiptNamesTheModelAndWhatItTook() {
        RecognizeEntitiesResponse response = recognize(MERKEL);

        assertThat(response.getReceipt()).satisfies(receipt -> {
            assertThat(receipt.getModel()).isEqualTo("ner-en");
            assertThat(receipt.getVersion()).isEqualTo("1");
            assertThat(receipt.getSha256()).matches("[0-9a-f]{64}");
            assertThat(receipt.getDevice()).isEqualTo("cpu");
            assertThat(receipt.getBatchSize()).isPositive();
            assertThat(receipt.getTokens()).isGreaterThan(5);
            assertThat(receipt.getInferDuration().getNanos()).isPositive();
        });
    }

    @ParameterizedTest
    @CsvSource({"UTF16,3,16,31", "CODE_POINT,2,15,30", "UTF8_BYTE,5,18,33", "GRAPHEME,2,15,30"})
    void offsetsAreInTheUnitThatWasAskedFor(String unit, int begin, int end, int length) {
        RecognizeEntitiesResponse response = service.recognizeEntities(RecognizeEntitiesRequest.newBuilder()
                .addAllDocuments(documents("😀 " + MERKEL))
                .setOffsetUnit(OffsetUnit.valueOf("OFFSET_UNIT_" + unit))
                .build());

        Entity merkel = response.getResults(0).getEntities(0);
        assertThat(merkel.getText()).isEqualTo("Angela Merkel");
        assertThat(merkel.getBegin()).isEqualTo(begin);
        assertThat(merkel.getEnd()).isEqualTo(end);
        assertThat(response.getResults(0).getCoverage().getCharacters()).isEqualTo(length);
        assertThat(response.getOffsetUnit()).isEqualTo(OffsetUnit.valueOf("OFFSET_UNIT_" + unit));
    }

    @Test
    void recognizersAnswerBesideTheModel() {
        RecognizeEntitiesResponse response = recognize("Mail angela@example.org on 3 November 2025.");

        assertThat(response.getResults(0).getEntitiesList())
                .extracting(Entity::getType, Entity::getText, Entity::getValue)
                .contains(
                        tuple("EMAIL", "angela@example.org", "angela@example.org"),
                        tuple("DATE", "3 November 2025", "2025-11-03"));
    }

    @Test
    void typesAndConfidenceLimitWhatIsReturned() {
        RecognizeEntitiesRequest.Builder request = RecognizeEntitiesRequest.newBuilder()
                .addAllDocuments(documents("Angela Merkel visited Paris; write to angela@example.org."));

        assertThat(service.recognizeEntities(request.addTypes("LOCATION").build())
                        .getResults(0)
                        .getEntitiesList())
                .extracting(Entity::getText)
                .containsExactly("Paris");
        assertThat(service.recognizeEntities(
                                request.clearTypes().addTypes("EMAIL").build())
                        .getResults(0)
                        .getEntitiesList())
                .extracting(Entity::getText, Entity::getConfidence)
                .containsExactly(tuple("angela@example.org", 0.99));
        assertThat(service.recognizeEntities(request.setMinConfidence(0.995).build())
                        .getResults(0)
                        .getEntitiesList())
                .isEmpty();
    }

    @Test
    void patternsOfTheRequestAreFound() {
        RecognizeEntitiesResponse response = service.recognizeEntities(RecognizeEntitiesRequest.newBuilder()
                .addAllDocuments(documents("the order no. ab-1234 came today"))
                .addTypes("PRODUCT_ID")
                .addPatterns(
                        EntityPattern.newBuilder().setType("PRODUCT_ID").setRegex("no\\. (?P<value>[a-z]{2}-[0-9]{4})"))
                .build());

        assertThat(response.getResults(0).getEntitiesList())
                .extracting(Entity::getType, Entity::getText, Entity::getConfidence, Entity::getRecognizer)
                .containsExactly(tuple("PRODUCT_ID", "ab-1234", 0.9, "pattern"));
    }

    @Test
    void aDocumentOf100000CharactersIsReadToItsEnd() {
        String text = "It rained all day and nobody went out. ".repeat(2560) + MERKEL;

        RecognizeEntitiesResponse response = recognize(text);

        EntitiesResult result = response.getResults(0);
        assertThat(text.length()).isGreaterThan(99_000);
        assertThat(result.getEntitiesList())
                .extracting(Entity::getText, Entity::getEnd)
                .contains(tuple("Paris", text.length() - 1));
        assertThat(result.getCoverage().getAnalyzedCharacters()).isEqualTo(text.length());
        assertThat(result.getCoverage().getWindows()).isGreaterThan(50);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  \n "})
    void emptyTextIsInvalidArgumentWithFieldViolation(String text) {
        RecognizeEntitiesResponse response = recognize(MERKEL, text, MERKEL);

        assertOnlySecondFailed(response, "INVALID_INPUT", "documents[1].text");
    }

    @Test
    void aTextOf5MegabytesIsTooLongAndTheOthersAreAnswered() {
        RecognizeEntitiesResponse response = recognize(MERKEL, "a ".repeat(2_500_000), MERKEL);

        assertOnlySecondFailed(response, "INPUT_TOO_LONG", "documents[1].text");
        assertThat(response.getResults(1).getError().getMessage())
                .isEqualTo("documents[1].text: 5000000 characters (expected: <= 200000)");
    }

    @Test
    void anUnsupportedLanguageFailsItsDocumentAndListsTheSupported() {
        RecognizeEntitiesResponse response = service.recognizeEntities(RecognizeEntitiesRequest.newBuilder()
                .addDocuments(Document.newBuilder().setText(MERKEL).setLanguageCode("en-GB"))
                .addDocuments(Document.newBuilder().setText(MERKEL).setLanguageCode("tlh"))
                .addDocuments(Document.newBuilder().setText(MERKEL))
                .build());

        assertOnlySecondFailed(response, "UNSUPPORTED_LANGUAGE", "documents[1].language_code");
        assertThat(response.getResults(1).getError().getMessage()).contains("\"tlh\"", "expected: one of en");
    }

    @Test
    void aLanguageThatIsNoBcp47TagFailsItsDocument() {
        RecognizeEntitiesResponse response = service.recognizeEntities(RecognizeEntitiesRequest.newBuilder()
                .addDocuments(Document.newBuilder().setText(MERKEL))
                .addDocuments(Document.newBuilder().setText(MERKEL).setLanguageCode("not a language"))
                .addDocuments(Document.newBuilder().setText(MERKEL))
                .build());

        assertOnlySecondFailed(response, "INVALID_INPUT", "documents[1].language_code");
    }

    @Test
    void allViolationsOfARequestAreReportedAtOnce() {
        Status status = failure(RecognizeEntitiesRequest.newBuilder()
                .addDocuments(Document.newBuilder().setId("a").setText(MERKEL))
                .addDocuments(Document.newBuilder().setId("a").setText(MERKEL))
                .addTypes("PERSN")
                .addTypes("PERSON")
                .addTypes("")
                .setMinConfidence(Double.NaN)
                .setOffsetUnitValue(99)
                .addPatterns(EntityPattern.newBuilder().setType("X").setRegex("("))
                .build());

        assertThat(status.getCode()).isEqualTo(Code.INVALID_ARGUMENT_VALUE);
        assertThat(reason(status)).isEqualTo("INVALID_INPUT");
        assertThat(detail(status, ErrorInfo.class).getDomain()).isEqualTo("polymath.dev");
        assertThat(violatedFields(status))
                .containsExactlyInAnyOrder(
                        "documents[1].id",
                        "types[0]",
                        "types[2]",
                        "min_confidence",
                        "offset_unit",
                        "patterns[0].regex");
    }

    @Test
    void anUnknownTypeIsNamedWithTheKnownOnes() {
        Status status = failure(RecognizeEntitiesRequest.newBuilder()
                .addAllDocuments(documents(MERKEL))
                .addTypes("PERSN")
                .build());

        assertThat(violatedFields(status)).containsExactly("types[0]");
        assertThat(status.getMessage()).contains("types[0]: \"PERSN\" (expected: one of ", "PERSON", "IBAN");
    }

    @Test
    void noDocumentsAreInvalid() {
        Status status = failure(RecognizeEntitiesRequest.getDefaultInstance());

        assertThat(violatedFields(status)).containsExactly("documents");
    }

    @Test
    void tenThousandDocumentsAreTooMany() {
        Status status = failure(RecognizeEntitiesRequest.newBuilder()
                .addAllDocuments(IntStream.range(0, 10_000)
                        .mapToObj(i -> Document.newBuilder()
                                .setId("d" + i)
                                .setText(MERKEL)
                                .build())
                        .toList())
                .build());

        assertThat(status.getCode()).isEqualTo(Code.INVALID_ARGUMENT_VALUE);
        assertThat(reason(status)).isEqualTo("INPUT_TOO_LONG");
        assertThat(status.getMessage()).isEqualTo("documents: 10000 documents (expected: 1 to 1000)");
    }

    @Test
    void aThousandDocumentsAreAnsweredInOrder() {
        List<Document> documents = IntStream.range(0, 1000)
                .mapToObj(i -> Document.newBuilder()
                        .setId("d" + i)
                        .setText(i + " times " + MERKEL)
                        .build())
                .toList();

        RecognizeEntitiesResponse response = service.recognizeEntities(
                RecognizeEntitiesRequest.newBuilder().addAllDocuments(documents).build());

        assertThat(response.getResultsList())
                .extracting(EntitiesResult::getId)
                .containsExactlyElementsOf(
                        documents.stream().map(Document::getId).toList());
        assertThat(response.getResultsList())
                .allSatisfy(result -> assertThat(result.getEntitiesList())
                        .extracting(Entity::getText)
                        .contains("Paris"));
    }

    @Test
    void aTextGetsTheSameAnswerAloneAndInABatch() {
        List<Document> documents = IntStream.range(0, 48)
                .mapToObj(i -> Document.newBuilder()
                        .setId("d" + i)
                        .setText((MERKEL + " Tim Cook runs Apple in Cupertino, says " + i + ". ").repeat(1 + i % 7))
                        .build())
                .toList();
        List<EntitiesResult> alone = documents.stream()
                .map(document -> service.recognizeEntities(RecognizeEntitiesRequest.newBuilder()
                                .addDocuments(document)
                                .build())
                        .getResults(0))
                .toList();

        RecognizeEntitiesResponse together = service.recognizeEntities(
                RecognizeEntitiesRequest.newBuilder().addAllDocuments(documents).build());

        assertThat(together.getReceipt().getBatchSize()).isGreaterThan(1);
        assertThat(together.getResultsList()).containsExactlyElementsOf(alone);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"angela merkel visited paris", "ANGELA MERKEL VISITED PARIS", "Angela Merkel visited Paris"})
    void namesAreFoundHoweverTheyAreWritten(String text) {
        RecognizeEntitiesResponse response = recognize(text);

        assertThat(response.getResults(0).getEntitiesList())
                .extracting(Entity::getType, Entity::getBegin, Entity::getEnd)
                .containsExactly(tuple("PERSON", 0, 13), tuple("LOCATION", 22, 27));
    }

    @Test
    void bytesThatAreNotUtf8AreInvalidInput() {
        byte[] request = RecognizeEntitiesRequest.newBuilder()
                .addAllDocuments(documents("?"))
                .build()
                .toByteArray();
        request[request.length - 1] = (byte) 0xff;

        Status status = status(catchThrowable(() -> GrpcTestClient.call(channel, METHOD, request)));

        assertThat(status.getCode()).isEqualTo(Code.INVALID_ARGUMENT_VALUE);
        assertThat(reason(status)).isEqualTo("INVALID_INPUT");
        assertThat(status.getMessage()).contains("UTF-8");
        assertStillAnswers();
    }

    @Test
    void bytesThatAreNoMessageAreInvalidInput() {
        byte[] request = "{\"documents\":[]}".getBytes(StandardCharsets.US_ASCII);

        Status status = status(catchThrowable(() -> GrpcTestClient.call(channel, METHOD, request)));

        assertThat(reason(status)).isEqualTo("INVALID_INPUT");
        assertStillAnswers();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"polymath.ner.v1.EntityRecognitionService/NoSuchMethod", "polymath.ner.v1.NoSuchService/Call"})
    void anUnknownMethodIsUnimplemented(String method) {
        Status status = status(catchThrowable(() -> GrpcTestClient.call(channel, method, new byte[0])));

        assertThat(status.getCode()).isEqualTo(Code.UNIMPLEMENTED_VALUE);
        assertThat(reason(status)).isEqualTo("METHOD_NOT_FOUND");
    }

    @Test
    void aMessageOfMoreThan16MegabytesIsRefused() {
        RecognizeEntitiesRequest request = RecognizeEntitiesRequest.newBuilder()
                .addAllDocuments(documents("a".repeat(32 * 1024 * 1024)))
                .build();

        Throwable failure = catchThrowable(() -> service.recognizeEntities(request));

        assertThat(failure).isInstanceOf(StatusRuntimeException.class).hasMessageContaining("33554432");
        assertStillAnswers();
    }

    @Test
    void anUnknownModelIsNotFound() {
        Status status = failure(RecognizeEntitiesRequest.newBuilder()
                .addAllDocuments(documents(MERKEL))
                .setModel(ModelRef.newBuilder().setName("ner-xx"))
                .build());

        assertThat(status.getCode()).isEqualTo(Code.NOT_FOUND_VALUE);
        assertThat(reason(status)).isEqualTo("MODEL_NOT_FOUND");
        assertThat(detail(status, ResourceInfo.class).getResourceName()).isEqualTo("ner-xx");
        assertThat(status.getMessage()).contains("ner-en/1");
    }

    @Test
    void theModelCanBeAskedForByName() {
        RecognizeEntitiesResponse response = service.recognizeEntities(RecognizeEntitiesRequest.newBuilder()
                .addAllDocuments(documents(MERKEL))
                .setModel(ModelRef.newBuilder().setName("ner-en").setVersion("1"))
                .build());

        assertThat(response.getReceipt().getModel()).isEqualTo("ner-en");
    }

    @Test
    void aPassedDeadlineEndsTheCall() {
        String text = (MERKEL + " ").repeat(6_000);

        Throwable failure = catchThrowable(() -> service.withDeadlineAfter(300, TimeUnit.MILLISECONDS)
                .recognizeEntities(RecognizeEntitiesRequest.newBuilder()
                        .addAllDocuments(documents(text))
                        .build()));

        assertThat(failure)
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(io.grpc.Status.Code.DEADLINE_EXCEEDED));
        assertStillAnswers();
    }

    @Test
    void entitiesAreReplacedByNumberedLabels() {
        RedactEntitiesResponse response = service.redactEntities(RedactEntitiesRequest.newBuilder()
                .addAllDocuments(documents("😀 " + MERKEL + " Angela Merkel left.", ""))
                .setOffsetUnit(OffsetUnit.OFFSET_UNIT_CODE_POINT)
                .build());

        assertThat(response.getResults(0).getRedactedText())
                .isEqualTo("😀 [PERSON_1] visited [LOCATION_1]. [PERSON_1] left.");
        assertThat(response.getResults(0).getEntitiesList())
                .extracting(
                        entity -> entity.getEntity().getText(),
                        RedactedEntity::getReplacement,
                        RedactedEntity::getRedactedBegin,
                        RedactedEntity::getRedactedEnd)
                .startsWith(tuple("Angela Merkel", "[PERSON_1]", 2, 12), tuple("Paris", "[LOCATION_1]", 21, 33));
        assertThat(reason(response.getResults(1).getError())).isEqualTo("INVALID_INPUT");
        assertThat(response.getOffsetUnit()).isEqualTo(OffsetUnit.OFFSET_UNIT_CODE_POINT);
        assertThat(response.getReceipt().getModel()).isEqualTo("ner-en");
    }

    @Test
    void eachTypeCanHaveItsOwnRedaction() {
        RedactEntitiesResponse response = service.redactEntities(RedactEntitiesRequest.newBuilder()
                .addAllDocuments(documents("Angela Merkel visited Paris on 3 November 2025."))
                .setPolicy(RedactionPolicy.newBuilder()
                        .setDefaultRedaction(Redaction.newBuilder().setRemoval(Removal.getDefaultInstance()))
                        .putRedactionsByType(
                                "PERSON",
                                Redaction.newBuilder()
                                        .setMask(CharacterMask.newBuilder()
                                                .setCharacter("#")
                                                .setVisibleSuffix(2))
                                        .build())
                        .putRedactionsByType(
                                "DATE",
                                Redaction.newBuilder()
                                        .setHash(SaltedHash.newBuilder().setSalt("a long secret"))
                                        .build()))
                .build());

        assertThat(response.getResults(0).getRedactedText()).matches("###########el visited on [0-9a-f]{16}\\.");
    }

    @Test
    void badRedactionsAreAllNamed() {
        Status status = status(catchThrowable(() -> service.redactEntities(RedactEntitiesRequest.newBuilder()
                .setPolicy(RedactionPolicy.newBuilder()
                        .setDefaultRedaction(Redaction.newBuilder()
                                .setHash(SaltedHash.newBuilder().setSalt("short")))
                        .putRedactionsByType(
                                "PERSON",
                                Redaction.newBuilder()
                                        .setMask(CharacterMask.newBuilder().setVisibleSuffix(-1))
                                        .build())
                        .putRedactionsByType("DATE", Redaction.getDefaultInstance()))
                .build())));

        assertThat(violatedFields(status))
                .containsExactlyInAnyOrder(
                        "documents",
                        "policy.default_redaction.hash.salt",
                        "policy.redactions_by_type[\"PERSON\"].mask.visible_suffix",
                        "policy.redactions_by_type[\"DATE\"]");
        assertThat(status.toString()).doesNotContain("short");
    }

    @Test
    void recordsAreBuiltAndComparedWithKnownValues() {
        ExtractRecordsResponse response = service.extractRecords(ExtractRecordsRequest.newBuilder()
                .addAllDocuments(documents(MERKEL + "\nAngela Merkel stayed at home.\nnothing else happened.", " "))
                .setSchema(RecordSchema.newBuilder()
                        .setScope(RecordSchema.Scope.SCOPE_LINE)
                        .addFields(RecordField.newBuilder().setName("who").addTypes("PERSON"))
                        .addFields(RecordField.newBuilder()
                                .setName("where")
                                .addTypes("LOCATION")
                                .setRequired(true)))
                .putReference("who", "ANGELA MERKEL")
                .putReference("where", "Paris")
                .build());

        List<Record> records = response.getResults(0).getRecordsList();
        assertThat(records).hasSize(2);
        assertThat(records.get(0).getFieldsMap()).containsOnlyKeys("who", "where");
        assertThat(records.get(0).getFieldsOrThrow("where").getValues(0).getText())
                .isEqualTo("Paris");
        assertThat(records.get(0).getMatchesList())
                .extracting(FieldMatch::getField, FieldMatch::getVerdict)
                .containsExactly(
                        tuple("who", FieldMatch.Verdict.VERDICT_MATCH),
                        tuple("where", FieldMatch.Verdict.VERDICT_MATCH));
        assertThat(records.get(1).getMissingList()).containsExactly("where");
        assertThat(records.get(1).getMatchesList())
                .extracting(FieldMatch::getVerdict)
                .containsExactly(FieldMatch.Verdict.VERDICT_MATCH, FieldMatch.Verdict.VERDICT_MISSING);
        assertThat(records.get(1).getBegin()).isEqualTo(MERKEL.length() + 1);
        assertThat(reason(response.getResults(1).getError())).isEqualTo("INVALID_INPUT");
    }

    @Test
    void badSchemasAreInvalid() {
        Status status = status(catchThrowable(() -> service.extractRecords(ExtractRecordsRequest.newBuilder()
                .addAllDocuments(documents(MERKEL))
                .setSchema(RecordSchema.newBuilder()
                        .setScopeValue(9)
                        .addFields(RecordField.newBuilder().setName("who").addTypes("PERSN"))
                        .addFields(RecordField.newBuilder().setName("when")))
                .build())));
        Status empty = status(catchThrowable(() -> service.extractRecords(ExtractRecordsRequest.newBuilder()
                .addAllDocuments(documents(MERKEL))
                .build())));
        Status reference = status(catchThrowable(() -> service.extractRecords(ExtractRecordsRequest.newBuilder()
                .addAllDocuments(documents(MERKEL))
                .setSchema(RecordSchema.newBuilder()
                        .addFields(RecordField.newBuilder().setName("who").addTypes("PERSON")))
                .putReference("where", "Paris")
                .build())));

        assertThat(violatedFields(status))
                .containsExactlyInAnyOrder("schema.scope", "schema.fields[0].types[0]", "schema.fields[1].types");
        assertThat(violatedFields(empty)).containsExactly("schema.fields");
        assertThat(violatedFields(reference)).singleElement().asString().startsWith("reference");
    }

    @Test
    void typesAndLimitsAreListed() {
        ListEntityTypesResponse response = service.listEntityTypes(ListEntityTypesRequest.getDefaultInstance());

        assertThat(response.getEntityTypesList())
                .extracting(EntityType::getType)
                .contains("PERSON", "ORGANIZATION", "LOCATION", "DATE", "MONEY", "EMAIL", "IBAN", "CREDIT_CARD");
        assertThat(response.getEntityTypes(0).getRecognizer()).isEqualTo("model");
        assertThat(response.getMaxDocuments()).isEqualTo(1000);
        assertThat(response.getMaxCharacters()).isEqualTo(200_000);
        assertThat(response.getLanguageCodesList()).contains("en");
    }

    private RecognizeEntitiesResponse recognize(String... texts) {
        return service.recognizeEntities(RecognizeEntitiesRequest.newBuilder()
                .addAllDocuments(documents(texts))
                .build());
    }

    private Status failure(RecognizeEntitiesRequest request) {
        return status(catchThrowable(() -> service.recognizeEntities(request)));
    }

    private void assertStillAnswers() {
        assertThat(recognize(MERKEL).getResults(0).getEntitiesCount()).isEqualTo(2);
    }

    private static void assertOnlySecondFailed(RecognizeEntitiesResponse response, String reason, String field) {
        assertThat(response.getResultsList()).hasSize(3);
        assertThat(response.getResults(0).getEntitiesList()).isNotEmpty();
        assertThat(response.getResults(2).getEntitiesList()).isNotEmpty();
        Status error = response.getResults(1).getError();
        assertThat(error.getCode()).isEqualTo(Code.INVALID_ARGUMENT_VALUE);
        assertThat(reason(error)).isEqualTo(reason);
        assertThat(violatedFields(error)).containsExactly(field);
        assertThat(response.getResults(1).hasCoverage()).isFalse();
    }
}
