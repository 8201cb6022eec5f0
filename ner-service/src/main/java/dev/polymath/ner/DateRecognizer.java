package dev.polymath.ner;

import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.format.TextStyle;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;

/**
 * Calendar dates in English, and parts of them. Values are ISO 8601: {@code 2025-11-03}, {@code 2025-11}, {@code 2025},
 * without a year {@code --11-03} and {@code --11} (as in XML Schema's gMonthDay and gMonth), and intervals
 * {@code 1990/1999} for ranges, decades, centuries and quarters.
 *
 * <ul>
 *   <li>{@code 11/03/2025} is 3 November where the region writes the month first (US and a few more), else 11 March. A
 *       number above 12 is the day wherever it stands. With dots the day is always first.
 *   <li>Two digits of a year are 1950 to 2049.
 *   <li>A year alone is one only after a word such as {@code in} or {@code since}, or in parentheses.
 *   <li>Days of the week, with or without {@code last}, {@code next} or {@code this}, are dates without a value: the
 *       document does not say when it was written. {@code today} and the like are left out.
 *   <li>What is a word only (month, weekday, year) does not win over the model: {@code Theresa May}.
 * </ul>
 */
final class DateRecognizer implements Recognizer {
    private static final String MONTH =
            "(?<month>(?i:Jan(?:uary|\\.)?|Feb(?:ruary|\\.)?|Mar(?:ch|\\.)?|Apr(?:il|\\.)?|May|"
                    + "June?|July?|Aug(?:ust|\\.)?|Sept(?:ember|\\.)?|Sep\\.?|Oct(?:ober|\\.)?|Nov(?:ember|\\.)?|Dec"
                    + "(?:ember|\\.)?))"
                    + "(?!\\p{L})";
    private static final String MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec";
    /** Not a month without a year: "they march 5 miles". */
    private static final Set<String> VERBS = Set.of("mar", "march", "may");

    private static final String DAY = "(?:3[01]|[12]\\d|0?[1-9])(?!\\d)(?i:st|nd|rd|th)?(?!\\p{L})";
    private static final String LAST_DAY = "(?:\\h?[-–—]\\h?(?<last>" + DAY + "))?";
    private static final String YEAR = "(?<year>[12]\\d{3})(?![\\w])(?![.,]\\d)";
    private static final String WEEKDAY =
            "(?:(?<weekday>(?i:Mon|Tues?|Wed(?:nes)?|Thu(?:rs?)?|Fri|Sat(?:ur)?|Sun)(?i:day|\\.)?),?\\h)?";

    private static final IntPredicate MONTH_INITIAL = TokenPattern.initials("jfmasond");

    private record Rule(TokenPattern pattern, BiFunction<Matcher, Boolean, @Nullable Match> reader) {
        Rule(IntPredicate first, String regex, BiFunction<Matcher, Boolean, @Nullable Match> reader) {
            this(new TokenPattern(first, regex), reader);
        }
    }

    private static final List<Rule> RULES = List.of(
            // 2025-11-03, 2025-11-03T10:30:00Z
            new Rule(
                    TokenPattern.DIGIT,
                    "(?<![\\w/.-])(?<year>\\d{4})-(?<month>\\d{2})-(?<day>\\d{2})"
                            + "(?<time>T(?:[01]\\d|2[0-3]):[0-5]\\d(?::[0-5]\\d(?:\\.\\d{1,9})?)?(?:Z|"
                            + "[+-][01]\\d:?[0-5]\\d)?)?(?![\\d:])(?!-\\d)",
                    DateRecognizer::numericWithTime),
            // 2025/11/03
            new Rule(
                    TokenPattern.DIGIT,
                    "(?<![\\w/.-])(?<year>[12]\\d{3})(?<separator>[/.])(?<month>\\d{1,2})\\k<separator>"
                            + "(?<day>\\d{1,2})(?![\\w/])(?!\\.\\d)",
                    DateRecognizer::numeric),
            // 11/03/2025, 3.11.2025, 3-11-2025, 11/3/25
            new Rule(
                    TokenPattern.DIGIT,
                    "(?<![\\w/.,-])(?<first>\\d{1,2})(?<separator>[/.-])(?<second>\\d{1,2})\\k<separator>"
                            + "(?<year>[12]\\d{3})(?![\\w/])(?![.-]\\d)",
                    DateRecognizer::dayAndMonth),
            new Rule(
                    TokenPattern.DIGIT,
                    "(?<![\\w/.,-])(?:(?<first>\\d{1,2})/(?<second>\\d{1,2})/(?<year>\\d{2})(?![\\w/])(?![.-]\\d))",
                    DateRecognizer::dayAndMonth),
            // Monday, Nov. 3, 2025; November 3-5; Nov 3rd
            new Rule(
                    TokenPattern.initials("jfmasondtw"),
                    "(?<![\\w])" + WEEKDAY + MONTH + "\\h{0,2}(?:the\\h)?(?<day>" + DAY + ")" + LAST_DAY
                            + "(?:(?:\\h?,\\h{0,2}|\\h)" + YEAR + ")?",
                    DateRecognizer::named),
            // Monday, 3 November 2025; 3rd of November; 3-Nov-2025
            new Rule(
                    c -> Character.isDigit(c) || "mtwfsMTWFS".indexOf(c) >= 0,
                    "(?<![\\w.,/$€£])" + WEEKDAY + "(?:the\\h)?(?<day>" + DAY + ")" + LAST_DAY
                            + "\\.?[\\h-]{0,2}(?:of\\h)?" + MONTH + "(?:(?:,?\\h|-)" + YEAR + ")?",
                    DateRecognizer::named),
            // November 2025
            new Rule(MONTH_INITIAL, "(?<![\\w])" + MONTH + "(?:,?\\h|\\hof\\h)" + YEAR, DateRecognizer::monthOfYear),
            // 1998 to 2001, 1998–2001, 2024/25
            new Rule(
                    TokenPattern.DIGIT,
                    "(?<![\\w/.,$€£¥#+-])(?<year>[12]\\d{3})(?:\\h?[–—]\\h?|\\h(?:to|until|till)\\h)"
                            + "(?<last>[12]\\d{3})(?![\\w/%-])(?![.,]\\d)",
                    DateRecognizer::years),
            new Rule(
                    TokenPattern.DIGIT,
                    "(?=[12]\\d{3}[\\h-])(?<=\\b(?:from|between|in|since|of|during|\\()\\h?)(?<year>[12]\\d{3})(?:-|"
                            + "\\hand\\h)(?<last>[12]\\d{3})(?![\\w/%-])(?![.,]\\d)",
                    DateRecognizer::years),
            new Rule(
                    TokenPattern.DIGIT,
                    "(?<![\\w/.,$€£¥#+-])(?<year>[12]\\d{3})/(?<short>\\d{2})(?![\\w/.-])",
                    DateRecognizer::season),
            // Q3 2025, third quarter of 2025
            new Rule(
                    TokenPattern.initials("qfst"),
                    "\\b(?:Q(?<quarter>[1-4])|(?i:(?<ordinal>first|second|third|fourth))\\hquarter)\\h(?:of\\h)?"
                            + YEAR,
                    DateRecognizer::quarter),
            // in 2024, (2024)
            new Rule(
                    TokenPattern.DIGIT,
                    "(?=[12]\\d{3}(?!\\d))(?:(?<=\\b(?i:in|since|during|until|till|by|from|early|late|mid|year|"
                            + "spring|summer|autumn|fall|winter)"
                            + "(?:\\h|-|\\hof\\h|\\hthe\\hyear\\h)|©\\h?)(?<year>1[5-9]\\d{2}|20\\d{2})"
                            + "(?![\\w/%°$€£-])(?![.,]\\d)"
                            + "(?<counted>\\h\\p{Ll}{2,20}s\\b)?|(?<=\\()(?<cited>1[89]\\d{2}|20\\d{2})(?=\\)))",
                    DateRecognizer::yearAlone),
            // the 1990s, the '90s
            new Rule(
                    c -> c == '1' || c == '2' || c == '\'' || c == '’',
                    "(?<![\\w.,$€£])(?:(?<decade>(?:1\\d|20)\\d0)|['’](?<short>[3-9]0))['’]?s\\b",
                    DateRecognizer::decade),
            // the 19th century
            new Rule(
                    TokenPattern.DIGIT,
                    "\\b(?<century>20|21|1\\d|[1-9])(?:st|nd|rd|th)[\\h-](?:century|Century)\\b",
                    DateRecognizer::century),
            // November; May and March only after a word that makes them a month
            new Rule(
                    MONTH_INITIAL,
                    "(?<![\\w])(?:(?<=\\b(?i:in|since|until|till|by|from|through|during|last|next|this|early|late|"
                            + "of)\\h)(?<may>May|March)|"
                            + "(?<word>(?i:January|February|April|June|July|August|September|October|November|"
                            + "December)))"
                            + "(?!\\h?\\d|['’]|\\p{L}|-)",
                    DateRecognizer::monthAlone),
            // last Tuesday
            new Rule(
                    TokenPattern.initials("lntmwfs"),
                    "\\b(?i:(?:(?:last|next|this)\\h)?(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\\b",
                    (match, monthFirst) -> new Match(match.start(), match.end(), "WEEKDAY", "", false)));

    @Override
    public String name() {
        return "date";
    }

    @Override
    public String type() {
        return "DATE";
    }

    @Override
    public String description() {
        return "A date, a part or a range of dates. The value is ISO 8601, empty for a day of the week; the subtype is"
                + " DAY, MONTH, YEAR, RANGE, WEEKDAY or DATE_TIME.";
    }

    @Override
    public String example() {
        return "The treaty was signed on 3 November 2025.";
    }

    @Override
    public double confidence() {
        return 0.95;
    }

    @Override
    public List<Match> find(String text, Locale locale) {
        List<Match> matches = new ArrayList<>();
        boolean monthFirst = Region.monthFirst(locale);
        for (Rule rule : RULES) {
            rule.pattern().find(text, found -> {
                Match match = rule.reader().apply(found, monthFirst);
                if (match != null) {
                    matches.add(match);
                }
            });
        }
        return matches;
    }

    private static @Nullable Match numeric(Matcher match, boolean monthFirst) {
        LocalDate date = date(number(match, "year"), number(match, "month"), number(match, "day"));
        return date == null ? null : Match.validated(match, "DAY", date.toString());
    }

    private static @Nullable Match numericWithTime(Matcher match, boolean monthFirst) {
        Match date = numeric(match, monthFirst);
        String time = match.group("time");
        return date == null || time == null ? date : Match.validated(match, "DATE_TIME", date.value() + time);
    }

    private static @Nullable Match dayAndMonth(Matcher match, boolean monthFirst) {
        int first = number(match, "first");
        int second = number(match, "second");
        int year = number(match, "year");
        if (year < 100) {
            year += year < 50 ? 2000 : 1900;
        }
        boolean dots =
                match.end("first") < match.start("second") && match.group().indexOf('.') >= 0;
        boolean swapped = second > 12 || (monthFirst && !dots && first <= 12);
        LocalDate date = swapped ? date(year, first, second) : date(year, second, first);
        return date == null ? null : Match.validated(match, "DAY", date.toString());
    }

    private static @Nullable Match named(Matcher match, boolean monthFirst) {
        String name = match.group("month");
        int month = month(name);
        int day = day(match.group("day"));
        if (match.group("year") == null) {
            if (VERBS.contains(name) || date(2000, month, day) == null) {
                return null;
            }
            String last = match.group("last");
            return Match.validated(
                    match,
                    last == null ? "DAY" : "RANGE",
                    String.format(Locale.ROOT, "--%02d-%02d", month, day)
                            + (last == null ? "" : String.format(Locale.ROOT, "/--%02d-%02d", month, day(last))));
        }
        LocalDate date = date(number(match, "year"), month, day);
        if (date == null) {
            return null;
        }
        String value = date.toString();
        if (match.group("last") != null) {
            LocalDate last = date(date.getYear(), month, day(match.group("last")));
            return last == null || !last.isAfter(date) ? null : Match.validated(match, "RANGE", value + "/" + last);
        }
        int begin = match.start();
        if (match.group("weekday") != null && !isOn(date, match.group("weekday"))) {
            begin = Math.min(match.start("month"), match.start("day"));
        }
        return new Match(begin, match.end(), "DAY", value, true);
    }

    private static boolean isOn(LocalDate date, String weekday) {
        DayOfWeek day = date.getDayOfWeek();
        return weekday.regionMatches(true, 0, day.getDisplayName(TextStyle.SHORT, Locale.ENGLISH), 0, 3);
    }

    private static Match monthOfYear(Matcher match, boolean monthFirst) {
        return Match.validated(
                match,
                "MONTH",
                YearMonth.of(number(match, "year"), month(match.group("month"))).toString());
    }

    private static @Nullable Match years(Matcher match, boolean monthFirst) {
        int first = number(match, "year");
        int last = number(match, "last");
        return last <= first ? null : Match.validated(match, "RANGE", first + "/" + last);
    }

    private static @Nullable Match season(Matcher match, boolean monthFirst) {
        int first = number(match, "year");
        int last = first + 1;
        return last % 100 != number(match, "short") ? null : Match.validated(match, "RANGE", first + "/" + last);
    }

    private static Match quarter(Matcher match, boolean monthFirst) {
        int quarter = match.group("quarter") != null
                ? number(match, "quarter")
                : 1
                        + List.of("first", "second", "third", "fourth")
                                .indexOf(match.group("ordinal").toLowerCase(Locale.ROOT));
        YearMonth last = YearMonth.of(number(match, "year"), 3 * quarter);
        return Match.validated(match, "RANGE", last.minusMonths(2) + "/" + last);
    }

    private static @Nullable Match yearAlone(Matcher match, boolean monthFirst) {
        if (match.group("cited") != null) {
            return new Match(match.start(), match.end(), "YEAR", match.group("cited"), false);
        }
        int year = number(match, "year");
        // "in 1600 cases", but "in 2024 sales rose"
        return match.group("counted") != null && (year < 1900 || year > 2049)
                ? null
                : new Match(match.start("year"), match.end("year"), "YEAR", match.group("year"), false);
    }

    private static Match decade(Matcher match, boolean monthFirst) {
        int first = match.group("decade") != null ? number(match, "decade") : 1900 + number(match, "short");
        return Match.validated(match, "RANGE", first + "/" + (first + 9));
    }

    private static Match century(Matcher match, boolean monthFirst) {
        int first = (number(match, "century") - 1) * 100 + 1;
        return Match.validated(match, "RANGE", String.format(Locale.ROOT, "%04d/%04d", first, first + 99));
    }

    private static Match monthAlone(Matcher match, boolean monthFirst) {
        String name = match.group("may") != null ? match.group("may") : match.group("word");
        return new Match(match.start(), match.end(), "MONTH", String.format(Locale.ROOT, "--%02d", month(name)), false);
    }

    private static int month(String name) {
        return MONTHS.indexOf(name.substring(0, 3).toLowerCase(Locale.ROOT)) / 3 + 1;
    }

    private static int day(String day) {
        return Integer.parseInt(day.replaceAll("\\D", ""));
    }

    private static int number(Matcher match, String group) {
        return Integer.parseInt(match.group(group));
    }

    private static @Nullable LocalDate date(int year, int month, int day) {
        try {
            return LocalDate.of(year, month, day);
        } catch (DateTimeException e) {
            return null;
        }
    }
}
