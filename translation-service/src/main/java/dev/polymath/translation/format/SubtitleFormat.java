package dev.polymath.translation.format;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jsoup.parser.Parser;

/**
 * Subtitles. The text of each cue is translated by itself, and keeps its lines and its tags; numbers, time codes, settings,
 * comments and styles stay.
 */
public final class SubtitleFormat implements TextFormat {
    /** SubRip. */
    public static final SubtitleFormat SUB_RIP = new SubtitleFormat(
            Pattern.compile(
                    "\\h*(?:\\d+:)?\\d{1,2}:\\d{2}[,.]\\d{1,3}\\h*-->\\h*(?:\\d+:)?\\d{1,2}:\\d{2}[,.]\\d{1,3}.*"),
            "hh:mm:ss,mmm --> hh:mm:ss,mmm",
            false);

    /** WebVTT. */
    public static final SubtitleFormat WEB_VTT = new SubtitleFormat(
            Pattern.compile("\\h*(?:\\d+:)?\\d{2}:\\d{2}\\.\\d{3}\\h*-->\\h*(?:\\d+:)?\\d{2}:\\d{2}\\.\\d{3}.*"),
            "hh:mm:ss.mmm --> hh:mm:ss.mmm",
            true);

    private static final Pattern LINE = Pattern.compile("([^\\n\\r]*+)(\\r\\n|[\\n\\r]|$)");
    private static final Pattern SPEAKER = Pattern.compile("\\h*(?:[-–—]\\h*|>>\\h*)");
    private static final Pattern NOT_TEXT = Pattern.compile("<[^<>]*>|\\{\\\\[^{}]*}");

    private final Pattern time;
    private final String expected;
    private final boolean webVtt;

    private SubtitleFormat(Pattern time, String expected, boolean webVtt) {
        this.time = time;
        this.expected = expected;
        this.webVtt = webVtt;
    }

    @Override
    public TranslatableText read(String source) {
        if (webVtt && !source.startsWith("WEBVTT")) {
            throw new MalformedTextException("line 1: no WEBVTT (expected: WEBVTT at its beginning)");
        }
        List<Unit> units = new ArrayList<>();
        MarkupReader reader = new MarkupReader(source, units, name -> true, webVtt ? HtmlFormat::escape : text -> text);
        Matcher line = LINE.matcher(source);
        boolean inCue = false;
        boolean inComment = webVtt;
        int cues = 0;
        int lastEnd = -1;
        int number = 0;
        while (line.find() && line.start() < source.length()) {
            number++;
            String text = line.group(1);
            if (text.isBlank()) {
                reader.flush();
                inCue = false;
                inComment = false;
                lastEnd = -1;
            } else if (inComment || (webVtt && !inCue && text.matches("(?:NOTE|STYLE|REGION)(?:\\h.*)?"))) {
                inComment = true;
            } else if (text.contains("-->")) {
                if (!time.matcher(text).matches()) {
                    throw new MalformedTextException(
                            "line " + number + ": not a time code (expected: " + expected + ")");
                }
                reader.flush();
                inCue = true;
                cues++;
                lastEnd = -1;
            } else if (inCue) {
                lastEnd = line(source, line.start(1), line.end(1), lastEnd, reader);
            }
        }
        reader.flush();
        if (cues == 0 && !webVtt) {
            throw new MalformedTextException("no time code (expected: " + expected + ")");
        }
        return new TranslatableText(source, units);
    }

    private int line(String source, int begin, int end, int lastEnd, MarkupReader reader) {
        Matcher speaker = SPEAKER.matcher(source).region(begin, end);
        int from = begin;
        if (speaker.lookingAt()) {
            reader.flush();
            from = speaker.end();
        } else if (lastEnd >= 0) {
            reader.unit().mark(Mark.Kind.BREAK, source.substring(lastEnd, begin), lastEnd, begin);
        }
        Matcher markup = NOT_TEXT.matcher(source).region(from, end);
        while (markup.find()) {
            text(source, from, markup.start(), reader);
            reader.markup(markup.start(), markup.end());
            from = markup.end();
        }
        text(source, from, end, reader);
        return end;
    }

    private void text(String source, int from, int to, MarkupReader reader) {
        if (from < to) {
            String raw = source.substring(from, to);
            reader.unit().text(webVtt ? Parser.unescapeEntities(raw, false) : raw, from, to);
        }
    }
}
