package dev.polymath.training.questionanswering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Values that {@code evaluate-v1.1.py} gives. */
class SquadScoresTest {
    @Test
    void caseArticlesPunctuationAndSpacesDoNotCount() {
        assertThat(SquadScores.normalize("The  U.S.-based\tAnthem, an old one!"))
                .isEqualTo("usbased anthem old one");
        assertThat(SquadScores.exactMatch("the Denver Broncos.", List.of("Denver Broncos")))
                .isTrue();
        assertThat(SquadScores.exactMatch("Denver", List.of("Denver Broncos"))).isFalse();
    }

    @Test
    void onlyWholeWordsAreArticlesAndOnlyAsciiPunctuationGoes() {
        assertThat(SquadScores.normalize("theatre an Anna")).isEqualTo("theatre anna");
        assertThat(SquadScores.normalize("“Élan” – $5")).isEqualTo("“élan” – 5");
    }

    @Test
    void f1CountsWordsOnceEach() {
        // 2 of 3 and 2 of 4 words: 2 * 2 / 7
        assertThat(SquadScores.f1("big red dog", List.of("one red dog house"))).isCloseTo(4.0 / 7, within(1e-12));
        assertThat(SquadScores.f1("dog dog dog", List.of("dog cat"))).isCloseTo(2.0 / 5, within(1e-12));
        assertThat(SquadScores.f1("bird", List.of("dog cat"))).isZero();
        assertThat(SquadScores.f1("the", List.of("a"))).isZero();
    }

    @Test
    void bestGoldAnswerCounts() {
        List<String> gold = List.of("in 1066", "1066", "the year 1066");

        assertThat(SquadScores.f1("1066", gold)).isEqualTo(1);
        assertThat(SquadScores.exactMatch("year 1066", gold)).isTrue();
        assertThat(SquadScores.f1("anything", List.of())).isZero();
    }
}
