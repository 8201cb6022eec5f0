package dev.polymath.training.textclassification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class LabelMapTest {
    private static final List<String> HEADS = List.of("sentiment", "emotions");
    private static final Path REVIEWS = Path.of("data/reviews/train.tsv");

    @Test
    void labelsAreMergedRenamedAndDropped() {
        List<String> map = List.of("joy|love=POSITIVE", "anger=NEGATIVE", "id=");

        assertThat(apply(map, "sentiment", "joy", "love")).containsExactly("POSITIVE");
        assertThat(apply(map, "sentiment", "anger", "id", "calm")).containsExactly("NEGATIVE", "calm");
    }

    @Test
    void starStandsForAllThatAreNotNamed() {
        assertThat(apply(List.of("1=POSITIVE", "*="), "sentiment", "1", "2", "3"))
                .containsExactly("POSITIVE");
    }

    @Test
    void entryOfAHeadOrFileHoldsThereOnlyAndGoesFirst() {
        List<String> map = List.of("1=A", "emotions:1=B", "sentiment:reviews:1=C", "sentiment:mails:1=D");

        assertThat(apply(map, "sentiment", "1")).containsExactly("C");
        assertThat(apply(map, "emotions", "1")).containsExactly("B");
        assertThat(LabelMap.of(map, "sentiment", Path.of("other.tsv"), HEADS)
                        .apply(new LabelledText("t", List.of("1")))
                        .labels())
                .containsExactly("A");
    }

    @Test
    void entryWithoutSignIsTold() {
        assertThatThrownBy(() -> apply(List.of("joy"), "sentiment", "joy"))
                .hasMessage("label map entry 'joy' (expected: from=to)");
    }

    private static List<String> apply(List<String> map, String head, String... labels) {
        return LabelMap.of(map, head, REVIEWS, HEADS)
                .apply(new LabelledText("t", List.of(labels)))
                .labels();
    }
}
