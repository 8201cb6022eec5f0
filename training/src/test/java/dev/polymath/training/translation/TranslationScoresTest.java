package dev.polymath.training.translation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.polymath.training.generation.Bleu;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Expected values: sacrebleu 2.6.0, {@code sacrebleu.corpus_bleu(translations, [references]).score} and {@code
 * sacrebleu.corpus_chrf(translations, [references]).score}.
 */
class TranslationScoresTest {

    @Test
    void scoresOfAFewSentencesAreThoseOfSacrebleu() {
        TranslationScores scores = TranslationScores.of(
                List.of("The cat sat on the mat.", "It's 3.5% of $1,200, isn't it?", "Tom said: \"Hello & good-bye!\""),
                List.of(
                        "The cat is sitting on the mat.",
                        "It is 3.5% of $1,200, isn't it?",
                        "Tom said, \"Hello and goodbye!\""));

        assertThat(scores.bleu()).isEqualTo(51.755973605760786, within(1e-9));
        assertThat(scores.chrf()).isEqualTo(63.17519902775729, within(1e-9));
        assertThat(scores.lengthRatio()).isEqualTo(26.0 / 28);
        assertThat(scores.sentences()).isEqualTo(3);
    }

    @Test
    void charactersBeyondAsciiAreCountedAsSacrebleuCountsThem() {
        assertScores(
                List.of("Ich weiß es nicht.", "Où est la gare ?", "¿Cómo estás?"),
                List.of("Das weiß ich nicht.", "Où se trouve la gare ?", "¿Cómo estás tú?"),
                23.34358841604727,
                49.0880577217904);
        assertScores(
                List.of("the the the the the the", "😀 wow, 10,5 kg -x- &quot;y&quot;"),
                List.of("the cat the mat", "😀 wow, 10,5 kg -x- \"y\" z"),
                66.14782048885628,
                48.80797054020158);
    }

    @Test
    void tooShortForFourTokensOrWithoutAMatchIsNothing() {
        assertScores(List.of("a b"), List.of("a c"), 0, 25);
        assertScores(List.of("no match here at all"), List.of("völlig anders ist das"), 0, 9.583802552552552);
        assertScores(List.of("Yes."), List.of("Yes."), 0, 100);
    }

    @Test
    void anEmptyTranslationCostsBrevity() {
        assertScores(
                List.of("", "one two three four five"),
                List.of("something", "one two three four six 1990-1995"),
                30.048438849849045,
                44.860134745997634);
    }

    @Test
    void tokensAreThoseOfMteval13a() {
        assertThat(String.join(
                        " ", Bleu.tokenize("It's 3.5% of $1,200-x, (isn't) it? U.S.A. &lt;b&gt; 1990-1995 äh,ö")))
                .isEqualTo("It's 3.5 % of $ 1,200 - x , ( isn't ) it ? U . S . A . < b > 1990 - 1995 äh , ö");
    }

    @Test
    void oneReferenceIsNeededForEachTranslation() {
        assertThatThrownBy(() -> TranslationScores.of(List.of("a"), List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("1 translations (expected: 0, one per reference)");
    }

    private static void assertScores(List<String> translations, List<String> references, double bleu, double chrf) {
        TranslationScores scores = TranslationScores.of(translations, references);
        assertThat(scores.bleu()).isEqualTo(bleu, within(1e-9));
        assertThat(scores.chrf()).isEqualTo(chrf, within(1e-9));
    }
}
