package dev.polymath.training.captioning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Expected values: pycocoevalcap 1.2 ({@code Cider().compute_score} of what its {@code PTBTokenizer} makes of the captions) and sacrebleu
 * 2.6.0 ({@code corpus_bleu(tokens, references, tokenize="none")} of the same, {@code corpus_chrf} of the captions as they are).
 */
class CaptionScoresTest {
    private static final List<String> CAPTIONS = List.of(
            "A black dog runs through the grass.",
            "Two children are playing on the beach.",
            "A man's bike is in the air.",
            "Ein Hund springt über eine Hürde.");
    private static final List<List<String>> REFERENCES = List.of(
            List.of("A black dog running through tall green grass.", "The dog runs in the grass", "A dog is running."),
            List.of("Two kids play in the sand at the beach.", "Children are playing on a beach, near the water."),
            List.of(
                    "A man is in the air with his bike.",
                    "A man's bike is high in the air!",
                    "The biker jumps.",
                    "Someone does a trick on a bike"),
            List.of("Ein brauner Hund springt über eine Hürde.", "Hund springt über ein Hindernis"));

    @Test
    void scoresOfSeveralReferencesAreThoseOfTheReferenceImplementations() {
        CaptionScores scores = CaptionScores.of(CAPTIONS, REFERENCES);

        assertThat(scores.bleu()).isEqualTo(0.6356734593178448, within(1e-12));
        assertThat(scores.cider()).isEqualTo(3.2539001418623807, within(1e-12));
        assertThat(scores.chrf()).isEqualTo(62.762033357349914, within(1e-12));
        assertThat(scores.lengthRatio()).isEqualTo(28.0 / 27, within(1e-12));
        assertThat(scores.images()).isEqualTo(4);
    }

    @Test
    void captionsThatPeopleGaveAreRightAndOthersAreNot() {
        CaptionScores right = CaptionScores.of(
                REFERENCES.stream().map(each -> each.get(0)).toList(),
                REFERENCES.stream().map(each -> List.of(each.get(0))).toList());
        CaptionScores wrong = CaptionScores.of(List.of("xyz", "xyz", "xyz", "xyz"), REFERENCES);

        assertThat(right.bleu()).isEqualTo(1, within(1e-12));
        assertThat(right.cider()).isEqualTo(10, within(1e-12));
        assertThat(right.chrf()).isEqualTo(100, within(1e-12));
        assertThat(wrong.bleu()).isZero();
        assertThat(wrong.cider()).isZero();
    }

    @Test
    void captionsAreComparedInLowerCaseAndWithoutPunctuation() {
        assertThat(CaptionWords.of("A dog's \"ball\", (red) & a T-shirt - isn't it?"))
                .containsExactly("a", "dog", "'s", "ball", "red", "&", "a", "t-shirt", "is", "n't", "it");
        assertThat(CaptionWords.of("Ein großer Hund läuft, z.B. über 3,5 km."))
                .containsExactly("ein", "großer", "hund", "läuft", "z.b", "über", "3,5", "km");
        assertThat(CaptionWords.of("two girls,one boy")).containsExactly("two", "girls", "one", "boy");
        assertThat(CaptionWords.of(" . ")).isEmpty();
    }

    @Test
    void captionsWithoutReferencesAreRefused() {
        assertThatThrownBy(() -> CaptionScores.of(CAPTIONS, List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("4 captions (expected: 0, one per image)");
    }
}
