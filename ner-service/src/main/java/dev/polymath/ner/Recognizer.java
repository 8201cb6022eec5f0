package dev.polymath.ner;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Finds entities of one type by their form. Implementations are immutable and thread-safe, take time linear in the
 * text whatever it holds, and read national formats as the locale's region has them. The region of a locale without
 * one is the best known of its language ({@code en}: US).
 */
public interface Recognizer {
    /** In lower case: {@code iban}. */
    String name();

    /** In upper case: {@code IBAN}. */
    String type();

    /** One sentence on what it finds. */
    String description();

    /** An English text in which it finds one. */
    String example();

    /** Confidence of every match, in (0, 1]. */
    double confidence();

    /** All that could be an entity of the type, in any order; the candidates may overlap. */
    List<Match> find(String text, Locale locale);

    /** The normal form of a text that is an entity of the type as a whole, else empty. */
    default Optional<String> normalize(String entity, Locale locale) {
        String stripped = entity.strip();
        return find(stripped, locale).stream()
                .filter(match -> match.begin() == 0
                        && match.end() == stripped.length()
                        && !match.value().isEmpty())
                .map(Match::value)
                .findFirst();
    }

    /** All recognizers that need no configuration. */
    static List<Recognizer> standard() {
        return List.of(
                new DateRecognizer(),
                new TimeRecognizer(),
                new MoneyRecognizer(),
                new PercentRecognizer(),
                new QuantityRecognizer(),
                new EmailRecognizer(),
                new UrlRecognizer(),
                new IpAddressRecognizer(),
                new PhoneNumberRecognizer(),
                new PostalCodeRecognizer(),
                new StreetAddressRecognizer(),
                new IbanRecognizer(),
                new CreditCardRecognizer());
    }
}
