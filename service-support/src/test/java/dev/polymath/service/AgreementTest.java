package dev.polymath.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.polymath.ner.v1.EntitiesResult;
import dev.polymath.ner.v1.Entity;
import dev.polymath.ner.v1.ExtractRecordsResponse;
import dev.polymath.ner.v1.FieldValue;
import dev.polymath.ner.v1.FieldValues;
import dev.polymath.ner.v1.ListEntityTypesResponse;
import dev.polymath.ner.v1.RecognizeEntitiesResponse;
import dev.polymath.ner.v1.Record;
import dev.polymath.ner.v1.RecordsResult;
import dev.polymath.textanalytics.v1.AnalyzeSentimentResponse;
import dev.polymath.textanalytics.v1.Answer;
import dev.polymath.textanalytics.v1.AnswerQuestionResponse;
import dev.polymath.textanalytics.v1.ClassificationResult;
import dev.polymath.textanalytics.v1.ClassifyTextResponse;
import dev.polymath.textanalytics.v1.EmbedTextResponse;
import dev.polymath.textanalytics.v1.EmbeddingResult;
import dev.polymath.textanalytics.v1.ExtractKeyPhrasesResponse;
import dev.polymath.textanalytics.v1.KeyPhrase;
import dev.polymath.textanalytics.v1.KeyPhrasesResult;
import dev.polymath.textanalytics.v1.SentenceSentiment;
import dev.polymath.textanalytics.v1.Sentiment;
import dev.polymath.textanalytics.v1.SentimentResult;
import dev.polymath.textanalytics.v1.SummarizeTextResponse;
import dev.polymath.textanalytics.v1.SummaryResult;
import dev.polymath.textanalytics.v1.SummarySentence;
import dev.polymath.textanalytics.v1.TextClass;
import dev.polymath.translation.v1.TextTranslation;
import dev.polymath.translation.v1.TranslateTextResponse;
import dev.polymath.translation.v1.TranslationResult;
import dev.polymath.vision.v1.BoundingBox;
import dev.polymath.vision.v1.DetectObjectsResponse;
import dev.polymath.vision.v1.DetectedObject;
import dev.polymath.vision.v1.DetectionResult;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AgreementTest {
    private static final Agreement ENTITIES = Agreement.ofItems("polymath.ner.v1.Entity", "type", "begin", "end");
    private static final Agreement BOXES = Agreement.ofBoxes("polymath.vision.v1.DetectedObject", "label", "box");
    private static final Agreement TEXTS = Agreement.ofTexts("polymath.translation.v1.TextTranslation", "text");

    private static RecognizeEntitiesResponse entities(List<Entity.Builder>... documents) {
        RecognizeEntitiesResponse.Builder response = RecognizeEntitiesResponse.newBuilder();
        for (List<Entity.Builder> document : documents) {
            EntitiesResult.Builder result = EntitiesResult.newBuilder();
            document.forEach(result::addEntities);
            response.addResults(result);
        }
        return response.build();
    }

    private static Entity.Builder entity(String type, int begin) {
        return Entity.newBuilder()
                .setType(type)
                .setBegin(begin)
                .setEnd(begin + 5)
                .setConfidence(begin / 100.0);
    }

    @Test
    @SuppressWarnings("unchecked")
    void entitiesAgreeByTypeAndPlaceInTheirDocument() {
        RecognizeEntitiesResponse answer = entities(List.of(entity("PERSON", 0), entity("PLACE", 9)), List.of());

        assertThat(ENTITIES.of(answer, answer)).hasValue(1);
        assertThat(ENTITIES.of(entities(List.of()), entities(List.of()))).hasValue(1);
        // one of two, and one more
        assertThat(ENTITIES.of(answer, entities(List.of(entity("PERSON", 0), entity("PERSON", 9)), List.of())))
                .hasValue(0.5);
        assertThat(ENTITIES.of(answer, entities(List.of(), List.of(entity("PERSON", 0), entity("PLACE", 9)))))
                .hasValue(0);
        assertThat(ENTITIES.of(answer, entities(List.of(), List.of()))).hasValue(0);
    }

    @Test
    void anAnswerWithoutSuchThingsIsNotCompared() {
        ListEntityTypesResponse types = ListEntityTypesResponse.getDefaultInstance();

        assertThat(ENTITIES.of(types, types)).isEmpty();
        assertThat(Agreement.NONE.of(types, types)).isEmpty();
        assertThat(Agreement.firstOf(BOXES, ENTITIES).of(entities(), entities()))
                .hasValue(1);
    }

    @Test
    void fieldsOfRecordsAgreeByTheirNames() {
        Agreement fields = Agreement.ofItems("polymath.ner.v1.FieldValue", "type", "begin", "end");
        ExtractRecordsResponse answer = records("payer", "payee");

        assertThat(fields.of(answer, records("payee", "payer"))).hasValue(0);
        assertThat(fields.of(answer, records("payer", "payee"))).hasValue(1);
        assertThat(fields.of(answer, records("payer", "other"))).hasValue(0.5);
    }

    private static ExtractRecordsResponse records(String first, String second) {
        FieldValue.Builder value =
                FieldValue.newBuilder().setType("PERSON").setBegin(3).setEnd(5);
        FieldValue.Builder other =
                FieldValue.newBuilder().setType("PERSON").setBegin(8).setEnd(9);
        return ExtractRecordsResponse.newBuilder()
                .addResults(RecordsResult.newBuilder()
                        .addRecords(Record.newBuilder()
                                .putFields(
                                        first,
                                        FieldValues.newBuilder()
                                                .addValues(value)
                                                .build())
                                .putFields(
                                        second,
                                        FieldValues.newBuilder()
                                                .addValues(other)
                                                .build())))
                .build();
    }

    @Test
    void sentimentsAgreeByTheLabelsOfDocumentsAndSentences() {
        assertThat(ModelKind.TEXT_CLASSIFIER
                        .agreement()
                        .of(
                                sentiment(Sentiment.Label.LABEL_POSITIVE, Sentiment.Label.LABEL_POSITIVE),
                                sentiment(Sentiment.Label.LABEL_POSITIVE, Sentiment.Label.LABEL_NEUTRAL)))
                .hasValue(0.5);
    }

    private static AnalyzeSentimentResponse sentiment(Sentiment.Label document, Sentiment.Label sentence) {
        return AnalyzeSentimentResponse.newBuilder()
                .addResults(SentimentResult.newBuilder()
                        .setSentiment(Sentiment.newBuilder().setLabel(document))
                        .addSentences(SentenceSentiment.newBuilder()
                                .setSentiment(Sentiment.newBuilder().setLabel(sentence))))
                .build();
    }

    @Test
    void classesAgreeByTheBestOfEachDocument() {
        ClassifyTextResponse answer = classes(List.of("sport", "news"), List.of("news"), List.of());

        Agreement agreement = ModelKind.TEXT_CLASSIFIER.agreement();
        assertThat(agreement.of(answer, classes(List.of("sport"), List.of("news", "sport"), List.of())))
                .hasValue(1);
        assertThat(agreement.of(answer, classes(List.of("news"), List.of("news"), List.of())))
                .hasValue(0.5);
        assertThat(ModelKind.TEXT_ENCODER.agreement().of(answer, answer)).hasValue(1);
    }

    @SafeVarargs
    private static ClassifyTextResponse classes(List<String>... documents) {
        ClassifyTextResponse.Builder response = ClassifyTextResponse.newBuilder();
        for (List<String> document : documents) {
            ClassificationResult.Builder result = ClassificationResult.newBuilder();
            document.forEach(label -> result.addClasses(TextClass.newBuilder().setLabel(label)));
            response.addResults(result);
        }
        return response.build();
    }

    @Test
    void vectorsAgreeByTheirCosine() {
        Agreement agreement = ModelKind.TEXT_ENCODER.agreement();

        assertThat(agreement.of(vectors(3, 4), vectors(6, 8))).hasValue(1);
        assertThat(agreement.of(vectors(1, 0), vectors(0, 1))).hasValue(0);
        assertThat(agreement.of(vectors(1, 0), vectors(-1, 0))).hasValue(0);
        assertThat(agreement.of(vectors(1, 0), vectors(1, 1)).orElseThrow()).isCloseTo(0.7071, within(1e-4));
        assertThat(agreement.of(vectors(1, 0), vectors(1, 0, 0))).hasValue(0);
    }

    private static EmbedTextResponse vectors(float... numbers) {
        EmbeddingResult.Builder result = EmbeddingResult.newBuilder();
        for (float number : numbers) {
            result.addEmbedding(number);
        }
        return EmbedTextResponse.newBuilder().addResults(result).build();
    }

    @Test
    void whatElseIsMadeOfAnEncoderIsCompared() {
        ExtractKeyPhrasesResponse phrases = ExtractKeyPhrasesResponse.newBuilder()
                .addResults(KeyPhrasesResult.newBuilder()
                        .addKeyPhrases(KeyPhrase.newBuilder().setText("a"))
                        .addKeyPhrases(KeyPhrase.newBuilder().setText("b")))
                .build();
        ExtractKeyPhrasesResponse one = ExtractKeyPhrasesResponse.newBuilder()
                .addResults(KeyPhrasesResult.newBuilder()
                        .addKeyPhrases(KeyPhrase.newBuilder().setText("b")))
                .build();
        SummarizeTextResponse summary = SummarizeTextResponse.newBuilder()
                .addResults(SummaryResult.newBuilder()
                        .addSentences(SummarySentence.newBuilder().setEnd(7)))
                .build();

        Agreement agreement = ModelKind.TEXT_ENCODER.agreement();
        assertThat(agreement.of(phrases, one).orElseThrow()).isCloseTo(2.0 / 3, within(1e-9));
        assertThat(agreement.of(summary, summary)).hasValue(1);
        assertThat(agreement.of(summary, SummarizeTextResponse.getDefaultInstance()))
                .hasValue(0);
    }

    @Test
    void answersToQuestionsAgreeByTheirPlace() {
        AnswerQuestionResponse answer = answers(0, 7);

        Agreement agreement = ModelKind.EXTRACTIVE_READER.agreement();
        assertThat(agreement.of(answer, answers(0, 7))).hasValue(1);
        assertThat(agreement.of(answer, answers(1, 7))).hasValue(0);
        assertThat(agreement.of(answer, answers(0, 8))).hasValue(0);
    }

    private static AnswerQuestionResponse answers(int document, int begin) {
        return AnswerQuestionResponse.newBuilder()
                .addAnswers(Answer.newBuilder().setDocumentIndex(document).setBegin(begin))
                .build();
    }

    @ParameterizedTest
    @CsvSource({"the same, the same, 1", "two  spaces, two spaces, 1", "abc, xyz, 0", "'', abc, 0", "'', '', 1"})
    void textsThatAreTheSameAgreeAndThoseWithoutACommonLetterDoNot(String left, String right, double agreement) {
        assertThat(Agreement.similarity(left, right)).isEqualTo(agreement);
    }

    @Test
    void textsAgreeMoreTheMoreOfThemIsTheSame() {
        assertThat(Agreement.similarity("The house is large.", "The house is big."))
                .isBetween(0.5, 0.8)
                .isEqualTo(Agreement.similarity("The house is big.", "The house is large."))
                .isGreaterThan(Agreement.similarity("The house is large.", "A tree has leaves."));
        assertThat(TEXTS.of(texts("a b", "cd"), texts("a b", "xy"))).hasValue(0.5);
        assertThat(TEXTS.of(texts("a b"), texts())).hasValue(0);
    }

    private static TranslateTextResponse texts(String... texts) {
        TranslateTextResponse.Builder response = TranslateTextResponse.newBuilder();
        for (String text : texts) {
            response.addResults(TranslationResult.newBuilder()
                    .addTranslations(TextTranslation.newBuilder().setText(text)));
        }
        return response.build();
    }

    @Test
    void objectsAgreeIfTheyHaveTheSameLabelAndOverlapByHalf() {
        assertThat(BOXES.of(objects("cat", 0), objects("cat", 0))).hasValue(1);
        assertThat(BOXES.of(objects("cat", 0), objects("dog", 0))).hasValue(0);
        // boxes of 0.4 x 0.4: moved by 0.1 the overlap is 0.12 of 0.20, by 0.2 it is 0.08 of 0.24
        assertThat(BOXES.of(objects("cat", 0), objects("cat", 0.1))).hasValue(1);
        assertThat(BOXES.of(objects("cat", 0), objects("cat", 0.2))).hasValue(0);
        assertThat(BOXES.of(objects("cat", 0), DetectObjectsResponse.getDefaultInstance()))
                .hasValue(0);
    }

    private static DetectObjectsResponse objects(String label, double left) {
        return DetectObjectsResponse.newBuilder()
                .addResults(DetectionResult.newBuilder()
                        .addObjects(DetectedObject.newBuilder()
                                .setLabel(label)
                                .setBox(BoundingBox.newBuilder()
                                        .setXMin(left)
                                        .setXMax(left + 0.4)
                                        .setYMin(0.3)
                                        .setYMax(0.7))))
                .build();
    }
}
