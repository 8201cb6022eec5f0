package dev.polymath.training.tokenclassification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TextNoiseTest {
    private static final TaggedSentence SENTENCE =
            sentence("Yes|O", ",|O", "Ada|B-PER", "McDonald|I-PER", "won|O", "!|O", "!|O");

    @Test
    void casingChangesTheWordsAndNotTheLabels() {
        assertThat(apply(1, 0, 0, 0, 0)).isEqualTo("yes , ada mcdonald won ! !");
        assertThat(apply(0, 1, 0, 0, 0)).isEqualTo("YES , ADA MCDONALD WON ! !");
        assertThat(apply(0, 0, 1, 0, 0)).isEqualTo("Yes , Ada Mcdonald Won ! !");
        assertThat(new TextNoise(1, 0, 0, 0, 0).apply(SENTENCE, new Random(1)).labels())
                .isEqualTo(SENTENCE.labels());
    }

    @Test
    void punctuationGoesAtTheEndOrInside() {
        assertThat(apply(0, 0, 0, 1, 0)).isEqualTo("Yes , Ada McDonald won");
        assertThat(apply(0, 0, 0, 0, 1)).isEqualTo("Yes Ada McDonald won ! !");
        assertThat(apply(0, 0, 0, 1, 1)).isEqualTo("Yes Ada McDonald won");
    }

    @Test
    void punctuationInsideAnEntityAndTheOnlyWordsStay() {
        TextNoise all = new TextNoise(0, 0, 0, 1, 1);

        assertThat(all.apply(sentence("Yahoo|B-ORG", "!|I-ORG"), new Random(1)).text())
                .isEqualTo("Yahoo !");
        assertThat(all.apply(sentence("?|O", "!|O"), new Random(1)).text()).isEqualTo("? !");
    }

    @Test
    void sharesAreAboutTheProbabilities() {
        TextNoise noise = new TextNoise(0.3, 0.2, 0, 0, 0);
        Random random = new Random(5);

        List<String> texts = IntStream.range(0, 2000)
                .mapToObj(i -> noise.apply(SENTENCE, random).text())
                .toList();

        assertThat(texts.stream().filter(text -> text.startsWith("yes")).count())
                .isBetween(520L, 680L);
        assertThat(texts.stream().filter(text -> text.startsWith("YES")).count())
                .isBetween(330L, 470L);
    }

    @Test
    void probabilityOutOfRangeIsRefused() {
        assertThatThrownBy(() -> new TextNoise(0, 0, 0, 1.5, 0))
                .hasMessage("noise drop-final: 1.5 (expected: >= 0 and <= 1)");
        assertThatThrownBy(() -> new TextNoise(0.5, 0.5, 0.5, 0, 0))
                .hasMessage("noise lower + upper + title: 1.5 (expected: >= 0 and <= 1)");
    }

    private static String apply(double lower, double upper, double title, double dropFinal, double dropInner) {
        return new TextNoise(lower, upper, title, dropFinal, dropInner)
                .apply(SENTENCE, new Random(1))
                .text();
    }

    static TaggedSentence sentence(String... words) {
        return new TaggedSentence(Arrays.stream(words)
                .map(word -> new TaggedSentence.Word(
                        word.substring(0, word.indexOf('|')), word.substring(word.indexOf('|') + 1), true))
                .toList());
    }
}
