package dev.polymath.ner;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Percentages and per mille; the value is a decimal fraction. Percentage points are none. */
final class PercentRecognizer implements Recognizer {
    private static final TokenPattern PATTERN = new TokenPattern(
            Numerals::canBegin,
            "(?:(?<![\\w.,)])(?<sign>[-−])|(?<![\\w.,]))"
                    + "(?<amount>" + Numerals.DIGITS + "|" + Numerals.SPELLED + ")"
                    + "[\\h-]?(?=[%‰pP])(?:(?<mille>‰|(?i:per\\hmille)\\b)|%(?!\\w)|(?i:percent|per[\\h-]cent|"
                    + "pct)\\b)(?!\\hpoints?\\b)");

    @Override
    public String name() {
        return "percent";
    }

    @Override
    public String type() {
        return "PERCENT";
    }

    @Override
    public String description() {
        return "A percentage. The value is a decimal fraction.";
    }

    @Override
    public String example() {
        return "Sales rose by 12.5% in spring.";
    }

    @Override
    public double confidence() {
        return 0.98;
    }

    @Override
    public List<Match> find(String text, Locale locale) {
        List<Match> matches = new ArrayList<>();
        PATTERN.find(
                text,
                match -> Numerals.parse(match.group("amount"), locale).ifPresent(amount -> {
                    BigDecimal fraction = amount.movePointLeft(match.group("mille") != null ? 3 : 2);
                    matches.add(Match.validated(
                            match, "", Numerals.plain(match.group("sign") == null ? fraction : fraction.negate())));
                }));
        return matches;
    }
}
