package dev.polymath.training.tokenclassification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class EntityScoresTest {

    @Test
    void countsAreThoseOfConlleval() {
        // gold: PER 0-1, LOC 3, ORG 5-7, LOC 9, LOC 10; predicted: PER 0-1, ORG 3, ORG 5-6, LOC 9-10
        EntityScores scores = scores(
                "B-PER I-PER O B-LOC O B-ORG I-ORG I-ORG O B-LOC B-LOC",
                "B-PER I-PER O B-ORG O B-ORG I-ORG O     O B-LOC I-LOC");

        EntityScores.Counts all = scores.micro();

        assertThat(all).isEqualTo(new EntityScores.Counts(5, 4, 1));
        assertThat(scores.byType().get("PER")).isEqualTo(new EntityScores.Counts(1, 1, 1));
        assertThat(scores.byType().get("LOC")).isEqualTo(new EntityScores.Counts(3, 1, 0));
        assertThat(scores.byType().get("ORG")).isEqualTo(new EntityScores.Counts(1, 2, 0));
        assertThat(all.precision()).isEqualTo(0.25);
        assertThat(all.recall()).isEqualTo(0.2);
        assertThat(all.f1()).isEqualTo(2 * 0.25 * 0.2 / 0.45, within(1e-12));
    }

    @Test
    void insideWithoutBeginStartsAnEntityAsInIob1() {
        EntityScores scores = scores("B-LOC I-LOC O B-PER", "I-LOC I-LOC O I-PER");

        assertThat(scores.micro()).isEqualTo(new EntityScores.Counts(2, 2, 2));
    }

    @Test
    void insideOfAnotherTypeStartsANewEntity() {
        EntityScores scores = scores("B-LOC B-PER I-PER", "B-LOC I-PER I-PER");

        assertThat(scores.micro()).isEqualTo(new EntityScores.Counts(2, 2, 2));
    }

    @Test
    void beginRightAfterAnEntityOfTheSameTypeIsANewOne() {
        EntityScores scores = scores("B-LOC B-LOC", "B-LOC I-LOC");

        assertThat(scores.micro()).isEqualTo(new EntityScores.Counts(2, 1, 0));
    }

    @Test
    void nothingFoundAndNothingThereIsZeroAndNotNaN() {
        assertThat(scores("O O", "O O").micro().f1()).isZero();
        assertThat(scores("O O", "O O").micro().precision()).isZero();
        assertThat(scores("B-X", "O").micro().precision()).isZero();
        assertThat(scores("O", "B-X").micro().recall()).isZero();
    }

    @Test
    void tableHasARowPerTypeAndOneForAll() {
        assertThat(scores("B-B O B-A", "B-B O O").toMarkdown().lines())
                .containsExactly(
                        "| type | precision | recall | F1 | entities |",
                        "|---|---|---|---|---|",
                        "| A | 0.000 | 0.000 | 0.000 | 1 |",
                        "| B | 1.000 | 1.000 | 1.000 | 1 |",
                        "| all | 1.000 | 0.500 | 0.667 | 2 |");
    }

    @Test
    void differentLengthsAreRefused() {
        assertThatThrownBy(() -> scores("O O", "O")).hasMessage("predicted[0]: 1 labels (expected: 2)");
    }

    private static EntityScores scores(String gold, String predicted) {
        return EntityScores.of(List.of(List.of(gold.split(" +"))), List.of(List.of(predicted.split(" +"))));
    }
}
