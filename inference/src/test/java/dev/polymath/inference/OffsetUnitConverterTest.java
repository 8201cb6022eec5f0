package dev.polymath.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OffsetUnitConverterTest {
    /** Each is one grapheme, whatever stands before or after it in a list of these. */
    private static final List<String> GRAPHEMES = List.of(
            "a",
            "Z",
            " ",
            "\r\n",
            "é",
            "e\u0301",
            "o\u0302\u0323",
            "東",
            "京",
            "가",
            "😀",
            "👍🏽",
            "👨‍👩‍👧‍👦",
            "🏳️‍🌈",
            "न",
            "ß",
            "\u2014");

    @ParameterizedTest
    @EnumSource(OffsetUnit.class)
    void everyBoundaryOfEveryTextIsWhereCountingSaysItIs(OffsetUnit unit) {
        Random random = new Random(11);
        for (int round = 0; round < 300; round++) {
            StringBuilder text = new StringBuilder();
            List<Integer> boundaries = new ArrayList<>(List.of(0));
            for (int i = random.nextInt(30); i > 0; i--) {
                text.append(GRAPHEMES.get(random.nextInt(GRAPHEMES.size())));
                boundaries.add(text.length());
            }
            OffsetUnitConverter converter = OffsetUnitConverter.of(text.toString(), unit);

            for (int i = 0; i < boundaries.size(); i++) {
                int utf16 = boundaries.get(i);
                String before = text.substring(0, utf16);
                int expected = switch (unit) {
                    case UTF16 -> utf16;
                    case CODE_POINT -> before.codePointCount(0, utf16);
                    case UTF8_BYTE -> before.getBytes(StandardCharsets.UTF_8).length;
                    case GRAPHEME -> i;
                };
                assertThat(converter.convert(utf16)).isEqualTo(expected);
                assertThat(converter.convertEnd(utf16)).isEqualTo(expected);
            }
            assertThat(converter.length()).isEqualTo(converter.convert(text.length()));
        }
    }

    @ParameterizedTest
    @EnumSource(OffsetUnit.class)
    void positionsNeverGoBackAndEndsAreNeverBeforeBegins(OffsetUnit unit) {
        Random random = new Random(12);
        for (int round = 0; round < 300; round++) {
            // any UTF-16 at all, lone surrogates and stray combining marks too
            char[] units = new char[random.nextInt(30)];
            for (int i = 0; i < units.length; i++) {
                units[i] = (char)
                        switch (random.nextInt(5)) {
                            case 0 -> 0xD800 + random.nextInt(0x400);
                            case 1 -> 0xDC00 + random.nextInt(0x400);
                            case 2 -> 0x300 + random.nextInt(0x70);
                            case 3 -> 0x200D;
                            default -> random.nextInt(0x3000);
                        };
            }
            OffsetUnitConverter converter = OffsetUnitConverter.of(new String(units), unit);

            assertThat(converter.convert(0)).isZero();
            for (int i = 1; i <= units.length; i++) {
                assertThat(converter.convert(i))
                        .isGreaterThanOrEqualTo(converter.convert(i - 1))
                        .isLessThanOrEqualTo(converter.length());
                assertThat(converter.convertEnd(i))
                        .isGreaterThanOrEqualTo(converter.convert(i))
                        .isGreaterThan(converter.convert(i - 1))
                        .isLessThanOrEqualTo(converter.length());
            }
        }
    }

    @Test
    void aPositionInsideACharacterMovesToTheCharactersEdge() {
        String text = "a👍🏽b";

        assertEdges(OffsetUnitConverter.of(text, OffsetUnit.CODE_POINT), 2, 1, 2);
        assertEdges(OffsetUnitConverter.of(text, OffsetUnit.UTF8_BYTE), 2, 1, 5);
        assertEdges(OffsetUnitConverter.of(text, OffsetUnit.GRAPHEME), 3, 1, 2);
        assertEdges(OffsetUnitConverter.of(text, OffsetUnit.UTF16), 2, 2, 2);
    }

    @Test
    void aLoneSurrogateIsOneCodePointAndThreeBytes() {
        String text = "a\uD83Db";

        assertThat(OffsetUnitConverter.of(text, OffsetUnit.CODE_POINT).length()).isEqualTo(3);
        assertThat(OffsetUnitConverter.of(text, OffsetUnit.UTF8_BYTE).length()).isEqualTo(5);
        assertThat(OffsetUnitConverter.of(text, OffsetUnit.UTF8_BYTE).convert(2))
                .isEqualTo(4);
    }

    @Test
    void flagsAreOneGraphemeEach() {
        assertThat(OffsetUnitConverter.of("🇩🇪🇫🇷", OffsetUnit.GRAPHEME).length())
                .isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource(OffsetUnit.class)
    void aMillionCharactersWithAMillionPositionsTakeLinearTime(OffsetUnit unit) {
        // the worst case for graphemes: one letter with all the rest combined onto it
        for (String text : List.of("a👍🏽é ".repeat(140_000), "a" + "\u0301".repeat(1_000_000))) {
            Assertions.assertTimeoutPreemptively(Duration.ofSeconds(30), () -> {
                OffsetUnitConverter converter = OffsetUnitConverter.of(text, unit);
                for (int i = 0; i <= text.length(); i++) {
                    converter.convert(i);
                    converter.convertEnd(i);
                }
            });
        }
    }

    @Test
    void aPositionOutsideOfTheTextIsRefused() {
        OffsetUnitConverter converter = OffsetUnitConverter.of("abc", OffsetUnit.CODE_POINT);

        assertThatThrownBy(() -> converter.convert(4))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessage("utf16: 4 (expected: 0 to 3)");
    }

    private static void assertEdges(OffsetUnitConverter converter, int utf16, int begin, int end) {
        assertThat(converter.convert(utf16)).isEqualTo(begin);
        assertThat(converter.convertEnd(utf16)).isEqualTo(end);
    }
}
