package dev.polymath.textanalytics.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PhraseCountsTest {
    @Test
    void countsAreExactWhileThereIsRoom() {
        PhraseCounts counts = new PhraseCounts(10);
        counts.add(Map.of("late parcel", 3, "refund", 1), 10);
        counts.add(Map.of("refund", 2), 10);

        assertThat(counts.phrases())
                .extracting(PhraseCounts.Phrase::text, PhraseCounts.Phrase::documents, PhraseCounts.Phrase::occurrences)
                .containsExactlyInAnyOrder(tuple("late parcel", 1, 3L), tuple("refund", 2, 3L));
        assertThat(counts.error()).isZero();
    }

    @Test
    void moreIdsThanTheLimitLeavesTheMostFrequent() {
        PhraseCounts counts = new PhraseCounts(10);
        int refund = counts.add(Map.of("refund", 1), 10)[0];
        Map<String, Integer> phrases = new LinkedHashMap<>();
        List.of("one", "two", "refund").forEach(phrase -> phrases.put(phrase, 1));

        assertThat(counts.add(phrases, 2)).containsExactly(refund, refund + 1);
    }

    @Test
    void memoryIsBoundedAndCountsAreTooLowByAtMostTheError() {
        int capacity = 500;
        PhraseCounts counts = new PhraseCounts(capacity);
        Map<String, Integer> truth = new HashMap<>();
        int largest = 0;
        SplittableRandom random = new SplittableRandom(7);
        for (int document = 0; document < 20_000; document++) {
            Map<String, Integer> phrases = new LinkedHashMap<>();
            for (int i = 0; i < 10; i++) {
                // As frequent as words are: Zipf's law.
                phrases.put("w" + (int) Math.pow(50_000, random.nextDouble()), 1);
            }
            phrases.keySet().forEach(phrase -> truth.merge(phrase, 1, Integer::sum));
            counts.add(phrases, 10);
            largest = Math.max(largest, counts.size());
        }

        assertThat(largest).isLessThanOrEqualTo(capacity);
        Map<String, Integer> found = new HashMap<>();
        counts.phrases().forEach(phrase -> found.put(phrase.text(), phrase.documents()));
        assertThat(truth).hasSizeGreaterThan(10 * capacity);
        assertThat(counts.error()).isBetween(1, 2 * 200_000 / capacity);
        truth.forEach((phrase, documents) ->
                assertThat(found.getOrDefault(phrase, 0)).isBetween(documents - counts.error(), documents));
    }
}
