package dev.polymath.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class RougeTest {
    @Test
    void sameWordsInAnyCaseAndFormAreOne() {
        assertThat(Rouge.of("The trained networks.", "the training network")).isEqualTo(new Rouge(1, 1, 1));
    }

    @Test
    void nothingInCommonIsZero() {
        assertThat(Rouge.of("", "a b")).isEqualTo(new Rouge(0, 0, 0));
        assertThat(Rouge.of("x y", "a b")).isEqualTo(new Rouge(0, 0, 0));
    }

    @Test
    void wordsPairsAndSubsequencesAreCounted() {
        // of "police killed the gunman" and "the gunman killed police" (Lin 2004, 3.2)
        Rouge rouge = Rouge.of("the gunman police killed", "police killed the gunman");

        assertThat(rouge.rouge1()).isEqualTo(1);
        assertThat(rouge.rouge2()).isCloseTo(2.0 / 3, within(1e-9));
        assertThat(rouge.rougeL()).isCloseTo(0.5, within(1e-9));
    }

    @Test
    void repeatedWordCountsAsOftenAsInTheReference() {
        assertThat(Rouge.of("a a a a", "a b").rouge1()).isCloseTo(2.0 / 6, within(1e-9));
    }

    @Test
    void bestReferenceCountsForEachScore() {
        Rouge rouge = Rouge.best("one two three", List.of("three two one", "one two"));

        assertThat(rouge.rouge1()).isEqualTo(1);
        assertThat(rouge.rouge2()).isCloseTo(2.0 / 3, within(1e-9));
        assertThat(Rouge.mean(List.of(rouge, new Rouge(0, 0, 0))).rouge1()).isEqualTo(0.5);
    }
}
