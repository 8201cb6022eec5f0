package dev.polymath.ner;

import java.math.BigDecimal;
import java.text.DecimalFormatSymbols;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Amounts as people write them: {@code 1,234.56}, {@code 12,50}, {@code 3.5 billion}, {@code twenty-five thousand}. */
final class Numerals {
    /** Digits with separators; all repetitions are bounded. */
    static final String DIGITS =
            "(?:\\d{1,3}(?:[,.'’\\u00A0\\u202F]\\d{3}){1,7}(?:[.,]\\d{1,6})?(?!\\d)|\\d{1,18}(?:[.,]\\d{1,6})?(?!\\d))";

    private static final Map<String, BigDecimal> SCALES = new LinkedHashMap<>();
    private static final Map<String, Integer> WORDS = new LinkedHashMap<>();

    static {
        SCALES.put("thousand", BigDecimal.valueOf(1_000L));
        SCALES.put("million", BigDecimal.valueOf(1_000_000L));
        SCALES.put("billion", BigDecimal.valueOf(1_000_000_000L));
        SCALES.put("trillion", BigDecimal.valueOf(1_000_000_000_000L));
        SCALES.put("k", BigDecimal.valueOf(1_000L));
        SCALES.put("mln", BigDecimal.valueOf(1_000_000L));
        SCALES.put("mn", BigDecimal.valueOf(1_000_000L));
        SCALES.put("m", BigDecimal.valueOf(1_000_000L));
        SCALES.put("bn", BigDecimal.valueOf(1_000_000_000L));
        SCALES.put("b", BigDecimal.valueOf(1_000_000_000L));
        SCALES.put("tn", BigDecimal.valueOf(1_000_000_000_000L));
        String[] small = {
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen"
        };
        for (int i = 0; i < small.length; i++) {
            WORDS.put(small[i], i + 1);
        }
        String[] tens = {"twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"};
        for (int i = 0; i < tens.length; i++) {
            WORDS.put(tens[i], 10 * (i + 2));
        }
    }

    /** {@code million}, after a space or hyphen. */
    static final String SCALE_WORD = "(?:[\\h-](?i:thousand|million|billion|trillion)\\b)";

    /** {@code million} or {@code bn} after a space or hyphen, or {@code m} directly after the digits. */
    static final String SCALE = "(?:[\\h-]?(?i:thousand|million|billion|trillion|mln|mn|bn|tn)\\b|[kKmMbB]\\b)";

    private static final String WORD = "(?:" + String.join("|", WORDS.keySet()) + ")";
    private static final String MULTIPLIER = "(?:hundred|thousand|million|billion|trillion)";

    /** {@code five}, {@code a hundred and twenty}, {@code twenty-five thousand}. */
    static final String SPELLED = "(?i:\\b(?:an?\\h" + MULTIPLIER + "|" + WORD + ")\\b(?:[\\h-](?:and\\h)?(?:" + WORD
            + "|" + MULTIPLIER + ")\\b){0,12})";

    private static final Pattern WITH_DIGITS = Pattern.compile("(?<digits>" + DIGITS + ")[\\h-]?(?<scale>\\p{Alpha}*)");
    private static final Pattern BETWEEN_WORDS = Pattern.compile("[\\h-]+");

    private static final String INITIALS = "aotfsen";

    private Numerals() {}

    /** Whether {@code c} is a sign, or the first of {@link #DIGITS} or {@link #SPELLED}. */
    static boolean canBegin(int c) {
        return Character.isDigit(c) || c == '-' || c == '−' || INITIALS.indexOf(Character.toLowerCase(c)) >= 0;
    }

    /** The amount that a match of {@link #DIGITS} with or without a scale, or of {@link #SPELLED}, stands for. */
    static Optional<BigDecimal> parse(String text, Locale locale) {
        Matcher digits = WITH_DIGITS.matcher(text);
        if (!digits.matches()) {
            return spelled(text);
        }
        BigDecimal number = number(digits.group("digits"), locale);
        String scale = digits.group("scale").toLowerCase(Locale.ROOT);
        return scale.isEmpty()
                ? Optional.of(number)
                : Optional.ofNullable(SCALES.get(scale)).map(number::multiply);
    }

    /**
     * Two kinds of separators: the last one is decimal. One kind, more than once: groups. One separator before exactly
     * three digits: as the locale has it. Else: decimal.
     */
    private static BigDecimal number(String digits, Locale locale) {
        String plain = digits.replaceAll("['’\\u00A0\\u202F]", "");
        int last = Math.max(plain.lastIndexOf(','), plain.lastIndexOf('.'));
        if (last < 0) {
            return new BigDecimal(plain);
        }
        char separator = plain.charAt(last);
        boolean both = plain.indexOf(separator == ',' ? '.' : ',') >= 0;
        boolean repeated = plain.indexOf(separator) < last;
        boolean threeAfter = plain.length() - last == 4 && last <= 3 && plain.charAt(0) != '0';
        boolean decimal = both
                ? !repeated
                : !repeated
                        && (!threeAfter
                                || separator
                                        == DecimalFormatSymbols.getInstance(locale)
                                                .getDecimalSeparator());
        return decimal
                ? new BigDecimal(plain.substring(0, last).replaceAll("[.,]", "") + "." + plain.substring(last + 1))
                : new BigDecimal(plain.replaceAll("[.,]", ""));
    }

    private static Optional<BigDecimal> spelled(String text) {
        BigDecimal total = BigDecimal.ZERO;
        int current = 0;
        for (String word : BETWEEN_WORDS.split(text.toLowerCase(Locale.ROOT))) {
            Integer number = WORDS.get(word);
            BigDecimal scale = SCALES.get(word);
            if (number != null) {
                if (current % (number < 10 ? 10 : 100) != 0 || (number < 10 && current % 100 == 10)) {
                    return Optional.empty();
                }
                current += number;
            } else if (word.equals("hundred")) {
                if (current >= 100) {
                    return Optional.empty();
                }
                current = Math.max(1, current) * 100;
            } else if (scale != null) {
                if (current == 0 && total.signum() > 0) {
                    return Optional.empty();
                }
                total = total.add(BigDecimal.valueOf(Math.max(1, current)).multiply(scale));
                current = 0;
            } else if (!word.equals("a") && !word.equals("an") && !word.equals("and")) {
                return Optional.empty();
            }
        }
        total = total.add(BigDecimal.valueOf(current));
        return total.signum() == 0 ? Optional.empty() : Optional.of(total);
    }

    /** Without exponent and without zeros after the last digit of the fraction. */
    static String plain(BigDecimal number) {
        return number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
    }
}
