package dev.polymath.textanalytics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polymath.inference.Call;
import dev.polymath.inference.InferenceException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeyPhraseExtractorTest {
    private static final String TEXT =
            "Water damage is the most frequent claim. The insurer pays for water damage if the pipe burst. Frozen pipes"
                    + " cause water damage in winter, and a plumber repairs the pipe. A neighbour owns a cat.";

    private final FakeEmbedder embedder = new FakeEmbedder();
    private final KeyPhraseExtractor extractor = new KeyPhraseExtractor(embedder);

    @Test
    void whatTheTextIsAboutComesFirst() {
        assertThat(extract(TEXT, 3, 0.3).phrases().get(0).text()).isEqualTo("Water damage");
    }

    @Test
    void scoresAreWithinZeroAndOneAndDescend() {
        List<Double> scores =
                extract(TEXT, 100, 0.3).phrases().stream().map(KeyPhrase::score).toList();

        assertThat(scores)
                .hasSizeGreaterThan(5)
                .allSatisfy(score -> assertThat(score).isBetween(0.0, 1.0));
        assertThat(scores).isSortedAccordingTo((a, b) -> Double.compare(b, a));
    }

    @Test
    void mentionsOfAPhraseAreAllPlacesWhereItIs() {
        KeyPhrase phrase = extract(TEXT, 1, 0.3).phrases().get(0);

        assertThat(phrase.mentions())
                .extracting(mention -> mention.of(TEXT))
                .containsExactly("Water damage", "water damage", "water damage");
    }

    @Test
    void diversityPrefersAnotherSubject() {
        String text = "Water damage. Severe water damage. Water damage cover. Car theft.";

        assertThat(extract(text, 2, 1).phrases()).extracting(KeyPhrase::text).contains("Car theft");
        assertThat(extract(text, 2, 0).phrases()).extracting(KeyPhrase::text).doesNotContain("Car theft");
    }

    @Test
    void textWithoutPhrasesHasNoneButAReceipt() {
        KeyPhrases none = extract("And so on!", 10, 0.3);

        assertThat(none.phrases()).isEmpty();
        assertThat(none.windows()).isEqualTo(1);
        assertThat(none.receipt().model()).isEqualTo("fake");
    }

    @Test
    void textAndPhrasesAreEmbeddedInOneGo() {
        extract(TEXT, 3, 0.3);

        assertThat(embedder.asked).hasSize(1);
        assertThat(embedder.asked.get(0)).startsWith(TEXT).contains("Water damage", "plumber repairs");
    }

    @Test
    void longTextIsEmbeddedWithABoundedNumberOfPhrases() {
        String text = RandomTexts.ofManyWords(200_000);
        Duration time = ProcessorTime.of(
                () -> assertThat(extract(text, 100, 0.3).phrases()).hasSize(100));

        assertThat(embedder.asked.get(0).size()).isEqualTo(1 + KeyPhraseExtractor.MOST_CANDIDATES);
        assertThat(time).isLessThan(Duration.ofSeconds(20));
    }

    @Test
    void failureOfTheModelIsThatOfTheAnswer() {
        Call call = Call.unbounded();
        call.cancel();

        assertThatThrownBy(() -> extractor.extract(TEXT, 3, 0.3, call).join())
                .hasCauseInstanceOf(InferenceException.class);
    }

    private KeyPhrases extract(String text, int maxPhrases, double diversity) {
        return extractor.extract(text, maxPhrases, diversity, Call.unbounded()).join();
    }
}
