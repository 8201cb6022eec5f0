package dev.polymath.ner;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Times of day. {@code 10.30} is one only with {@code a.m.} or {@code p.m.}; "five o'clock" is not a known time of day and
 * is left out; {@code noon} and {@code midnight} are words, so that the model may know better.
 */
final class TimeRecognizer implements Recognizer {
    private static final String HALF = "(?<half>(?i:[ap]\\.\\h?m\\.|[ap]m\\b))";
    private static final TokenPattern CLOCK = new TokenPattern(
            TokenPattern.DIGIT,
            "(?<![\\w:.,/])(?<!(?:GMT|UTC)[+-])(?<hour>[01]?\\d|2[0-4]):(?<minute>[0-5]\\d)"
                    + "(?::(?<second>[0-5]\\d)(?<fraction>[.,]\\d{1,9})?+)?+(?!\\d)(?:\\h?" + HALF + ")?"
                    + "(?:(?<zulu>Z\\b|\\h?(?:UTC|GMT)\\b(?![+-]\\d))|(?<offset>(?:\\+|(?<=:\\d\\d:\\d\\d|"
                    + "[.,]\\d{1,9})-)(?:0\\d|1[0-4]):?[0-5]\\d))?(?![\\w:])");
    private static final TokenPattern HALF_DAY = new TokenPattern(
            TokenPattern.DIGIT, "(?<![\\w:.,/$€£])(?<hour>1[0-2]|0?[1-9])(?:\\.(?<minute>[0-5]\\d))?\\h?" + HALF);
    private static final TokenPattern WORD =
            new TokenPattern(TokenPattern.initials("nm1"), "\\b(?i:(?:12\\h)?(?:(?<noon>noon|midday)|midnight))\\b");

    @Override
    public String name() {
        return "time";
    }

    @Override
    public String type() {
        return "TIME";
    }

    @Override
    public String description() {
        return "A time of day. The value is ISO 8601.";
    }

    @Override
    public String example() {
        return "The meeting starts at 10:30.";
    }

    @Override
    public double confidence() {
        return 0.95;
    }

    @Override
    public List<Match> find(String text, Locale locale) {
        List<Match> matches = new ArrayList<>();
        CLOCK.find(text, match -> {
            String value = clock(match.group("hour"), match.group("minute"), match.group("half"));
            if (value == null) {
                return;
            }
            if (match.group("second") != null) {
                value += ":" + match.group("second");
            }
            if (match.group("fraction") != null) {
                value += match.group("fraction").replace(',', '.');
            }
            if (match.group("zulu") != null) {
                value += "Z";
            } else if (match.group("offset") != null) {
                String offset = match.group("offset").replace(":", "");
                value += offset.substring(0, 3) + ":" + offset.substring(3);
            }
            matches.add(Match.validated(match, "", value));
        });
        HALF_DAY.find(text, match -> {
            String minute = match.group("minute");
            String value = clock(match.group("hour"), minute == null ? "00" : minute, match.group("half"));
            if (value != null) {
                matches.add(Match.validated(match, "", value));
            }
        });
        WORD.find(text, match -> {
            String value = match.group("noon") == null ? "00:00" : "12:00";
            matches.add(new Match(match.start(), match.end(), "", value, false));
        });
        return matches;
    }

    private static @Nullable String clock(String hour, String minute, @Nullable String half) {
        int hours = Integer.parseInt(hour);
        if (half != null) {
            if (hours < 1 || hours > 12) {
                return null;
            }
            hours = hours % 12 + (half.startsWith("p") || half.startsWith("P") ? 12 : 0);
        } else if (hours == 24 && !minute.equals("00")) {
            return null;
        }
        return String.format(Locale.ROOT, "%02d:%s", hours, minute);
    }
}
