package dev.polymath.translation.grpc;

import static dev.polymath.service.testing.GrpcTestClient.detail;
import static dev.polymath.service.testing.GrpcTestClient.documents;
import static dev.polymath.service.testing.GrpcTestClient.reason;
import static dev.polymath.service.testing.GrpcTestClient.status;
import static dev.polymath.service.testing.GrpcTestClient.violatedFields;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.tuple;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import com.google.rpc.ResourceInfo;
import com.google.rpc.Status;
import dev.polymath.common.v1.Document;
import dev.polymath.common.v1.LanguageResult;
import dev.polymath.common.v1.ModelRef;
import dev.polymath.models.v1.ListModelsRequest;
import dev.polymath.models.v1.Model;
import dev.polymath.models.v1.ModelServiceGrpc;
import dev.polymath.service.testing.GrpcTestClient;
import dev.polymath.translation.v1.AppliedGlossaryEntry;
import dev.polymath.translation.v1.DetectLanguageRequest;
import dev.polymath.translation.v1.DetectLanguageResponse;
import dev.polymath.translation.v1.GlossaryEntry;
import dev.polymath.translation.v1.LanguagePair;
import dev.polymath.translation.v1.ListLanguagesRequest;
import dev.polymath.translation.v1.ListLanguagesResponse;
import dev.polymath.translation.v1.StreamTranslateTextRequest;
import dev.polymath.translation.v1.StreamTranslateTextResponse;
import dev.polymath.translation.v1.TextFormat;
import dev.polymath.translation.v1.TextTranslation;
import dev.polymath.translation.v1.TranslateDocumentRequest;
import dev.polymath.translation.v1.TranslateDocumentResponse;
import dev.polymath.translation.v1.TranslateTextRequest;
import dev.polymath.translation.v1.TranslateTextResponse;
import dev.polymath.translation.v1.TranslationResult;
import dev.polymath.translation.v1.TranslationServiceGrpc;
import dev.polymath.translation.v1.TranslationWarning;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.junit.QuarkusTest;
import java.io.StringReader;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
class TranslationGrpcServiceTest {
    private static final String HOUSE = "The house is small.";
    private static final String METHOD = "polymath.translation.v1.TranslationService/TranslateText";

    @ConfigProperty(name = "quarkus.grpc.server.test-port")
    int port;

    private ManagedChannel channel;
    private TranslationServiceGrpc.TranslationServiceBlockingStub service;

    @BeforeEach
    void connect() {
        channel = GrpcTestClient.channel(port);
        service = TranslationServiceGrpc.newBlockingStub(channel).withDeadlineAfter(300, TimeUnit.SECONDS);
    }

    @AfterEach
    void disconnect() {
        channel.shutdownNow();
    }

    @Test
    void aTextIsTranslatedIntoEachTargetLanguage() {
        TranslateTextResponse response = service.translateText(english(HOUSE)
                .clearTargetLanguageCodes()
                .addTargetLanguageCodes("de")
                .addTargetLanguageCodes("fr-FR")
                .addTargetLanguageCodes("es")
                .build());

        assertThat(response.getResultsList()).singleElement().satisfies(result -> {
            assertThat(result.getTranslationsList())
                    .extracting(TextTranslation::getLanguageCode)
                    .containsExactly("de", "fr-FR", "es");
            assertThat(result.getTranslationsList()).allSatisfy(translation -> {
                assertThat(translation.getText()).isNotBlank().isNotEqualTo(HOUSE);
                assertThat(translation.getScore()).isNegative();
                assertThat(translation.getPivot()).isEmpty();
                assertThat(translation.hasError()).isFalse();
            });
            assertThat(result.hasDetectedLanguage()).isFalse();
            assertThat(result.getCoverage().getCharacters()).isEqualTo(HOUSE.length());
            assertThat(result.getCoverage().getAnalyzedCharacters()).isEqualTo(HOUSE.length());
            assertThat(result.getCoverage().getWindows()).isEqualTo(1);
            assertThat(result.getWarningsList()).isEmpty();
        });
    }

    @Test
    void receiptNamesTheModelAndTheTokensItGenerated() {
        TranslateTextResponse response = service.translateText(english(HOUSE).build());

        assertThat(response.getReceipt()).satisfies(receipt -> {
            assertThat(receipt.getModel()).isEqualTo("translation-en-de-es-fr");
            assertThat(receipt.getVersion()).isEqualTo("1");
            assertThat(receipt.getSha256()).matches("[0-9a-f]{64}");
            assertThat(receipt.getTokens()).isGreaterThan(5);
            assertThat(receipt.getGeneratedTokens()).isPositive();
            assertThat(receipt.getBatchSize()).isPositive();
        });
        assertThat(response.getFurtherReceiptsList()).isEmpty();
    }

    @Test
    void theLanguageOfATextIsDetectedIfItIsNotGiven() {
        TranslationResult result = service.translateText(TranslateTextRequest.newBuilder()
                        .addAllDocuments(documents("Das Paket kam gestern leider viel zu spät bei uns an."))
                        .addTargetLanguageCodes("en")
                        .build())
                .getResults(0);

        assertThat(result.getDetectedLanguage().getLanguageCode()).isEqualTo("de");
        assertThat(result.getDetectedLanguage().getConfidence()).isBetween(0.5, 1.0);
        assertThat(result.getTranslations(0).getText()).isNotBlank();
    }

    @Test
    void theLanguageOfAVeryShortTextIsTheMostProbableThatIsTranslatedWithAWarning() {
        TranslationResult result = service.translateText(TranslateTextRequest.newBuilder()
                        .addAllDocuments(documents("Hello world!"))
                        .addTargetLanguageCodes("de")
                        .build())
                .getResults(0);

        assertThat(result.getDetectedLanguage().getLanguageCode()).isEqualTo("en");
        assertThat(result.getWarningsList())
                .extracting(TranslationWarning::getKind)
                .contains(TranslationWarning.Kind.KIND_LANGUAGE_UNCERTAIN);
        assertThat(result.getTranslations(0).getText()).isNotBlank();
    }

    @Test
    void aPairWithoutAModelGoesThroughEnglishAndSaysSo() {
        TextTranslation translation = translate(TranslateTextRequest.newBuilder()
                .addDocuments(
                        Document.newBuilder().setText("Das Haus ist klein.").setLanguageCode("de"))
                .addTargetLanguageCodes("fr"));

        assertThat(translation.getPivot()).isEqualTo("en");
        assertThat(translation.getText()).isNotBlank();
    }

    @Test
    void paragraphsListsAndSpacingSurvive() {
        String text = "  Dear Jane,\n\n- The house is small.\n- 2 dogs\n\n\t1.  The end.\r\n";

        String translation = translate(english(text)).getText();

        assertThat(translation)
                .startsWith("  ")
                .matches("(?s)  [^\\n]+\\n\\n- [^\\n]+\\n- [^\\n]*2[^\\n]*\\n\\n\\t1\\.  [^\\n]+\\r\\n");
    }

    @Test
    void noSentenceOfALongTextIsLost() {
        String text = IntStream.range(0, 60)
                .mapToObj(i -> "Sentence number " + i + " is about house " + i + ".")
                .reduce((a, b) -> a + " " + b)
                .orElseThrow();

        TranslateTextResponse response = service.translateText(english(text).build());

        String translation = response.getResults(0).getTranslations(0).getText();
        assertThat(IntStream.range(0, 60).filter(i -> !translation.matches("(?s).*\\b" + i + "\\b.*\\b" + i + "\\b.*")))
                .as(translation)
                .isEmpty();
        assertThat(response.getResults(0).getCoverage().getWindows()).isGreaterThanOrEqualTo(60);
        assertThat(response.getReceipt().getBatchSize()).isGreaterThan(1);
    }

    @Test
    void glossaryAndProtectedTermsAppearAsAsked() {
        TextTranslation translation = translate(english(
                        "The engine of the Acme Rocket is an engine." + " Acme rocket engines are loud.")
                .addGlossary(GlossaryEntry.newBuilder().setSource("engine").setTarget("Triebwerk"))
                .addGlossary(GlossaryEntry.newBuilder()
                        .setSource("loud")
                        .setTarget("bruyant")
                        .setTargetLanguageCode("fr"))
                .addDoNotTranslate("Acme Rocket"));

        assertThat(translation.getText()).contains("Acme Rocket").doesNotContain("bruyant");
        assertThat(translation.getText().split("Triebwerk", -1)).hasSize(3);
        assertThat(translation.getAppliedGlossaryList())
                .extracting(
                        AppliedGlossaryEntry::getSource,
                        AppliedGlossaryEntry::getTarget,
                        AppliedGlossaryEntry::getCount)
                .containsExactly(tuple("engine", "Triebwerk", 2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"😀", "https://example.org/a?b=c", "jane@example.org", "{0}", "${name}", "%s", "`x = 1`"})
    void whatIsNoLanguageIsKept(String kept) {
        assertThat(translate(english("Please send " + kept + " to the small house."))
                        .getText())
                .contains(kept);
    }

    @Test
    void htmlKeepsItsTagsAroundTheirWords() {
        String html =
                "<p class='a'>The <b>house</b> is <i>small</i>.<br>See <code>a &lt; b</code>.</p><script>if (a<b) x()</script>";

        String translation =
                translate(english(html).setFormat(TextFormat.TEXT_FORMAT_HTML)).getText();

        assertThat(translation)
                .matches(
                        "(?s)<p class='a'>.*<b>[^<>]+</b>.*<br>.*<code>a &lt; b</code>.*</p><script>if \\(a<b\\) x\\(\\)</script>")
                .containsPattern("<i>[^<>]+</i>");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<p>The <b>house",
                "</div>The house</p>",
                "<td>The <i>house</b>",
                "The house < small & <",
                "<b><i>The</b> house</i>"
            })
    void brokenHtmlIsTranslatedAsBrowsersReadIt(String html) {
        TextTranslation translation = translate(english(html).setFormat(TextFormat.TEXT_FORMAT_HTML));

        assertThat(tags(translation.getText())).isEqualTo(tags(html));
        assertThat(translation.getText()).isNotEqualTo(html);
    }

    private static List<String> tags(String html) {
        return Pattern.compile("</?\\w+>")
                .matcher(html)
                .results()
                .map(MatchResult::group)
                .toList();
    }

    @Test
    void alternativesAreTheNextBest() {
        TextTranslation translation =
                translate(english(HOUSE).setAlternatives(2).setBeamSize(4));

        assertThat(translation.getAlternativesList()).isNotEmpty().hasSizeLessThanOrEqualTo(2);
        assertThat(translation.getAlternatives(0).getText()).isNotEqualTo(translation.getText());
    }

    @Test
    void oneDocumentThatFailsCostsTheOthersNothing() {
        TranslateTextResponse response = service.translateText(TranslateTextRequest.newBuilder()
                .addDocuments(document("a", HOUSE, "en"))
                .addDocuments(document("b", "", "en"))
                .addDocuments(document("c", HOUSE, "not a language"))
                .addDocuments(document("d", "Talossa on koira, ja pihalla kasvaa vanha omenapuu.", ""))
                .addDocuments(document("e", HOUSE, "tlh"))
                .addDocuments(document("f", "Das Haus ist klein.", "de"))
                .addDocuments(document("g", "a".repeat(200_001), "en"))
                .addDocuments(document("h", HOUSE, "en-GB"))
                .addTargetLanguageCodes("de")
                .build());

        assertThat(response.getResultsList())
                .extracting(TranslationResult::getId)
                .containsExactly("a", "b", "c", "d", "e", "f", "g", "h");
        assertThat(response.getResultsList().stream()
                        .map(result -> result.hasError() ? reason(result.getError()) : "")
                        .toList())
                .containsExactly(
                        "",
                        "INVALID_INPUT",
                        "INVALID_INPUT",
                        "UNSUPPORTED_LANGUAGE",
                        "UNSUPPORTED_LANGUAGE",
                        "INVALID_INPUT",
                        "INPUT_TOO_LONG",
                        "");
        assertThat(response.getResultsList().stream()
                        .filter(TranslationResult::hasError)
                        .flatMap(result -> violatedFields(result.getError()).stream()))
                .containsExactly(
                        "documents[1].text",
                        "documents[2].language_code",
                        "documents[3].language_code",
                        "documents[4].language_code",
                        "target_language_codes[0]",
                        "documents[6].text");
        assertThat(response.getResults(3).getError().getMessage())
                .contains("\"fi\"", "expected: one of de, en, es, fr");
        assertThat(response.getResults(5).getError().getMessage())
                .isEqualTo(
                        "target_language_codes[0]: \"de\", which the text is in already (expected: one of en, es, fr)");
    }

    @Test
    void anUnsupportedPairListsTheSupportedOnesAndTheOthersAreTranslated() {
        TranslationResult result = service.translateText(
                        english(HOUSE).addTargetLanguageCodes("ja").build())
                .getResults(0);

        assertThat(result.hasError()).isFalse();
        assertThat(result.getTranslations(0).getText()).isNotBlank();
        assertThat(reason(result.getTranslations(1).getError())).isEqualTo("UNSUPPORTED_LANGUAGE");
        assertThat(result.getTranslations(1).getError().getMessage())
                .isEqualTo("target_language_codes[1]: \"ja\" from \"en\" (expected: one of de, es, fr)");
    }

    @Test
    void aTextInAnotherLanguageThanDeclaredIsTranslatedAsDeclaredWithAWarning() {
        TranslationResult result = service.translateText(TranslateTextRequest.newBuilder()
                        .addDocuments(document("a", "Das Paket kam gestern leider viel zu spät bei uns an.", "en"))
                        .addTargetLanguageCodes("fr")
                        .build())
                .getResults(0);

        assertThat(result.getWarningsList()).first().satisfies(warning -> {
            assertThat(warning.getKind()).isEqualTo(TranslationWarning.Kind.KIND_LANGUAGE_MISMATCH);
            assertThat(warning.getDescription()).contains("\"de\"", "\"en\"");
        });
        assertThat(result.getTranslations(0).getText()).isNotBlank();
        assertThat(result.getTranslations(0).getPivot()).isEmpty();
    }

    @Test
    void aTextWithoutWordsIsTheSameInEveryLanguage() {
        assertThat(translate(TranslateTextRequest.newBuilder()
                                .addAllDocuments(documents("😀 12:30 https://example.org"))
                                .addTargetLanguageCodes("de"))
                        .getText())
                .isEqualTo("😀 12:30 https://example.org");
    }

    @Test
    void allViolationsOfARequestAreReportedAtOnce() {
        Status status = failure(TranslateTextRequest.newBuilder()
                .addDocuments(document("a", HOUSE, "en"))
                .addDocuments(document("a", HOUSE, "en"))
                .addTargetLanguageCodes("de")
                .addTargetLanguageCodes("de")
                .addTargetLanguageCodes("")
                .addTargetLanguageCodes("not a language")
                .setAlternatives(-1)
                .setBeamSize(99)
                .setFormatValue(7)
                .addGlossary(GlossaryEntry.newBuilder().setSource(" ").setTarget("x".repeat(201)))
                .addGlossary(GlossaryEntry.newBuilder().setSource("House").setTarget("Haus"))
                .addGlossary(GlossaryEntry.newBuilder().setSource("house").setTarget("Gebäude"))
                .addDoNotTranslate("two\nlines"));

        assertThat(status.getCode()).isEqualTo(Code.INVALID_ARGUMENT_VALUE);
        assertThat(reason(status)).isEqualTo("INVALID_INPUT");
        assertThat(violatedFields(status))
                .containsExactlyInAnyOrder(
                        "documents[1].id",
                        "target_language_codes[1]",
                        "target_language_codes[2]",
                        "target_language_codes[3]",
                        "alternatives",
                        "beam_size",
                        "format",
                        "glossary[0].source",
                        "glossary[0].target",
                        "glossary[2].source",
                        "do_not_translate[0]");
    }

    @Test
    void nothingAtAllIsInvalid() {
        assertThat(violatedFields(failure(TranslateTextRequest.newBuilder())))
                .containsExactlyInAnyOrder("documents", "target_language_codes");
    }

    @Test
    void tenThousandDocumentsAreTooMany() {
        Status status = failure(TranslateTextRequest.newBuilder()
                .addAllDocuments(documents(
                        IntStream.range(0, 10_000).mapToObj(i -> HOUSE).toArray(String[]::new)))
                .addTargetLanguageCodes("de"));

        assertThat(reason(status)).isEqualTo("INPUT_TOO_LONG");
        assertThat(status.getMessage()).isEqualTo("documents: 10000 documents (expected: 1 to 1000)");
    }

    @Test
    void anUnknownModelIsNotFound() {
        Status status = failure(english(HOUSE).setModel(ModelRef.newBuilder().setName("translation-xx")));

        assertThat(status.getCode()).isEqualTo(Code.NOT_FOUND_VALUE);
        assertThat(detail(status, ResourceInfo.class).getResourceName()).isEqualTo("translation-xx");
    }

    @Test
    void bytesThatAreNotUtf8AreInvalidInput() {
        byte[] request = english("?").build().toByteArray();
        for (int i = 0; i < request.length; i++) {
            request[i] = request[i] == '?' ? (byte) 0xff : request[i];
        }

        Status status = status(catchThrowable(() -> GrpcTestClient.call(channel, METHOD, request)));

        assertThat(reason(status)).isEqualTo("INVALID_INPUT");
        assertThat(translate(english(HOUSE)).getText()).isNotBlank();
    }

    @Test
    void aPassedDeadlineEndsTheCall() {
        Throwable failure = catchThrowable(() -> service.withDeadlineAfter(300, TimeUnit.MILLISECONDS)
                .translateText(english((HOUSE + " It stands in a garden near the river. ").repeat(500))
                        .build()));

        assertThat(failure)
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(io.grpc.Status.Code.DEADLINE_EXCEEDED));
        assertThat(translate(english(HOUSE)).getText()).isNotBlank();
    }

    @Test
    void aWordOfTenThousandCharactersIsKept() {
        String word = "abcdefghij".repeat(1000);

        assertThat(translate(english("The word " + word + " is long.")).getText())
                .contains(word);
    }

    @Test
    void aTextGetsTheSameAnswerAloneAndInABatch() {
        List<Document> documents = IntStream.range(0, 12)
                .mapToObj(i -> document("d" + i, (HOUSE + " I have " + i + " dogs. ").repeat(1 + i % 3), "en"))
                .toList();
        List<String> alone = documents.stream()
                .map(document -> translate(TranslateTextRequest.newBuilder()
                                .addDocuments(document)
                                .addTargetLanguageCodes("de"))
                        .getText())
                .toList();

        TranslateTextResponse together = service.translateText(TranslateTextRequest.newBuilder()
                .addAllDocuments(documents)
                .addTargetLanguageCodes("de")
                .build());

        assertThat(together.getResultsList())
                .extracting(result -> result.getTranslations(0).getText())
                .containsExactlyElementsOf(alone);
    }

    @Test
    void aLongDocumentOfAStreamComesSentenceBySentence() {
        String text = "The house is small.\n\nThe dog is big. I see {0}.\n";

        List<StreamTranslateTextResponse> answers = GrpcTestClient.converse(
                TranslationServiceGrpc.newStub(channel)::streamTranslateText,
                options("de", "fr"),
                streamed("a", text),
                streamed("b", ""),
                streamed("a", HOUSE));

        assertThat(answers)
                .extracting(
                        StreamTranslateTextResponse::getDocument,
                        StreamTranslateTextResponse::getId,
                        a -> a.getItemCase().name())
                .containsExactly(
                        tuple(0L, "a", "PARTIAL"),
                        tuple(0L, "a", "PARTIAL"),
                        tuple(0L, "a", "PARTIAL"),
                        tuple(0L, "a", "PARTIAL"),
                        tuple(0L, "a", "PARTIAL"),
                        tuple(0L, "a", "PARTIAL"),
                        tuple(0L, "a", "RESULT"),
                        tuple(1L, "b", "RESULT"),
                        tuple(2L, "a", "PARTIAL"),
                        tuple(2L, "a", "PARTIAL"),
                        tuple(2L, "a", "RESULT"));
        TranslationResult whole = answers.get(6).getResult();
        for (TextTranslation translation : whole.getTranslationsList()) {
            assertThat(answers.subList(0, 6).stream()
                            .map(StreamTranslateTextResponse::getPartial)
                            .filter(part -> part.getLanguageCode().equals(translation.getLanguageCode()))
                            .map(part -> part.getText())
                            .reduce("", String::concat))
                    .isEqualTo(translation.getText());
        }
        assertThat(answers.get(6).getReceipt().getGeneratedTokens()).isPositive();
        assertThat(violatedFields(answers.get(7).getResult().getError())).containsExactly("document.text");
    }

    @Test
    void aStreamNeedsItsOptionsFirst() {
        Throwable failure = catchThrowable(() -> GrpcTestClient.converse(
                TranslationServiceGrpc.newStub(channel)::streamTranslateText, streamed("a", HOUSE)));

        assertThat(violatedFields(status(failure))).containsExactly("target_language_codes");
    }

    @Test
    void aPropertiesFileKeepsItsKeysAndPlaceholders() throws Exception {
        String source = "# Greetings\nhello = Good morning, {0}!\nlong=The house \\\n  is small.\n";

        TranslateDocumentResponse response = service.translateDocument(file("messages.properties", "", source));

        Properties properties = new Properties();
        properties.load(new StringReader(response.getContent().toStringUtf8()));
        assertThat(properties).containsOnlyKeys("hello", "long");
        assertThat(properties.getProperty("hello")).contains("{0}").doesNotContain("Good morning");
        assertThat(response.getContent().toStringUtf8()).startsWith("# Greetings\nhello = ");
        assertThat(response.getMimeType()).isEqualTo("text/x-java-properties");
        assertThat(response.getFileName()).isEqualTo("messages.properties");
        assertThat(response.getReceipt().getGeneratedTokens()).isPositive();
    }

    @Test
    void subtitlesKeepTheirTimesAndAFileItsByteOrderMark() {
        String source = "\uFEFF1\r\n00:00:01,000 --> 00:00:02,000\r\nThe house\r\nis small.\r\n\r\n";

        TranslateDocumentResponse response =
                service.translateDocument(file("a.srt", "application/octet-stream", source));

        assertThat(response.getContent().toStringUtf8())
                .matches("(?s)\uFEFF1\r\n00:00:01,000 --> 00:00:02,000\r\n.+\r\n\r\n");
        assertThat(response.getMimeType()).isEqualTo("application/x-subrip");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a.properties |             | k=\\u12G4       | content   | line 1: a bad escape",
                "a.srt        |             | nothing         | content   | no time code",
                "a.pdf        |             | The house       | file_name | .properties",
                "''           |             | The house       | file_name | or a mime_type",
                "a.txt        | image/png   | The house       | mime_type | text/markdown",
                "a.txt        |             | ''              | content   | empty",
            })
    void whatIsWrongWithAFileIsSaid(String name, String type, String content, String field, String message) {
        Status status =
                status(catchThrowable(() -> service.translateDocument(file(name, type == null ? "" : type, content))));

        assertThat(violatedFields(status)).containsExactly(field);
        assertThat(status.getMessage()).contains(message);
    }

    @Test
    void aFileThatIsNotUtf8IsInvalidAndItsLineNamed() {
        Status status = status(catchThrowable(() -> service.translateDocument(file("a.txt", "", "x").toBuilder()
                .setContent(ByteString.copyFrom(new byte[] {'a', '\n', 'b', (byte) 0xE9, '\n'}))
                .build())));

        assertThat(status.getMessage()).isEqualTo("content: line 2: byte 3 is not UTF-8 (expected: UTF-8)");
    }

    @Test
    void languagesAreDetected() {
        DetectLanguageResponse response = service.detectLanguage(DetectLanguageRequest.newBuilder()
                .addAllDocuments(documents("Das Paket kam gestern leider viel zu spät an.", "123", ""))
                .setTopK(2)
                .build());

        assertThat(response.getResults(0).getLanguages(0).getLanguageCode()).isEqualTo("de");
        assertThat(response.getResults(0).getLanguagesCount()).isEqualTo(2);
        assertThat(response.getResults(1))
                .extracting(LanguageResult::getUndecidedReason)
                .isEqualTo("no letters");
        assertThat(violatedFields(response.getResults(2).getError())).containsExactly("documents[2].text");
    }

    @Test
    void languagesPairsAndLimitsAreListed() {
        ListLanguagesResponse response = service.listLanguages(ListLanguagesRequest.getDefaultInstance());

        assertThat(response.getPairsList())
                .extracting(
                        LanguagePair::getSourceLanguageCode,
                        LanguagePair::getTargetLanguageCode,
                        LanguagePair::getPivot)
                .contains(tuple("en", "de", ""), tuple("es", "en", ""), tuple("de", "fr", "en"))
                .hasSize(12);
        assertThat(response.getPairsList())
                .allSatisfy(pair -> assertThat(pair.getModels(0).getName()).isEqualTo("translation-en-de-es-fr"));
        assertThat(response.getDetectedLanguageCodesList()).contains("en", "de", "ja");
        assertThat(response.getMaxDocuments()).isEqualTo(1000);
        assertThat(response.getMaxCharacters()).isEqualTo(200_000);
        assertThat(response.getMaxTargets()).isEqualTo(20);
        assertThat(response.getMaxTerms()).isEqualTo(1000);
        assertThat(response.getMaxAlternatives()).isEqualTo(9);
        assertThat(response.getMaxBeamSize()).isEqualTo(10);
    }

    @Test
    void theModelIsListed() {
        assertThat(ModelServiceGrpc.newBlockingStub(channel)
                        .listModels(ListModelsRequest.getDefaultInstance())
                        .getModelsList())
                .extracting(Model::getName, Model::getTask, Model::getService, Model::getDefault)
                .containsExactly(tuple("translation-en-de-es-fr", "translation", "translation-service", true));
    }

    private TextTranslation translate(TranslateTextRequest.Builder request) {
        TranslationResult result = service.translateText(request.build()).getResults(0);
        assertThat(result.getError()).isEqualTo(Status.getDefaultInstance());
        return result.getTranslations(0);
    }

    private Status failure(TranslateTextRequest.Builder request) {
        return status(catchThrowable(() -> service.translateText(request.build())));
    }

    private static TranslateTextRequest.Builder english(String text) {
        return TranslateTextRequest.newBuilder()
                .addDocuments(document("", text, "en"))
                .addTargetLanguageCodes("de");
    }

    private static Document document(String id, String text, String language) {
        return Document.newBuilder()
                .setId(id)
                .setText(text)
                .setLanguageCode(language)
                .build();
    }

    private static StreamTranslateTextRequest options(String... targets) {
        return StreamTranslateTextRequest.newBuilder()
                .setOptions(TranslateTextRequest.newBuilder().addAllTargetLanguageCodes(List.of(targets)))
                .build();
    }

    private static StreamTranslateTextRequest streamed(String id, String text) {
        return StreamTranslateTextRequest.newBuilder()
                .setDocument(document(id, text, "en"))
                .build();
    }

    private static TranslateDocumentRequest file(String name, String type, String content) {
        return TranslateDocumentRequest.newBuilder()
                .setFileName(name)
                .setMimeType(type)
                .setContent(ByteString.copyFromUtf8(content))
                .setSourceLanguageCode("en")
                .setTargetLanguageCode("de")
                .build();
    }
}
