package dev.polymath.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.ibm.icu.lang.UCharacter;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SentenceSplitterTest {
    @Test
    void sentencesEndAtTheirMarks() {
        assertThat(split("en", "It works. Does it? Yes, it does! “Good.” (Very good.) Well… maybe"))
                .containsExactly("It works.", "Does it?", "Yes, it does!", "“Good.”", "(Very good.)", "Well… maybe");
    }

    @Test
    void noSentenceEndsAfterAnInitialOrAnAbbreviation() {
        assertThat(split("en", "Dr. Who met J. Smith and J. R. R. Tolkien, e.g. Tuesday. The U.S. Navy vs. St. Ives."))
                .containsExactly(
                        "Dr. Who met J. Smith and J. R. R. Tolkien, e.g. Tuesday.", "The U.S. Navy vs. St. Ives.");
        assertThat(split("en", "See fig. 3 and No. 5 Main Street. He said no. Then he and I. It was for NASA. Good."))
                .containsExactly(
                        "See fig. 3 and No. 5 Main Street.",
                        "He said no.",
                        "Then he and I.",
                        "It was for NASA.",
                        "Good.");
        assertThat(split(
                        "de",
                        "Am 3. Oktober kam Prof. Dr. Maier, z. B. nachts. Dann ging er, d.h. Hans. Ein Test. Ja."))
                .containsExactly(
                        "Am 3. Oktober kam Prof. Dr. Maier, z. B. nachts.",
                        "Dann ging er, d.h. Hans.",
                        "Ein Test.",
                        "Ja.");
        assertThat(split("fr", "M. Dupont et Mme. Curie sont là. J.-P. Sartre aussi, p.ex. Lundi."))
                .containsExactly("M. Dupont et Mme. Curie sont là.", "J.-P. Sartre aussi, p.ex. Lundi.");
        assertThat(split("es", "El Sr. Pérez vive en la Av. Central. ¿Dónde? ¡Aquí!"))
                .containsExactly("El Sr. Pérez vive en la Av. Central.", "¿Dónde?", "¡Aquí!");
        assertThat(split("ru", "А. С. Пушкин родился в Москве. Это было давно."))
                .containsExactly("А. С. Пушкин родился в Москве.", "Это было давно.");
    }

    @Test
    void whatIsQuotedOrInBracketsDoesNotEndTheSentenceAroundIt() {
        assertThat(split("en", "“Really?” she asked. He said \"No!\" to him (why?) and left. \"Yes!\" He came."))
                .containsExactly(
                        "“Really?” she asked.", "He said \"No!\" to him (why?) and left.", "\"Yes!\"", "He came.");
    }

    @Test
    void numbersAddressesAndFileNamesStayWhole() {
        assertThat(split("en", "Pay $3.50 at https://www.Example.com/a?Q=1!X or Read.Me.TXT. Then go."))
                .containsExactly("Pay $3.50 at https://www.Example.com/a?Q=1!X or Read.Me.TXT.", "Then go.");
    }

    @Test
    void aSingleLineBreakIsASpaceAndABlankLineEndsASentence() {
        assertThat(split("en", "A heading\r\n \t\r\nA sentence that was\r\nwrapped. Another\none\n\n\nA last one"))
                .containsExactly("A heading", "A sentence that was\r\nwrapped.", "Another\none", "A last one");
        assertThat(split("en", "One\u2029Two\u2028still two")).containsExactly("One", "Two\u2028still two");
    }

    @Test
    void aListItemIsASentenceWithItsMark() {
        assertThat(split("en", "You need:\n- two eggs\n- milk\n  and butter. Not oil.\n• a) b\n"))
                .containsExactly("You need:", "- two eggs", "- milk\n  and butter.", "Not oil.", "• a) b");
        assertThat(split("en", "Steps\n1. First do this\n2. Then that. Slowly.\n 3) Rest"))
                .containsExactly("Steps", "1. First do this", "2. Then that.", "Slowly.", "3) Rest");
    }

    @Test
    void aNumberThatDoesNotCountUpIsNoListItem() {
        assertThat(split("en", "He retired at the age of\n65. Then he wrote."))
                .hasSize(2)
                .first()
                .asString()
                .endsWith("65.");
    }

    @Test
    void scriptsWithoutSpacesNeedNoneBetweenSentences() {
        assertThat(split("ja", "今日は。元気？はい！そう。")).containsExactly("今日は。", "元気？", "はい！", "そう。");
        assertThat(split("zh", "你好。我很好!谢谢。")).containsExactly("你好。", "我很好!谢谢。");
        assertThat(split("hi", "यह पहला है। यह दूसरा है।")).containsExactly("यह पहला है।", "यह दूसरा है।");
        assertThat(split("ar", "أين أنت؟ أنا هنا.")).containsExactly("أين أنت؟", "أنا هنا.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\n\n\t\u00a0\u3000\r\n", "\u2029"})
    void aTextOfWhiteSpaceHasNoSentence(String text) {
        assertThat(split("en", text)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"en", "de", "ja", "th", "und", "", "xx", "pt-BR", "zh-Hant-TW"})
    void nothingButWhiteSpaceIsLostAndNothingIsInTwoSentences(String language) {
        List<String> parts = List.of(
                "a", "Dr", "J", ".", ". ", "?", "!", "…", "。", "\n", "\r\n", "\r", "\n\n", "\n- ", "\n1. ", "\n2. ",
                " ", "\t", "\u00a0", "\u2028", "\u2029", "\u3000", "é", "e\u0301", "東", "😀", "\ud83d", "\ude00", "3",
                "3.5", "\"", ")", "(", "The", "\u200b", "\ufeff", "ß", "ก", "न", "\u0085", "\f", "\u0000");
        Random random = new Random(3);
        SentenceSplitter splitter = SentenceSplitter.forLanguage(language);
        for (int round = 0; round < 2000; round++) {
            StringBuilder builder = new StringBuilder();
            for (int i = random.nextInt(40); i > 0; i--) {
                builder.append(parts.get(random.nextInt(parts.size())));
            }
            String text = builder.toString();

            int end = 0;
            for (TextSpan sentence : splitter.split(text)) {
                assertThat(sentence.begin()).isGreaterThanOrEqualTo(end);
                assertThat(isWhiteSpace(text.substring(end, sentence.begin()))).isTrue();
                assertThat(isWhiteSpace(sentence.of(text).substring(0, 1))).isFalse();
                assertThat(isWhiteSpace(text.substring(sentence.end() - 1, sentence.end())))
                        .isFalse();
                end = sentence.end();
            }
            assertThat(isWhiteSpace(text.substring(end))).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "The committee met on Tuesday. Nobody came!\n",
                "one. ",
                "1 ",
                ". ",
                "A. ",
                "x",
                "a.",
                "\n",
                "- ",
                "1. ",
                "?!\"",
                "東京。",
                "(",
                "\u200b"
            })
    void fiveMillionCharactersTakeNoMoreThanLinearTime(String part) {
        String text = part.repeat(5_000_000 / part.length());
        SentenceSplitter splitter = SentenceSplitter.forLanguage("en");

        List<TextSpan> sentences = assertTimeoutPreemptively(Duration.ofMinutes(2), () -> splitter.split(text));

        if (part.startsWith("The")) {
            assertThat(sentences).hasSize(2 * (5_000_000 / part.length()));
        }
    }

    @Test
    void aSentenceOf100000CharactersIsOne() {
        String text = "word ".repeat(20_000).strip() + ".";

        assertThat(SentenceSplitter.forLanguage("en").split(text)).containsExactly(new TextSpan(0, text.length()));
    }

    private static List<String> split(String language, String text) {
        return SentenceSplitter.forLanguage(language).split(text).stream()
                .map(span -> span.of(text))
                .toList();
    }

    private static boolean isWhiteSpace(String text) {
        return text.chars().allMatch(UCharacter::isUWhiteSpace);
    }
}
