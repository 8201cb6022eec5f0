package dev.polymath.ner;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Amounts of money with a symbol, an ISO 4217 code or a name. {@code $} and {@code dollars} are the dollars of the
 * document's region where it has its own, else US dollars. {@code pounds} are money only in a region that pays in
 * pounds, or as {@code pounds sterling}; elsewhere they are a weight.
 */
final class MoneyRecognizer implements Recognizer {
    private static final String DOLLAR = "$";
    private static final String POUND = "pound";
    private static final String CENT = "cent";

    private static final Map<String, String> SYMBOLS = Map.ofEntries(
            Map.entry("$", DOLLAR),
            Map.entry("US$", "USD"),
            Map.entry("C$", "CAD"),
            Map.entry("CA$", "CAD"),
            Map.entry("A$", "AUD"),
            Map.entry("AU$", "AUD"),
            Map.entry("NZ$", "NZD"),
            Map.entry("HK$", "HKD"),
            Map.entry("S$", "SGD"),
            Map.entry("NT$", "TWD"),
            Map.entry("MX$", "MXN"),
            Map.entry("R$", "BRL"),
            Map.entry("€", "EUR"),
            Map.entry("£", "GBP"),
            Map.entry("¥", "JPY"),
            Map.entry("CN¥", "CNY"),
            Map.entry("₹", "INR"),
            Map.entry("₩", "KRW"),
            Map.entry("₽", "RUB"),
            Map.entry("₺", "TRY"),
            Map.entry("₪", "ILS"),
            Map.entry("₫", "VND"),
            Map.entry("₴", "UAH"),
            Map.entry("₱", "PHP"),
            Map.entry("₦", "NGN"),
            Map.entry("฿", "THB"));

    /** Regular expressions of names in lower case. */
    private static final Map<String, String> NAMES = Map.ofEntries(
            Map.entry("(?:u\\.?s\\.?|american)\\h(?:dollars?|bucks)", "USD"),
            Map.entry("canadian\\hdollars?", "CAD"),
            Map.entry("australian\\hdollars?", "AUD"),
            Map.entry("new\\hzealand\\hdollars?", "NZD"),
            Map.entry("hong\\hkong\\hdollars?", "HKD"),
            Map.entry("singapore\\hdollars?", "SGD"),
            Map.entry("dollars?", DOLLAR),
            Map.entry("cents?", CENT),
            Map.entry("euros?", "EUR"),
            Map.entry("pounds?\\hsterling|british\\hpounds?", "GBP"),
            Map.entry("pounds?(?!\\hof\\b)", POUND),
            Map.entry("pence", "pence"),
            Map.entry("(?:japanese\\h)?yen", "JPY"),
            Map.entry("(?:chinese\\h)?yuan|renminbi", "CNY"),
            Map.entry("(?:indian\\h)?rupees?", "INR"),
            Map.entry("(?:russian\\h)?rou?bles?", "RUB"),
            Map.entry("swiss\\hfrancs?", "CHF"),
            Map.entry("swedish\\h(?:kronor|krona|crowns?)", "SEK"),
            Map.entry("norwegian\\h(?:kroner|krone|crowns?)", "NOK"),
            Map.entry("danish\\h(?:kroner|krone|crowns?)", "DKK"),
            Map.entry("(?:south\\h)?korean\\hwon", "KRW"),
            Map.entry("mexican\\hpesos?", "MXN"),
            Map.entry("brazilian\\hreais|reais", "BRL"),
            Map.entry("(?:south\\hafrican\\h)?rand", "ZAR"),
            Map.entry("(?:israeli\\h)?shekels?", "ILS"),
            Map.entry("(?:polish\\h)?z[lł]oty(?:ch|s)?", "PLN"),
            Map.entry("turkish\\hliras?", "TRY"),
            Map.entry("(?:saudi\\h)?riyals?", "SAR"),
            Map.entry("(?:uae\\h|emirati\\h)?dirhams?", "AED"));

    /** Names that are told apart by trying them in turn; the patterns exclude one another when matched as a whole. */
    private static final Map<Pattern, String> NAME_PATTERNS = NAMES.entrySet().stream()
            .collect(Collectors.toUnmodifiableMap(
                    name -> Pattern.compile(name.getKey(), Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE),
                    Map.Entry::getValue));

    private static final Map<String, Currency> CURRENCIES = Currency.getAvailableCurrencies().stream()
            .filter(currency -> !currency.getCurrencyCode().startsWith("X"))
            .collect(Collectors.toUnmodifiableMap(Currency::getCurrencyCode, Function.identity()));

    /** Codes that are also words or the names of other things: they need an amount with a separator. */
    private static final Set<String> WORDS =
            Set.of("ALL", "ANG", "BAM", "BOB", "COP", "CUP", "GEL", "MAD", "MOP", "PEN", "SOS", "TOP", "TRY");

    private static final Set<String> DOLLARS = Set.of("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD");

    private static final String SYMBOL = longestFirst(SYMBOLS.keySet().stream().map(Pattern::quote));
    private static final String NAME = longestFirst(NAMES.keySet().stream());

    private static final TokenPattern SYMBOL_FIRST = new TokenPattern(
            c -> Character.isUpperCase(c) || c == '-' || c == '−' || Character.getType(c) == Character.CURRENCY_SYMBOL,
            "(?<![\\w$€£¥])(?:(?<![)\\]])(?<sign>[-−]))?"
                    + "(?<unit>" + SYMBOL + "|[A-Z]{3})\\h?"
                    + "(?<amount>" + Numerals.DIGITS + Numerals.SCALE + "?)(?!\\w)"
                    + "(?:\\h(?<code>[A-Z]{3})\\b)?");

    private static final TokenPattern AMOUNT_FIRST = new TokenPattern(
            Numerals::canBegin,
            "(?<![\\w.,$€£¥])(?<amount>"
                    + Numerals.DIGITS + Numerals.SCALE + "?|" + Numerals.SPELLED + ")[\\h-]?(?=[\\p{L}\\p{Sc}])"
                    + "(?<unit>" + SYMBOL + "|[A-Z]{3}\\b|(?iu:" + NAME + ")\\b)(?![\\w])");

    private static String longestFirst(java.util.stream.Stream<String> alternatives) {
        return alternatives
                .sorted((a, b) -> a.length() == b.length() ? a.compareTo(b) : b.length() - a.length())
                .collect(Collectors.joining("|"));
    }

    @Override
    public String name() {
        return "money";
    }

    @Override
    public String type() {
        return "MONEY";
    }

    @Override
    public String description() {
        return "An amount of money. The value is the amount with the currency's decimals and the ISO 4217 code; the"
                + " subtype is the code.";
    }

    @Override
    public String example() {
        return "The company was sold for $3.5 billion.";
    }

    @Override
    public double confidence() {
        return 0.97;
    }

    @Override
    public List<Match> find(String text, Locale locale) {
        List<Match> matches = new ArrayList<>();
        SYMBOL_FIRST.find(text, match -> {
            String code = match.group("code");
            boolean hasCode = code != null && DOLLARS.contains(code);
            String unit = hasCode && match.group("unit").equals("$") ? code : match.group("unit");
            add(
                    matches,
                    match.group("amount"),
                    unit,
                    match.group("sign") != null,
                    locale,
                    match.start(),
                    hasCode ? match.end("code") : match.end("amount"));
        });
        AMOUNT_FIRST.find(
                text,
                match -> add(
                        matches,
                        match.group("amount"),
                        match.group("unit"),
                        false,
                        locale,
                        match.start(),
                        match.end()));
        return matches;
    }

    private static void add(
            List<Match> matches, String amount, String unit, boolean negative, Locale locale, int begin, int end) {
        String name = SYMBOLS.get(unit);
        if (name == null && CURRENCIES.containsKey(unit)) {
            if (WORDS.contains(unit) && amount.chars().noneMatch(c -> c == '.' || c == ',')) {
                return;
            }
            name = unit;
        }
        if (name == null) {
            name = named(unit);
        }
        if (name == null) {
            return;
        }
        int shift = name.equals(CENT) || name.equals("pence") ? 2 : 0;
        Currency currency = currency(name, locale);
        if (currency == null) {
            return;
        }
        Numerals.parse(amount, locale).ifPresent(number -> {
            BigDecimal value = number.movePointLeft(shift).stripTrailingZeros();
            value = value.setScale(Math.max(value.scale(), Math.max(0, currency.getDefaultFractionDigits())));
            matches.add(new Match(
                    begin,
                    end,
                    currency.getCurrencyCode(),
                    (negative ? value.negate() : value).toPlainString() + " " + currency.getCurrencyCode(),
                    true));
        });
    }

    private static @Nullable String named(String unit) {
        for (Map.Entry<Pattern, String> name : NAME_PATTERNS.entrySet()) {
            if (name.getKey().matcher(unit).matches()) {
                return name.getValue();
            }
        }
        return null;
    }

    private static @Nullable Currency currency(String name, Locale locale) {
        Currency own = Currency.getInstance(new Locale("", Region.of(locale)));
        String code = own == null ? "" : own.getCurrencyCode();
        return switch (name) {
            case DOLLAR -> CURRENCIES.get(DOLLARS.contains(code) ? code : "USD");
            case CENT -> CURRENCIES.get(DOLLARS.contains(code) || code.equals("EUR") ? code : "USD");
            case POUND -> code.equals("GBP") ? own : null;
            case "pence" -> CURRENCIES.get("GBP");
            default -> CURRENCIES.get(name);
        };
    }
}
