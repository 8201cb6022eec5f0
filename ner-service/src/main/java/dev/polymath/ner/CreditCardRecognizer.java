package dev.polymath.ner;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.commons.validator.routines.checkdigit.LuhnCheckDigit;

/**
 * Card numbers (ISO/IEC 7812) with a known issuer, its length and the right check digit (Luhn), together or in the
 * groups that are printed on cards.
 */
final class CreditCardRecognizer implements Recognizer {
    private static final TokenPattern PATTERN = new TokenPattern(
            TokenPattern.DIGIT,
            "(?<![\\w+])(?<![\\d][.,-])(?:\\d{13,19}"
                    + "|\\d{4}([ \\u00A0-])\\d{4}\\1\\d{4}\\1\\d{4}(?:\\1\\d{3})?|"
                    + "\\d{4}([ \\u00A0-])\\d{6}\\2\\d{4,5})(?![\\w])(?![.,-]\\d)");

    /** By issuer: prefix and length, the more special first. */
    private static final Map<String, Pattern> ISSUERS = new LinkedHashMap<>();

    static {
        ISSUERS.put("AMERICAN_EXPRESS", Pattern.compile("3[47]\\d{13}"));
        ISSUERS.put("DINERS_CLUB", Pattern.compile("3(?:0[0-5]|095|[689]\\d)\\d{11}"));
        ISSUERS.put("JCB", Pattern.compile("35(?:2[89]|[3-8]\\d)\\d{12,15}"));
        ISSUERS.put("VISA", Pattern.compile("4(?:\\d{12}|\\d{15}|\\d{18})"));
        ISSUERS.put(
                "MASTERCARD",
                Pattern.compile("(?:5[1-5]\\d{2}|222[1-9]|22[3-9]\\d|2[3-6]\\d{2}|27[01]\\d|2720)\\d{12}"));
        ISSUERS.put("DISCOVER", Pattern.compile("(?:6011|64[4-9]\\d|65\\d{2})\\d{12,15}"));
        ISSUERS.put("UNIONPAY", Pattern.compile("62\\d{14,17}"));
        ISSUERS.put("MAESTRO", Pattern.compile("(?:50|5[6-9]|6[0379])\\d{11,17}"));
    }

    @Override
    public String name() {
        return "credit_card";
    }

    @Override
    public String type() {
        return "CREDIT_CARD";
    }

    @Override
    public String description() {
        return "The number of a payment card with the right check digit. The value is the digits; the subtype is the"
                + " issuer, for example VISA.";
    }

    @Override
    public String example() {
        return "My card number is 4111 1111 1111 1111.";
    }

    @Override
    public double confidence() {
        return 0.98;
    }

    @Override
    public List<Match> find(String text, Locale locale) {
        List<Match> matches = new ArrayList<>();
        PATTERN.find(text, found -> {
            String digits = found.group().replaceAll("\\D", "");
            if (LuhnCheckDigit.LUHN_CHECK_DIGIT.isValid(digits)) {
                ISSUERS.entrySet().stream()
                        .filter(issuer -> issuer.getValue().matcher(digits).matches())
                        .findFirst()
                        .ifPresent(issuer -> matches.add(Match.validated(found, issuer.getKey(), digits)));
            }
        });
        return matches;
    }
}
