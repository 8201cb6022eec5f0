package dev.polymath.ner;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Street and house number in the English ({@code 12 Baker Street}), German ({@code Hauptstraße 5}) and French ({@code 12 rue
 * de Rivoli}) order. A street without a number is a place, and the model's.
 */
final class StreetAddressRecognizer implements Recognizer {
    private static final String NUMBER = "(?:\\d{1,5}(?:[-–/]\\d{1,4})?\\h?[A-Za-z]?\\b)";
    private static final String KIND =
            "(?:Street|St\\b\\.?|Avenue|Ave\\b\\.?|Road|Rd\\b\\.?|Lane|Ln\\b\\.?|Drive|Dr\\b\\.?|Boulevard|Blvd\\b\\.?|"
                    + "Court|Ct\\b\\.?|Place|Pl\\b\\.?|Square|Sq\\b\\.?|Terrace|Crescent|Close|Gardens|Parkway|"
                    + "Pkwy\\b\\.?|Highway|"
                    + "Hwy\\b\\.?|Row|Mews|Quay|Grove|Way|Walk|Circle|Alley|Plaza|Broadway)";

    private static final String PARTICLE = "(?:(?:de|du|des|la|le|les)\\b|[dl]['’])";

    private static final TokenPattern ENGLISH = new TokenPattern(
            TokenPattern.DIGIT,
            "(?<![\\w.,$€£¥#/-])(?<!\\d[,.])(?<!(?i:box)\\h)" + NUMBER
                    + "\\h(?:(?:\\p{Lu}[\\p{L}'’-]{0,20}\\.?|\\d{1,3}(?:st|nd|rd|th))\\h){1,3}?" + KIND
                    + "(?!\\p{L})(?:\\h(?:N|S|E|W|NE|NW|SE|SW)\\b(?!\\d))?");
    private static final TokenPattern GERMAN = new TokenPattern(
            TokenPattern.CAPITAL,
            "(?<![\\p{L}\\p{N}-])(?:(?:\\p{Lu}[\\p{L}-]{1,30}\\h){0,2}"
                    + "(?:\\p{Lu}[\\p{Ll}-]{1,30}(?:\\p{Lu}[\\p{Ll}]{1,30}-?){0,2}(?:straße|strasse|str\\.|weg|"
                    + "platz|allee|gasse|ufer|damm)|"
                    + "\\p{Lu}[\\p{L}]{1,20}(?:[\\h-]\\p{Lu}[\\p{L}]{1,20}){0,2}[\\h-](?:Straße|Strasse|Str\\.|Weg|"
                    + "Platz|Allee|Ufer|Damm)))"
                    + "\\h?\\d{1,4}\\h?[a-z]?\\b(?:-\\d{1,4}\\b)?(?![\\p{L}%])(?![.,]\\d)");
    private static final TokenPattern FRENCH = new TokenPattern(
            TokenPattern.DIGIT,
            "(?<![\\w.,$€£¥#/-])\\d{1,4}(?:\\h?(?:bis|ter))?,?\\h"
                    + "(?:(?i:rue|boulevard|chemin|allée|quai|impasse)|avenue|place|(?:Avenue|Place)(?=\\h" + PARTICLE
                    + "))\\h(?:" + PARTICLE + "\\h?){0,2}"
                    + "\\p{Lu}[\\p{L}'’-]{1,25}(?:\\h\\p{Lu}[\\p{L}'’-]{1,25}){0,2}");

    @Override
    public String name() {
        return "street_address";
    }

    @Override
    public String type() {
        return "STREET_ADDRESS";
    }

    @Override
    public String description() {
        return "Street and house number.";
    }

    @Override
    public String example() {
        return "Our office is at 12 Baker Street in London.";
    }

    @Override
    public double confidence() {
        return 0.9;
    }

    @Override
    public List<Match> find(String text, Locale locale) {
        List<Match> matches = new ArrayList<>();
        for (TokenPattern pattern : List.of(ENGLISH, GERMAN, FRENCH)) {
            pattern.find(text, match -> matches.add(Match.validated(match, "", "")));
        }
        return matches;
    }
}
