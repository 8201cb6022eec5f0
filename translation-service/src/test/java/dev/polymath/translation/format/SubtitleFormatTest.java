package dev.polymath.translation.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SubtitleFormatTest {
    private static final String CUES =
            "1\r\n00:00:01,000 --> 00:00:02,500\r\n<i>Good morning,</i>\r\nJane.\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000 X1:10\r\n- 5 o'clock?\r\n- {\\an8}Yes.\r\n\r\n";

    @Test
    void timesNumbersTagsAndLinesOfSubRipStay() {
        assertThat(Shouting.translate(SubtitleFormat.SUB_RIP, CUES))
                .isEqualTo(CUES.replace("Good morning", "GOOD MORNING")
                        .replace("Jane", "JANE")
                        .replace("o'clock", "O'CLOCK")
                        .replace("Yes", "YES"));
        assertThat(Shouting.units(SubtitleFormat.SUB_RIP, CUES))
                .containsExactly("|Good morning,|/Jane.", "5 o'clock?", "|Yes.");
    }

    @Test
    void headersCommentsAndSettingsOfWebVttStay() {
        String vtt =
                "WEBVTT - file\nKind: captions\n\nNOTE a note\nin two lines\n\nSTYLE\n::cue { color: red }\n\nintro\n"
                        + "00:01.000 --> 00:02.000 line:0\n<v.loud Roger Bingham>We &amp; <c.x>they</c> <00:01.500>meet\n\n"
                        + "00:00:05.000 --> 00:00:06.000\nthe end";

        assertThat(Shouting.translate(SubtitleFormat.WEB_VTT, vtt))
                .isEqualTo(vtt.replace(">We", ">WE")
                        .replace("they", "THEY")
                        .replace("meet", "MEET")
                        .replace("the end", "THE END"));
    }

    @Test
    void aBadTimeCodeIsNamedWithItsLine() {
        assertThatThrownBy(() -> SubtitleFormat.SUB_RIP.read("1\n00:00:01,000 --> 0:x\ntext\n"))
                .isInstanceOf(MalformedTextException.class)
                .hasMessage("line 2: not a time code (expected: hh:mm:ss,mmm --> hh:mm:ss,mmm)");
    }

    @Test
    void aFileWithoutTimeCodesIsNoSubtitle() {
        assertThatThrownBy(() -> SubtitleFormat.SUB_RIP.read("just text")).hasMessageContaining("no time code");
        assertThatThrownBy(() -> SubtitleFormat.WEB_VTT.read("just text")).hasMessageContaining("no WEBVTT");
    }
}
