package dev.polymath.translation.format;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlainTextFormatTest {
    private static final PlainTextFormat TEXT = new PlainTextFormat();

    @Test
    void linesListsAndColumnsAreUnits() {
        assertThat(
                        Shouting.units(
                                TEXT,
                                "Shopping\n  - milk\n  - bread and\n    butter\n1. first\n2) second\n# Title\n> quoted\n> again\nName:\tJane\nOne    two"))
                .containsExactly(
                        "Shopping",
                        "milk",
                        "bread and/butter",
                        "first",
                        "second",
                        "Title",
                        "quoted/again",
                        "Name:",
                        "Jane",
                        "One",
                        "two");
    }

    @Test
    void anAddressIsNotOneSentence() {
        assertThat(Shouting.units(TEXT, "Jane Doe\nMain Street 5\nSpringfield")).hasSize(3);
    }

    @Test
    void aLongLineThatDoesNotEndGoesOn() {
        assertThat(Shouting.units(
                        TEXT, "A line that is about as long as those which programs wrap in\nNew York or elsewhere."))
                .hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "```\nint i = 0;\nthen words\n```",
                "for (int i = 0; i < n; i++) {",
                "  return foo(bar, \"baz\");",
                "}",
                "   ",
                "12 + 3",
            })
    void codeIsNoUnit(String code) {
        assertThat(Shouting.units(TEXT, code)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"It works (mostly); try it.", "Remember this;", "He left (she stayed)"})
    void aSentenceIsNotCode(String sentence) {
        assertThat(Shouting.units(TEXT, sentence)).containsExactly(sentence);
    }
}
