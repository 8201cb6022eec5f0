package dev.polymath.training.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polymath.training.BadDataException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.Test;

class PrefetchTest {

    @Test
    void batchesComeInOrderFromWorkersThatAreAFewPlacesAhead() {
        Set<Integer> made = new ConcurrentSkipListSet<>();
        try (Prefetch prefetch = new Prefetch(2)) {
            List<Prefetch.Batch<String>> batches = prefetch.batches(100, index -> index % 3 + 1, index -> {
                made.add(index);
                return Thread.currentThread().getName() + " " + index;
            });

            assertThat(batches).hasSize(100);
            for (int i = 0; i < 20; i++) {
                assertThat(batches.get(i).get()).isEqualTo("prefetch " + i);
                assertThat(batches.get(i).size()).isEqualTo(i % 3 + 1);
            }
            assertThat(made).allMatch(index -> index <= 19 + 4);
        }
    }

    @Test
    void aRunThatBeginsInTheMiddleMakesNothingOfWhatIsBefore() {
        Set<Integer> made = new ConcurrentSkipListSet<>();
        try (Prefetch prefetch = new Prefetch(1)) {
            List<Prefetch.Batch<Integer>> batches = prefetch.batches(10, index -> 1, index -> {
                made.add(index);
                return index;
            });

            assertThat(batches.get(7).get()).isEqualTo(7);
            // once more, for a second pass
            assertThat(batches.get(7).get()).isEqualTo(7);
            assertThat(made).allMatch(index -> index >= 7);
        }
    }

    @Test
    void whatIsWrongWithABatchIsThrownWhereItIsTaken() {
        try (Prefetch prefetch = new Prefetch(1)) {
            List<Prefetch.Batch<Integer>> batches = prefetch.batches(2, index -> 1, index -> {
                throw new BadDataException(Path.of("a.jpg"), "picture", "broken");
            });

            assertThatThrownBy(() -> batches.get(0).get())
                    .isInstanceOf(BadDataException.class)
                    .hasMessage("a.jpg: picture: broken");
        }
    }
}
