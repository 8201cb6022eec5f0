package dev.polymath.translation.format;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MarkdownFormatTest {
    private static final MarkdownFormat MARKDOWN = new MarkdownFormat();

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '\u0001',
            value = {
                "# one *two* `three`~# ONE *TWO* `three`",
                "one [two](http://x.org 'title') <http://auto.org>~ONE [TWO](http://x.org 'title') <http://auto.org>",
                "![one](two.png) three~![ONE](two.png) THREE",
                "a\\*b &copy; c~A\\*B &copy; C",
                "- [ ] one~- [ ] ONE",
                "> one **two** three~> ONE **TWO** THREE",
                "***one*** two~***ONE*** TWO",
                "one <b>two</b> <kbd>K</kbd>~ONE <b>TWO</b> <kbd>K</kbd>",
                "| a \\| b | c |~| A \\| B | C |",
            })
    void onlyTextChanges(String source, String expected) {
        assertThat(Shouting.translate(MARKDOWN, source)).isEqualTo(expected);
    }

    @Test
    void aDocumentKeepsWhatIsNoText() {
        String source =
                "---\ntitle: one\n---\n\nOne\n===\n\n```java\nint one;\n```\n\n    code one\n\n> two\n> **three\n> four**\n\n"
                        + "1. five\n   goes on\n2. six  \n   seven\n\n| a | b |\n|---|:-:|\n| c `d` | e |\n\n<div align=\"center\">\nf <b>g</b>\n"
                        + "</div>\n\n[ref]: http://x.org/one\n\nSee [the ref][ref] and [ref].\r\n";

        assertThat(Shouting.translate(MARKDOWN, source))
                .isEqualTo(
                        "---\ntitle: one\n---\n\nONE\n===\n\n```java\nint one;\n```\n\n    code one\n\n> TWO\n> **THREE\n> FOUR**\n\n"
                                + "1. FIVE\n   GOES ON\n2. SIX  \n   SEVEN\n\n| A | B |\n|---|:-:|\n| C `d` | E |\n\n<div align=\"center\">\n"
                                + "F <b>G</b>\n</div>\n\n[ref]: http://x.org/one\n\nSEE [THE REF][ref] AND [REF][ref].\r\n");
    }

    @Test
    void aWrappedParagraphIsOneUnit() {
        assertThat(Shouting.units(MARKDOWN, "> one\n> **two\n> three**\n")).containsExactly("one/|two/three|");
    }
}
