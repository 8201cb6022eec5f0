package dev.polymath.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CorpusTest {
    @Test
    void sameSeedGivesSameTextsAndAnotherSeedOthers() {
        assertThat(Corpus.generate(50, 7)).isEqualTo(Corpus.generate(50, 7)).isNotEqualTo(Corpus.generate(50, 8));
    }

    @Test
    void lengthsAreLogNormalWithinTheirBounds() {
        int[] words = Corpus.generate(2000, 1).texts().stream()
                .mapToInt(Corpus::words)
                .sorted()
                .toArray();

        assertThat(words[0]).isEqualTo(Corpus.MIN_WORDS);
        assertThat(words[words.length - 1]).isEqualTo(Corpus.MAX_WORDS);
        assertThat(words[words.length / 2]).isBetween(36, 44);
        // A log-normal variable is below exp(sigma) medians with probability 0.841.
        assertThat(words[(int) (0.841 * words.length)] / (double) Corpus.MEDIAN_WORDS)
                .isBetween(0.9 * Math.exp(Corpus.SIGMA), 1.1 * Math.exp(Corpus.SIGMA));
    }
}
