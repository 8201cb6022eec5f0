package dev.polymath.ner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polymath.ner.OverlapResolver.Candidate;
import dev.polymath.ner.OverlapResolver.Evidence;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OverlapResolverTest {
    private static Candidate candidate(String type, int begin, int end, double confidence, Evidence evidence) {
        return new Candidate(
                new Entity("x".repeat(end - begin), type, "", begin, end, confidence, "test", ""), evidence);
    }

    private static List<String> resolved(Candidate... candidates) {
        return OverlapResolver.resolve(List.of(candidates)).stream()
                .map(Entity::type)
                .toList();
    }

    @Test
    void validatedMatchWinsOverALongerAndSurerSpanOfTheModel() {
        assertThat(resolved(
                        candidate("MODEL", 0, 20, 1, Evidence.MODEL),
                        candidate("VALIDATED", 5, 10, 0.5, Evidence.VALIDATED)))
                .containsExactly("VALIDATED");
    }

    @Test
    void modelWinsOverALongerAndSurerUnvalidatedMatch() {
        assertThat(resolved(
                        candidate("PATTERN", 0, 20, 1, Evidence.UNVALIDATED),
                        candidate("MODEL", 5, 10, 0.5, Evidence.MODEL)))
                .containsExactly("MODEL");
    }

    @Test
    void longerSpanWinsOverHigherConfidence() {
        assertThat(resolved(candidate("SHORT", 0, 5, 1, Evidence.MODEL), candidate("LONG", 3, 9, 0.5, Evidence.MODEL)))
                .containsExactly("LONG");
    }

    @Test
    void higherConfidenceWinsWhereSpansAreEquallyLong() {
        assertThat(resolved(
                        candidate("UNSURE", 0, 5, 0.5, Evidence.MODEL), candidate("SURE", 3, 8, 0.9, Evidence.MODEL)))
                .containsExactly("SURE");
    }

    @Test
    void firstToBeginWinsWhereAllElseIsEqual() {
        assertThat(resolved(
                        candidate("SECOND", 3, 8, 0.5, Evidence.MODEL), candidate("FIRST", 0, 5, 0.5, Evidence.MODEL)))
                .containsExactly("FIRST");
    }

    @Test
    void firstGivenWinsBetweenEqualSpans() {
        assertThat(resolved(candidate("A", 0, 5, 0.5, Evidence.MODEL), candidate("B", 0, 5, 0.5, Evidence.MODEL)))
                .containsExactly("A");
    }

    @Test
    void spansThatTouchAreBothKeptInTheOrderOfTheText() {
        assertThat(resolved(candidate("B", 5, 9, 0.5, Evidence.MODEL), candidate("A", 0, 5, 0.5, Evidence.UNVALIDATED)))
                .containsExactly("A", "B");
    }

    @Test
    void whatOnlyALoserOverlapsIsKept() {
        assertThat(resolved(
                        candidate("A", 0, 10, 0.5, Evidence.VALIDATED),
                        candidate("B", 8, 15, 0.5, Evidence.MODEL),
                        candidate("C", 12, 20, 0.5, Evidence.UNVALIDATED)))
                .containsExactly("A", "C");
    }

    @Test
    void keptEntitiesNeverOverlapAndEveryDroppedOneOverlapsAKeptOne() {
        Random random = new Random(7);
        for (int round = 0; round < 200; round++) {
            List<Candidate> candidates = IntStream.range(0, 40)
                    .mapToObj(i -> {
                        int begin = random.nextInt(100);
                        return candidate(
                                "T" + i,
                                begin,
                                begin + 1 + random.nextInt(10),
                                random.nextInt(10) / 10.0,
                                Evidence.values()[random.nextInt(3)]);
                    })
                    .toList();

            List<Entity> kept = OverlapResolver.resolve(candidates);

            for (int i = 1; i < kept.size(); i++) {
                assertThat(kept.get(i).begin())
                        .isGreaterThanOrEqualTo(kept.get(i - 1).end());
            }
            assertThat(candidates)
                    .allMatch(candidate -> kept.stream()
                            .anyMatch(entity ->
                                    entity.begin() < candidate.entity().end()
                                            && candidate.entity().begin() < entity.end()));
        }
    }

    @Test
    void nameOfAPersonWinsOverAMonthButNotOverADate() {
        FakeModel model = new FakeModel().knows("PERSON", "Theresa May", 0.9).knows("PERSON", "April", 0.9);

        assertThat(model.entities("en", "From Theresa May, in April."))
                .extracting(Entity::type)
                .containsExactly("PERSON", "PERSON");
        assertThat(model.entities("en", "On April 5, 2025"))
                .extracting(Entity::type)
                .containsExactly("DATE");
    }
}
