package dev.polymath.textanalytics.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class PhraseCandidateTest {
    @Test
    void stopWordsPunctuationAndNumbersPartThePhrases() {
        assertThat(keys("The broken delivery of 3 Blue parcels, again!", 3))
                .containsExactly("broken", "broken delivery", "delivery", "blue", "blue parcels", "parcels")
                .doesNotContain("delivery blue");
    }

    @Test
    void noPhraseIsLongerThanAskedFor() {
        assertThat(keys("credit card payment terminal", 2))
                .containsExactlyInAnyOrder(
                        "credit", "credit card", "card", "card payment", "payment", "payment terminal", "terminal");
        assertThat(keys("credit card payment terminal", 4)).contains("credit card payment terminal");
    }

    @Test
    void hyphensJoinWordsAndPossessivesAreLeftOut() {
        assertThat(keys("state-of-the-art -- 'driver’s' covid-19 left- hand", 1))
                .containsExactly("state-of-the-art", "driver", "covid-19", "left", "hand");
    }

    @Test
    void indicesAreThoseOfTheText() {
        String text = "😀 Große  Häuser\nand e\u0301toiles 𝒜𝒷";

        for (PhraseCandidate candidate : PhraseCandidate.find(text, 3)) {
            String surface = text.substring(candidate.begin(), candidate.end());
            assertThat(surface.toLowerCase(Locale.ROOT).replaceAll("\\s+", " ")).isEqualTo(candidate.key());
            assertThat(candidate.key().split(" ")).hasSize(candidate.words());
        }
        assertThat(keys(text, 2)).contains("große häuser", "e\u0301toiles");
    }

    @Test
    void textWithoutWordsHasNone() {
        assertThat(keys("", 3)).isEmpty();
        assertThat(keys(" \n…!? 12 the - '", 3)).isEmpty();
    }

    @Test
    void wordsMustBeAtLeastOne() {
        assertThatThrownBy(() -> PhraseCandidate.find("text", 0)).hasMessage("maxWords: 0 (expected: >= 1)");
    }

    private static List<String> keys(String text, int maxWords) {
        return PhraseCandidate.find(text, maxWords).stream()
                .map(PhraseCandidate::key)
                .toList();
    }
}
