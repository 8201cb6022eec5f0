package dev.polymath.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.polymath.text.LanguageDetection.Reason;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LanguageDetectorTest {
    private static final LanguageDetector DETECTOR =
            LanguageDetector.of(List.of("en", "de", "fr", "es", "ru", "ja", "zh"), true, false);

    private static final Map<String, String> SENTENCES = Map.of(
            "en", "I left my umbrella in the office yesterday evening.",
            "de", "Gestern Abend habe ich meinen Regenschirm im Büro vergessen.",
            "fr", "Hier soir, j'ai oublié mon parapluie au bureau.",
            "es", "Anoche dejé el paraguas en la oficina.",
            "ru", "Вчера вечером я забыл зонт в офисе.",
            "ja", "昨日の夜、会社に傘を忘れました。",
            "zh", "昨天晚上我把雨伞忘在办公室了。");

    private static final Map<String, String> SCRIPTS =
            Map.of("en", "Latn", "de", "Latn", "fr", "Latn", "es", "Latn", "ru", "Cyrl", "ja", "Jpan", "zh", "Hani");

    @Test
    void aSentenceIsEnoughToTellItsLanguageAndScript() {
        SENTENCES.forEach((language, sentence) -> {
            LanguageDetection detection = DETECTOR.detect(sentence, 1);

            assertThat(detection.languageCode()).isEqualTo(language);
            assertThat(detection.undecided()).isNull();
            assertThat(detection.script()).isEqualTo(SCRIPTS.get(language));
            assertThat(detection.charactersAnalyzed()).isEqualTo(sentence.length());
            assertThat(detection.languages()).hasSize(1);
            assertThat(detection.languages().get(0).confidence()).isBetween(0.9, 1.0);
        });
    }

    @Test
    void confidencesDescendAndSumToOne() {
        List<DetectedLanguage> languages = DETECTOR.detect("la casa", 100).languages();

        assertThat(languages)
                .hasSizeGreaterThan(1)
                .isSortedAccordingTo((a, b) -> Double.compare(b.confidence(), a.confidence()));
        assertThat(languages.stream().mapToDouble(DetectedLanguage::confidence).sum())
                .isCloseTo(1, within(1e-9));
    }

    @Test
    void aWordIsLessSureThanASentence() {
        double word = DETECTOR.detect("umbrella", 1).languages().get(0).confidence();
        double sentence = DETECTOR.detect(sentence("en"), 1).languages().get(0).confidence();

        assertThat(word).isLessThan(sentence);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " \n", "12345 67,8 %", "!?… —", "😀👍🏽"})
    void aTextWithoutLettersIsUndecided(String text) {
        assertThat(DETECTOR.detect(text, 3))
                .isEqualTo(new LanguageDetection(List.of(), "Zyyy", text.length(), Reason.NO_LETTERS));
        assertThat(DETECTOR.detect(text, 3).languageCode()).isEqualTo("und");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "ok"})
    void aTextThatCouldBeOfManyLanguagesIsTooShort(String text) {
        LanguageDetection detection = DETECTOR.detect(text, 3);

        assertThat(detection.languageCode()).isEqualTo("und");
        assertThat(detection.undecided()).isEqualTo(Reason.TOO_SHORT);
    }

    @Test
    void aScriptOfNoConfiguredLanguageIsUndecidedThoughSomeWordsAreLatin() {
        LanguageDetection detection = DETECTOR.detect("ฉันลืมร่มไว้ที่ office เมื่อวานนี้ hello", 3);

        assertThat(detection.script()).isEqualTo("Thai");
        assertThat(detection.undecided()).isEqualTo(Reason.UNKNOWN_SCRIPT);
        assertThat(detection.languages()).isEmpty();
    }

    @Test
    void ofALongTextExcerptsFromAllOfItAreLookedAt() {
        String text = sentence("de").repeat(1000) + sentence("ru").repeat(10);

        LanguageDetection detection = DETECTOR.detect(text, 1);

        assertThat(detection.languageCode()).isEqualTo("de");
        assertThat(detection.charactersAnalyzed()).isBetween(600, 800);
    }

    @Test
    void loneSurrogatesAndControlCharactersDoNoHarm() {
        assertThat(DETECTOR.detect("\ud83d" + sentence("fr") + "\u0000\udc00", 1)
                        .languageCode())
                .isEqualTo("fr");
    }

    @Test
    void manyThreadsGetTheAnswersOfOne() {
        List<String> codes = List.copyOf(SENTENCES.keySet());

        List<String> detected = IntStream.range(0, 700)
                .parallel()
                .mapToObj(i -> DETECTOR.detect(sentence(codes.get(i % codes.size())), 1)
                        .languageCode())
                .toList();

        assertThat(detected)
                .isEqualTo(IntStream.range(0, 700)
                        .mapToObj(i -> codes.get(i % codes.size()))
                        .toList());
    }

    @Test
    void lowAccuracyTellsSentencesTooWithFewerModels() {
        LanguageDetector low = LanguageDetector.of(List.of("en", "de", "fr", "es"), false, true);

        for (String language : low.languages()) {
            assertThat(low.detect(sentence(language), 1).languageCode()).isEqualTo(language);
        }
        assertThat(low.detect("ok", 1).undecided()).isEqualTo(Reason.TOO_SHORT);
        assertThat(low.detect("昨日", 1).undecided()).isEqualTo(Reason.UNKNOWN_SCRIPT);
    }

    @Test
    void aLanguageWithoutModelNamesThoseThatThereAre() {
        assertThatThrownBy(() -> LanguageDetector.of(List.of("en", "tlh"), true, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("languages: tlh (expected: of af, ar, az, ");
        assertThatThrownBy(() -> LanguageDetector.of(Set.of("en"), true, false))
                .hasMessage("languages: [en] (expected: at least two)");
        assertThat(LanguageDetector.supportedLanguages()).hasSize(75).containsAll(LanguageDetector.DEFAULT_LANGUAGES);
        assertThat(LanguageDetector.of(LanguageDetector.supportedLanguages(), true, false)
                        .languages())
                .hasSize(75);
    }

    private static String sentence(String language) {
        return Objects.requireNonNull(SENTENCES.get(language));
    }
}
