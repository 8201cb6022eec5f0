package dev.polymath.textanalytics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polymath.text.TextSpan;
import dev.polymath.textanalytics.CandidatePhrases.Candidate;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CandidatePhrasesTest {
    static List<String> randomTexts() {
        return RandomTexts.some(300).toList();
    }

    @Test
    void phrasesStandBetweenStopWordsAdverbsAndPunctuation() {
        assertThat(texts("The graph neural network of our group, which quickly learns molecular properties."))
                .containsExactly("graph neural network", "group", "learns molecular properties");
    }

    @Test
    void namesWithinLongerPhrasesAreCandidates() {
        assertThat(texts("The European Central Bank raised interest rates. Christine Lagarde smiled."))
                .containsExactly(
                        "European Central Bank",
                        "raised interest rates",
                        "Christine Lagarde",
                        "Christine Lagarde smiled");
    }

    @Test
    void partOfAPhraseIsACandidateOnlyIfItOccursWithoutTheRest() {
        assertThat(texts("A neural network. The deep neural network. Any deep neural network."))
                .containsExactly("neural network", "deep neural network");
    }

    @Test
    void formsOfAPhraseAreOneNamedByTheMostFrequent() {
        List<Candidate> candidates = find("The Insurance Claim. All insurance claims and insurance claims.");

        assertThat(candidates).hasSize(1);
        assertThat(candidates.get(0).text()).isEqualTo("insurance claims");
        assertThat(candidates.get(0).occurrences()).isEqualTo(3);
        assertThat(candidates.get(0).first()).isEqualTo(4);
    }

    @Test
    void mentionsAreAllOccurrencesWhateverTheCase() {
        String text = "Wind power is cheap. WIND POWER, and offshore wind power.";
        Candidate candidate = find(text).stream()
                .filter(phrase -> phrase.text().equals("Wind power"))
                .findFirst()
                .orElseThrow();

        assertThat(candidate.mentions())
                .extracting(span -> span.of(text))
                .containsExactly("Wind power", "WIND POWER", "wind power");
        assertThat(candidate.complete()).isEqualTo(2);
    }

    @Test
    void hyphensAndApostrophesAreWithinWords() {
        assertThat(texts("A state-of-the-art web-based tool; the driver\u2019s licence; Navier\u2013Stokes equations"))
                .containsExactly(
                        "state-of-the-art web-based tool", "driver\u2019s licence", "Navier\u2013Stokes equations");
    }

    @Test
    void lineBreakIsASpaceAndBlankLineEndsAPhrase() {
        assertThat(texts("solar\r\ncell\r\n\r\nwind\nturbine")).containsExactly("solar\r\ncell", "wind\nturbine");
    }

    @Test
    void numberEndsAPhraseButDoesNotBeginOne() {
        assertThat(texts("The 2019 report on phase 3 trials and Windows 10."))
                .doesNotContain("2019")
                .contains("phase 3 trials", "Windows 10");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " \n ", "the of and", "!!! ... 42", "\uD83D\uDE00"})
    void textWithoutContentHasNoCandidates(String text) {
        assertThat(find(text)).isEmpty();
    }

    @Test
    void limitKeepsTheMostFrequent() {
        String text = "Alpha. Beta gamma. Beta gamma. Delta.";

        assertThat(CandidatePhrases.find(text, 1)).extracting(Candidate::text).containsExactly("Beta gamma");
    }

    @ParameterizedTest
    @MethodSource("randomTexts")
    void spansAreInOrderWithoutOverlapsAndReadAsThePhrase(String text) {
        for (Candidate candidate : find(text)) {
            TextSpan first = candidate.mentions().get(0);
            assertThat(first.of(text)).isEqualTo(candidate.text());
            assertThat(candidate.occurrences())
                    .isGreaterThanOrEqualTo(candidate.mentions().size());
            assertThat(candidate.complete()).isBetween(0, candidate.occurrences());
            assertThat(candidate.words()).isBetween(1, CandidatePhrases.LONGEST);
            assertThat(candidate.first()).isLessThanOrEqualTo(first.begin());
            for (int i = 1; i < candidate.mentions().size(); i++) {
                TextSpan mention = candidate.mentions().get(i);
                assertThat(mention.begin())
                        .isGreaterThanOrEqualTo(candidate.mentions().get(i - 1).end());
                assertThat(words(mention.of(text))).isEqualTo(words(candidate.text()));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a ", "word ", "word-", "word'", "\u6771", "wordA. ", "\uD83D\uDE00", "\n", "42 "})
    void repetitionOfOneThingTakesSeconds(String piece) {
        String text = piece.repeat(1_000_000 / piece.length());

        assertThat(ProcessorTime.of(() -> find(text))).isLessThan(Duration.ofSeconds(15));
    }

    @Test
    void fiveMillionCharactersOfNewWordsTakeSeconds() {
        String text = RandomTexts.ofManyWords(5_000_000);

        assertThat(ProcessorTime.of(() -> assertThat(find(text).size()).isEqualTo(500)))
                .isLessThan(Duration.ofSeconds(60));
    }

    private static String words(String phrase) {
        return EnglishWords.fold(phrase).replaceAll("\\p{IsWhite_Space}+", "");
    }

    private static List<String> texts(String text) {
        return find(text).stream().map(Candidate::text).toList();
    }

    private static List<Candidate> find(String text) {
        return CandidatePhrases.find(text, 500);
    }
}
