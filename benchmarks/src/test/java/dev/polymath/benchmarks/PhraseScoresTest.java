package dev.polymath.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PhraseScoresTest {
    @Test
    void phrasesAreComparedByTheirStems() {
        PhraseScores scores = PhraseScores.of(
                List.of(List.of("Neural Networks", "networks", "cats")), List.of(Set.of("neural network", "cat")), 10);

        assertThat(scores.precision()).isCloseTo(2.0 / 3, within(1e-9));
        assertThat(scores.recall()).isEqualTo(1);
        assertThat(scores.f1()).isCloseTo(0.8, within(1e-9));
    }

    @Test
    void onlyTheFirstOnesCountAndFormsOfOnePhraseOnce() {
        PhraseScores scores =
                PhraseScores.of(List.of(List.of("cat", "cats", "dog", "bird")), List.of(Set.of("cat", "bird")), 2);

        assertThat(scores.precision()).isEqualTo(0.5);
        assertThat(scores.recall()).isEqualTo(0.5);
    }

    @Test
    void allDocumentsCountTogether() {
        PhraseScores scores = PhraseScores.of(
                List.of(List.of("cat"), List.of()), List.of(Set.of("cat"), Set.of("dog", "bird", "fish")), 10);

        assertThat(scores.precision()).isEqualTo(1);
        assertThat(scores.recall()).isEqualTo(0.25);
    }

    @Test
    void baselinePrefersFrequentPhrasesOfFewDocuments() {
        List<List<String>> found = PhraseScores.byTfIdf(
                List.of(
                        "the red fox and the red fox.",
                        "the dog and the cow.",
                        "the hen and the pig.",
                        "the ant and the bee.",
                        "the owl and the elk."),
                1);

        assertThat(found.get(0)).hasSize(1).first().isIn("red", "fox", "red fox");
        assertThat(found).allSatisfy(phrases -> assertThat(phrases).noneMatch(phrase -> phrase.contains("the")));
    }
}
