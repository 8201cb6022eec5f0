package dev.polymath.ner;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.commons.validator.routines.IBANValidator;

/**
 * International bank account numbers (ISO 13616) with the length and form of their country and the right check digits
 * (ISO 7064 MOD 97-10), together or in groups.
 */
final class IbanRecognizer implements Recognizer {
    private static final TokenPattern START =
            new TokenPattern(TokenPattern.LETTER, "(?<![\\p{L}\\p{N}])[A-Za-z]{2}\\d{2}");

    private final IBANValidator validator = IBANValidator.getInstance();

    @Override
    public String name() {
        return "iban";
    }

    @Override
    public String type() {
        return "IBAN";
    }

    @Override
    public String description() {
        return "An international bank account number with the right check digits. The value has no spaces; the subtype"
                + " is the country.";
    }

    @Override
    public String example() {
        return "Please pay to DE89 3704 0044 0532 0130 00.";
    }

    @Override
    public double confidence() {
        return 0.99;
    }

    @Override
    public List<Match> find(String text, Locale locale) {
        List<Match> matches = new ArrayList<>();
        START.find(text, match -> {
            String country = match.group().substring(0, 2).toUpperCase(Locale.ROOT);
            IBANValidator.Validator format = validator.getValidator(country);
            if (format == null) {
                return;
            }
            StringBuilder iban = new StringBuilder();
            int end = match.start();
            while (end < text.length() && iban.length() < format.getIbanLength()) {
                char c = text.charAt(end);
                if (c < 128 && Character.isLetterOrDigit(c)) {
                    iban.append(Character.toUpperCase(c));
                } else if (!isSeparator(c) || isSeparator(text.charAt(end - 1))) {
                    break;
                }
                end++;
            }
            if ((end == text.length() || !Character.isLetterOrDigit(text.charAt(end)))
                    && validator.isValid(iban.toString())) {
                matches.add(new Match(match.start(), end, country, iban.toString(), true));
            }
        });
        return matches;
    }

    private static boolean isSeparator(char c) {
        return c == ' ' || c == '\u00A0' || c == '\u202F' || c == '-';
    }
}
