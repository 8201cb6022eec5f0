package dev.polymath.ner;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Amounts with a unit of measurement. Symbols are read as they are written ({@code Mb} is not {@code MB}), names in any
 * case. The value is the amount and the unit's symbol; amounts are not converted.
 */
final class QuantityRecognizer implements Recognizer {
    /** Dimension; then per unit: its symbol, other symbols, and after {@code |} regular expressions of its names. */
    private static final String[][] UNITS = {
        {
            "LENGTH",
            "km|kilomet(?:re|er)s?|kms",
            "m|met(?:re|er)s?",
            "cm|centimet(?:re|er)s?",
            "mm|millimet(?:re|er)s?",
            "µm μm|micromet(?:re|er)s?|microns?",
            "nm|nanomet(?:re|er)s?",
            "mi|miles?",
            "nmi|nautical\\hmiles?",
            "yd yds|yards?",
            "ft|feet|foot",
            "in|inch(?:es)?",
            "ly|light[\\h-]years?"
        },
        {
            "AREA",
            "km² km2|square\\hkilomet(?:re|er)s?|sq\\.?\\hkm",
            "m² m2 sqm|square\\hmet(?:re|er)s?",
            "cm² cm2|square\\hcentimet(?:re|er)s?",
            "ft² ft2|square[\\h-]f(?:ee|oo)t|sq\\.?\\hft",
            "mi² mi2|square\\hmiles?",
            "ha|hectares?",
            "ac|acres?"
        },
        {
            "VOLUME",
            "L l|lit(?:re|er)s?",
            "mL ml|millilit(?:re|er)s?",
            "cL cl|centilit(?:re|er)s?",
            "m³ m3|cubic\\hmet(?:re|er)s?",
            "cm³ cm3|cubic\\hcentimet(?:re|er)s?",
            "ft³ ft3|cubic\\hf(?:ee|oo)t",
            "gal|gallons?",
            "qt|quarts?",
            "pt|pints?",
            "bbl|barrels?"
        },
        {
            "MASS",
            "kg kgs|kilograms?|kilogrammes?|kilos?",
            "g|grams?|grammes?",
            "mg|milligrams?",
            "µg μg mcg|micrograms?",
            "t|tonnes?|metric\\htons?",
            "ton|tons",
            "lb lbs|pounds?",
            "oz|ounces?"
        },
        {
            "TEMPERATURE",
            "°C ℃|degrees?\\h(?:celsius|centigrade)|celsius",
            "°F ℉|degrees?\\hfahrenheit|fahrenheit",
            "K|kelvins?",
        },
        {
            "SPEED",
            "km/h kmh kph|kilomet(?:re|er)s?\\h(?:per|an)\\hhour",
            "mph|miles?\\h(?:per|an)\\hhour",
            "m/s|met(?:re|er)s?\\hper\\hsecond",
            "kn|knots?"
        },
        {"FREQUENCY", "Hz|hertz", "kHz|kilohertz", "MHz|megahertz", "GHz|gigahertz", "rpm|revolutions?\\hper\\hminute"},
        {
            "DATA",
            "B|bytes?",
            "kB KB|kilobytes?",
            "MB|megabytes?",
            "GB|gigabytes?",
            "TB|terabytes?",
            "PB|petabytes?",
            "MiB|mebibytes?",
            "GiB|gibibytes?",
            "TiB|tebibytes?",
            "bit|bits",
            "kbit/s kbps|kilobits?\\hper\\hsecond",
            "Mbit/s Mbps|megabits?\\hper\\hsecond",
            "Gbit/s Gbps|gigabits?\\hper\\hsecond"
        },
        {"POWER", "W|watts?", "kW|kilowatts?", "MW|megawatts?", "GW|gigawatts?", "hp|horsepower"},
        {
            "ENERGY",
            "J|joules?",
            "kJ|kilojoules?",
            "kWh|kilowatt[\\h-]hours?",
            "MWh|megawatt[\\h-]hours?",
            "GWh|gigawatt[\\h-]hours?",
            "TWh|terawatt[\\h-]hours?",
            "kcal|kilocalories?",
            "cal|calories?"
        },
        {
            "ELECTRICITY",
            "V|volts?",
            "kV|kilovolts?",
            "mAh|milliamp(?:ere)?[\\h-]hours?",
            "mA|milliamp(?:ere)?s?",
            "A|amp(?:ere)?s?"
        },
        {"PRESSURE", "Pa|pascals?", "hPa|hectopascals?", "kPa|kilopascals?", "bar|bars", "psi"},
        {
            "DURATION",
            "ms|milliseconds?",
            "s|seconds?",
            "min|minutes?|mins",
            "h|hours?|hrs?",
            "d|days?",
            "wk|weeks?",
            "mo|months?",
            "yr|years?|yrs"
        },
    };

    /** Symbols that are letters of other things as well ({@code 3 A}, {@code 5 in}, {@code 2 d}): only their names count. */
    private static final List<String> NAME_ONLY =
            List.of("A", "B", "J", "K", "ac", "bar", "bit", "d", "h", "in", "mo", "s", "t", "wk", "yr", "pt", "cal");

    private record Unit(String symbol, String dimension) {}

    private static final Map<String, Unit> BY_SYMBOL = new HashMap<>();
    private static final Map<Pattern, Unit> BY_NAME = new HashMap<>();
    private static final TokenPattern PATTERN;

    static {
        List<String> names = new ArrayList<>();
        for (String[] dimension : UNITS) {
            for (String row : List.of(dimension).subList(1, dimension.length)) {
                String[] columns = row.split("\\|", 2);
                String[] symbols = columns[0].split(" ");
                Unit unit = new Unit(symbols[0], dimension[0]);
                for (String symbol : symbols) {
                    if (!NAME_ONLY.contains(symbol)) {
                        BY_SYMBOL.put(symbol, unit);
                    }
                }
                if (columns.length == 2) {
                    names.add(columns[1]);
                    BY_NAME.put(Pattern.compile(columns[1], Pattern.CASE_INSENSITIVE), unit);
                }
            }
        }
        Stream<String> symbols = BY_SYMBOL.keySet().stream().map(Pattern::quote);
        PATTERN = new TokenPattern(
                Numerals::canBegin,
                "(?:(?<![\\w.,)])(?<sign>[-−])|(?<![\\w.,$€£¥]))"
                        + "(?<amount>" + Numerals.DIGITS + Numerals.SCALE_WORD + "?|" + Numerals.SPELLED
                        + ")[\\h-]?(?=[\\p{L}°℃℉])"
                        + "(?<unit>(?:" + longestFirst(symbols) + ")(?![\\p{L}\\d/²³])|(?i:"
                        + longestFirst(names.stream()) + ")\\b)");
    }

    private static String longestFirst(Stream<String> alternatives) {
        return alternatives
                .sorted((a, b) -> a.length() == b.length() ? a.compareTo(b) : b.length() - a.length())
                .collect(Collectors.joining("|"));
    }

    @Override
    public String name() {
        return "quantity";
    }

    @Override
    public String type() {
        return "QUANTITY";
    }

    @Override
    public String description() {
        return "An amount with a unit of measurement. The value is the amount and the symbol of the unit; the subtype"
                + " is what is measured, for example LENGTH.";
    }

    @Override
    public String example() {
        return "The bridge is 5 km long.";
    }

    @Override
    public double confidence() {
        return 0.95;
    }

    @Override
    public List<Match> find(String text, Locale locale) {
        List<Match> matches = new ArrayList<>();
        PATTERN.find(text, match -> {
            Unit unit = unit(match.group("unit"));
            Numerals.parse(match.group("amount"), locale)
                    .map(amount -> match.group("sign") == null ? amount : amount.negate())
                    .ifPresent(amount -> matches.add(
                            Match.validated(match, unit.dimension(), Numerals.plain(amount) + " " + unit.symbol())));
        });
        return matches;
    }

    private static Unit unit(String written) {
        Unit unit = BY_SYMBOL.get(written);
        return unit != null
                ? unit
                : BY_NAME.entrySet().stream()
                        .filter(name -> name.getKey().matcher(written).matches())
                        .findFirst()
                        .orElseThrow()
                        .getValue();
    }
}
