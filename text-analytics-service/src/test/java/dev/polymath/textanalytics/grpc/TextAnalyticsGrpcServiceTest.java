package dev.polymath.textanalytics.grpc;

import static dev.polymath.service.testing.GrpcTestClient.documents;
import static dev.polymath.service.testing.GrpcTestClient.reason;
import static dev.polymath.service.testing.GrpcTestClient.status;
import static dev.polymath.service.testing.GrpcTestClient.violatedFields;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.offset;

import com.google.protobuf.ByteString;
import com.google.rpc.Status;
import dev.polymath.common.v1.Document;
import dev.polymath.common.v1.LanguageResult;
import dev.polymath.common.v1.ModelRef;
import dev.polymath.common.v1.OffsetUnit;
import dev.polymath.openinference.v2.GRPCInferenceServiceGrpc;
import dev.polymath.openinference.v2.InferTensorContents;
import dev.polymath.openinference.v2.ModelInferRequest;
import dev.polymath.service.testing.GrpcTestClient;
import dev.polymath.textanalytics.v1.AnalysisResult;
import dev.polymath.textanalytics.v1.AnalyzeSentimentRequest;
import dev.polymath.textanalytics.v1.AnalyzeSentimentResponse;
import dev.polymath.textanalytics.v1.AnalyzeTextRequest;
import dev.polymath.textanalytics.v1.AnalyzeTextResponse;
import dev.polymath.textanalytics.v1.Answer;
import dev.polymath.textanalytics.v1.AnswerQuestionRequest;
import dev.polymath.textanalytics.v1.AnswerQuestionResponse;
import dev.polymath.textanalytics.v1.ClassLabel;
import dev.polymath.textanalytics.v1.ClassifyTextRequest;
import dev.polymath.textanalytics.v1.ClassifyTextResponse;
import dev.polymath.textanalytics.v1.CompareTextsRequest;
import dev.polymath.textanalytics.v1.CompareTextsResponse;
import dev.polymath.textanalytics.v1.DetectLanguageRequest;
import dev.polymath.textanalytics.v1.EmbedTextRequest;
import dev.polymath.textanalytics.v1.EmbeddingResult;
import dev.polymath.textanalytics.v1.ExtractKeyPhrasesRequest;
import dev.polymath.textanalytics.v1.ExtractKeyPhrasesResponse;
import dev.polymath.textanalytics.v1.Feature;
import dev.polymath.textanalytics.v1.FeatureInfo;
import dev.polymath.textanalytics.v1.KeyPhrase;
import dev.polymath.textanalytics.v1.ListFeaturesRequest;
import dev.polymath.textanalytics.v1.Sentiment;
import dev.polymath.textanalytics.v1.SentimentResult;
import dev.polymath.textanalytics.v1.StreamAnalyzeTextRequest;
import dev.polymath.textanalytics.v1.StreamAnalyzeTextResponse;
import dev.polymath.textanalytics.v1.SummarizeTextRequest;
import dev.polymath.textanalytics.v1.SummarizeTextResponse;
import dev.polymath.textanalytics.v1.SummarySentence;
import dev.polymath.textanalytics.v1.TextAnalyticsServiceGrpc;
import dev.polymath.textanalytics.v1.TextPair;
import io.grpc.ManagedChannel;
import io.quarkus.test.junit.QuarkusTest;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
class TextAnalyticsGrpcServiceTest {
    private static final String GERMAN = "Der Kurier war freundlich, aber das Paket kam völlig durchnässt bei uns an.";
    private static final String CLAIM =
            "😀 The courier delivered a soaked parcel. We ask the insurance company to pay the"
                    + " repair of the laptop. The insurance company did not answer our letters.";

    @ConfigProperty(name = "quarkus.grpc.server.test-port")
    int port;

    private ManagedChannel channel;
    private TextAnalyticsServiceGrpc.TextAnalyticsServiceBlockingStub service;

    @BeforeEach
    void connect() {
        channel = GrpcTestClient.channel(port);
        service = TextAnalyticsServiceGrpc.newBlockingStub(channel).withDeadlineAfter(60, TimeUnit.SECONDS);
    }

    @AfterEach
    void disconnect() {
        channel.shutdownNow();
    }

    @Test
    void keyPhrasesAreWhereTheirMentionsSay() {
        for (OffsetUnit unit : List.of(OffsetUnit.OFFSET_UNIT_UTF16, OffsetUnit.OFFSET_UNIT_CODE_POINT)) {
            ExtractKeyPhrasesResponse response = service.extractKeyPhrases(ExtractKeyPhrasesRequest.newBuilder()
                    .addAllDocuments(documents(CLAIM))
                    .setMaxPhrases(5)
                    .setOffsetUnit(unit)
                    .build());

            assertThat(response.getOffsetUnit()).isEqualTo(unit);
            assertThat(response.getReceipt().getModel()).isEqualTo("embeddings-en");
            List<KeyPhrase> phrases = response.getResults(0).getKeyPhrasesList();
            assertThat(phrases).hasSizeBetween(1, 5);
            assertThat(phrases)
                    .extracting(phrase -> phrase.getText().toLowerCase(Locale.ROOT))
                    .anyMatch(text -> text.contains("insurance company"));
            for (KeyPhrase phrase : phrases) {
                assertThat(phrase.getScore()).isBetween(0.0, 1.0);
                assertThat(phrase.getMentionsList())
                        .isNotEmpty()
                        .allSatisfy(mention -> assertThat(cut(CLAIM, mention.getBegin(), mention.getEnd(), unit))
                                .isEqualToIgnoringCase(phrase.getText()));
            }
        }
    }

    @Test
    void aSummaryIsSentencesOfTheDocumentInTheOrderAskedFor() {
        SummarizeTextRequest request = SummarizeTextRequest.newBuilder()
                .addAllDocuments(documents(CLAIM))
                .setSentenceCount(2)
                .setQuery("Who has not replied?")
                .setSortBy(SummarizeTextRequest.SortBy.SORT_BY_SCORE)
                .build();

        SummarizeTextResponse response = service.summarizeText(request);

        List<SummarySentence> sentences = response.getResults(0).getSentencesList();
        assertThat(sentences).hasSize(2);
        assertThat(sentences.get(0).getScore())
                .isGreaterThanOrEqualTo(sentences.get(1).getScore());
        assertThat(sentences.get(0).getText()).contains("did not answer");
        assertThat(sentences)
                .allSatisfy(sentence -> assertThat(CLAIM.substring(sentence.getBegin(), sentence.getEnd()))
                        .isEqualTo(sentence.getText()));
        assertThat(response.getResults(0).getCoverage().getAnalyzedCharacters()).isEqualTo(CLAIM.length());
    }

    @Test
    void textsAreSortedIntoClassesThatAreOnlyDescribed() {
        ClassifyTextResponse response = service.classifyText(ClassifyTextRequest.newBuilder()
                .addAllDocuments(documents(
                        "My card was stolen and somebody emptied my account.", "When does the parcel arrive?"))
                .addLabels(label("fraud", "stolen card, or money taken without permission"))
                .addLabels(label("delivery", "questions about the delivery of a parcel"))
                .setTopK(1)
                .build());

        assertThat(response.getResultsList())
                .extracting(result -> result.getClasses(0).getLabel())
                .containsExactly("fraud", "delivery");
        assertThat(response.getResultsList())
                .allSatisfy(result -> assertThat(result.getClassesList()).hasSize(1));
    }

    @Test
    void confidencesOfAllClassesSumToOneUnlessEachIsJudgedByItself() {
        ClassifyTextRequest request = ClassifyTextRequest.newBuilder()
                .addAllDocuments(documents("The parcel was soaked."))
                .addLabels(label("weather", ""))
                .addLabels(label("delivery", ""))
                .addLabels(label("music", ""))
                .build();

        assertThat(sum(service.classifyText(request))).isCloseTo(1, offset(1e-6));
        assertThat(sum(service.classifyText(
                        request.toBuilder().setMultiLabel(true).build())))
                .isNotCloseTo(1, offset(1e-3));
    }

    @Test
    void sentencesHaveAMoodAndTheDocumentTheMoodOfAll() {
        String text = "The courier was wonderful and very friendly! The parcel was broken, I am so angry.";

        AnalyzeSentimentResponse response = service.analyzeSentiment(AnalyzeSentimentRequest.newBuilder()
                .addAllDocuments(documents(text, "I love this phone, it works perfectly.", ""))
                .build());

        SentimentResult mixed = response.getResults(0);
        assertThat(mixed.getSentimentOrBuilder().getLabel()).isEqualTo(Sentiment.Label.LABEL_MIXED);
        assertThat(mixed.getSentencesList())
                .extracting(sentence -> sentence.getSentiment().getLabel())
                .containsExactly(Sentiment.Label.LABEL_POSITIVE, Sentiment.Label.LABEL_NEGATIVE);
        assertThat(mixed.getSentencesList())
                .allSatisfy(sentence -> assertThat(text.substring(sentence.getBegin(), sentence.getEnd()))
                        .isEqualTo(sentence.getText()));
        assertThat(mixed.getSentiment().getConfidencesMap().values().stream()
                        .mapToDouble(value -> value)
                        .sum())
                .isCloseTo(1, offset(1e-5));
        assertThat(mixed.getEmotionsList()).isEmpty();
        assertThat(response.getResults(1).getSentiment().getLabel()).isEqualTo(Sentiment.Label.LABEL_POSITIVE);
        assertThat(violatedFields(response.getResults(2).getError())).containsExactly("documents[2].text");
        assertThat(response.getReceipt().getModel()).isEqualTo("sentiment-en");
    }

    @Test
    void emotionsAreToldWhenAskedFor() {
        AnalyzeSentimentResponse response = service.analyzeSentiment(AnalyzeSentimentRequest.newBuilder()
                .addAllDocuments(documents("Thank you so much for your help!"))
                .setEmotions(true)
                .build());

        assertThat(response.getResults(0).getEmotions(0).getLabel()).isEqualTo("gratitude");
        assertThat(response.getResults(0).getEmotions(0).getConfidence()).isBetween(0.5, 1.0);
    }

    @Test
    void languagesAreDetectedOrTheReasonWhyNotIsGiven() {
        List<LanguageResult> results = service.detectLanguage(DetectLanguageRequest.newBuilder()
                        .addAllDocuments(documents(GERMAN, CLAIM, "12345 67"))
                        .build())
                .getResultsList();

        assertThat(results)
                .extracting(result -> result.getLanguages(0).getLanguageCode())
                .containsExactly("de", "en", "und");
        assertThat(results.get(0).getLanguages(0).getScript()).isEqualTo("Latn");
        assertThat(results.get(2).getUndecidedReason()).isEqualTo("no letters");
    }

    @Test
    void vectorsHaveLengthOneUnlessAskedOtherwise() {
        EmbedTextRequest request =
                EmbedTextRequest.newBuilder().addAllDocuments(documents(CLAIM)).build();

        EmbeddingResult unit = service.embedText(request).getResults(0);
        EmbeddingResult raw = service.embedText(
                        request.toBuilder().setNormalize(false).build())
                .getResults(0);

        assertThat(unit.getEmbeddingList()).hasSize(384);
        assertThat(length(unit)).isCloseTo(1, offset(1e-5));
        assertThat(length(raw)).isNotCloseTo(1, offset(1e-2));
    }

    @Test
    void aLongTextIsReadToItsEnd() {
        String text = "The courier delivered a parcel. ".repeat(1000);

        EmbeddingResult result = service.embedText(EmbedTextRequest.newBuilder()
                        .addAllDocuments(documents(text))
                        .build())
                .getResults(0);

        assertThat(result.getCoverage().getAnalyzedCharacters()).isEqualTo(text.length());
        assertThat(result.getCoverage().getWindows()).isGreaterThan(10);
    }

    @Test
    void paraphrasesAreMoreAlikeThanStrangers() {
        CompareTextsResponse response = service.compareTexts(CompareTextsRequest.newBuilder()
                .addPairs(pair("a", "A man plays the guitar.", "Someone is playing an instrument."))
                .addPairs(pair("b", "A man plays the guitar.", "Stock prices fell sharply."))
                .addPairs(pair("c", "", "x"))
                .build());

        assertThat(response.getResults(0).getSimilarity())
                .isGreaterThan(response.getResults(1).getSimilarity() + 0.3);
        assertThat(violatedFields(response.getResults(2).getError())).containsExactly("pairs[2].left");
    }

    @Test
    void aQuestionIsAnsweredFromWhicheverDocumentHasTheAnswer() {
        String letter =
                "😀 The parcel was sent from Hamburg on Tuesday. Martha Kessler signed for it at the warehouse.";
        AnswerQuestionResponse response = service.answerQuestion(AnswerQuestionRequest.newBuilder()
                .setQuestion("Who signed for the parcel?")
                .addAllDocuments(documents(CLAIM))
                .addDocuments(Document.newBuilder().setId("letter").setText(letter))
                .addAllDocuments(documents(GERMAN, ""))
                .setOffsetUnit(OffsetUnit.OFFSET_UNIT_CODE_POINT)
                .build());

        Answer answer = response.getAnswers(0);
        assertThat(answer.getText()).isEqualTo("Martha Kessler");
        assertThat(answer.getDocumentId()).isEqualTo("letter");
        assertThat(answer.getDocumentIndex()).isEqualTo(1);
        assertThat(cut(letter, answer.getBegin(), answer.getEnd(), OffsetUnit.OFFSET_UNIT_CODE_POINT))
                .isEqualTo(answer.getText());
        assertThat(answer.getConfidence()).isGreaterThan(response.getNoAnswerScore());
        assertThat(response.getDocuments(1).getNoAnswerScore())
                .isEqualTo(response.getNoAnswerScore())
                .isLessThan(response.getDocuments(0).getNoAnswerScore());
        assertThat(reason(response.getDocuments(2).getError())).isEqualTo("UNSUPPORTED_LANGUAGE");
        assertThat(violatedFields(response.getDocuments(3).getError())).containsExactly("documents[3].text");
        assertThat(response.getReceipt().getModel()).isEqualTo("qa-en");
    }

    @Test
    void aQuestionThatNoDocumentAnswersSaysSo() {
        AnswerQuestionResponse response = service.answerQuestion(AnswerQuestionRequest.newBuilder()
                .setQuestion("In which year did the first steam engine reach Brazil?")
                .addAllDocuments(documents(CLAIM))
                .setMinConfidence(0.5)
                .build());

        assertThat(response.getNoAnswerScore()).isGreaterThan(0.5);
        assertThat(response.getAnswersList()).isEmpty();
    }

    @Test
    void theLastSentenceOfALongDocumentIsReadToo() {
        String text = "The ship carried coal and iron from one harbour to the next. ".repeat(400)
                + "Its captain was Ingrid Solberg.";

        AnswerQuestionResponse response = service.answerQuestion(AnswerQuestionRequest.newBuilder()
                .setQuestion("Who was the captain?")
                .addAllDocuments(documents(text))
                .build());

        assertThat(response.getAnswers(0).getText()).isEqualTo("Ingrid Solberg");
        assertThat(response.getDocuments(0).getCoverage().getAnalyzedCharacters())
                .isEqualTo(text.length());
        assertThat(response.getDocuments(0).getCoverage().getWindows()).isGreaterThan(10);
    }

    @Test
    void questionsThatAreEmptyOrTooLongAreInvalid() {
        AnswerQuestionRequest.Builder request =
                AnswerQuestionRequest.newBuilder().addAllDocuments(documents(CLAIM));

        assertThat(violatedFields(failure(
                        () -> service.answerQuestion(request.setQuestion(" ").build()))))
                .containsExactly("question");
        Status tooLong = failure(() ->
                service.answerQuestion(request.setQuestion("why ".repeat(1250)).build()));
        assertThat(reason(tooLong)).isEqualTo("INPUT_TOO_LONG");
        assertThat(violatedFields(tooLong)).containsExactly("question");
    }

    @Test
    void severalFeaturesComeInOneAnswer() {
        AnalyzeTextResponse response = service.analyzeText(AnalyzeTextRequest.newBuilder()
                .addAllDocuments(documents(CLAIM, GERMAN, " "))
                .addFeatures(Feature.FEATURE_KEY_PHRASES)
                .addFeatures(Feature.FEATURE_LANGUAGE)
                .addFeatures(Feature.FEATURE_EMBEDDING)
                .build());

        AnalysisResult english = response.getResults(0);
        assertThat(english.getKeyPhrases().getKeyPhrasesList()).isNotEmpty();
        assertThat(english.getLanguage().getLanguages(0).getLanguageCode()).isEqualTo("en");
        assertThat(english.getEmbedding().getEmbeddingList()).hasSize(384);
        assertThat(english.hasSummary()).isFalse();
        AnalysisResult german = response.getResults(1);
        assertThat(german.getLanguage().getLanguages(0).getLanguageCode()).isEqualTo("de");
        assertThat(reason(german.getKeyPhrases().getError())).isEqualTo("UNSUPPORTED_LANGUAGE");
        assertThat(violatedFields(response.getResults(2).getError())).containsExactly("documents[2].text");
        assertThat(response.getReceiptsList())
                .singleElement()
                .satisfies(receipt -> assertThat(receipt.getModel()).isEqualTo("embeddings-en"));
    }

    @Test
    void aTextIsReadOnceByAModelHoweverManyFeaturesNeedIt() {
        long keyPhrases = tokens(Feature.FEATURE_KEY_PHRASES);
        long embedding = tokens(Feature.FEATURE_EMBEDDING);

        assertThat(tokens(Feature.FEATURE_KEY_PHRASES, Feature.FEATURE_EMBEDDING))
                .isEqualTo(keyPhrases);
        assertThat(tokens(Feature.FEATURE_SUMMARY, Feature.FEATURE_KEY_PHRASES))
                .isEqualTo(keyPhrases + tokens(Feature.FEATURE_SUMMARY) - embedding);
    }

    private long tokens(Feature... features) {
        return service.analyzeText(AnalyzeTextRequest.newBuilder()
                        .addAllDocuments(documents(CLAIM))
                        .addAllFeatures(List.of(features))
                        .build())
                .getReceipts(0)
                .getTokens();
    }

    @ParameterizedTest
    @CsvSource({"embeddings-en, embedding", "sentiment-en, sentiment"})
    void theOpenInferenceProtocolAnswersEachTextWithTheResultAsJson(String model, String output) {
        GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub inference =
                GRPCInferenceServiceGrpc.newBlockingStub(channel);

        List<ByteString> answers = inference
                .modelInfer(ModelInferRequest.newBuilder()
                        .setModelName(model)
                        .addInputs(ModelInferRequest.InferInputTensor.newBuilder()
                                .setName("text")
                                .setDatatype("BYTES")
                                .addShape(2)
                                .setContents(InferTensorContents.newBuilder()
                                        .addBytesContents(ByteString.copyFromUtf8(CLAIM))
                                        .addBytesContents(ByteString.EMPTY)))
                        .build())
                .getOutputs(0)
                .getContents()
                .getBytesContentsList();

        assertThat(answers.get(0).toStringUtf8())
                .contains("\"" + output + "\":")
                .doesNotContain("\"error\":");
        assertThat(answers.get(1).toStringUtf8()).contains("documents[1].text");
    }

    @Test
    void aStreamAnswersInTheOrderOfItsDocuments() {
        List<StreamAnalyzeTextResponse> answers = GrpcTestClient.converse(
                TextAnalyticsServiceGrpc.newStub(channel)::streamAnalyzeText,
                StreamAnalyzeTextRequest.newBuilder()
                        .setOptions(AnalyzeTextRequest.newBuilder().addFeatures(Feature.FEATURE_LANGUAGE))
                        .build(),
                streamed("a", CLAIM),
                streamed("b", ""),
                streamed("c", GERMAN));

        assertThat(answers).extracting(answer -> answer.getResult().getId()).containsExactly("a", "b", "c");
        assertThat(violatedFields(answers.get(1).getResult().getError())).containsExactly("document.text");
        assertThat(answers.get(2).getResult().getLanguage().getLanguages(0).getLanguageCode())
                .isEqualTo("de");
    }

    @Test
    void aStreamWithoutFeaturesIsInvalid() {
        Status status = failure(() -> GrpcTestClient.converse(
                TextAnalyticsServiceGrpc.newStub(channel)::streamAnalyzeText, streamed("a", CLAIM)));

        assertThat(violatedFields(status)).containsExactly("features");
    }

    @Test
    void allThatIsWrongWithARequestIsSaidAtOnce() {
        Status status = failure(() -> service.summarizeText(SummarizeTextRequest.newBuilder()
                .addDocuments(Document.newBuilder().setId("a").setText(CLAIM))
                .addDocuments(Document.newBuilder().setId("a").setText(CLAIM))
                .setSentenceCount(101)
                .setQuery("x".repeat(1001))
                .setSortByValue(7)
                .setOffsetUnitValue(9)
                .build()));

        assertThat(violatedFields(status))
                .containsExactlyInAnyOrder("documents[1].id", "sentence_count", "query", "sort_by", "offset_unit");
    }

    @Test
    void labelsMustBeTwoToAThousandAndDifferent() {
        ClassifyTextRequest request = ClassifyTextRequest.newBuilder()
                .addAllDocuments(documents(CLAIM))
                .build();

        assertThat(violatedFields(failure(() -> service.classifyText(request)))).containsExactly("labels");
        assertThat(violatedFields(failure(() -> service.classifyText(
                        request.toBuilder().addLabels(label("only", "")).build()))))
                .containsExactly("labels");
        Status tooMany = failure(() -> service.classifyText(request.toBuilder()
                .addAllLabels(IntStream.range(0, 10_000)
                        .mapToObj(i -> label("label " + i, ""))
                        .toList())
                .build()));
        assertThat(reason(tooMany)).isEqualTo("INPUT_TOO_LONG");
        assertThat(violatedFields(failure(() -> service.classifyText(request.toBuilder()
                        .addLabels(label("a", ""))
                        .addLabels(label("a", ""))
                        .addLabels(label(" ", "x".repeat(2001)))
                        .build()))))
                .containsExactly("labels[1].label", "labels[2].label", "labels[2].description");
    }

    @Test
    void aThousandLabelsAreNotTooMany() {
        ClassifyTextResponse response = service.classifyText(ClassifyTextRequest.newBuilder()
                .addAllDocuments(documents("A question about label number 77."))
                .addAllLabels(IntStream.range(0, 1000)
                        .mapToObj(i -> label("label " + i, ""))
                        .toList())
                .build());

        assertThat(response.getResults(0).getClassesCount()).isEqualTo(1000);
    }

    @Test
    void aDocumentInAnotherLanguageIsRefusedAndItsNeighbourAnswered() {
        ExtractKeyPhrasesResponse response = service.extractKeyPhrases(ExtractKeyPhrasesRequest.newBuilder()
                .addAllDocuments(documents(GERMAN, CLAIM))
                .addDocuments(Document.newBuilder().setText(CLAIM).setLanguageCode("de"))
                .addDocuments(Document.newBuilder().setText(GERMAN).setLanguageCode("en"))
                .addDocuments(Document.newBuilder().setText(CLAIM).setLanguageCode("no such"))
                .build());

        assertThat(reason(response.getResults(0).getError())).isEqualTo("UNSUPPORTED_LANGUAGE");
        assertThat(response.getResults(0).getError().getMessage()).contains("\"de\"");
        assertThat(response.getResults(1).getKeyPhrasesList()).isNotEmpty();
        assertThat(reason(response.getResults(2).getError())).isEqualTo("UNSUPPORTED_LANGUAGE");
        assertThat(response.getResults(3).hasError()).isFalse();
        assertThat(reason(response.getResults(4).getError())).isEqualTo("INVALID_INPUT");
    }

    @Test
    void anUnknownModelIsNotFound() {
        Status status = failure(() -> service.embedText(EmbedTextRequest.newBuilder()
                .addAllDocuments(documents(CLAIM))
                .setModel(ModelRef.newBuilder().setName("no-such"))
                .build()));

        assertThat(reason(status)).isEqualTo("MODEL_NOT_FOUND");
        assertThat(status.getMessage()).contains("embeddings-en");
    }

    @Test
    void featuresAreListedWithTheirLimits() {
        var features = service.listFeatures(ListFeaturesRequest.getDefaultInstance());

        assertThat(features.getFeaturesList())
                .extracting(FeatureInfo::getFeature)
                .contains(
                        Feature.FEATURE_KEY_PHRASES,
                        Feature.FEATURE_LANGUAGE,
                        Feature.FEATURE_THEMES,
                        Feature.FEATURE_ANSWERS);
        assertThat(features.getMaxDocuments()).isEqualTo(1000);
        assertThat(features.getMaxCharacters()).isEqualTo(200_000);
    }

    private static Status failure(Supplier<?> call) {
        return status(catchThrowable(call::get));
    }

    private static ClassLabel label(String label, String description) {
        return ClassLabel.newBuilder()
                .setLabel(label)
                .setDescription(description)
                .build();
    }

    private static TextPair pair(String id, String left, String right) {
        return TextPair.newBuilder().setId(id).setLeft(left).setRight(right).build();
    }

    private static StreamAnalyzeTextRequest streamed(String id, String text) {
        return StreamAnalyzeTextRequest.newBuilder()
                .setDocument(Document.newBuilder().setId(id).setText(text))
                .build();
    }

    private static String cut(String text, int begin, int end, OffsetUnit unit) {
        return unit == OffsetUnit.OFFSET_UNIT_UTF16
                ? text.substring(begin, end)
                : text.substring(text.offsetByCodePoints(0, begin), text.offsetByCodePoints(0, end));
    }

    private static double sum(ClassifyTextResponse response) {
        return response.getResults(0).getClassesList().stream()
                .mapToDouble(each -> each.getConfidence())
                .sum();
    }

    private static double length(EmbeddingResult result) {
        return Math.sqrt(result.getEmbeddingList().stream()
                .mapToDouble(value -> (double) value * value)
                .sum());
    }
}
