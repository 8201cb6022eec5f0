package dev.polymath.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polymath.inference.TokenSequence;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FloorTest {
    @Test
    void batchesKeepTheOrderAndStayWithinTheirPaddedTokens() {
        assertThat(lengths(Floor.batches(sequences(3, 3, 4, 5, 9), 12)))
                .containsExactly(List.of(3, 3, 4), List.of(5), List.of(9));
    }

    @Test
    void sequenceLongerThanTheLimitIsABatchOfItsOwn() {
        assertThat(lengths(Floor.batches(sequences(20, 30), 12))).containsExactly(List.of(20), List.of(30));
    }

    private static List<TokenSequence> sequences(int... lengths) {
        return IntStream.of(lengths)
                .mapToObj(length -> new TokenSequence(new int[length], new int[length]))
                .toList();
    }

    private static List<List<Integer>> lengths(List<List<TokenSequence>> batches) {
        return batches.stream()
                .map(batch -> batch.stream().map(TokenSequence::length).toList())
                .toList();
    }
}
