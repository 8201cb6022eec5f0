package dev.polymath.textanalytics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.polymath.inference.Call;
import dev.polymath.inference.ClassificationHead;
import dev.polymath.inference.InferenceException;
import dev.polymath.inference.TextClassification;
import dev.polymath.text.SentenceSplitter;
import dev.polymath.textanalytics.Sentiment.Label;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SentimentAnalyzerTest {
    private static final List<ClassificationHead> HEADS = List.of(
            head("sentiment", false, "NEGATIVE", "NEUTRAL", "POSITIVE"),
            head("emotions", true, "joy", "anger", "fear"));

    private final SentimentAnalyzer analyzer =
            new SentimentAnalyzer(SentenceSplitter.forLanguage("en"), SentimentAnalyzerTest::classify, HEADS);

    static List<String> randomTexts() {
        return RandomTexts.some(300).toList();
    }

    @ParameterizedTest
    @CsvSource({
        "It is good., POSITIVE",
        "It is bad., NEGATIVE",
        "It is there., NEUTRAL",
        "It is good. It is bad., MIXED",
        "It is good. It is there. It is there. It is there., POSITIVE",
        "It is bad. It is there., NEGATIVE",
        "It is good. It is good. It is good. It is badly., MIXED",
        "It is good. It is good. It is good. It is good. It is bad., POSITIVE",
        "It is bad. It is bad. It is bad. It is bad. It is good., NEGATIVE"
    })
    void documentIsMixedFromAQuarterOfTheWeight(String text, Label label) {
        assertThat(analyze(text).sentiment().label()).isEqualTo(label);
    }

    @Test
    void lengthAndConfidenceAreTheWeightOfASentence() {
        String text = "It is good. " + "It is bad, " + "very ".repeat(20) + "indeed. ";

        assertThat(analyze(text).sentiment().label()).isEqualTo(Label.NEGATIVE);
    }

    @Test
    void confidencesOfTheDocumentAreMeansByLength() {
        Sentiment sentiment = analyze("It is good. It is here now and here.").sentiment();

        assertThat(sentiment.positive()).isCloseTo((11 * 0.8 + 24 * 0.1) / 35, within(1e-6));
        assertThat(sentiment.positive() + sentiment.negative() + sentiment.neutral())
                .isCloseTo(1, within(1e-6));
    }

    @Test
    void sentencesHaveTheirPlaceAndMood() {
        String text = "  It is good.\n\nIt is bad.";

        assertThat(analyze(text).sentences())
                .extracting(s -> s.span().of(text) + " " + s.sentiment().label())
                .containsExactly("It is good. POSITIVE", "It is bad. NEGATIVE");
    }

    @Test
    void emotionsAreThoseOfTheSentenceThatShowsThemMostAboveTheirThreshold() {
        SentimentAnalysis analysis = analyzer.analyze("It is good. It is bad.", true, Call.unbounded())
                .join();

        assertThat(analysis.emotions()).extracting(Emotion::label).containsExactly("joy", "anger");
        assertThat(analysis.emotions().get(0).confidence()).isCloseTo(0.9, within(1e-6));
        assertThat(analyze("It is good.").emotions()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " \n "})
    void blankTextIsNeutral(String text) {
        SentimentAnalysis analysis =
                analyzer.analyze(text, true, Call.unbounded()).join();

        assertThat(analysis.sentiment()).isEqualTo(new Sentiment(Label.NEUTRAL, 0, 0, 1));
        assertThat(analysis.sentences()).isEmpty();
        assertThat(analysis.emotions()).isEmpty();
        assertThat(analysis.receipt().model()).isEqualTo("fake");
    }

    @Test
    void onlyHeadOfAModelIsTheSentimentWhateverItsName() {
        ClassificationHead head = head("logits", false, "NEGATIVE", "POSITIVE");
        SentimentAnalyzer twoClasses = new SentimentAnalyzer(
                SentenceSplitter.forLanguage("en"),
                (texts, call) -> CompletableFuture.completedFuture(List.of(new TextClassification(
                        List.of(head), List.of(new float[] {0.3f, 0.7f}), 1, 1, FakeEmbedder.RECEIPT))),
                List.of(head));
        Sentiment sentiment =
                twoClasses.analyze("Fine.", true, Call.unbounded()).join().sentiment();

        assertThat(sentiment.label()).isEqualTo(Label.POSITIVE);
        assertThat(sentiment.neutral()).isZero();
        assertThat(twoClasses.emotionLabels()).isEmpty();
    }

    @Test
    void modelWithOtherLabelsIsRefused() {
        assertThatThrownBy(() -> new SentimentAnalyzer(
                        SentenceSplitter.forLanguage("en"),
                        SentimentAnalyzerTest::classify,
                        List.of(head("sentiment", false, "GOOD", "BAD"))))
                .isInstanceOf(InferenceException.class)
                .hasMessageContaining("GOOD");
    }

    @ParameterizedTest
    @MethodSource("randomTexts")
    void sentencesAreInOrderAndOnlyWhiteSpaceIsBetween(String text) {
        int end = 0;
        for (SentimentAnalysis.Sentence sentence : analyze(text).sentences()) {
            assertThat(text.substring(end, sentence.span().begin())).matches("\\p{IsWhite_Space}*");
            end = sentence.span().end();
        }
        assertThat(text.substring(end)).matches("\\p{IsWhite_Space}*");
    }

    private SentimentAnalysis analyze(String text) {
        return analyzer.analyze(text, false, Call.unbounded()).join();
    }

    /** Knows two words. */
    private static CompletableFuture<List<TextClassification>> classify(List<String> sentences, Call call) {
        return CompletableFuture.completedFuture(sentences.stream()
                .map(sentence -> {
                    boolean good = sentence.contains("good");
                    boolean bad = sentence.contains("bad");
                    return new TextClassification(
                            HEADS,
                            List.of(
                                    new float[] {bad ? 0.8f : 0.1f, good || bad ? 0.1f : 0.8f, good ? 0.8f : 0.1f},
                                    new float[] {good ? 0.9f : 0.2f, bad ? 0.7f : 0.1f, 0.4f}),
                            1,
                            1,
                            FakeEmbedder.RECEIPT);
                })
                .toList());
    }

    private static ClassificationHead head(String name, boolean multiLabel, String... labels) {
        return new ClassificationHead(name, List.of(labels), multiLabel, 1, List.of());
    }
}
