package dev.polymath.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polymath.inference.EntitySpan;
import dev.polymath.training.tokenclassification.TaggedSentence;
import dev.polymath.training.tokenclassification.TaggedSentence.Word;
import java.util.List;
import org.junit.jupiter.api.Test;

class ModelLabelsTest {
    /** {@code Ann Lee's Rome, Paris} */
    private static final TaggedSentence SENTENCE = new TaggedSentence(List.of(
            new Word("Ann", "O", false),
            new Word("Lee", "O", true),
            new Word("'s", "O", false),
            new Word("Rome", "O", true),
            new Word(",", "O", false),
            new Word("Paris", "O", true)));

    @Test
    void spansBecomeLabelsOfTheirWordsAndNeighboursStaySeparate() {
        assertThat(ModelLabels.wordLabels(
                        SENTENCE, List.of(span(0, 7, "PERSON"), span(10, 14, "LOCATION"), span(14, 15, "LOCATION"))))
                .containsExactly("B-PERSON", "I-PERSON", "O", "B-LOCATION", "B-LOCATION", "O");
    }

    @Test
    void wordThatTheModelSplitIsNamedOnceEvenIfTheSpanCoversAPartOfIt() {
        assertThat(ModelLabels.wordLabels(SENTENCE, List.of(span(16, 18, "LOCATION"), span(18, 21, "PERSON"))))
                .containsExactly("O", "O", "O", "O", "O", "B-LOCATION");
    }

    private static EntitySpan span(int begin, int end, String label) {
        return new EntitySpan(begin, end, label, 1);
    }
}
