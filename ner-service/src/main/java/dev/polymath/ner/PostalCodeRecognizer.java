package dev.polymath.ner;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Postal codes, by the form that their country gives them. A code is one
 *
 * <ol>
 *   <li>of Great Britain or Canada, anywhere: letters and digits in an order that nothing else has, with the space;
 *   <li>after a word that says so: {@code ZIP code 10001}, {@code postcode: 2000}, {@code PLZ 10115};
 *   <li>after the sign of a country: {@code D-10115}, {@code CH-8001};
 *   <li>of the United States or Australia after a state: {@code NY 10001}, {@code Illinois 62704}, {@code NSW 2000};
 *   <li>before a place, as an address line: at the beginning of a line or after a comma, and with the line, a comma or the
 *       text ending after the place: {@code 10115 Berlin}. The country is the one named after the place, else the
 *       document's region; it must give codes this form and put them before places. Without such a country, five digits
 *       are taken if code and place are the whole line, or after a word and a house number: {@code Hauptstraße 5, 10115
 *       Berlin}.
 * </ol>
 *
 * Digits without any of these are a number. The value is the country's way of writing it.
 */
final class PostalCodeRecognizer implements Recognizer {
    private static final String GB = "(?:[A-PR-UWYZ](?:\\d[\\dA-HJKPS-UW]?|[A-HK-Y]\\d[\\dABEHMNPRV-Y]?)|GIR)";
    private static final String GB_END = "\\d[ABD-HJLNP-UW-Z]{2}";
    private static final String CA = "[ABCEGHJ-NPRSTVXY]\\d[ABCEGHJ-NPRSTV-Z]";
    private static final String CA_END = "\\d[ABCEGHJ-NPRSTV-Z]\\d";

    /** By country: two or more groups are the parts that the value joins with the separator. */
    private static final Map<String, Format> FORMATS = new LinkedHashMap<>();

    private record Format(Pattern pattern, String separator, boolean beforePlace, List<String> names) {
        Optional<String> value(String code) {
            Matcher matcher = pattern.matcher(code.toUpperCase(Locale.ROOT));
            if (!matcher.matches()) {
                return Optional.empty();
            }
            String second = matcher.groupCount() < 2 ? null : matcher.group(2);
            return Optional.of(second == null ? matcher.group(1) : matcher.group(1) + separator + second);
        }
    }

    private static void format(String country, String regex, String separator, boolean beforePlace, String... names) {
        FORMATS.put(country, new Format(Pattern.compile(regex), separator, beforePlace, List.of(names)));
    }

    static {
        format("US", "(\\d{5})(?:-(\\d{4}))?", "-", false);
        format("GB", "(" + GB + ")\\h?(" + GB_END + ")", " ", false);
        format("CA", "(" + CA + ")[\\h-]?(" + CA_END + ")", " ", false);
        format("DE", "((?!00)\\d{5})", "", true, "germany", "deutschland");
        format("FR", "((?!00|99)\\d{5})", "", true, "france");
        format("ES", "((?:0[1-9]|[1-4]\\d|5[0-2])\\d{3})", "", true, "spain", "españa");
        format("IT", "(\\d{5})", "", true, "italy", "italia");
        format("FI", "(\\d{5})", "", true, "finland", "suomi");
        format("AT", "([1-9]\\d{3})", "", true, "austria", "österreich");
        format("CH", "([1-9]\\d{3})", "", true, "switzerland", "schweiz", "suisse", "svizzera");
        format("BE", "([1-9]\\d{3})", "", true, "belgium", "belgië", "belgique");
        format("DK", "([1-9]\\d{3}|0\\d{3})", "", true, "denmark", "danmark");
        format("NO", "(\\d{4})", "", true, "norway", "norge");
        format("LU", "(\\d{4})", "", true, "luxembourg");
        format(
                "NL",
                "([1-9]\\d{3})\\h?((?!SA|SD|SS)[A-Z]{2})",
                " ",
                true,
                "netherlands",
                "the netherlands",
                "nederland");
        format("SE", "(\\d{3})\\h?(\\d{2})", " ", true, "sweden", "sverige");
        format("CZ", "(\\d{3})\\h?(\\d{2})", " ", true, "czech republic", "czechia");
        format("PL", "(\\d{2})-(\\d{3})", "-", true, "poland", "polska");
        format("PT", "(\\d{4})-(\\d{3})", "-", true, "portugal");
        format("AU", "(\\d{4})", "", false);
        format("NZ", "(\\d{4})", "", false);
        format("IN", "([1-9]\\d{2})\\h?(\\d{3})", "", false);
        format("JP", "(\\d{3})-(\\d{4})", "-", false);
        format("BR", "(\\d{5})-?(\\d{3})", "-", false);
        format("IE", "([AC-FHKNPRTV-Y]\\d[\\dW])\\h?([\\dAC-FHKNPRTV-Y]{4})", " ", false);
    }

    /** Signs of countries before a code, as vehicles carry them. */
    private static final Map<String, String> SIGNS = Map.ofEntries(
            Map.entry("A", "AT"),
            Map.entry("B", "BE"),
            Map.entry("D", "DE"),
            Map.entry("DK", "DK"),
            Map.entry("E", "ES"),
            Map.entry("F", "FR"),
            Map.entry("FI", "FI"),
            Map.entry("I", "IT"),
            Map.entry("L", "LU"),
            Map.entry("N", "NO"),
            Map.entry("S", "SE"));

    private static final String US_STATES =
            "A[LKZR]|C[AOT]|D[EC]|FL|G[AU]|HI|I[DLNA]|K[SY]|LA|M[EDAINSOTP]|N[EVHJMYCD]|O[HKR]|P[AR]|RI|"
                    + "S[CD]|T[NX]|UT|V[TAI]|W[AVIY]|Alabama|Alaska|Arizona|Arkansas|California|Colorado|"
                    + "Connecticut|Delaware|"
                    + "Florida|Georgia|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|"
                    + "Massachusetts|"
                    + "Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|New\\hHampshire|New\\hJersey|"
                    + "New\\hMexico|"
                    + "New\\hYork|North\\hCarolina|North\\hDakota|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode\\hIsland|"
                    + "South\\hCarolina|"
                    + "South\\hDakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington|West\\hVirginia|Wisconsin|"
                    + "Wyoming|D\\.C\\.";

    private static final TokenPattern LETTERS_AND_DIGITS = new TokenPattern(
            TokenPattern.CAPITAL,
            "(?<![\\w-])(?:(?<GB>" + GB + "\\h" + GB_END + ")|(?<CA>" + CA + "\\h" + CA_END + "))(?![\\w-])");
    private static final TokenPattern AFTER_STATE = new TokenPattern(
            TokenPattern.CAPITAL,
            "(?<![\\p{L}\\p{N}.])(?:(?:" + US_STATES
                    + "),?\\h{1,2}(?<US>\\d{5}(?:-\\d{4})?)|(?:NSW|VIC|QLD|TAS|ACT|Victoria|Queensland|"
                    + "New\\hSouth\\hWales|"
                    + "South\\hAustralia|Western\\hAustralia|Tasmania),?\\h{1,2}(?<AU>\\d{4}))(?![\\w%])(?![.,]\\d)");
    private static final TokenPattern AFTER_WORD = new TokenPattern(
            TokenPattern.initials("zpce"),
            "(?<![\\p{L}\\p{N}])(?i:zip(?:[\\h-]?code)?|post(?:al)?[\\h-]?codes?|post\\hcode|"
                    + "plz|postleitzahl|code\\hpostal|eircode|pin\\hcode)(?:\\his)?[\\h:#]{1,3}"
                    + "(?<code>[A-Za-z\\d]{2,8}(?:[\\h-][A-Za-z\\d]{2,4})??)(?![\\w-])");
    private static final TokenPattern AFTER_SIGN = new TokenPattern(
            TokenPattern.CAPITAL,
            "(?<![\\w-])(?<sign>"
                    + SIGNS.keySet().stream()
                            .sorted((a, b) -> b.length() - a.length())
                            .collect(Collectors.joining("|"))
                    + "|AT|BE|CH|DE|ES|FR|IT|LU|NL|NO|PL|PT|SE)-(?<code>\\d{2}-\\d{3}|\\d{4}-\\d{3}|\\d{3}\\h\\d{2}|"
                    + "\\d{4}\\h[A-Z]{2}|\\d{4,5})(?![\\w-])");
    private static final TokenPattern BEFORE_PLACE = new TokenPattern(
            TokenPattern.DIGIT,
            "(?:(?<=(?:^|[\\n\\r\\u2028\\u2029])\\h{0,12})(?<line>)|(?<=\\p{L}\\.?\\h\\d{1,3}\\p{Alpha}?,\\h?)"
                    + "(?<house>)|(?<=,\\h?))"
                    + "(?<code>\\d{4}\\h[A-Z]{2}|\\d{3}\\h\\d{2}|\\d{2}-\\d{3}|\\d{4}-\\d{3}|\\d{4,5})\\h{1,2}"
                    + "(?<place>\\p{Lu}[\\p{L}.'’/-]{1,30}(?:\\h(?:\\p{Lu}|(?:am|an|der|im|ob|sur|de|la|le|les|del|"
                    + "di)\\h)[\\p{L}.'’()/-]{0,30}){0,3})"
                    + "(?:\\h?\\d{1,2})?\\h?(?:,\\h?(?<country>\\p{L}{2,15}(?:\\h\\p{L}{2,15})?)|(?:\\R|"
                    + ",\\h?\\R)\\h?(?<below>\\p{L}{2,15}(?:\\h\\p{L}{2,15})?)\\h?(?=\\R|$)|(?<last>(?=\\R|$))|"
                    + "(?=[,;]|\\.(?:\\s|$)))");

    @Override
    public String name() {
        return "postal_code";
    }

    @Override
    public String type() {
        return "POSTAL_CODE";
    }

    @Override
    public String description() {
        return "A postal code, where the form or what stands around it says so. The subtype is the country where it is"
                + " known.";
    }

    @Override
    public String example() {
        return "She lives at 221b Baker Street, London NW1 6XE.";
    }

    @Override
    public double confidence() {
        return 0.9;
    }

    @Override
    public List<Match> find(String text, Locale locale) {
        String region = Region.of(locale);
        List<Match> matches = new ArrayList<>();
        LETTERS_AND_DIGITS.find(text, match -> {
            String country = match.group("GB") != null ? "GB" : "CA";
            add(matches, match.start(country), match.group(country), country);
        });
        AFTER_STATE.find(text, match -> {
            String country = match.group("US") != null ? "US" : "AU";
            add(matches, match.start(country), match.group(country), country);
        });
        AFTER_WORD.find(text, match -> {
            String code = match.group("code");
            List<String> countries = countries(code, region);
            if (countries.isEmpty()) {
                // "ZIP 10001 and" is digits and a word
                code = code.split("[\\h-]", 2)[0];
                countries = countries(code, region);
            }
            if (countries.size() == 1) {
                add(matches, match.start("code"), code, countries.get(0));
            } else if (countries.size() > 1) {
                int begin = match.start("code");
                matches.add(new Match(begin, begin + code.length(), "", code, true));
            }
        });
        AFTER_SIGN.find(text, match -> {
            String sign = match.group("sign");
            add(matches, match.start("code"), match.group("code"), SIGNS.getOrDefault(sign, sign));
        });
        BEFORE_PLACE.find(text, match -> {
            String code = match.group("code");
            String named = match.group("country") != null ? match.group("country") : match.group("below");
            String country = named == null ? null : countryNamed(named);
            Format own = FORMATS.get(region);
            if (country == null
                    && own != null
                    && own.beforePlace()
                    && own.value(code).isPresent()) {
                country = region;
            }
            if (country != null) {
                add(matches, match.start("code"), code, country);
            } else if (code.length() == 5
                    && (match.group("house") != null
                            || (match.group("line") != null
                                    && (match.group("last") != null || match.group("below") != null)))) {
                matches.add(new Match(match.start("code"), match.end("code"), "", code, true));
            }
        });
        return matches;
    }

    @Override
    public Optional<String> normalize(String entity, Locale locale) {
        String code = entity.strip();
        List<String> countries = countries(code, Region.of(locale));
        return switch (countries.size()) {
            case 0 -> Optional.empty();
            case 1 -> Optional.ofNullable(FORMATS.get(countries.get(0))).flatMap(format -> format.value(code));
            default -> Optional.of(code);
        };
    }

    private static void add(List<Match> matches, int begin, String code, String country) {
        Format format = FORMATS.get(country);
        if (format != null) {
            format.value(code)
                    .ifPresent(value -> matches.add(new Match(begin, begin + code.length(), country, value, true)));
        }
    }

    /** The region alone if it has codes of this form, else all countries that do. */
    private static List<String> countries(String code, String region) {
        Format own = FORMATS.get(region);
        if (own != null && own.value(code).isPresent()) {
            return List.of(region);
        }
        return FORMATS.entrySet().stream()
                .filter(format -> format.getValue().value(code).isPresent())
                .map(Map.Entry::getKey)
                .toList();
    }

    private static @Nullable String countryNamed(String name) {
        String folded = name.toLowerCase(Locale.ROOT);
        return FORMATS.entrySet().stream()
                .filter(format -> format.getValue().names().contains(folded))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(null);
    }
}
