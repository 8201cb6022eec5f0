package dev.polymath.ner;

import com.google.i18n.phonenumbers.NumberParseException;
import com.google.i18n.phonenumbers.PhoneNumberMatch;
import com.google.i18n.phonenumbers.PhoneNumberUtil;
import com.google.i18n.phonenumbers.PhoneNumberUtil.Leniency;
import com.google.i18n.phonenumbers.PhoneNumberUtil.PhoneNumberFormat;
import com.google.i18n.phonenumbers.PhoneNumberUtil.PhoneNumberType;
import com.google.i18n.phonenumbers.Phonenumber.PhoneNumber;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Telephone numbers that the number plan of their country has, by libphonenumber. International numbers ({@code +49 ...})
 * are found in every text, national ones in the form of the document's region.
 */
final class PhoneNumberRecognizer implements Recognizer {
    private final PhoneNumberUtil plans = PhoneNumberUtil.getInstance();

    @Override
    public String name() {
        return "phone_number";
    }

    @Override
    public String type() {
        return "PHONE_NUMBER";
    }

    @Override
    public String description() {
        return "A telephone number of a number plan: international, or national of the document's region. The value is"
                + " E.164; the subtype is the kind of line where the plan tells it, for example MOBILE.";
    }

    @Override
    public String example() {
        return "Call us at +1 650-253-0000.";
    }

    @Override
    public double confidence() {
        return 0.95;
    }

    @Override
    public List<Match> find(String text, Locale locale) {
        List<Match> matches = new ArrayList<>();
        for (PhoneNumberMatch match : plans.findNumbers(text, Region.of(locale), Leniency.VALID, Long.MAX_VALUE)) {
            PhoneNumberType type = plans.getNumberType(match.number());
            // the library keeps a bracket that is closed after the number
            boolean open =
                    match.rawString().startsWith("(") && match.rawString().indexOf(')') < 0;
            matches.add(new Match(
                    open ? match.start() + 1 : match.start(),
                    match.end(),
                    type == PhoneNumberType.UNKNOWN ? "" : type.name(),
                    value(match.number()),
                    true));
        }
        return matches;
    }

    @Override
    public Optional<String> normalize(String entity, Locale locale) {
        try {
            PhoneNumber number = plans.parse(entity, Region.of(locale));
            return plans.isValidNumber(number) ? Optional.of(value(number)) : Optional.empty();
        } catch (NumberParseException e) {
            return Optional.empty();
        }
    }

    private String value(PhoneNumber number) {
        return plans.format(number, PhoneNumberFormat.E164);
    }
}
