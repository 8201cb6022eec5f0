package dev.polymath.translation.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.ibm.icu.text.MessageFormat;
import java.io.IOException;
import java.io.StringReader;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PropertiesFormatTest {
    private static final PropertiesFormat PROPERTIES = new PropertiesFormat();

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '\u0001',
            value = {
                "key=value~key=VALUE",
                "some.key : a value~some.key : A VALUE",
                "a\\=b\\ c=one~a\\=b\\ c=ONE",
                "# comment=one~# comment=one",
                "! comment=one~! comment=one",
                "key one~key ONE",
                "key=~key=",
                "key~key",
                "k=note\\: this\\! and : that~k=NOTE\\: THIS\\! AND \\: THAT",
                "k=one\\ntwo\\tthree~k=ONE\\nTWO\\tTHREE",
                "k=\\u00fcber~k=\\u00DCBER",
                "k=über~k=ÜBER",
                "k=C:\\\\dir~k=C:\\\\DIR",
                "k=\\ \\ one~k=\\ \\ ONE",
                "k=one\u000Btwo~k=ONE\u000BTWO",
            })
    void onlyValuesChange(String source, String expected) {
        assertThat(Shouting.translate(PROPERTIES, source)).isEqualTo(expected);
    }

    @Test
    void continuationLinesStay() {
        String source = "a = one \\\r\n    two, \\\r\n    three\r\nb = four\r\n\r\n  # end \\\r\nc=five";

        assertThat(Shouting.translate(PROPERTIES, source))
                .isEqualTo("a = ONE \\\r\n    TWO, \\\r\n    THREE\r\nb = FOUR\r\n\r\n  # end \\\r\nc=FIVE");
        assertThat(Shouting.units(PROPERTIES, source)).containsExactly("one/two,/three", "four", "five");
    }

    @ParameterizedTest
    @ValueSource(strings = {"key \\\n  = one", "key = \\\n \\\n  one", "key \\\n  one"})
    void aKeyEndsWhereItsContinuedSpaceDoes(String source) {
        assertThat(Shouting.translate(PROPERTIES, source)).isEqualTo(source.replace("one", "ONE"));
    }

    @Test
    void messagesKeepTheirSyntaxAndTheirChoicesAreTranslated() {
        String source = "m=You have {0, plural, =0 {no files} one {# file} other {# files of {1}}} left, don''t you?\n";

        String translation = Shouting.translate(PROPERTIES, source);

        assertThat(translation)
                .isEqualTo(
                        "m=YOU HAVE {0, plural, =0 {NO FILES} one {# FILE} other {# FILES OF {1}}} LEFT, DON''T YOU?\n");
        assertThat(new MessageFormat(properties(translation).getProperty("m"), Locale.ENGLISH)
                        .format(new Object[] {2, "Jane"}))
                .isEqualTo("YOU HAVE 2 FILES OF Jane LEFT, DON'T YOU?");
    }

    @Test
    void apostrophesAreDoubledInMessagesAndOnlyThere() {
        assertThat(PROPERTIES
                        .read("m=Hello {0}")
                        .render(i -> PROPERTIES
                                .read("m=Hello {0}")
                                .units()
                                .get(i)
                                .text()
                                .replace("Hello", "l'ami")))
                .isEqualTo("m=l''ami {0}");
        assertThat(PROPERTIES.read("m=Hello").render(i -> "l'ami")).isEqualTo("m=l'ami");
    }

    @Test
    void apostrophesAtTheEdgesOfAMessageAreWrittenOnce() {
        String source = "a = ''{0}'' is not ''there''\nb = '{' opens {0}, and closes it '}'\n";

        assertThat(Shouting.translate(PROPERTIES, source))
                .isEqualTo("a = ''{0}'' IS NOT ''THERE''\nb = '{' OPENS {0}, AND CLOSES IT '}'\n");
    }

    @Test
    void whatIsEscapedIsReadAsItWas() {
        Map<String, String> values = Map.of("a", "ONE\tTWO\nTHREE", "b", "É \\ C", "c", " LEADING");
        String source = "a=one\\ttwo\\nthree\nb=\\u00e9 \\\\ c\nc=\\ leading\n";

        assertThat(properties(Shouting.translate(PROPERTIES, source))).containsAllEntriesOf(values);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\u12G4", "\\u12", "\\u", "\\"})
    void aBadEscapeIsNamedWithItsLine(String escape) {
        String source = "a=one \\\n  two\n\n# comment\nkey=value " + escape;

        assertThatThrownBy(() -> PROPERTIES.read(source))
                .isInstanceOf(MalformedTextException.class)
                .hasMessageStartingWith("line 5: a ba");
    }

    private static Properties properties(String source) {
        Properties properties = new Properties();
        try {
            properties.load(new StringReader(source));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return properties;
    }
}
