package dev.polymath.textanalytics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polymath.inference.Call;
import dev.polymath.text.SentenceSplitter;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExtractiveSummarizerTest {
    private static final String TEXT = "Storm damage rose in the north of the country last winter. "
            + "Insurers paid more for storm damage in the north than ever. "
            + "Storm damage in the north last winter cost insurers of the country a record sum. "
            + "My cat likes fish and sleeps in a basket beside the warm kitchen stove.";

    private final ExtractiveSummarizer summarizer =
            new ExtractiveSummarizer(SentenceSplitter.forLanguage("en"), new FakeEmbedder());

    static List<String> randomTexts() {
        return RandomTexts.some(300).toList();
    }

    @Test
    void theSentenceThatSharesMostWithTheOthersIsTheSummary() {
        assertThat(summarize(TEXT, 1, "")).singleElement().asString().startsWith("Storm damage in the north");
    }

    @Test
    void queryMovesTheSummaryToItsSubject() {
        assertThat(summarize(TEXT, 1, "what does the cat eat, fish?"))
                .singleElement()
                .asString()
                .startsWith("My cat");
    }

    @Test
    void sentencesComeInTheOrderOfTheTextWithScoresInRange() {
        Summary summary = summarizer.summarize(TEXT, 3, "", Call.unbounded()).join();

        assertThat(summary.sentences()).hasSize(3);
        assertThat(summary.sentences())
                .extracting(sentence -> sentence.span().begin())
                .isSorted();
        assertThat(summary.sentences()).allSatisfy(s -> assertThat(s.score()).isBetween(0.0, 1.0));
        assertThat(summary.windows()).isEqualTo(1);
    }

    @Test
    void repeatedSentenceIsChosenOnce() {
        String text =
                "The brakes of the car failed on the hill. ".repeat(20) + "Nobody was hurt in the accident there.";

        assertThat(summarize(text, 5, "")).hasSize(2);
    }

    @Test
    void oneSentenceIsItsOwnSummary() {
        assertThat(summarize("Only this.", 3, "")).containsExactly("Only this.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\n\n\t"})
    void blankTextHasNoSentencesButAReceipt(String text) {
        Summary summary =
                summarizer.summarize(text, 3, "a query", Call.unbounded()).join();

        assertThat(summary.sentences()).isEmpty();
        assertThat(summary.windows()).isEqualTo(1);
        assertThat(summary.receipt().model()).isEqualTo("fake");
    }

    @ParameterizedTest
    @MethodSource("randomTexts")
    void spansAreWithinTheTextInOrderAndWithoutOverlaps(String text) {
        int end = 0;
        for (Summary.Sentence sentence : summarizer
                .summarize(text, 5, "network", Call.unbounded())
                .join()
                .sentences()) {
            assertThat(sentence.span().begin()).isGreaterThanOrEqualTo(end);
            assertThat(sentence.span().of(text)).isNotBlank();
            assertThat(sentence.score()).isBetween(0.0, 1.0);
            end = sentence.span().end();
        }
    }

    @Test
    void fiveMillionCharactersTakeSeconds() {
        String text = RandomTexts.ofManyWords(5_000_000);

        assertThat(ProcessorTime.of(
                        () -> assertThat(summarize(text, 100, "").size()).isEqualTo(100)))
                .isLessThan(Duration.ofSeconds(60));
    }

    private List<String> summarize(String text, int sentenceCount, String query) {
        return summarizer.summarize(text, sentenceCount, query, Call.unbounded()).join().sentences().stream()
                .map(sentence -> sentence.span().of(text))
                .toList();
    }
}
