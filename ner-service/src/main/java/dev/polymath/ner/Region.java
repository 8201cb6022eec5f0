package dev.polymath.ner;

import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The country whose national formats a document is read in. */
final class Region {
    private static final Map<String, String> BY_LANGUAGE = Map.ofEntries(
            Map.entry("cs", "CZ"),
            Map.entry("da", "DK"),
            Map.entry("de", "DE"),
            Map.entry("el", "GR"),
            Map.entry("es", "ES"),
            Map.entry("fi", "FI"),
            Map.entry("fr", "FR"),
            Map.entry("it", "IT"),
            Map.entry("ja", "JP"),
            Map.entry("ko", "KR"),
            Map.entry("nb", "NO"),
            Map.entry("nl", "NL"),
            Map.entry("no", "NO"),
            Map.entry("pl", "PL"),
            Map.entry("pt", "BR"),
            Map.entry("ru", "RU"),
            Map.entry("sv", "SE"),
            Map.entry("tr", "TR"),
            Map.entry("uk", "UA"),
            Map.entry("zh", "CN"));

    private static final Set<String> MONTH_FIRST = Set.of("US", "PH", "PR", "GU", "FM", "MH", "PW");

    private Region() {}

    /** ISO 3166 code of the locale's country; without one, of the best known country of its language, else US. */
    static String of(Locale locale) {
        return locale.getCountry().length() == 2
                ? locale.getCountry()
                : BY_LANGUAGE.getOrDefault(locale.getLanguage(), "US");
    }

    /** Whether {@code 11/03/2025} is a day in November. */
    static boolean monthFirst(Locale locale) {
        return MONTH_FIRST.contains(of(locale));
    }
}
